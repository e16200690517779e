from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.advisories import advisory, listing, record
from weighbridge.model.advisory import Bearing, Exposure, Level
from weighbridge.model.lock import Pin
from weighbridge.model.vex import VexProduct, VexStatement, VexStatus
from weighbridge.rules.advisories.answering import answer
from weighbridge.rules.advisories.exposed import data
from weighbridge.rules.advisories.exposure import exposures
from weighbridge.rules.advisories.staleness import stale

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = ("introduced", "0")
COMMIT = "a" * 40


def exposed(pin: Pin, *records: Mapping[str, Any]) -> list[Exposure]:
    return list(exposures([pin], {"torch": [advisory(one) for one in records]}))


def pinned(version: str | None = "1.13.0", **more: Any) -> Pin:  # noqa: ANN401 - fields of a pin
    return Pin(name="torch", version=version, **more)


def test_records_that_name_each_other_are_one_flaw() -> None:
    word = {"database_specific": {"severity": "HIGH"}}
    found = exposed(
        pinned(),
        record("GHSA-1", "torch", ALL, ("fixed", "1.14"), aliases=["CVE-1"], **word),
        record("PYSEC-1", "torch", ALL, ("fixed", "1.14"), aliases=["CVE-1", "GHSA-1"]),
        record("PYSEC-2", "torch", ALL, aliases=["CVE-2"], summary="another\nflaw"),
    )
    assert [(one.id, one.aliases, one.level) for one in found] == [
        ("PYSEC-1", ("CVE-1", "GHSA-1"), Level.HIGH),
        ("PYSEC-2", ("CVE-2",), Level.UNKNOWN),
    ]
    assert (found[1].summary, found[1].ids) == ("another", ("PYSEC-2", "CVE-2"))


def test_a_chain_of_aliases_is_one_flaw() -> None:
    found = exposed(
        pinned(),
        record("A-1", "torch", ALL, aliases=["B-1"]),
        record("C-1", "torch", ALL, aliases=["D-1"]),
        record("E-1", "torch", ALL, aliases=["D-1", "B-1"]),
    )
    assert [one.ids for one in found] == [("A-1", "B-1", "C-1", "D-1", "E-1")]


def test_one_record_that_is_sure_decides_for_its_aliases() -> None:
    vague = record("PYSEC-1", "torch", ALL, ("fixed", "soon"), aliases=["GHSA-1"])
    (sure,) = exposed(pinned(), vague, record("GHSA-1", "torch", ALL, aliases=["PYSEC-1"]))
    assert sure.bearing is Bearing.AFFECTED
    no = record("GHSA-1", "torch", ("introduced", "2"), aliases=["PYSEC-1"])
    (open_,) = exposed(pinned(), vague, no)
    assert (open_.bearing, open_.id) == (Bearing.UNDECIDED, "PYSEC-1")
    assert "cannot be compared" in open_.why


def test_fixes_are_what_no_record_speaks_against() -> None:
    found = exposed(
        pinned(),
        record("A-1", "torch", ALL, ("fixed", "1.13.1"), ("introduced", "2.0"), ("fixed", "2.1")),
        record("A-2", "torch", ("introduced", "1.13.1"), ("fixed", "1.14.0")),
        record("A-3", "torch", ALL, ("fixed", "0.9")),
        record("A-4", "torch", ("introduced", "2.1"), withdrawn="2026-01-01T00:00:00Z"),
    )
    assert [(one.id, one.fixed_in) for one in found] == [("A-1", ("1.14.0", "2.1"))]


def test_a_withdrawn_record_is_listed_and_counts_for_nothing() -> None:
    gone = record("A-1", "torch", ALL, withdrawn="2026-01-01T00:00:00Z")
    (found,) = exposed(pinned(), gone)
    assert found.bearing is Bearing.WITHDRAWN


def test_a_local_build_says_what_it_is_a_build_of() -> None:
    (found,) = exposed(pinned("1.13.0+cu117"), listing("A-1", "torch", "1.13.0"))
    assert (found.bearing, found.matched) == (Bearing.AFFECTED, "1.13.0")
    (plain,) = exposed(pinned(), listing("A-1", "torch", "1.13.0"))
    assert plain.matched == ""


def test_an_attack_is_as_bad_as_can_be() -> None:
    (found,) = exposed(pinned(), record("MAL-2026-1", "torch", ALL, aliases=["PYSEC-9"]))
    assert (found.id, found.is_malicious, found.level) == ("MAL-2026-1", True, Level.CRITICAL)


def test_an_entry_without_a_version_is_told_once() -> None:
    records = [record(f"A-{number}", "torch", ALL) for number in range(3)]
    (found,) = exposed(pinned(None, specifier=">=1"), *records)
    assert (found.bearing, found.id, found.aliases) == (
        Bearing.UNDECIDED,
        "",
        ("A-0", "A-1", "A-2"),
    )
    assert "3 advisories are known" in found.why
    assert (
        exposed(pinned(None), record("A-1", "torch", ALL, withdrawn="2026-01-01T00:00:00Z")) == []
    )


def test_a_version_that_cannot_be_compared_is_told() -> None:
    (found,) = exposed(pinned("odd"), record("A-1", "torch", ALL))
    assert (found.bearing, found.why) == (Bearing.UNDECIDED, "its version cannot be compared")
    (listed,) = exposed(pinned("odd"), listing("A-1", "torch", "odd"))
    assert (listed.bearing, listed.fixed_in) == (Bearing.AFFECTED, ())


def git(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever a record holds
    found = record("A-1", "torch", ("introduced", COMMIT), **more)
    found["affected"][0]["ranges"][0].update(type="GIT", repo="https://x/torch")
    return found


def test_a_commit_is_affected_if_it_is_named_and_open_if_not() -> None:
    named = pinned(None, source="git", reference=f"https://x/torch@{COMMIT}")
    other = pinned(None, source="git", reference=f"https://x/torch@{'b' * 40}")
    branch = pinned("1.0", source="git", reference="https://x/torch@main")
    assert [one.bearing for one in exposed(named, git())] == [Bearing.AFFECTED]
    (open_,) = exposed(other, git())
    assert (open_.bearing, "between" in open_.why) == (Bearing.UNDECIDED, True)
    assert [one.bearing for one in exposed(branch, git())] == [Bearing.UNDECIDED]


def test_a_commit_with_a_version_is_judged_by_that_too() -> None:
    pin = pinned("1.0", source="git", reference=f"https://x/torch@{'b' * 40}")
    assert [one.bearing for one in exposed(pin, record("A-1", "torch", ALL))] == [Bearing.AFFECTED]
    assert exposed(pin, record("A-1", "torch", ("introduced", "2"))) == []


def test_a_line_that_refers_to_another_file_stays_open() -> None:
    (found,) = exposures([Pin(name="-r base.txt", version=None, source="include")], {})
    assert (found.bearing, found.id) == (Bearing.UNDECIDED, "")


def test_packages_of_other_ecosystems_are_passed_over() -> None:
    assert exposed(pinned(ecosystem="conda"), record("A-1", "torch", ALL)) == []


def said(status: str, at: str = "2026-01-01T00:00:00Z", **product: str) -> VexStatement:
    return VexStatement(
        ids=frozenset({"CVE-1"}),
        products=(VexProduct(**{"name": "torch", **product}),),
        status=VexStatus(status),
        justification="component_not_present",
        impact="",
        author="ann",
        at=at,
        document="x",
    )


def test_the_newest_word_about_a_flaw_counts() -> None:
    (one,) = exposed(pinned(), record("A-1", "torch", ALL, aliases=["CVE-1"]))
    clear, later = said("not_affected"), said("affected", "2026-01-02T00:00:00Z")
    assert answer(one, [clear]) is clear
    assert answer(one, [said("fixed", version="1.13")]) is not None
    assert answer(one, [later, clear]) is None
    assert answer(one, [clear, said("under_investigation")]) is None
    assert answer(one, [said("not_affected", version="2")]) is None
    assert answer(one, [said("not_affected", name="numpy")]) is None
    assert answer(one, []) is None


def test_nobody_answers_for_an_attack() -> None:
    (one,) = exposed(pinned(), record("MAL-1", "torch", ALL, aliases=["CVE-1"]))
    assert answer(one, [said("not_affected")]) is None


def test_what_is_old_and_what_is_of_a_day_to_come() -> None:
    now = "2026-06-08T12:00:00Z"
    assert stale(data(), now) == []
    assert stale(data(newest="2026-05-31T00:00:00Z"), now) == [
        "the newest record was changed 8 days ago"
    ]
    assert "they were loaded 38 days ago" in stale(data(fetched="2026-05-01T00:00:00Z"), now)
    assert "on a day to come" in stale(data(newest="2027-01-01T00:00:00Z"), now)[0]
    assert "nobody knows" in stale(data(fetched=""), now)[0]
