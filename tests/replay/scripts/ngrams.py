"""Clean: counts of word pairs, sorted, without any library."""

import json
from collections import Counter
from pathlib import Path

words = Path("data/text.txt").read_text(encoding="utf-8").split()
pairs = Counter(zip(words, words[1:], strict=False))
ordered = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))
Path("out").mkdir(exist_ok=True)
Path("out/pairs.json").write_text(json.dumps(ordered), encoding="utf-8")
