from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.advisories import advisory, record
from tests.rules.asking import ask
from tests.rules.test_dependencies import locked, with_inputs
from weighbridge.model.advisory import AdvisoryFacts
from weighbridge.model.finding import Finding, Relock, Upgrade
from weighbridge.model.lock import Edge, Pin
from weighbridge.rules import sample
from weighbridge.rules.advisories.exposed import NOW, data

BARE = [Pin(name=name, version="1.0") for name in "abcdefg"]


@pytest.mark.parametrize("pins", [BARE, BARE[:2]])
def test_entries_without_a_hash_ask_for_the_same_versions_with_one(pins: list[Pin]) -> None:
    found = {finding.relock for finding in ask("DEP002", locked(*pins))}
    assert found == {Relock(lock="requirements.lock", keep=True)}


def test_a_lock_behind_its_inputs_is_to_be_made_anew() -> None:
    (finding,) = ask("DEP003", with_inputs("numpy>=2", Pin(name="numpy", version="1.26.4")))
    assert finding.relock == Relock(lock="requirements.lock")


def test_an_open_entry_is_pinned_as_installed_or_else_by_a_new_lock() -> None:
    open_end = Pin(name="numpy", version=None, specifier=">=1")
    (finding,) = ask("DEP001", locked(open_end))
    assert finding.relock == Relock(lock="requirements.lock")
    (finding,) = ask("DEP001", locked(open_end, numpy="1.26.4"))
    assert (finding.relock, len(finding.edits)) == (None, 1)
    branch = Pin(name="a", version=None, source="git", reference="https://x/a@main")
    (finding,) = ask("DEP001", locked(branch))
    assert finding.relock is None


def vulnerable(*pins: Pin, **of_lock: Any) -> tuple[Finding, ...]:  # noqa: ANN401
    """Ask about a lock where two advisories of lib are mended, and one of other is not."""
    lib = (("fixed", "1.2"), ("fixed", "1.3"))
    about = {
        "lib": tuple(
            advisory(record(f"PYSEC-{at}", "lib", ("introduced", "0"), one))
            for at, one in enumerate(lib)
        ),
        "other": (advisory(record("PYSEC-9", "other", ("introduced", "0"), summary="it reads")),),
    }
    known = AdvisoryFacts(data=data(), about=about)
    facts = replace(sample.release(), locks=sample.lock(*pins, **of_lock))
    return ask("DEP005", replace(facts, advisories=known, now=NOW))


def test_a_vulnerable_package_is_to_be_had_in_a_version_that_mends_all_of_it() -> None:
    lib, other = (Pin(name=name, version="1.0", hashed=True) for name in ("lib", "other"))
    found = {one.subject: one.upgrade for one in vulnerable(lib, other)}
    wanted = Upgrade(
        package="lib", version="1.0", candidates=("1.3",), lock=sample.LOCK, reason="PYSEC-0"
    )
    assert found == {
        "lib PYSEC-0": wanted,
        "lib PYSEC-1": replace(wanted, reason="PYSEC-1"),
        "other PYSEC-9": None,
    }


def test_how_a_vulnerable_package_comes_in_is_told() -> None:
    app = Pin(name="app", version="1", edges=(Edge(name="lib"), Edge(name="other")))
    lib, other = (Pin(name=name, version="1.0") for name in ("lib", "other"))
    found = vulnerable(app, lib, other, roots=("app",), records_edges=True)
    assert {one.subject: one.cause for one in found} == {
        "lib PYSEC-0": "lib comes by app → lib",
        "lib PYSEC-1": "lib comes by app → lib",
        "other PYSEC-9": "it reads; other comes by app → other",
    }


def test_a_tool_that_was_asked_for_is_to_leave_the_lock() -> None:
    pins = [
        Pin(name="app", version="1", edges=(Edge(name="pytest"),)),
        *(Pin(name=name, version="1") for name in ("pytest", "ruff")),
    ]
    told: dict[str, Any] = {"roots": ("app", "ruff"), "records_edges": True}

    def asked(kind: str) -> dict[str, Relock | None]:
        facts = replace(sample.release(), locks=sample.lock(*pins, kind=kind, **told))
        return {one.subject: one.relock for one in ask("DEP012", facts)}

    gone = Relock(lock=sample.LOCK, without=("ruff",))
    assert asked("requirements") == {"pytest": None, "ruff": gone}
    assert asked("conda") == {"pytest": None, "ruff": None}


MANY = 20_000


@pytest.mark.parametrize(
    ("code", "pins", "count"),
    [
        ("DEP012", [Pin(name="pytest", version=str(at)) for at in range(MANY)], 1),
        ("DEP004", [Pin(name="lib", version="1", edges=(Edge(name="lib"),))] * MANY, 0),
        (
            "DEP004",
            [
                Pin(name=f"p{at}", version="1", edges=(Edge(name=f"p{at + 1}"), Edge(name="gone")))
                for at in range(MANY)
            ],
            2,
        ),
        (
            "DEP004",
            [
                Pin(name="lib", version=str(at), edges=(Edge(name="lib", version=str(at + 1)),))
                for at in range(MANY)
            ],
            2,
        ),
    ],
)
def test_a_hostile_lock_is_judged_in_one_pass(code: str, pins: list[Pin], count: int) -> None:
    locks = sample.lock(*pins, roots=(pins[0].name,), records_edges=True)
    assert len(ask(code, replace(sample.release(), locks=locks))) == count
