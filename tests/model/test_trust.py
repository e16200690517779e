from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec import canonical
from weighbridge.model.canonical import NotCanonicalError, canonical_bytes
from weighbridge.model.trust import (
    TrustedKey,
    TrustError,
    TrustSnapshot,
    check_name,
    check_time,
    owners_of,
    read_snapshot,
    snapshot_digest,
    write_snapshot,
)

KEY = TrustedKey(
    key=b"one",
    person="josé",
    roles=("builder", "ml-lead"),
    since="2026-01-01T00:00:00Z",
    until="2027-01-01T00:00:00Z",
    revoked_at="2026-06-01T00:00:00Z",
    reason="lost",
)
SNAPSHOT = TrustSnapshot(as_of=3, owners=("ann", "bo"), threshold=2, keys=(KEY,), log_key="log+1")

NAMES = (
    st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=6)
    .map(lambda text: unicodedata.normalize("NFC", text))
    .filter(str.isprintable)
)
TIMES = st.just("") | st.datetimes().map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}".zfill(20))
KEYS = st.builds(
    TrustedKey,
    key=st.binary(),
    person=NAMES,
    roles=st.sets(NAMES).map(lambda names: tuple(sorted(names))),
    since=TIMES,
    until=TIMES,
    revoked_at=st.just("2026-01-01T00:00:00Z"),
    reason=st.text(),
    held_by=st.sampled_from(["", "https://wb.example"]),
)
SNAPSHOTS = st.builds(
    TrustSnapshot,
    as_of=st.integers(0, 2**53 - 1),
    owners=st.sets(NAMES, min_size=2).map(lambda names: tuple(sorted(names))),
    threshold=st.integers(1, 2),
    keys=st.lists(KEYS, unique_by=lambda key: key.key, max_size=3).map(
        lambda keys: tuple(sorted(keys, key=lambda key: key.spki))
    ),
    log_key=st.text(),
)


def changed(change: dict[str, Any], key: dict[str, Any] | None = None) -> bytes:
    tree = json.loads(write_snapshot(SNAPSHOT))
    tree["keys"][0] |= key or {}
    return canonical.canonical_bytes(tree | change)


def test_a_snapshot_is_written_as_the_design_says() -> None:
    spki = hashlib.sha256(b"one").hexdigest()
    written = (
        '{"asOf":3,"keys":[{"from":"2026-01-01T00:00:00Z","key":"b25l","person":"josé",'
        '"reason":"lost","revokedAt":"2026-06-01T00:00:00Z","roles":["builder","ml-lead"],'
        f'"spki":"sha256:{spki}","until":"2027-01-01T00:00:00Z"}}],'
        '"logKey":"log+1","owners":["ann","bo"],"threshold":2}'
    ).encode()
    assert write_snapshot(SNAPSHOT) == written
    assert snapshot_digest(SNAPSHOT) == f"sha256:{hashlib.sha256(written).hexdigest()}"


def test_who_holds_a_key_for_somebody_is_written_where_somebody_does() -> None:
    held = dataclasses.replace(KEY, held_by="https://wb.example:8443")
    data = write_snapshot(dataclasses.replace(SNAPSHOT, keys=(held,)))
    added = b'"heldBy":"https://wb.example:8443",'
    assert data.replace(added, b"") == write_snapshot(SNAPSHOT)
    assert read_snapshot(data).keys == (held,)
    with pytest.raises(TrustError, match="canonical"):
        read_snapshot(data.replace(added, b'"heldBy":"",'))


@pytest.mark.parametrize(
    "origin",
    ["wb.example", "https://", "https://wb.example/", "https://WB.example", "ftp://wb.example",
     "https://a@wb.example", "https://wb.example:0", "https://wb.example?", "https://wb .example",
     "https://wb.example\n"],
)  # fmt: skip
def test_a_server_has_one_name(origin: str) -> None:
    with pytest.raises(TrustError, match="HOST"):
        dataclasses.replace(KEY, held_by=origin)


@pytest.mark.parametrize(
    "origin", ["https://wb.example", "http://127.0.0.1:8443", "https://[::1]:8443", "https://w"]
)
def test_the_origin_of_a_server_is_taken_as_browsers_write_it(origin: str) -> None:
    assert dataclasses.replace(KEY, held_by=origin).held_by == origin


@given(SNAPSHOTS)
def test_a_snapshot_is_read_as_it_was_written(value: TrustSnapshot) -> None:
    data = write_snapshot(value)
    assert read_snapshot(data) == value
    assert data == canonical.canonical_bytes(json.loads(data))


@pytest.mark.parametrize("text", ["2026-11-22T00:00:00Z", "2024-02-29T23:59:59Z"])
def test_a_time_in_its_one_form_is_taken(text: str) -> None:
    assert check_time(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-11-22", "2026-11-22T00:00:00", "2026-11-22 00:00:00Z", "2026-11-22T00:00:00z",
     "2026-11-22T00:00:00+00:00", "2026-11-22T00:00:00.0Z", "2026-11-22T24:00:00Z",
     "2026-11-22T23:59:60Z", "2026-02-29T00:00:00Z", "0000-01-01T00:00:00Z", "20261122T000000Z",
     "2026-11-22T00:00:00Z\n", " 2026-11-22T00:00:00Z", "\u0662026-11-22T00:00:00Z"],
)  # fmt: skip
def test_a_time_in_any_other_form_is_refused(text: str) -> None:
    with pytest.raises(TrustError):
        check_time(text)
    if text:
        with pytest.raises(TrustError):
            dataclasses.replace(KEY, until=text)


@pytest.mark.parametrize("name", ["", " ann", "ann ", "a\nb", "a\x00", "\ud800", "a\u202eb",
                                  unicodedata.normalize("NFD", "josé")])  # fmt: skip
def test_a_name_that_could_pass_for_another_is_refused(name: str) -> None:
    with pytest.raises(TrustError):
        check_name(name)
    with pytest.raises(TrustError):
        dataclasses.replace(KEY, person=name)
    with pytest.raises(TrustError):
        dataclasses.replace(KEY, roles=(name,))
    with pytest.raises(TrustError):
        dataclasses.replace(SNAPSHOT, owners=(name,), threshold=1)


@given(NAMES)
def test_a_name_is_taken_as_it_is(name: str) -> None:
    assert check_name(name) == name


NOON = "2026-06-01T12:00:00Z"
AFTER = "2026-06-01T12:00:01Z"
OWNER = TrustedKey(key=b"one", person="ann", roles=("builder", "owner"))


@pytest.mark.parametrize(
    ("change", "ever", "at_noon"),
    [
        ({}, True, True),
        ({"roles": ("builder",)}, False, False),
        ({"roles": ("owners",)}, False, False),
        ({"revoked_at": NOON}, False, False),
        ({"revoked_at": AFTER}, False, False),
        ({"since": NOON, "until": AFTER}, True, True),
        ({"since": AFTER}, True, False),
        ({"until": NOON}, True, False),
    ],
)
def test_an_owner_holds_an_owners_key(change: dict[str, Any], ever: bool, at_noon: bool) -> None:  # noqa: FBT001 - columns of the table above
    keys = [dataclasses.replace(OWNER, **change)]
    assert owners_of(keys) == ("ann",) * ever
    assert owners_of(keys, at=NOON) == ("ann",) * at_noon


def test_owners_are_persons_in_order_each_once() -> None:
    others = [
        dataclasses.replace(OWNER, key=b"two", person="bo"),
        dataclasses.replace(OWNER, key=b"three", revoked_at=NOON),
        dataclasses.replace(OWNER, key=b"four"),
    ]
    assert owners_of([*others, OWNER]) == ("ann", "bo")
    assert owners_of([]) == ()


@pytest.mark.parametrize(
    "change",
    [{"as_of": -1}, {"as_of": 2**53}, {"threshold": 0}, {"threshold": 3}, {"owners": ()},
     {"owners": ("bo", "ann")}, {"owners": ("ann", "ann")}, {"keys": (KEY, KEY)}],
)  # fmt: skip
def test_a_snapshot_of_two_meanings_cannot_be_made(change: dict[str, Any]) -> None:
    with pytest.raises(TrustError):
        dataclasses.replace(SNAPSHOT, **change)


def test_a_key_is_listed_once_and_in_order() -> None:
    other = dataclasses.replace(KEY, key=b"two")
    keys = sorted([KEY, other], key=lambda key: key.spki)
    assert dataclasses.replace(SNAPSHOT, keys=tuple(keys)).keys == tuple(keys)
    with pytest.raises(TrustError, match="not sorted"):
        dataclasses.replace(SNAPSHOT, keys=tuple(reversed(keys)))
    with pytest.raises(TrustError, match="stands twice"):
        dataclasses.replace(SNAPSHOT, keys=(KEY, dataclasses.replace(KEY, person="bo")))


def test_roles_are_listed_once_and_in_order() -> None:
    with pytest.raises(TrustError, match="the roles"):
        dataclasses.replace(KEY, roles=("b", "a"))


def test_only_a_revoked_key_has_a_reason() -> None:
    with pytest.raises(TrustError, match="not revoked"):
        dataclasses.replace(KEY, revoked_at="")


def test_a_text_without_bytes_is_not_written() -> None:
    with pytest.raises(NotCanonicalError):
        write_snapshot(dataclasses.replace(SNAPSHOT, log_key="\ud800"))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        b"[" * 10**5,
        write_snapshot(SNAPSHOT) + b"\n",
        write_snapshot(SNAPSHOT).replace(b":", b": "),
        write_snapshot(SNAPSHOT).replace(b'"asOf":3', b'"asOf":3,"asOf":3'),
        write_snapshot(SNAPSHOT).replace(b'"asOf":3', b'"asOf":3.0'),
        changed({"more": 1}),
        changed({"asOf": True}),
        changed({"asOf": False}),
        changed({"asOf": "3"}),
        changed({"threshold": None}),
        changed({"owners": "ab"}),
        changed({"owners": {"ann": 1, "bo": 1}}),
        changed({"owners": [1, 2]}),
        changed({"logKey": None}),
        changed({"keys": None}),
        changed({"keys": ["one"]}),
        changed({}, {"more": 1}),
        changed({}, {"spki": "sha256:" + "0" * 64}),
        changed({}, {"key": "b25m"}),
        changed({}, {"key": "b25"}),
        changed({}, {"key": "é"}),
        changed({}, {"key": f"{base64.b64encode(b'one').decode()}\n"}),
        changed({}, {"from": None}),
        changed({}, {"from": 0}),
        changed({}, {"until": []}),
        changed({}, {"reason": 5}),
        changed({}, {"roles": "ab"}),
        changed({}, {"person": 1}),
    ],
)
def test_a_snapshot_in_any_other_bytes_is_refused(data: bytes) -> None:
    with pytest.raises(TrustError, match=r"the trust snapshot is not|this is not a trust snapshot"):
        read_snapshot(data)


def test_what_was_dropped_from_a_snapshot_is_missed() -> None:
    tree = json.loads(write_snapshot(SNAPSHOT))
    for member in tree:
        rest = {name: value for name, value in tree.items() if name != member}
        with pytest.raises(TrustError, match=member):
            read_snapshot(canonical_bytes(rest))
