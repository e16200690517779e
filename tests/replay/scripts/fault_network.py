"""Fault: what is not on the disk is fetched."""

import sys
import urllib.request
from pathlib import Path

with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/weights", timeout=20) as answer:
    Path("model.bin").write_bytes(answer.read())
