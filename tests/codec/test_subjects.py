"""What a statement may be about: a release, or nothing but parts of it."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.listing import listing_blobs
from weighbridge.codec.subjects import Among, Contents, is_report, may_be_of_parts
from weighbridge.model.limits import ListingLimits
from weighbridge.model.listing import MEDIA_TYPE, ListingEntry
from weighbridge.model.predicates import (
    APPROVAL,
    OURS,
    PROVENANCE,
    PUBLISH,
    REPLAY,
    SARIF,
    TEST_RESULT,
)


def of(data: bytes) -> str:
    return f"sha256:{sha256(data).hexdigest()}"


MODEL, CARD, IMAGE, BASE, DATA, STRANGER = (
    of(name) for name in (b"m", b"c", b"i", b"b", b"d", b"s")
)
WHEEL, INNER = of(b"wheel"), of(b"inner file")
LOCK = f"click==8.1 --hash=sha256:{WHEEL.removeprefix('sha256:')}\n".encode()
[(LISTED, LISTING)] = listing_blobs([ListingEntry(path="a/b", size=10, digest=INNER)])


def manifest(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - sections
    spec = {
        "artifacts": [
            {"name": "model", "path": "m", "digest": MODEL},
            {"name": "folder", "path": "f", "digest": LISTED, "mediaType": MEDIA_TYPE},
        ],
        "card": {"path": "c", "digest": CARD},
        "dependencies": {"runtime": {"lock": "requirements.txt", "digest": of(LOCK)}},
        "environment": {"image": {"ref": "i", "digest": IMAGE, "base": {"digest": BASE}}},
        "lineage": {"datasets": [{"digest": DATA}]},
        "parameters": {"digest": {"digest": STRANGER}},
    }
    return {"metadata": {"name": "demo", "version": "1"}, "spec": spec | changes}


def contents(tree: object, **beside: bytes) -> tuple[str, Contents]:
    data = canonical_bytes(tree)
    held = {of(one): one for one in (data, LOCK, LISTING, *beside.values())}
    return of(data), Contents(of(data), held.get)


def lacks(*subjects: str, kind: str = SARIF, predicate: dict[str, Any] | None = None) -> str:
    release, found = contents(manifest())
    named = [release if one == "release" else one for one in subjects]
    return found.lacks(kind, predicate or {}, named)


@pytest.mark.parametrize("part", [MODEL, CARD, IMAGE, BASE, LISTED, of(LOCK), INNER])
def test_what_a_release_consists_of_can_be_spoken_of(part: str) -> None:
    assert lacks(part) == ""
    assert lacks(part, MODEL) == ""
    assert lacks(part, STRANGER) == STRANGER


@pytest.mark.parametrize("other", [DATA, STRANGER, "sha512:1", "gitCommit:c27d", of(b"")])
def test_what_stands_elsewhere_is_not_part_of_it(other: str) -> None:
    """An author can write any digest into an open map, or name any data as what it came from."""
    assert lacks(other) == other
    assert lacks(MODEL, other) == other


def test_who_names_the_release_speaks_of_it_whatever_else_he_names() -> None:
    assert lacks("release", STRANGER) == ""
    assert lacks("release", kind=APPROVAL) == ""


def test_a_statement_about_nothing_is_about_nothing() -> None:
    assert lacks() == "nothing"


@pytest.mark.parametrize(
    ("kind", "predicate"),
    [
        (APPROVAL, {}),
        (REPLAY, {}),
        (TEST_RESULT, {OURS: {"report": {}}}),
        (TEST_RESULT, {OURS: {}}),
        (TEST_RESULT, {OURS: None}),
        (TEST_RESULT, {OURS: {"report": {}, "junit": {}}}),
    ],
)
def test_ours_are_about_releases_only(kind: str, predicate: dict[str, Any]) -> None:
    assert lacks(MODEL, kind=kind, predicate=predicate) == MODEL
    assert not may_be_of_parts(kind, predicate)


def test_what_tests_gave_is_no_report() -> None:
    assert not is_report(TEST_RESULT, {"result": "PASSED"})
    assert not is_report(TEST_RESULT, {OURS: {"junit": {}}})
    assert not is_report(SARIF, {OURS: {"report": {}}})
    assert lacks(MODEL, kind=TEST_RESULT, predicate={"result": "PASSED"}) == ""


def test_a_package_may_be_spoken_of_by_its_publisher_alone() -> None:
    """Provenance of somebody else's wheel is none of the release."""
    assert lacks(WHEEL, kind=PUBLISH) == ""
    assert lacks(WHEEL, kind=PROVENANCE) == WHEEL
    assert lacks(INNER, kind=PUBLISH) == INNER
    assert lacks(WHEEL, STRANGER, kind=PUBLISH) == STRANGER


def test_the_documents_it_took_are_told() -> None:
    _, found = contents(manifest())
    assert found.lacks(SARIF, {}, [MODEL]) == ""
    assert found.lacks(SARIF, {}, [INNER, STRANGER]) == STRANGER
    assert found.needed == {}
    assert found.lacks(SARIF, {}, [INNER]) == ""
    assert found.lacks(PUBLISH, {}, [WHEEL]) == ""
    assert found.needed == {LISTED: LISTING, of(LOCK): LOCK}


def test_a_listing_of_several_pages_is_read_whole() -> None:
    entries = [ListingEntry(path=f"f/{n:05}", size=1, digest=of(str(n).encode())) for n in range(3)]
    limits = ListingLimits(page=2)
    blobs = dict(listing_blobs(entries, limits=limits))
    index = list(blobs)[-1]
    tree = manifest(artifacts=[{"digest": index, "mediaType": MEDIA_TYPE}])
    # Pages of two files are none that was ever sealed.
    _, found = contents(tree, **{str(n): data for n, data in enumerate(blobs.values())})
    assert found.lacks(SARIF, {}, [entries[2].digest]) == entries[2].digest


@pytest.mark.parametrize("beside", [None, b"other bytes"])
def test_what_is_not_there_or_has_changed_holds_nothing(beside: bytes | None) -> None:
    data = canonical_bytes(manifest())
    for gone in (of(data), of(LOCK), LISTED):
        held: dict[str, bytes | None] = {of(data): data, of(LOCK): LOCK, LISTED: LISTING}
        held[gone] = beside
        found = Contents(of(data), held.get)
        subject, kind = (WHEEL, PUBLISH) if gone == of(LOCK) else (INNER, SARIF)
        assert found.lacks(kind, {}, [subject]) == subject


@pytest.mark.parametrize(
    "tree",
    [
        [],
        {"spec": []},
        {"spec": {"artifacts": {}, "environment": [], "dependencies": [], "card": []}},
        {"spec": {"artifacts": [1, {"digest": 1}, {}], "environment": {"image": [{}]}}},
        {"spec": {"dependencies": {"runtime": 1}, "environment": {"image": {"base": 1}}}},
    ],
)
def test_a_manifest_of_any_form_is_looked_through(tree: object) -> None:
    _, found = contents(tree)
    assert found.lacks(SARIF, {}, [MODEL]) == MODEL
    assert found.lacks(PUBLISH, {}, [WHEEL]) == WHEEL


def test_bytes_that_are_no_json_hold_nothing() -> None:
    found = Contents(of(b"no"), {of(b"no"): b"no"}.get)
    assert found.lacks(SARIF, {}, [MODEL]) == MODEL


def test_of_some_digests_those_are_told_that_a_release_consists_of() -> None:
    release, found = contents(manifest())
    among = found.among([release, MODEL, CARD, IMAGE, BASE, of(LOCK), DATA, STRANGER])
    assert among.there == {release, MODEL, CARD, IMAGE, BASE, of(LOCK)}
    assert among.unread == ()


def test_what_stands_in_a_listing_is_told_and_the_listing_needed() -> None:
    _, found = contents(manifest())
    assert found.among([]).there == frozenset()
    assert found.among([MODEL]).there == {MODEL}
    assert found.needed == {}
    assert found.among([INNER, WHEEL]).there == {INNER}
    assert found.needed == {LISTED: LISTING}


def test_a_listing_that_is_not_to_be_had_is_told() -> None:
    data = canonical_bytes(manifest())
    found = Contents(of(data), {of(data): data}.get).among([MODEL, INNER])
    assert found == Among(frozenset({MODEL}), (LISTED,))
