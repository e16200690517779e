"""What expressions of a rule pack can speak of: every variable, with its shape and its value.

A report on one version of a release may be evidence about another that differs in its version
alone. So rules of a pack see neither version nor digest, and cannot turn on them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.gate.cel import Bindings
from weighbridge.gate.shapes import (
    BOOLEAN,
    INTEGER,
    TEXT,
    ListOf,
    Record,
    Shape,
    shape_of_schema,
    shape_of_value,
)
from weighbridge.gate.speech import release_shape
from weighbridge.gate.view import COLLECTIONS, items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.rule_pack import PackExample, PackRule

_UNSEEN = "version"
PACKAGE = Record(
    {
        **dict.fromkeys(("name", "version", "source", "ecosystem", "marker"), TEXT),
        "hashed": BOOLEAN,
        "groups": ListOf(TEXT),
        **dict.fromkeys(("purpose", "lock", "pointer"), TEXT),
    }
)
"""A package of a lock."""
FILE = Record(
    {
        **dict.fromkeys(("path", "digest", "format", "artifact", "role", "pointer"), TEXT),
        "size": INTEGER,
    }
)
"""A file of an artifact, as it was read."""
FACTS: dict[str, Record] = {"facts.files": FILE, "facts.packages": PACKAGE}
"""Collections of what was observed."""


def pack_variables(
    for_each: str | None,
    *,
    release_schema: Mapping[str, object],
    parameters: Mapping[str, object],
) -> dict[str, Shape]:
    """Say what an expression of a rule may speak of.

    Args:
        for_each: The collection whose items it sees as `item`, or None.
        release_schema: JSON Schema of a manifest.
        parameters: The rule's thresholds, with their defaults.
    """
    whole = release_shape(shape_of_schema(release_schema))
    seen = {name: whole.fields[name] for name in ("name", "metadata", "spec", *COLLECTIONS)}
    metadata = seen["metadata"]
    if isinstance(metadata, Record):
        fields = {name: one for name, one in metadata.fields.items() if name != _UNSEEN}
        seen["metadata"] = Record(fields)
    found: dict[str, Shape] = {
        "release": Record(seen),
        "parameters": Record({name: shape_of_value(one) for name, one in parameters.items()}),
        "now": TEXT,
    }
    if for_each is not None:
        listed = seen.get(for_each.removeprefix("release."))
        found["item"] = listed.member if isinstance(listed, ListOf) else FACTS[for_each]
    return found


def pack_view(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Build the variable `release`, as rules of a pack see it."""
    metadata, spec = manifest["metadata"], manifest["spec"]
    return {
        "name": metadata["name"],
        "metadata": {name: value for name, value in metadata.items() if name != _UNSEEN},
        "spec": spec,
        **{name: list(items(spec, name)) for name in COLLECTIONS},
    }


def example_values(rule: PackRule, example: PackExample) -> Bindings:
    """List the variables an example sets; thresholds it does not name are the defaults."""
    found: dict[str, Any] = {"release": example.release, "item": example.item, "now": example.now}
    values = {name: value for name, value in found.items() if value is not None}
    return Bindings({**values, "parameters": {**rule.thresholds, **(example.parameters or {})}})
