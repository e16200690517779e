"""Documents of older schemas, read as if they had been written today.

Values move in memory alone: no text and no sealed byte is ever changed. Each step of the table
rewrites one mapping and says which pointers lead where; from that follow the places of all values,
so that a fault is told at the line and by the key its author wrote.

A key whose newer form stands beside it is left where it is. It is then a key that is not known,
and that is the fault: two forms of one thing may contradict each other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.assembling import todos
from weighbridge.codec.versions import V1ALPHA1
from weighbridge.model.authoring import API_VERSION, KIND
from weighbridge.model.authoring.base import TODO
from weighbridge.model.document import Origin
from weighbridge.model.location import pointer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.model.document import Document, Place, Plain

    Members = dict[str, Any]
    Moves = dict[str, str]
    Rewrite = Callable[[Members], tuple[Members, Moves]]

_MAX_NAME = 128

OLDER_WORDS = {"/spec/environment/python": "runtime", "/spec/card/ref": "path"}
"""Keys of older schemas, by pointer, that are spelt unlike what they are called today."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One difference between two schemas.

    Attributes:
        path: Dotted path of the mappings it concerns; `*` stands for any key or member.
        rewrite: From such a mapping to its newer form, and the pointers (new to old, relative to
            the mapping) of what moved.
    """

    path: str
    rewrite: Rewrite


def migrated(document: Document) -> Document:
    """Read a document of an older schema as one of today's; any other is returned as it is."""
    if not _is_older(document.data):
        return document
    data, moves = _walked(document.data)
    places: dict[str, Place] = {}
    origins: dict[str, Origin] = {}
    for at in _pointers(data, ""):
        old = _was(at, moves)
        if old in document.places:
            places[at], origins[at] = document.places[old], Origin(document, old)
    read = {origin.pointer for origin in origins.values()}
    dropped = (at for at in document.places if at not in read and at.rpartition("/")[0] in read)
    moved = replace(
        document,
        data=data,
        places=places,
        layers=(document,),
        origins=origins,
        schema=V1ALPHA1,
        dropped=tuple(dropped),
    )
    return replace(moved, todos=tuple(sorted(todos(data, ""), key=moved.location)))


def as_today(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a sealed manifest in today's form.

    Digests are those of the values as they were sealed, never of these.
    """
    data = dict(manifest)
    return _walked(data)[0] if _is_older(data) else data


def newer_forms(document: Document) -> list[tuple[str, str]]:
    """List what a document of an older schema says in its words: pointers, old and new."""
    moved = {
        new: origin.pointer
        for new, origin in document.origins.items()
        if origin.pointer != new and origin != _beside(document, new)
    }
    return sorted(
        (old, new)
        for new, old in moved.items()
        if not any(new.startswith(f"{above}/") for above in moved)
    )


def _beside(document: Document, at: str) -> Origin:
    """Say where a value would stand if it had moved only with the collection it is in."""
    above, slash, key = at.rpartition("/")
    origin = document.origin(above)
    return Origin(origin.layer, f"{origin.pointer}{slash}{key}")


def _is_older(data: Mapping[str, Any]) -> bool:
    return data.get("apiVersion") == V1ALPHA1 and data.get("kind") == KIND


def _walked(data: Members) -> tuple[Members, Moves]:
    moves: Moves = {}
    node: Any = data
    for step in _FROM_V1ALPHA1:
        parts = step.path.split(".") if step.path else []
        node = _rewritten(node, parts, step.rewrite, "", moves)
    return node, moves


def _rewritten(node: Any, path: list[str], rewrite: Rewrite, at: str, moves: Moves) -> Any:
    """Rewrite every mapping a path leads to, in a copy: aliases share their values."""
    if not path:
        if not isinstance(node, dict):
            return node
        members, moved = rewrite(node)
        moves.update({at + new: at + old for new, old in moved.items()})
        return members
    if isinstance(node, list) and path[0] == "*":
        return [
            _rewritten(member, path[1:], rewrite, at + pointer(index), moves)
            for index, member in enumerate(node)
        ]
    if isinstance(node, dict):
        return {
            key: _rewritten(member, path[1:], rewrite, at + pointer(key), moves)
            if path[0] in ("*", key)
            else member
            for key, member in node.items()
        }
    return node


def _was(at: str, moves: Moves) -> str:
    """Return the pointer a value had before."""
    above = at
    while above:
        if above in moves:
            return moves[above] + at[len(above) :]
        above = above.rpartition("/")[0]
    return at


def _pointers(value: Plain, at: str) -> Iterator[str]:
    yield at
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _pointers(member, at + pointer(key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _pointers(member, at + pointer(index))


def _today(document: Members) -> tuple[Members, Moves]:
    return {**document, "apiVersion": API_VERSION}, {}


def _renaming(old: str, new: str) -> Rewrite:
    def rewrite(members: Members) -> tuple[Members, Moves]:
        if old not in members or new in members:
            return members, {}
        renamed = {new if key == old else key: value for key, value in members.items()}
        return renamed, {pointer(new): pointer(old)}

    return rewrite


def _dropping(name: str) -> Rewrite:
    def rewrite(members: Members) -> tuple[Members, Moves]:
        return {key: value for key, value in members.items() if key != name}, {}

    return rewrite


def _runtime(environment: Members) -> tuple[Members, Moves]:
    """Say which Python `python: "3.11.7"` is: there was no other than CPython."""
    renamed, moves = _renaming("python", "runtime")(environment)
    if moves:
        renamed["runtime"] = {"implementation": "cpython", "version": renamed["runtime"]}
        moves["/runtime/version"] = "/python"
    return renamed, moves


def _requests(environment: Members) -> tuple[Members, Moves]:
    """Take the amounts for requests: there were no limits."""
    amounts = environment.get("resources")
    if not isinstance(amounts, dict) or not amounts or {"requests", "limits"} & amounts.keys():
        return environment, {}
    resources = {"requests": amounts}
    return {**environment, "resources": resources}, {"/resources/requests": "/resources"}


def _licence(spec: Members) -> tuple[Members, Moves]:
    """Put the licence that stood with the card to the model it is the licence of."""
    card, model = spec.get("card"), spec.get("model")
    if not isinstance(card, dict) or "license" not in card:
        return spec, {}
    if not isinstance(model, dict) or "license" in model:
        return spec, {}
    rest = {key: value for key, value in card.items() if key != "license"}
    model = {**model, "license": card["license"]}
    return {**spec, "card": rest, "model": model}, {"/model/license": "/card/license"}


def _targets(spec: Members) -> tuple[Members, Moves]:
    """Make a target of each row of the matrix, named by what is in it."""
    dependencies = spec.get("dependencies")
    if not isinstance(dependencies, dict) or "compatibility" not in dependencies:
        return spec, {}
    if "compatibility" in spec:
        return spec, {}
    rows, old = dependencies["compatibility"], "/dependencies/compatibility"
    moves = {"/compatibility": old, "/compatibility/targets": old}
    targets = rows
    if isinstance(rows, list):
        targets, names = [], set[str]()
        for index, row in enumerate(rows):
            target, moved = _target(row, names) if isinstance(row, dict) else (row, {})
            at = pointer("compatibility", "targets", index)
            moves |= {at + new: old + pointer(index) + was for new, was in moved.items()}
            targets.append(target)
    rest = {key: value for key, value in dependencies.items() if key != "compatibility"}
    return {**spec, "dependencies": rest, "compatibility": {"targets": targets}}, moves


def _target(row: Members, names: set[str]) -> tuple[Members, Moves]:
    target = {"name": _name(row, names), "os": "linux", **row}
    if isinstance(row.get("cuda"), dict) or not {"cuda", "driver"} & row.keys():
        return target, {}
    words = {"cuda": "toolkit", "driver": "driver"}
    stack = {new: target.pop(old) for old, new in words.items() if old in row}
    moves = {pointer("cuda", new): pointer(old) for old, new in words.items() if old in row}
    moves["/cuda"] = next(iter(moves.values()))
    return {**target, "cuda": stack}, moves


def _name(row: Members, names: set[str]) -> str:
    """Name a row by its values; rows that say the same are numbered."""
    prefixes = {"arch": "", "python": "py", "cuda": "cuda", "driver": "driver"}
    said = [
        f"{prefix}{row[key]}"
        for key, prefix in prefixes.items()
        if row.get(key) not in (None, TODO) and not isinstance(row[key], list | dict)
    ]
    text = re.sub(r"[^a-z0-9._-]+", "-", "-".join(["linux", *said]).lower())
    base = text[: _MAX_NAME - 8].strip("._-")
    name, number = base, 1
    while name in names:
        number += 1
        name = f"{base}-{number}"
    names.add(name)
    return name


_FROM_V1ALPHA1 = (
    _Step("", _today),
    _Step("spec.environment", _runtime),
    _Step("spec.environment", _requests),
    _Step("spec.processing.pre.*", _renaming("params", "parameters")),
    _Step("spec.processing.post.*", _renaming("params", "parameters")),
    # What was measured stands in the ledger now, signed; what an author claims there is no news.
    _Step("spec.parameters.*.effects.*", _dropping("evidence")),
    _Step("spec", _targets),
    _Step("spec", _licence),
    _Step("spec.card", _renaming("ref", "path")),
)
