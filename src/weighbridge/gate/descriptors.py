"""Protobuf files as plain data: the messages that stand for shapes, and the tree of CEL itself.

The type checker of the engine knows fields of messages only, and a compiled expression is a
message. Nothing here imports the engine: the data is protobuf's own JSON form of a
`FileDescriptorProto`, read by `gate.cel`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.gate.shapes import ANY, ListOf, MapOf, Record, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.gate.shapes import Shape

Described = dict[str, object]

PACKAGE: Final = "weighbridge"
TREE: Final = "tree"
VALUE_FILE: Final = "google/protobuf/struct.proto"

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# Fields `a_b` and `aB` beside each other: protobuf's own JSON would not tell them apart.
_ANY_SPELLING = {"deprecatedLegacyJsonFieldConflicts": True}
# The engine takes `google.protobuf.Value` for `dyn`: anything, judged when it is evaluated.
_SCALARS: dict[str, tuple[str, str]] = {
    "any": ("MESSAGE", ".google.protobuf.Value"),
    "boolean": ("BOOL", ""),
    "integer": ("INT64", ""),
    "text": ("STRING", ""),
}


class Messages:
    """One message for each record among some shapes."""

    def __init__(self, shapes: Iterable[Shape]) -> None:
        """Name the records in the order they are met."""
        self.records: dict[str, Record] = {}
        self._names: dict[int, str] = {}  # by identity: equal records may well be two messages
        for shape in shapes:
            self._enter(shape)

    def name_of(self, record: Record) -> str | None:
        """Name the message that stands for a record.

        None if no message can: a key that is no name (`a-b`) is no field of a message, so such a
        record is spoken to as an open map, in backquotes.
        """
        return self._names.get(id(record))

    def file(self) -> Described:
        """Describe the messages.

        Of a list or map within a list or map only that it is one is said: protobuf has no fields
        for more.
        """
        messages = [self._message(name, record) for name, record in self.records.items()]
        return _file(PACKAGE, messages, dependency=[VALUE_FILE])

    def _enter(self, shape: Shape) -> None:
        match shape:
            case Record(fields):
                if id(shape) not in self._names and all(map(_NAME.fullmatch, fields)):
                    name = f"{PACKAGE}.Record{len(self.records)}"
                    self._names[id(shape)] = name
                    self.records[name] = shape
                for field in fields.values():
                    self._enter(field)
            case ListOf(member) | MapOf(member):
                self._enter(member)
            case Scalar():
                pass

    def _message(self, name: str, record: Record) -> Described:
        fields: list[Described] = []
        entries: dict[str, Described] = {}
        for number, (field, shape) in enumerate(record.fields.items(), start=1):
            entry = _entry_name(field)
            member = self._member_of_map(shape)
            if member and entry not in entries:
                entries[entry] = _map_entry(entry, self._single(member))
                kind = ("MESSAGE", f".{name}.{entry}")
            else:
                kind = self._single(shape.member if isinstance(shape, ListOf) else shape)
            repeated = isinstance(shape, ListOf) or kind[1].endswith(entry)
            fields.append(_field(field, number, kind, repeated=repeated))
        return _message(
            name.rpartition(".")[2],
            fields,
            nestedType=list(entries.values()),
            options=_ANY_SPELLING,
        )

    def _member_of_map(self, shape: Shape) -> Shape | None:
        if isinstance(shape, MapOf):
            return shape.member
        return ANY if isinstance(shape, Record) and self.name_of(shape) is None else None

    def _single(self, shape: Shape) -> tuple[str, str]:
        if isinstance(shape, Scalar):
            return _SCALARS[shape.kind]
        name = self.name_of(shape) if isinstance(shape, Record) else None
        return ("MESSAGE", f".{name}") if name else _SCALARS["any"]


def _map_entry(name: str, kind: tuple[str, str]) -> Described:
    fields = [_field("key", 1, ("STRING", "")), _field("value", 2, kind)]
    return _message(name, fields, options={"mapEntry": True})


def _entry_name(field: str) -> str:
    """Name the entry of a map as protobuf wants it, after its field."""
    return "".join(word[:1].upper() + word[1:] for word in field.split("_")) + "Entry"


def _field(
    name: str, number: int, kind: tuple[str, str], *, repeated: bool = False, union: bool = False
) -> Described:
    field: Described = {
        "name": name,
        "jsonName": name,
        "number": number,
        "label": "LABEL_REPEATED" if repeated else "LABEL_OPTIONAL",
        "type": f"TYPE_{kind[0]}",
    }
    if kind[1]:
        field["typeName"] = kind[1]
    if union:
        field["oneofIndex"] = 0
    return field


def _message(name: str, fields: list[Described], **more: object) -> Described:
    return {"name": name, "field": fields, **more}


def _file(package: str, messages: list[Described], **more: object) -> Described:
    return {
        "name": f"{package}.proto",
        "package": package,
        "syntax": "proto2",
        "messageType": messages,
        **more,
    }


def _of_tree(name: str, members: str, *, union: bool = False) -> Described:
    """Describe a message of the tree from `name:number:type`, with `*` before what repeats."""
    fields = []
    for member in members.split():
        field, number, written = member.split(":")
        kind = written.removeprefix("*")
        scalar = kind.isupper()
        fields.append(
            _field(
                field,
                int(number),
                (kind, "") if scalar else ("MESSAGE", f".{TREE}.{kind}"),
                repeated=written.startswith("*"),
                union=union and field != "id",
            )
        )
    return _message(name, fields, oneofDecl=[{"name": "kind"}] if union else [])


# The wire form of google/api/expr (cel-spec, `cel/expr/syntax.proto` and `checked.proto`): all of
# the tree, and of types only what is asked about them.
TREE_FILE: Final[Described] = _file(
    TREE,
    [
        _of_tree("Any", "type_url:1:STRING value:2:BYTES"),
        _of_tree("Checked", "types:3:*Typed expr:4:Expr source_info:5:SourceInfo"),
        _of_tree("Typed", "key:1:INT64 value:2:Type"),
        _of_tree("Type", "primitive:3:INT32 well_known:5:INT32 map_type:7:Map", union=True),
        _of_tree("Map", ""),
        _of_tree("SourceInfo", "positions:4:*Position"),
        _of_tree("Position", "key:1:INT64 value:2:INT32"),
        _of_tree(
            "Expr",
            "id:2:INT64 const_expr:3:Constant ident_expr:4:Ident select_expr:5:Select"
            " call_expr:6:Call list_expr:7:List struct_expr:8:Struct"
            " comprehension_expr:9:Comprehension",
            union=True,
        ),
        _of_tree(
            "Constant",
            "null_value:1:INT32 bool_value:2:BOOL int64_value:3:INT64 uint64_value:4:UINT64"
            " double_value:5:DOUBLE string_value:6:STRING bytes_value:7:BYTES",
            union=True,
        ),
        _of_tree("Ident", "name:1:STRING"),
        _of_tree("Select", "operand:1:Expr field:2:STRING test_only:3:BOOL"),
        _of_tree("Call", "target:1:Expr function:2:STRING args:3:*Expr"),
        _of_tree("List", "elements:1:*Expr"),
        _of_tree("Struct", "message_name:1:STRING entries:2:*Entry"),
        _of_tree("Entry", "id:1:INT64 map_key:3:Expr value:4:Expr"),
        _of_tree(
            "Comprehension",
            "iter_var:1:STRING iter_range:2:Expr accu_var:3:STRING accu_init:4:Expr"
            " loop_condition:5:Expr loop_step:6:Expr result:7:Expr",
        ),
    ],
)
