"""The table is held against the model: no field may be forgotten, none may be told as another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from weighbridge.codec.describing import fields
from weighbridge.codec.resolved import list_keys, set_keys
from weighbridge.diffing.patterns import Patterns
from weighbridge.diffing.table import TABLE
from weighbridge.model.authoring import fields as scalars
from weighbridge.model.authoring.base import Unsealed
from weighbridge.model.location import pointer_parts
from weighbridge.model.release import ModelRelease
from weighbridge.model.release.quantities import Cpu, Memory

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = {"CFG": 9, "CMP": 10, "DEP": 17, "GOV": 8, "INT": 13, "REP": 9, "SEC": 11}
"""The last number of each family in the catalogue of rules."""

TYPES: dict[str, tuple[Any, ...]] = {
    "cpu": (Cpu,),
    "decimal": (scalars.DecimalText, scalars.Amount, scalars.Fraction, scalars.Percentile),
    "digest": (scalars.Digest,),
    "duration": (scalars.Duration,),
    "memory": (Memory,),
    "share": (scalars.Share,),
    "time": (scalars.Timestamp,),
    "version": (scalars.Version,),
}


def places(annotation: object, at: str, marks: tuple[Any, ...]) -> Iterator[tuple[str, set[int]]]:
    """Walk a type: each scalar's pointer pattern and the marks its type carries, by identity."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in fields(annotation).items():
            if any(isinstance(mark, Unsealed) for mark in field.metadata):
                continue  # never part of what is compared
            yield from places(field.annotation, f"{at}/{name}", tuple(field.metadata))
        return
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from places(inner[0], at, (*marks, *unfolded(inner[1:])))
    elif origin in (list, dict):
        yield from places(inner[-1], f"{at}/*", ())
    elif type(None) in inner:
        for part in inner:
            if part is not type(None):
                yield from places(part, at, marks)
    else:
        yield at, {id(getattr(mark, "func", mark)) for mark in marks}


def unfolded(marks: tuple[Any, ...]) -> list[Any]:
    return [m for mark in marks for m in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]


def marks_of(scalar: object) -> set[int]:
    return {id(getattr(mark, "func", mark)) for mark in unfolded(get_args(scalar)[1:])[:1]}


PLACES = dict(places(ModelRelease, "", ()))
KNOWN = Patterns({pattern: pattern for pattern in TABLE})


def test_the_model_is_walked_to_its_scalars() -> None:
    assert {
        "/kind",
        "/metadata/owner/team",
        "/metadata/labels/*",
        "/spec/artifacts/*/digest",
        "/spec/parameters/*/effects/latency/direction",
        "/spec/rollout/steps/*/weight",
    } <= PLACES.keys()


@pytest.mark.parametrize("place", PLACES)
def test_every_field_was_thought_of(place: str) -> None:
    found = KNOWN.longest(pointer_parts(place))
    assert found is not None
    root = 2 if place.startswith("/spec/") else 1
    assert found == place or len(pointer_parts(found)) > root, f"only {found} speaks of it"


@pytest.mark.parametrize("kind", TYPES)
def test_the_types_are_those_of_the_model(kind: str) -> None:
    wanted = set().union(*map(marks_of, TYPES[kind]))
    typed = [place for place, marks in PLACES.items() if marks & wanted]
    assert typed
    entries = Patterns(TABLE)
    told = {place: getattr(entries.exact(pointer_parts(place)), "type", "") for place in typed}
    assert {place: seen for place, seen in told.items() if seen != kind} == {}


@pytest.mark.parametrize("pattern", TABLE)
def test_no_entry_speaks_of_a_field_that_is_not_there(pattern: str) -> None:
    parts = pointer_parts(pattern)
    there = [pointer_parts(place)[: len(parts)] for place in PLACES]
    assert any(
        len(place) == len(parts)
        and all("*" in {a, b} or a == b for a, b in zip(place, parts, strict=True))
        for place in there
    )


@pytest.mark.parametrize("pattern", TABLE)
def test_rules_are_of_the_catalogue(pattern: str) -> None:
    rules = TABLE[pattern].rules
    assert list(rules) == sorted(set(rules))
    for rule in rules:
        assert re.fullmatch(r"[A-Z]{3}\d{3}", rule)
        assert 1 <= int(rule[3:]) <= RULES[rule[:3]]


def test_only_what_is_high_can_be_eased() -> None:
    assert {entry.risk for entry in TABLE.values() if entry.safer} == {"high"}


def test_lists_go_by_their_keys_whether_their_order_counts_or_not() -> None:
    found = list_keys(ModelRelease)
    assert set_keys(ModelRelease).items() < found.items()
    assert found["/spec/signature/inputs"] == found["/spec/processing/pre"] == "name"
    assert found["/spec/environment/resources/limits/accelerators"] == "type"
