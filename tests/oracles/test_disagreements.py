"""Our verdicts against those of three other scanners: a difference is recorded, or fails."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.oracles import ask, recorded
from tests.oracles.pickles import harmful, harmless
from tests.tools import scanner_python
from weighbridge.usecases.scan import scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Verdicts = dict[str, str]

GOOD, BAD = "good", "bad"


def write(folder: Path, pickles: Mapping[str, bytes]) -> None:
    folder.mkdir()
    for label, data in pickles.items():
        (folder / f"{label}.pkl").write_bytes(data)


def ours(folder: Path) -> Verdicts:
    found = scan([str(folder)], start=folder).files
    return {file.path.rpartition("/")[2].removesuffix(".pkl"): file.verdict for file in found}


def theirs(scanner: str, folder: Path) -> Verdicts:
    """Ask a scanner in its own environment, all files in one process."""
    done = subprocess.run(
        [scanner_python(scanner), "-I", ask.__file__, scanner, folder],
        capture_output=True,
        check=True,
        env={},
    )
    answers: Verdicts = json.loads(done.stdout.splitlines()[-1])
    return {label.removesuffix(".pkl"): verdict for label, verdict in answers.items()}


def differences(folder: Path) -> Iterator[str]:
    """Yield what our verdicts and the scanners' differ in without a recorded reason."""
    good, bad = ours(folder / GOOD), ours(folder / BAD)
    for scanner in ask.SCANNERS:
        for label, theirs_said in theirs(scanner, folder / GOOD).items():
            if theirs_said != "clean" and (scanner, label) not in recorded.CRIED:
                yield f"{scanner} finds {label} {theirs_said}, we {good[label]}"
        for label, theirs_said in theirs(scanner, folder / BAD).items():
            pair = (scanner, label)
            if theirs_said == "clean" and bad[label] == "malicious" and pair not in recorded.MISSED:
                yield f"{scanner} finds {label} clean, we malicious"
            milder = theirs_said == "malicious" and bad[label] != "malicious"
            if milder and pair not in recorded.MILDER:
                yield f"{scanner} finds {label} malicious, we {bad[label]}"


def judged(folder: Path, *, all_forms: bool) -> None:
    write(folder / GOOD, harmless())
    write(folder / BAD, harmful(all_forms=all_forms))
    assert set(ours(folder / GOOD).values()) == {"clean"}
    assert [label for label, said in ours(folder / BAD).items() if said == "clean"] == []
    assert list(differences(folder)) == []


def test_differences_from_other_scanners_have_their_reasons(tmp_path: Path) -> None:
    judged(tmp_path, all_forms=False)


@pytest.mark.slow
def test_differences_have_their_reasons_however_a_call_is_written(tmp_path: Path) -> None:
    judged(tmp_path, all_forms=True)


def test_every_recorded_difference_is_about_a_pickle_we_have() -> None:
    assert {label for _, label in recorded.CRIED} <= harmless().keys()
    assert {label for _, label in (*recorded.MISSED, *recorded.MILDER)} <= harmful().keys()
    assert {scanner for scanner, _ in recorded.CRIED} == set(ask.SCANNERS)
