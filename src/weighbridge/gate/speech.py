"""What expressions of a policy can speak of: every variable, with its shape and its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.gate.shapes import ANY, TEXT, ListOf, MapOf, Record, Shape, shape_of_schema
from weighbridge.gate.view import COLLECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.gate.case import Evidence
    from weighbridge.model.policy.shapes import Speech

EVIDENCE = Record(
    {
        "type": TEXT,
        "at": TEXT,
        "person": TEXT,
        "roles": ListOf(TEXT),
        "release": TEXT,
        "statement": TEXT,
        "subjects": ListOf(TEXT),
        "predicate": ANY,
        "pointer": TEXT,
    }
)
FINDING = Record(dict.fromkeys(("code", "severity", "verdict", "subject", "pointer"), TEXT))
_IMAGE = Record({"ref": TEXT, "digest": TEXT, "pointer": TEXT})


def speech(
    *, release_schema: Mapping[str, object], environment_schema: Mapping[str, object]
) -> dict[str, Shape]:
    """Say what the policies of a version may speak of, whatever their data.

    Args:
        release_schema: JSON Schema of a manifest.
        environment_schema: JSON Schema of an environment.
    """
    return {
        "release": release_shape(shape_of_schema(release_schema)),
        "environment": shape_of_schema(environment_schema),
        "evidence": ListOf(EVIDENCE),
        "findings": ListOf(FINDING),
        "now": TEXT,
    }


def variables(for_each: str | None, *, known: Speech, data: Iterable[str]) -> dict[str, Shape]:
    """Say what an expression may speak of.

    Args:
        for_each: The collection whose items it sees as `item`, or None.
        known: What its policy may speak of (`speech`).
        data: Names of the policy's data.
    """
    found = {**known, "data": Record(dict.fromkeys(data, ANY))}
    if for_each is not None:
        found["item"] = _item_of(for_each, known)
    return found


def _item_of(for_each: str, known: Speech) -> Shape:
    """Say what an item is; of a collection nobody knows, nothing can be said of it."""
    shape: Shape = Record(known)
    for name in for_each.split("."):
        shape = shape.fields.get(name, ANY) if isinstance(shape, Record) else ANY
    return shape.member if isinstance(shape, ListOf) else Record({})


def release_shape(manifest: Shape) -> Record:
    """Say what `release` is, from the shape of a manifest."""
    fields = manifest.fields if isinstance(manifest, Record) else {}
    spec = fields.get("spec", ANY)
    return Record(
        {
            "name": TEXT,
            "version": TEXT,
            "digest": TEXT,
            "effectiveRisk": TEXT,
            "metadata": fields.get("metadata", ANY),
            "spec": spec,
            **{name: ListOf(_item(spec, name)) for name in COLLECTIONS},
        }
    )


def _item(spec: Shape, collection: str) -> Shape:
    """Say what an item of a collection is: a member of the manifest's own list, with its place."""
    if collection == "images":
        return _IMAGE
    shape = spec
    for name in COLLECTIONS[collection]:
        shape = shape.fields.get(name, ANY) if isinstance(shape, Record) else ANY
    member = _member(shape)
    if not isinstance(member, Record):
        return ANY
    named = {"name": TEXT} if isinstance(shape, MapOf) else {}
    return Record({**named, **member.fields, "pointer": TEXT})


def _member(shape: Shape) -> Shape:
    return shape.member if isinstance(shape, ListOf | MapOf) else ANY


def evidence_values(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    """Write evidence as expressions see it, newest last."""
    return [
        {
            "type": one.predicate_type,
            "at": one.at,
            "person": one.person,
            "roles": list(one.roles),
            "release": one.release,
            "statement": one.statement,
            "subjects": list(one.subjects),
            "predicate": dict(one.predicate),
            "pointer": f"/evidence/{index}",
        }
        for index, one in enumerate(evidence)
    ]
