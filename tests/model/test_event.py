from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.canonical import NotCanonicalError
from weighbridge.model.event import (
    CONTROL_KINDS,
    Event,
    EventError,
    Kind,
    read_event,
    topics,
    write_event,
)

TIME = "2026-01-02T03:04:05Z"
STATEMENT = "sha256:" + "a" * 64
BODY = {
    "environment": "production",
    "name": "ranker",
    "statement": STATEMENT,
    "subjects": ["sha256:b", "sha256:a"],
}
EVENT = Event(kind=Kind.RELEASE_SEALED, time=TIME, control=3, body=BODY)
WRITTEN = (
    b'{"body":{"environment":"production","name":"ranker","statement":"'
    + STATEMENT.encode()
    + b'",'
    b'"subjects":["sha256:b","sha256:a"]},"control":3,"kind":"release.sealed",'
    b'"time":"2026-01-02T03:04:05Z"}'
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
    max_leaves=8,
)
events = st.builds(
    Event,
    kind=st.sampled_from(Kind),
    time=st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20)),
    control=st.none() | st.integers(0, 2**53 - 1),
    body=st.dictionaries(st.text("xyz"), plain).map(lambda more: {**more, **BODY}),
)


def test_an_event_has_one_spelling() -> None:
    assert write_event(EVENT) == WRITTEN
    assert read_event(WRITTEN) == EVENT


@given(events)
def test_what_is_written_is_read_back(event: Event) -> None:
    assert read_event(write_event(event)) == event


@given(events, st.data())
def test_any_other_bytes_are_another_event_or_none(event: Event, data: st.DataObject) -> None:
    written = write_event(event)
    at = data.draw(st.integers(0, len(written) - 1))
    changed = bytearray(written)
    changed[at] ^= data.draw(st.integers(1, 255))
    try:
        other = read_event(bytes(changed))
    except EventError:
        return
    assert write_event(other) == changed
    assert other != event


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'{"body"', b'{ "body"'),
        (b'"control":3', b'"control":3.0'),
        (b'"control":3', b'"control":-1'),
        (b'"control":3', b'"control":true'),
        (b'"control":3', b'"control":"3"'),
        (b'"control":3,', b""),
        (b'"control":3', b'"control":3,"more":1'),
        (b'"control":3', b'"control":3,"control":3'),
        (b'"control":3', b'"control":9007199254740992'),
        (b"release.sealed", b"release.forged"),
        (b'"release.sealed"', b'["release.sealed"]'),
        (b"05Z", b"05z"),
        (b"01-02", b"02-30"),
        (b'"2026-01-02T03:04:05Z"', b"5"),
        (b'"name":"ranker",', b""),
        (b"ranker", b"rank\xff"),
        (b"ranker", b"\\u0072anker"),
    ],
)
def test_what_is_not_an_event_is_refused(old: bytes, new: bytes) -> None:
    changed = WRITTEN.replace(old, new)
    assert changed != WRITTEN
    with pytest.raises(EventError):
        read_event(changed)


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"7", b'"x"', b"{}", b"[" * 10_000, WRITTEN + b"\n"]
)
def test_what_is_something_else_is_refused(data: bytes) -> None:
    with pytest.raises(EventError):
        read_event(data)


@pytest.mark.parametrize("body", [[], "name", None])
def test_a_body_is_a_mapping(body: object) -> None:
    tree = {"body": body, "control": None, "kind": "registry.initialised", "time": TIME}
    with pytest.raises(EventError, match="body"):
        read_event(json.dumps(tree, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize("body", [{"x": 0.5}, {"x": "\ud800"}, {"é": 1}, {"x": (1,)}])
def test_a_body_without_a_canonical_form_is_not_written(body: dict[str, object]) -> None:
    with pytest.raises(NotCanonicalError):
        write_event(replace(EVENT, body=body))


MEASURED = Kind.DELIVERY_MEASURED
RANKER = ("release:ranker",)


@pytest.mark.parametrize("kind", Kind)
def test_the_topics_of_every_kind(kind: Kind) -> None:
    family = kind.partition(".")[0]
    assert (
        topics(replace(EVENT, kind=kind))
        == {
            "registry": (),
            "archive": ("release:ranker",),
            "release": ("release:ranker",),
            "evidence": ("subject:sha256:a", "subject:sha256:b"),
            "control": ("control", f"statement:{STATEMENT}"),
            "promotion": ("gate:production/ranker", "release:ranker"),
            "rollback": ("gate:production/ranker", "release:ranker"),
            "verdict": ("gate:production/ranker", "release:ranker"),
            "store": ("store",),
            "delivery": ("delivery:production/ranker", *RANKER[kind is MEASURED :]),
            "act": ("gate:production/ranker", "release:ranker"),
        }[family]
    )


def test_a_topic_is_named_once() -> None:
    twice = replace(EVENT, kind=Kind.EVIDENCE_ADDED, body={"subjects": ["x", "x"]})
    assert topics(twice) == ("subject:x",)


def test_trust_changes_with_the_control_plane_alone() -> None:
    assert {Kind.REGISTRY_INITIALISED, Kind.CONTROL_APPLIED} == CONTROL_KINDS


def test_what_is_said_of_an_environment_is_found_under_it_alone() -> None:
    said = Event(kind=Kind.ACT_SAID, time=TIME, control=3, body={"environment": "production"})
    assert topics(said) == ("environment:production",)
    of_release = replace(said, body={"environment": "production", "name": "ranker"})
    assert topics(of_release) == ("gate:production/ranker", "release:ranker")
    with pytest.raises(EventError, match="says no environment"):
        topics(replace(said, body={}))
