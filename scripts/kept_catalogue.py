"""Write down the rules of this version, so that later ones can name them and compare.

The digest is that of the sources: write it last, when the version is released.
"""

from __future__ import annotations

import json
from pathlib import Path

from weighbridge import __version__
from weighbridge.bootstrap import rule_set
from weighbridge.usecases.catalogues_of_rules import RECORDED, shipped, write_catalogue

FILE = RECORDED / f"{__version__}.json"


def wanted() -> str:
    """Return what the file of this version should say, a rule a line."""
    tree = write_catalogue(shipped(rule_set()))
    rules = ",\n".join(json.dumps(rule) for rule in tree.pop("rules"))
    return f'{json.dumps(tree)[:-1]}, "rules": [\n{rules}\n]}}\n'


def main() -> None:
    """Write the file of this version, if it is stale."""
    text = wanted()
    if not FILE.is_file() or FILE.read_text(encoding="utf-8") != text:
        Path(str(FILE)).write_text(text, encoding="utf-8")
        print(f"wrote {FILE.name}")


if __name__ == "__main__":
    main()
