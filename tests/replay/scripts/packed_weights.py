"""Clean but for the clock a zip holds, which a stabiliser lets differ."""

import json
import zipfile
from pathlib import Path

words = Path("data/text.txt").read_text(encoding="utf-8").split()
with zipfile.ZipFile("model.zip", "w") as archive:
    archive.writestr("weights.json", json.dumps(sorted(set(words))))
