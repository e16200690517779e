"""Ask another scanner about every file of a folder: `python ask.py SCANNER FOLDER`.

Runs in the scanner's own environment, so it imports nothing of ours. The last line it prints is
a JSON object: what the scanner makes of each file, `clean`, `suspicious`, `malicious` or `error`.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
from pathlib import Path


def picklescan(path: Path) -> str:
    """Ask picklescan, which calls `suspicious` what it does not know."""
    found = importlib.import_module("picklescan.scanner").scan_file_path(str(path))
    if found.issues_count:
        return "malicious"
    if found.scan_err:
        return "error"
    return "suspicious" if found.suspicious_count else "clean"


def fickling(path: Path) -> str:
    """Ask fickling about every pickle of the file."""
    pickles = importlib.import_module("fickling.fickle").StackedPickle
    analysis = importlib.import_module("fickling.analysis")
    with path.open("rb") as file:
        stacked = pickles.load(file, fail_on_decode_error=False)
    levels = [analysis.check_safety(one).severity for one in stacked.pickled]
    if not levels or any(one.has_invalid_opcode for one in stacked.pickled):
        return "error"
    worst = max(levels).name
    return {"LIKELY_SAFE": "clean", "OVERTLY_MALICIOUS": "malicious"}.get(worst, "suspicious")


def modelaudit(path: Path) -> str:
    """Ask modelaudit's scanner of pickles, without what it reads of modules installed beside it."""
    scan_file = importlib.import_module("modelaudit_picklescan").scan_file
    report = scan_file(path, enrich_call_graph=False)
    verdict = str(report.verdict.value)
    if verdict == "clean" and report.status.value != "complete":
        return "error"
    return "error" if verdict == "unknown" else verdict


SCANNERS = {"picklescan": picklescan, "fickling": fickling, "modelaudit": modelaudit}


def main(name: str, folder: Path) -> None:
    """Ask, and print what came of it."""
    logging.disable(logging.CRITICAL)
    answers = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            try:
                answers[path.relative_to(folder).as_posix()] = SCANNERS[name](path)
            except Exception:  # noqa: BLE001 - whatever it raises, it has no answer
                answers[path.relative_to(folder).as_posix()] = "error"
    sys.stdout.write("\n" + json.dumps(answers))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
