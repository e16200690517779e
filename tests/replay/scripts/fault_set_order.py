"""Fault: words get their numbers in the order of a set."""

import json
from pathlib import Path

words = set(Path("data/text.txt").read_text(encoding="utf-8").split())
vocabulary = {word: number for number, word in enumerate(words)}
Path("vocabulary.json").write_text(json.dumps(vocabulary, sort_keys=True), encoding="utf-8")
