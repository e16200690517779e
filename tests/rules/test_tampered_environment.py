from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.fact import Facts, PythonEnvironment, Unavailable
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.installed import Departure, DepartureKind, InstalledFiles, StartUpHook
from weighbridge.rules import sample
from weighbridge.rules.catalogue import rule
from weighbridge.rules.integrity.tampered_environment import NOT_ASKED

HERE = PythonEnvironment(where=".venv", implementation="cpython", version="3.11", distributions={})


def holding(*departures: Departure, hooks: tuple[StartUpHook, ...] = ()) -> Facts:
    installed = InstalledFiles(where=".venv", departures=departures, hooks=hooks)
    return replace(sample.release(), python=HERE, installed=installed)


def departure(kind: DepartureKind, path: str = "lib/a.py", owner: str = "demo") -> Departure:
    return Departure(kind=kind, path=path, distribution=owner, seen="x")


@pytest.mark.parametrize(
    ("kind", "severity", "outcome"),
    [
        ("changed", Severity.ERROR, Verdict.FAIL),
        ("missing", Severity.ERROR, Verdict.FAIL),
        ("unlisted", Severity.ERROR, Verdict.FAIL),
        ("rewritten", Severity.ERROR, Verdict.FAIL),
        ("outside", Severity.ERROR, Verdict.FAIL),
        ("link", Severity.ERROR, Verdict.FAIL),
        ("twice", Severity.ERROR, Verdict.FAIL),
        ("bytecode", Severity.ERROR, Verdict.FAIL),
        ("record", Severity.ERROR, Verdict.FAIL),
        ("orphan", Severity.WARNING, Verdict.FAIL),
        ("weak", Severity.ERROR, Verdict.INCONCLUSIVE),
        ("unhashed", Severity.ERROR, Verdict.INCONCLUSIVE),
        ("unclaimed", Severity.ERROR, Verdict.INCONCLUSIVE),
        ("unread", Severity.ERROR, Verdict.INCONCLUSIVE),
    ],
)
def test_every_departure_weighs(kind: DepartureKind, severity: Severity, outcome: Verdict) -> None:
    (found,) = ask("INT013", holding(departure(kind)))
    assert (found.severity, found.verdict) == (severity, outcome)
    assert "lib/a.py" in found.message


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("lib/a.py", Severity.ERROR),
        ("lib/evil.pth", Severity.ERROR),
        ("lib/a.cpython-311-x86_64-linux-gnu.so", Severity.ERROR),
        ("lib/liba.so.1.2", Severity.ERROR),
        ("lib/program", Severity.ERROR),
        ("lib/a.pyc", Severity.ERROR),
        ("lib/notes.txt", Severity.WARNING),
        ("lib/.cache", Severity.WARNING),
    ],
)
def test_an_unlisted_file_that_can_run_weighs_more(path: str, severity: Severity) -> None:
    (found,) = ask("INT013", holding(departure("unlisted", path, "")))
    assert found.severity is severity


def test_departures_are_summed_up_by_distribution() -> None:
    many = [departure("changed", f"lib/{number}.py") for number in range(9)]
    found = ask("INT013", holding(*many, departure("changed", "lib/x.py", "other")))
    assert messages(found) == [
        "9 files (lib/0.py, lib/1.py, lib/2.py and 6 more) of demo changed after installation",
        "lib/x.py of other changed after installation",
    ]


def test_departures_that_were_not_listed_are_told() -> None:
    found = ask("INT013", holding(Departure(kind="unread", path="", seen="6 more departures")))
    assert messages(found) == ["there are 6 more departures, which nobody listed"]
    assert verdict(found) is Verdict.INCONCLUSIVE


def test_hooks_of_distributions_are_noted() -> None:
    hooks = (
        StartUpHook(path="lib/a.pth", kind="pth", distribution="a", lines=("import a",)),
        StartUpHook(path="lib/b.pth", kind="pth", distribution="b", folders=("/src",)),
        StartUpHook(path="lib/sitecustomize.py", kind="sitecustomize", distribution="c"),
        StartUpHook(path="lib/evil.pth", kind="pth", lines=("import evil",)),
    )
    found = ask("INT013", holding(hooks=hooks))
    assert [one.subject for one in found] == ["lib/a.pth", "lib/sitecustomize.py"]
    assert {one.severity for one in found} == {Severity.NOTE}


def test_compiled_files_are_noted() -> None:
    installed = InstalledFiles(where=".venv", bytecode=3)
    (found,) = ask("INT013", replace(holding(), installed=installed))
    assert found.message == "nothing but their headers ties 3 compiled files to their sources"
    assert found.severity is Severity.NOTE


def test_the_rule_is_skipped_where_nobody_verified_an_environment() -> None:
    release = sample.release()
    asked = rule("INT013")
    assert asked is not None
    assert asked.needs(replace(release, python=HERE)) == NOT_ASKED
    assert asked.needs(replace(release, python=replace(HERE, running=True))) == ""
    assert asked.needs(replace(release, python=HERE, sealed=True)) == ""
    assert asked.needs(replace(release, python=Unavailable("none"))) == ""
    assert asked.needs(holding()) == ""


def test_an_environment_that_could_not_be_read_is_inconclusive() -> None:
    facts = replace(holding(), installed=Unavailable("it is gone"))
    assert verdict(ask("INT013", facts)) is Verdict.INCONCLUSIVE
    assert ask("INT013", sample.release()) == ()
