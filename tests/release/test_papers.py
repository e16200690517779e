"""Weighbridge is released by itself, and anybody finds a wheel that is another."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from scripts.release_papers import PapersError, passphrases, unknown, wheel_of
from scripts.verbs import PASSPHRASES
from scripts.verify_release import NotReleasedError, verify_release
from tests.house.tree import ROOT
from tests.release.conftest import COMMIT

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = {"SEC005": {"reason": "an example", "in": ["docs/a.md", "docs/b.md"]}}


def finding(message: str, code: str = "SEC005", **more: str) -> dict[str, Any]:
    return {"code": code, "message": message, "severity": "error", "verdict": "fail", **more}


def test_findings_that_are_known_are_answered_for() -> None:
    assert unknown([finding("docs/a.md: x"), finding("docs/b.md: y")], KNOWN) == []
    note = finding("no targets", "CMP001", severity="note")
    assert unknown([finding("docs/a.md: x"), finding("docs/b.md: y"), note], KNOWN) == []


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (finding("docs/c.md: x"), "SEC005: docs/c.md: x"),
        (finding("docs/a.md: x", "SEC001"), "SEC001: docs/a.md: x"),
        (finding("docs/a.md: another"), "SEC005: docs/a.md: another"),
        (
            finding("unread", "CMP001", severity="note", verdict="inconclusive"),
            "CMP001: unread",
        ),
    ],
)
def test_a_finding_that_is_not_known_stops_the_papers(found: dict[str, Any], said: str) -> None:
    known = [finding("docs/a.md: x"), finding("docs/b.md: y")]
    assert unknown([*known, found], KNOWN) == [said]


def test_what_is_known_and_not_found_stops_the_papers() -> None:
    assert unknown([finding("docs/a.md: x")], KNOWN) == ["SEC005: nothing is found in docs/b.md"]


def test_the_wheel_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "weighbridge-99.0-py3-none-any.whl").touch()
    with pytest.raises(PapersError, match="alone is wanted"):
        wheel_of(tmp_path)


def test_passphrases_come_by_a_descriptor_a_line_for_each_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for text, names in (("one\ntwo\n", ["a", "b", "a"]), ("one\n", ["a", "b"])):
        reading, writing = os.pipe()
        os.write(writing, text.encode())
        os.close(writing)
        monkeypatch.setenv(PASSPHRASES, str(reading))
        if len(text.split()) < len(set(names)):
            with pytest.raises(PapersError, match="2 passphrases are wanted"):
                passphrases(names)
        else:
            assert passphrases(names)("b") == "two"


@pytest.mark.parametrize(
    "name", ["docs/how-to/verify-a-release-of-weighbridge.md", "CONTRIBUTING.md"]
)
def test_what_people_are_told_to_run_is_there(name: str) -> None:
    told = re.findall(r"python -m scripts\.(\w+)([^`\n]*)", (ROOT / name).read_text("utf-8"))
    assert len(told) >= 2
    for script, words in told:
        source = (ROOT / f"scripts/{script}.py").read_text(encoding="utf-8")
        for option in re.findall(r"--[a-z]+", words.partition(" -- ")[0]):
            assert f'"{option}"' in source, option


@pytest.mark.slow
def test_the_papers_of_a_wheel_verify_by_the_log_key_alone(papers: Path) -> None:
    (wheel,), (pack,) = papers.glob("*.whl"), papers.glob("*.papers.tar")
    words = (str(wheel), f"--pack={pack}", f"--key={papers / 'log.pub'}", f"--commit={COMMIT}")
    done = subprocess.run(
        [sys.executable, "-m", "scripts.verify_release", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"built from {COMMIT}\n")


@pytest.mark.slow
def test_a_changed_byte_of_wheel_or_papers_is_found(papers: Path, tmp_path: Path) -> None:
    (wheel,), (pack,) = papers.glob("*.whl"), papers.glob("*.papers.tar")
    for one, said in (
        (wheel, "the digest of the wheel is another"),
        (pack, "papers prove nothing"),
    ):
        copies = {path: shutil.copy(path, tmp_path) for path in (wheel, pack)}
        data = bytearray(one.read_bytes())
        data[len(data) // 2] ^= 1
        (tmp_path / one.name).write_bytes(data)
        with pytest.raises(NotReleasedError, match=said):
            verify_release(tmp_path / wheel.name, pack=tmp_path / pack.name, key=papers / "log.pub")
        assert len(copies) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wanted", "said"),
    [({"commit": "f" * 40}, "the commit is another"), ({"version": "99"}, "the version is anoth")],
)
def test_papers_of_another_commit_or_version_are_refused(
    papers: Path, wanted: dict[str, str], said: str
) -> None:
    (wheel,), (pack,) = papers.glob("*.whl"), papers.glob("*.papers.tar")
    with pytest.raises(NotReleasedError, match=said):
        verify_release(wheel, pack=pack, key=papers / "log.pub", **wanted)
