"""However a manifest is split into template and overlay, it is the same manifest."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.codec.samples import digest_of
from tests.codec.strategies import RELEASES
from weighbridge.codec.layers import member_key, merged
from weighbridge.codec.manifest import validate_release
from weighbridge.codec.reading import read_document
from weighbridge.codec.resolved import release_digest, set_keys
from weighbridge.model.release import ModelRelease

Draw = Callable[[st.SearchStrategy[Any]], Any]
ABSENT = object()
SETS = set_keys(ModelRelease)


@given(st.data())
def test_the_split_does_not_change_the_digest(data: st.DataObject) -> None:
    release = data.draw(RELEASES)
    base, overlay = _split(data.draw, release, "")
    overlay |= {key: release[key] for key in ("apiVersion", "kind")}
    lower = read_document(json.dumps({"spec": {"release": base}}).encode(), "t.yaml")
    upper = read_document(json.dumps({**overlay, "extends": "t@1"}).encode(), "r.yaml")
    whole = merged(lower, "/spec/release", upper, ModelRelease)
    assert release_digest(validate_release(whole)) == digest_of(json.dumps(release))


def _split(draw: Draw, whole: dict[str, Any], at: str) -> tuple[dict[str, Any], dict[str, Any]]:
    base: dict[str, Any] = {}
    overlay: dict[str, Any] = {}
    for key, value in whole.items():
        for side, part in zip((base, overlay), _parts(draw, value, f"{at}/{key}"), strict=True):
            if part is not ABSENT:
                side[key] = part
    if draw(st.booleans()):  # what the overlay takes out again
        base["extra"], overlay["extra"] = (
            draw(st.sampled_from([1, {"a": 1}, [{"name": "x"}]])),
            None,
        )
    return base, overlay


def _parts(draw: Draw, value: object, at: str) -> tuple[Any, Any]:
    ways = ["base", "overlay"] if value is None else ["base", "overlay", "overridden"]
    if isinstance(value, dict) and value and not _is_open(at):
        ways.append("split")
    if at in SETS and isinstance(value, list) and value:
        ways.append("members")
    way = draw(st.sampled_from(ways))
    if way == "base":
        return value, ABSENT
    if way == "overlay":
        return ABSENT, value
    if way == "overridden":
        return ("something else", value) if not isinstance(value, dict) else (7, value)
    if way == "members" and isinstance(value, list):
        return _members(draw, value)
    assert isinstance(value, dict)
    return _split(draw, value, at)


def _members(draw: Draw, members: list[dict[str, Any]]) -> tuple[Any, Any]:
    key = member_key(list(members))
    if key is None:
        return members, ABSENT
    base: list[dict[str, Any]] = []
    overlay: list[dict[str, Any]] = []
    for member in members:
        way = draw(st.integers(0, 2))
        kept = {name: value for name, value in member.items() if value is not None}
        if way != 1:
            # What the base says otherwise must be something the overlay says, too.
            others = {name: "other" for name in kept if name != key}
            base.append(kept if way == 0 else {key: member[key], **others})
        if way != 0:
            overlay.append(kept)
    if base and draw(st.booleans()):
        base.append({key: "taken-out-again", "x": 1})
        overlay.append({key: "taken-out-again", "$remove": True})
    return base or ABSENT, overlay or ABSENT


def _is_open(at: str) -> bool:
    """Null in data of the author's own shape is a value, and a merge patch cannot say it."""
    return at.endswith(("/value", "/default", "/fallback", "/minimum", "/maximum"))
