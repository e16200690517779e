"""Fault: the moment of training is written into the model."""

import json
import time
from pathlib import Path

Path("model.json").write_text(
    json.dumps({"weights": [1, 2], "trained": time.time()}), encoding="utf-8"
)
