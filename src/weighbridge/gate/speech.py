"""What expressions of a policy can speak of: every variable, with its shape and its value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.gate.shapes import ANY, TEXT, ListOf, MapOf, Record, Shape, shape_of_schema
from weighbridge.gate.view import COLLECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.gate.case import Evidence

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


def variables(
    for_each: str | None,
    *,
    release_schema: Mapping[str, object],
    environment_schema: Mapping[str, object],
    data: Iterable[str],
) -> dict[str, Shape]:
    """Say what an expression may speak of.

    Args:
        for_each: The collection whose items it sees as `item`, or None.
        release_schema: JSON Schema of a manifest.
        environment_schema: JSON Schema of an environment.
        data: Names of the policy's data.
    """
    release = release_shape(shape_of_schema(release_schema))
    found: dict[str, Shape] = {
        "release": release,
        "environment": shape_of_schema(environment_schema),
        "evidence": ListOf(EVIDENCE),
        "findings": ListOf(FINDING),
        "data": Record(dict.fromkeys(data, ANY)),
        "now": TEXT,
    }
    if for_each is not None:
        lists = {"evidence": EVIDENCE, "findings": FINDING}
        name = for_each.removeprefix("release.")
        item = lists.get(name) or _member(release.fields[name])
        found["item"] = item
    return found


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
