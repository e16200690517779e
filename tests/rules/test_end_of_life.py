"""Ends of life, judged to the day, against the day a release is needed until."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.coverage import Fit
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.index_status import IndexedProject, IndexedVersion, IndexStatus
from weighbridge.model.lock import LockedFile, Pin
from weighbridge.rules import sample
from weighbridge.rules.compatibility.support import ending, python_runtime
from weighbridge.rules.compatibility.tables.shipped import LIFECYCLES

if TYPE_CHECKING:
    from weighbridge.model.fact import Facts

UNTIL = "/metadata/supportedUntil"
RUNTIME = "/spec/environment/runtime/version"
OS = "/spec/environment/os"


def facts_of(*pins: Pin, now: str = sample.NOW, **changes: Any) -> Facts:  # noqa: ANN401
    named = {key.replace("__", "/"): value for key, value in changes.items()}
    release = sample.release(named)
    return replace(release, locks=sample.lock(*pins), now=now)


def with_changes(changes: dict[str, Any], now: str = sample.NOW) -> Facts:
    return replace(sample.release(changes), locks=sample.lock(), now=now)


def test_the_sentence_says_what_ends_when_and_what_it_is_needed_for() -> None:
    (found,) = ask("DEP007", with_changes({UNTIL: "2028-03-01"}))
    assert found.message == (
        "Python 3.11 ends 2027-10-31, before this release's support ends 2028-03-01"
    )
    assert found.severity is Severity.WARNING
    assert found.location.pointer == RUNTIME


@pytest.mark.parametrize(
    ("until", "now", "wanted"),
    [
        ("2027-10-31", sample.NOW, Verdict.PASS),
        ("2027-11-01", sample.NOW, Verdict.FAIL),
        ("TODO", sample.NOW, Verdict.PASS),
        (None, "2027-04-30T23:59:59Z", Verdict.PASS),
        (None, "2027-10-31T23:59:59Z", Verdict.INCONCLUSIVE),
        (None, "2027-11-01T00:00:00Z", Verdict.FAIL),
        ("2026-01-01", "2027-11-01T00:00:00Z", Verdict.FAIL),
        (None, "", Verdict.INCONCLUSIVE),
        ("2028-03-01", "", Verdict.FAIL),
    ],
)
def test_the_last_day_of_support_counts_as_supported(
    until: str | None, now: str, wanted: Verdict
) -> None:
    assert verdict(ask("DEP007", with_changes({UNTIL: until}, now))) is wanted


@pytest.mark.parametrize(
    ("product", "version", "last"),
    [
        ("python", "3.10", "2026-10-31"),
        ("python", "3.15", "2031-10-31"),
        ("debian", "12", "2026-07-11"),
        ("ubuntu", "22.04", "2027-06-01"),
        ("alpine", "3.22", "2027-05-01"),
        ("rhel", "9", "2032-05-31"),
        ("rocky", "9", "2032-05-31"),
        ("amzn", "2", "2026-06-30"),
        ("kubernetes", "1.35", "2027-02-28"),
        ("kubernetes", "1.28", "2024-10-22"),
        ("containerd", "2.1", "2026-07-03"),
        ("containerd", "2.2", "2026-11-06"),
        ("nvidia-driver", "535", "2026-06-30"),
        ("pypi/numpy", "2.2", "2026-12-08"),
        ("pypi/django", "5.2", "2028-04-30"),
        ("nodejs", "26", "2029-04-30"),
        ("postgresql", "14", "2026-11-12"),
    ],
)
def test_the_days_of_known_products(product: str, version: str, last: str) -> None:
    release = tuple(int(part) for part in version.split("."))
    found = LIFECYCLES.find(product, release)
    assert found is not None
    assert found.eol == last


@pytest.mark.parametrize(("python", "fit"), [("3.13", Fit.UNKNOWN), ("3.9", Fit.NO)])
def test_a_day_nobody_verified_lets_nothing_pass(python: str, fit: Fit) -> None:
    unsure = replace(
        LIFECYCLES, rows=tuple(replace(one, confidence="low") for one in LIFECYCLES.rows)
    )
    found = ending(python_runtime(python), replace(facts_of(), lifecycles=unsure))
    assert found is not None
    assert found.fit is fit


def test_extended_support_is_a_note_as_long_as_it_lasts() -> None:
    debian = {OS: {"distribution": "debian", "release": "12"}}
    (found,) = ask("DEP007", with_changes(debian))
    assert found.severity is Severity.NOTE
    assert "Debian LTS goes on until 2028-06-30" in found.message
    found = ask("DEP007", with_changes({**debian, UNTIL: "2028-07-01", RUNTIME: "3.14.0"}))[0]
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("system", "wanted"),
    [
        ({"distribution": "ubi", "release": "9.4"}, Verdict.PASS),
        ({"distribution": "debian", "release": "8"}, Verdict.FAIL),
        ({"distribution": "debian", "release": "99"}, Verdict.INCONCLUSIVE),
        ({"distribution": "debian", "release": "sid"}, Verdict.INCONCLUSIVE),
        ({"distribution": "debian"}, Verdict.PASS),
        ({"distribution": "debian", "release": "TODO"}, Verdict.PASS),
    ],
)
def test_a_system_is_known_or_not(system: dict[str, str], wanted: Verdict) -> None:
    assert verdict(ask("DEP007", with_changes({OS: system}))) is wanted


@pytest.mark.parametrize(
    ("pin", "wanted"),
    [
        (Pin(name="numpy", version="2.4.1"), Verdict.PASS),
        (Pin(name="numpy", version="2.1.0"), Verdict.FAIL),
        (Pin(name="numpy", version="1.11.0"), Verdict.FAIL),
        (Pin(name="numpy", version="9.0.0"), Verdict.PASS),
        (Pin(name="numpy", version=None), Verdict.PASS),
        (Pin(name="numpy", version="2.1.0", ecosystem="conda"), Verdict.PASS),
        (Pin(name="left-pad", version="1.0"), Verdict.PASS),
    ],
)
def test_a_package_is_held_against_its_makers_calendar(pin: Pin, wanted: Verdict) -> None:
    assert verdict(ask("DEP007", facts_of(pin))) is wanted


def test_what_targets_state_is_asked_about_at_its_place() -> None:
    target = {
        "python": "3.10",
        "containerRuntime": "containerd 2.0.1",
        "orchestrator": {"kind": "eks", "version": "1.31"},
        "cuda": {"driver": "535.104.05"},
    }
    facts = replace(sample.with_targets(target), locks=sample.lock(), now=sample.NOW)
    found = ask("DEP007", facts)
    assert [one.location.pointer.rpartition("0/")[2] for one in found] == [
        "python",
        "containerRuntime",
        "cuda/driver",
        "orchestrator/version",
    ] or len(found) == 4
    assert any("Kubernetes 1.31 ended 2025-11-11" in text for text in messages(found))


# Yanked -----------------------------------------------------------------------------------------

WHEEL, OTHER = "a-1.0-py3-none-any.whl", "a-1.0.tar.gz"


def indexed(pin: Pin, **changes: Any) -> Facts:  # noqa: ANN401
    version = IndexedVersion(files=2, yanked=changes.pop("yanked", {}))
    project = IndexedProject(name="a", versions={"1.0": version}, **changes)
    index = IndexStatus(captured="2026-11-28", digest=sample.DIGEST, projects={"a": project})
    return replace(sample.release(), locks=sample.lock(pin), index=index)


BOTH = Pin(name="a", version="1.0", files=(LockedFile(name=WHEEL), LockedFile(name=OTHER)))


@pytest.mark.parametrize(
    ("pin", "yanked", "said"),
    [
        (BOTH, {}, []),
        (BOTH, {WHEEL: "", OTHER: ""}, ["a 1.0 was yanked"]),
        (BOTH, {WHEEL: "bad"}, [f"{WHEEL} of a 1.0 was yanked, its other files not"]),
        (replace(BOTH, files=()), {WHEEL: "bad"}, []),
        (replace(BOTH, files=()), {WHEEL: "", OTHER: ""}, ["a 1.0 was yanked"]),
        (replace(BOTH, files=BOTH.files[1:]), {WHEEL: "bad"}, []),
        (replace(BOTH, version="1.0+cu124"), {}, []),
        (replace(BOTH, source="git"), {WHEEL: "", OTHER: ""}, []),
    ],
)
def test_yanked_files_are_told_from_yanked_versions(
    pin: Pin, yanked: dict[str, str], said: list[str]
) -> None:
    assert messages(ask("DEP008", indexed(pin, yanked=yanked))) == said


def test_the_reason_is_given_and_the_status_of_a_project_weighs_by_what_it_is() -> None:
    (found,) = ask("DEP008", indexed(BOTH, yanked={WHEEL: "bad", OTHER: "bad"}))
    assert (found.seen, found.severity) == ("yanked: bad", Severity.ERROR)
    weights = {
        status: ask("DEP008", indexed(BOTH, status=status, reason="moved"))[0].severity
        for status in ("archived", "deprecated", "quarantined")
    }
    assert weights == {
        "archived": Severity.WARNING,
        "deprecated": Severity.WARNING,
        "quarantined": Severity.ERROR,
    }


@pytest.mark.parametrize("version", ["2.0", "not a version"])
def test_versions_the_index_was_not_asked_about_are_open(version: str) -> None:
    found = ask("DEP008", indexed(replace(BOTH, version=version)))
    assert verdict(found) is Verdict.INCONCLUSIVE
