from __future__ import annotations

from typing import Any

import pytest

from tests.advisories import advisory, listing, record
from weighbridge.model.advisory import Hit
from weighbridge.rules.advisories import order
from weighbridge.rules.advisories.matching import build_hit, commit_hit, hit

COMMIT, OTHER = "a" * 40, "b" * 40


def semver(*events: tuple[str, str]) -> dict[str, Any]:
    found = record("X-1", "torch", *events)
    found["affected"][0]["ranges"][0]["type"] = "SEMVER"
    return found


def git(*events: tuple[str, str], **more: object) -> dict[str, Any]:
    found = record("X-1", "torch", *events)
    found["affected"][0]["ranges"][0].update(type="GIT", repo="https://x/torch", **more)
    return found


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("1.13.0", Hit.YES),
        ("1.13.1rc1", Hit.YES),  # a specifier `<1.13.1` would leave it out
        ("1.13.1.dev0", Hit.YES),
        ("1.13.1", Hit.NO),
        ("1.13.1+cu117", Hit.NO),
        ("0.0.0a0", Hit.YES),
        ("1!0.1", Hit.NO),
        ("junk", Hit.UNDECIDED),
    ],
)
def test_one_range(version: str, wanted: Hit) -> None:
    found = advisory(record("X-1", "torch", ("introduced", "0"), ("fixed", "1.13.1")))
    assert hit(found, "torch", version) is wanted


@pytest.mark.parametrize(
    ("version", "wanted"),
    [("1.2", Hit.YES), ("1.2.5", Hit.NO), ("2.0", Hit.YES), ("2.0.1", Hit.NO), ("0.9", Hit.NO)],
)
def test_several_ranges_in_any_order(version: str, wanted: Hit) -> None:
    events = [("fixed", "2.0.1"), ("introduced", "1.0"), ("introduced", "2.0"), ("fixed", "1.2.5")]
    assert hit(advisory(record("X-1", "torch", *events)), "torch", version) is wanted


@pytest.mark.parametrize(
    ("events", "wanted"),
    [
        ([("introduced", "1.0"), ("last_affected", "1.5")], Hit.YES),
        ([("introduced", "1.0"), ("last_affected", "1.4")], Hit.NO),
        ([("introduced", "1.0"), ("limit", "1.5")], Hit.NO),
        ([("introduced", "1.0"), ("limit", "1.6")], Hit.YES),
        ([("introduced", "1.0"), ("limit", "1.2"), ("limit", "1.6")], Hit.YES),
        ([("introduced", "1.0"), ("limit", "*")], Hit.YES),
        ([("introduced", "1.5"), ("fixed", "1.5")], Hit.NO),
        ([("fixed", "1.5"), ("introduced", "1.5")], Hit.YES),
        ([("introduced", "0"), ("fixed", "next")], Hit.UNDECIDED),
        ([("introduced", "0"), ("limit", "next")], Hit.UNDECIDED),
        ([("fixed", "1.0")], Hit.NO),
    ],
)
def test_events_at_the_edge(events: list[tuple[str, str]], wanted: Hit) -> None:
    assert hit(advisory(record("X-1", "torch", *events)), "torch", "1.5") is wanted


def test_listed_is_affected_whatever_the_ranges_say() -> None:
    found = listing("X-1", "torch", "1.0", "odd-name")
    found["affected"][0]["ranges"] = [{"type": "ECOSYSTEM", "events": [{"introduced": "junk"}]}]
    read = advisory(found)
    assert hit(read, "torch", "1.0.0") is Hit.YES
    assert hit(read, "torch", "odd-name") is Hit.YES
    assert hit(read, "torch", "1.1") is Hit.UNDECIDED


def test_a_list_alone_decides_what_can_be_compared() -> None:
    read = advisory(listing("X-1", "torch", "1.0"))
    assert [hit(read, "torch", version) for version in ("1.0", "1.1", "odd")] == [
        Hit.YES,
        Hit.NO,
        Hit.UNDECIDED,
    ]


def test_a_local_build_is_what_it_is_a_build_of() -> None:
    read = advisory(listing("X-1", "torch", "1.13.0"))
    assert hit(read, "torch", "1.13.0+cu117") is Hit.NO
    assert build_hit(read, "torch", "1.13.0+cu117") is Hit.YES
    last = advisory(record("X-1", "torch", ("introduced", "0"), ("last_affected", "1.13.0")))
    assert build_hit(last, "torch", "1.13.0+cu117") is Hit.YES


def test_a_record_that_names_no_version_decides_nothing() -> None:
    assert hit(advisory(record("X-1", "torch")), "torch", "1.0") is Hit.UNDECIDED
    assert hit(advisory(git(("introduced", COMMIT))), "torch", "1.0") is Hit.UNDECIDED
    odd = record("X-1", "torch", ("introduced", "0"))
    odd["affected"][0]["ranges"][0]["type"] = "NEWTYPE"
    assert hit(advisory(odd), "torch", "1.0") is Hit.UNDECIDED


def test_other_packages_and_ecosystems_are_not_meant() -> None:
    found = record("X-1", "torch", ("introduced", "0"))
    found["affected"][0]["package"]["ecosystem"] = "npm"
    assert hit(advisory(found), "torch", "1.0") is Hit.NO
    assert hit(advisory(record("X-1", "numpy", ("introduced", "0"))), "torch", "1.0") is Hit.NO


def test_names_are_compared_as_indexes_do() -> None:
    read = advisory(record("X-1", "Foo.Bar_baz", ("introduced", "0")))
    assert hit(read, "foo-bar-baz", "1.0") is Hit.YES


@pytest.mark.parametrize(
    ("version", "wanted"),
    [
        ("1.0.0", Hit.YES),
        ("2.0.0-rc.1", Hit.YES),
        ("2.0.0", Hit.NO),
        ("2.0.0+build", Hit.NO),
        ("2.0", Hit.UNDECIDED),
    ],
)
def test_semantic_versions(version: str, wanted: Hit) -> None:
    read = advisory(semver(("introduced", "0"), ("fixed", "2.0.0")))
    assert hit(read, "torch", version) is wanted


def test_the_order_of_semantic_versions() -> None:
    listed = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11"
    texts = [*listed.split(), "1.0.0-rc.1", "1.0.0", "v1.0.1"]
    read = [order.semver(text) for text in texts]
    assert None not in read
    assert sorted(read, key=lambda one: one or ()) == read
    assert order.semver("1.0.0+a") == order.semver("1.0.0")
    assert order.semver("1" * 300) is None
    assert order.pypi("1" * 300) is None


def test_commits_are_compared_with_those_that_are_named() -> None:
    read = advisory(git(("introduced", COMMIT), ("fixed", OTHER)))
    assert commit_hit(read, "torch", COMMIT) is Hit.YES
    assert commit_hit(read, "torch", OTHER) is Hit.NO
    assert commit_hit(read, "torch", "c" * 40) is Hit.UNDECIDED
    by_version = advisory(record("X-1", "torch", ("introduced", "0")))
    assert commit_hit(by_version, "torch", COMMIT) is Hit.UNDECIDED
