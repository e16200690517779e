"""Telling TensorFlow's messages by their first fields: none of them has a magic number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.protobuf_sniff import agreement, varint
from weighbridge.formats.tensorflow_schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable

_SAVED_MODEL: Final = b"\x08\x01\x12"
_FIRST: Final = b"\n"
_FEWEST_FIELDS: Final = 12
_NODE_BEGINS: Final = [("Graph", "node"), ("Node", "name"), ("Node", "op")]
_BARE: Final = [("SavedModel", "meta_graphs"), ("MetaGraph", "graph_def"), *_NODE_BEGINS]
_NODE: Final = re.compile(rb"[A-Za-z0-9.][A-Za-z0-9_./\\>-]*\Z")
_OPERATOR: Final = re.compile(rb"_?[A-Z][A-Za-z0-9_>]*\Z")
_KERAS: Final = b"_tf_keras_"
_SUMS: Final = {"saved_model_checksum", "graph_def_program_hash", "signature_def_hash"}
_LONGEST_FINGERPRINT: Final = 256


def _begins_model(head: bytes, size: int) -> bool:
    """Whether the schema version and the operators used come first, or a graph without them."""
    found, end = agreement(head, size, SCHEMA, "SavedModel")
    if found[: len(_BARE)] == _BARE:
        return _is_node(head, depth=len(_BARE) - 2) and _is_much(found, end, size)
    return head.startswith(_SAVED_MODEL) and (
        found[1:4]
        == [
            ("SavedModel", "meta_graphs"),
            ("MetaGraph", "meta_info_def"),
            ("MetaInfo", "stripped_op_list"),
        ]
        or ("MetaInfo", "tensorflow_version") in found
    )


def _begins_graph(head: bytes, size: int) -> bool:
    """Whether the first node has a name and an operator as TensorFlow spells them."""
    found, end = agreement(head, size, SCHEMA, "Graph")
    if not head.startswith(_FIRST) or found[:3] != _NODE_BEGINS:
        return False
    return _is_node(head, depth=1) and _is_much(found, end, size)


def _is_much(found: list[tuple[str, str]], end: int, size: int) -> bool:
    """Whether that many fields do not fit by chance."""
    return len(found) >= _FEWEST_FIELDS or end == size


def _is_node(head: bytes, *, depth: int) -> bool:
    """Whether a node that begins so many messages deep is named as TensorFlow names them."""
    at = 0
    for _ in range(depth):
        _, at = varint(head, at + 1)
    name, rest = _text(head, at)
    operator, _ = _text(head, rest)
    return bool(_NODE.match(name)) and bool(_OPERATOR.match(operator))


def _text(head: bytes, at: int) -> tuple[bytes, int]:
    """Return the text of the field that begins here, and where it ends."""
    length, start = varint(head, at + 1)
    return head[start : start + length], start + length


def _begins_metadata(head: bytes, size: int) -> bool:
    """Whether the first object says that it is one of Keras."""
    if not head.startswith(_FIRST) or _KERAS not in head:
        return False
    found, _ = agreement(head, size, SCHEMA, "KerasMetadata")
    return ("KerasObject", "identifier") in found


def _is_fingerprint(head: bytes, size: int) -> bool:
    """Whether the whole of a small file is sums."""
    if size > _LONGEST_FINGERPRINT:
        return False
    found, end = agreement(head, size, SCHEMA, "Fingerprint")
    return end == size and _SUMS.issubset(name for _, name in found)


BEGINS: Final[dict[str, Callable[[bytes, int], bool]]] = {
    "SavedModel": _begins_model,
    "Graph": _begins_graph,
    "KerasMetadata": _begins_metadata,
    "Fingerprint": _is_fingerprint,
}
"""Whether bytes, of a file of some size, begin as a message."""
