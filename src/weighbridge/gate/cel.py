"""Conditions in CEL: checked against shapes when compiled, evaluated on plain JSON.

The only module that knows the engine (`cel-expr-python`, and `protobuf` for its types), and it
loads them when the first `Language` is made. It reads no clock, file or random number, and
neither can an expression.

The language is CEL without what a gate must not have:

* values: `true`, `1`, `1.5`, `"text"`, `null`, lists and mappings; integers have 64 bits;
* operators: `! && || ? : == != < <= > >= + - * / % in`, fields `a.b` (``a.`b-c` `` where a key is
  no name or a word of CEL), members `a[0]`, `a["key"]`;
* presence: `has(a.b)`; what is not there is an error, never zero, empty or false;
* loops over lists: `all`, `exists`, `exists_one`, `filter`; not `map`, and not over mappings;
* text: `size`, `contains`, `startsWith`, `endsWith`, `matches` (RE2: linear in the text);
* numbers and text: `int`, `double`, `string`;
* times: `timestamp`, `duration`, and `getFullYear` … `getMilliseconds` in UTC.

`&&` and `||` go from left to right and stop when they know; unlike in standard CEL an error on
the way is never absorbed (`gate.syntax`). So write `has(a.b) && a.b > 1`.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from weighbridge.gate.descriptors import TREE, TREE_FILE, Messages
from weighbridge.gate.diagnosis import (
    SPLIT,
    ExpressionError,
    diagnose,
    explain_failure,
    named,
    place,
)
from weighbridge.gate.plain import why_not_plain
from weighbridge.gate.shapes import ListOf, MapOf, Record, Scalar
from weighbridge.gate.syntax import ITEM, ITEM_FUNCTION, RefusedError, Strictness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cel_expr_python import cel
    from google.protobuf.descriptor_pool import DescriptorPool

    from weighbridge.gate.shapes import Shape
    from weighbridge.gate.syntax import Kind, Node

Result = Literal["bool", "text"]

__all__ = ["Bindings", "Expression", "ExpressionError", "Language", "Outcome"]

MAX_LENGTH: Final = 4_096
MAX_TEXT: Final = 65_536

_RESULT_TYPES: Final = {"bool": "BOOL", "text": "STRING"}
_SCALARS: Final = {"any": "DYN", "boolean": "BOOL", "integer": "INT", "text": "STRING"}
# By the kind of type and the primitive one (INT64, UINT64, DOUBLE), as `checked.proto` has them;
# the well known ones are a time and a span of time.
_KINDS: Final[Mapping[tuple[str, int], Kind]] = {
    ("map_type", 0): "map",
    ("primitive", 2): "number",
    ("primitive", 3): "number",
    ("primitive", 4): "number",
    ("well_known", 0): "number",
}
_CHECKED_EXPRESSION: Final = "type.googleapis.com/cel.expr.CheckedExpr"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
# cel-spec, "Syntax": as fields they are fine (`in` needs backquotes), as variables they are not.
_RESERVED: Final = frozenset(
    {"false", "in", "null", "true"}
    | {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "let"}
    | {"loop", "namespace", "package", "return", "var", "void", "while"}
)
# The engine takes functions once, at the start; each thread sees its own item.
_CURRENT_ITEM: Final[ContextVar[object]] = ContextVar("item")
# The engine keeps what it converted and computed as long as an activation lives.
_EVALUATIONS_OF_ONE_ACTIVATION: Final = 20_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one evaluation.

    Attributes:
        value: What the expression says; None if it could not be told.
        error: Why it could not be told; empty if it could.
    """

    value: bool | str | None
    error: str = ""


class Language:
    """Compiles expressions over given variables; made once, since the engine is set up by it.

    The variable `item` is special only in being quick to replace: `Expression.evaluate_each`.
    """

    def __init__(self, variables: Mapping[str, Shape]) -> None:
        """Name the variables and what they may hold.

        Raises:
            ValueError: A variable's name is not a name in CEL.
        """
        from cel_expr_python import cel

        for name in variables:
            if not _NAME.fullmatch(name) or name in _RESERVED:
                raise ValueError(f"not a name in CEL: {name!r}")
        self._variables = frozenset(variables)
        self._messages = Messages(variables.values())
        self._tree = _tree()
        self._typed = cel.NewEnv(
            descriptor_pool=_pool(self._messages.file()),
            variables={
                name: _type_of(shape, self._messages, cel.Type) for name, shape in variables.items()
            },
        )
        self._untyped = _untyped()

    def compile(self, text: str, *, result: Result) -> Expression:
        """Check a text and make it ready to be evaluated.

        Raises:
            ExpressionError: The text is not an expression of the language, speaks of what there
                is not, or gives another type than the wanted one.
        """
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"is longer than {MAX_LENGTH:,} characters", hint=SPLIT)
        if why := why_not_plain(text):
            raise ExpressionError(f"cannot be read: {why}")
        try:
            checked = self._typed.compile(text)
            tree = self._tree.read(checked.serialize())
            uses = self._make_strict(tree, text)
            _demand_result(checked.return_type().name(), result)
            program = self._untyped.deserialize(self._tree.write(tree))
        except RuntimeError as error:
            raise self._diagnosed(str(error), text) from None
        except self._tree.unreadable:  # of our own compiler's output only depth can be the matter
            raise ExpressionError("is nested too deeply", hint=SPLIT) from None
        return Expression(program, uses=uses, result=result)

    def _make_strict(self, tree: Any, text: str) -> frozenset[str]:  # noqa: ANN401 - a message
        strictness = Strictness(self._variables, kind_of=_Types(tree).kind_of)
        try:
            strictness.apply(tree.expr)
        except RefusedError as error:
            offsets = {position.key: position.value for position in tree.source_info.positions}
            line, column = place(text, offsets.get(error.node_id, 0))
            raise ExpressionError(str(error), line=line, column=column, hint=error.hint) from None
        return frozenset(strictness.uses)

    def _diagnosed(self, complaint: str, text: str) -> ExpressionError:
        return diagnose(complaint, text, variables=self._variables, records=self._messages.records)


class Bindings:
    """Values handed over once, for many evaluations in one thread, by expressions of any language.

    A value that is not plain JSON makes every expression that uses it an error, and no other.
    """

    def __init__(self, values: Mapping[str, object]) -> None:
        """Look through the values; they must not be changed afterwards."""
        self._whys = {name: why_not_plain(value) for name, value in values.items()}
        self._plain = {name: values[name] for name, why in self._whys.items() if not why}
        self._item = self._plain.pop(ITEM, None)
        self._left = 0

    def why_not(self, names: Iterable[str]) -> str:
        """Say why one of some variables cannot be had; nothing if all can."""
        for name in sorted(names):
            if why := self._whys.get(name, "it was not given"):
                return f"`{name}` cannot be had: {why}"
        return ""

    def activation(self, *items: object) -> cel.Activation:
        """Give what the engine evaluates over, with its own item or another for this once."""
        if not self._left:
            self._left = _EVALUATIONS_OF_ONE_ACTIVATION
            self._activation = _untyped().Activation(self._plain)
        self._left -= 1
        _CURRENT_ITEM.set(items[0] if items else self._item)
        return self._activation


class Expression:
    """A checked expression; made by `Language.compile`."""

    def __init__(self, program: cel.Expression, *, uses: frozenset[str], result: Result) -> None:
        """Keep the program and the names it speaks of."""
        self.uses = uses
        self._program = program
        self._result = result

    def evaluate(self, values: Mapping[str, object] | Bindings) -> Outcome:
        """Evaluate over values. Whatever goes wrong is in the outcome, never raised."""
        bindings = _bound(values)
        if why := bindings.why_not(self.uses):
            return Outcome(None, why)
        return self._evaluated(bindings.activation())

    def evaluate_each(
        self, items: Iterable[object], values: Mapping[str, object] | Bindings
    ) -> Iterator[Outcome]:
        """Evaluate once an item, as `item`; the loop and its budget start anew with each."""
        bindings = _bound(values)
        why_not_others = bindings.why_not(self.uses - {ITEM})
        for item in items:
            why = why_not_others
            if not why and (why := why_not_plain(item)):
                why = f"`{ITEM}` cannot be had: {why}"
            if why:
                yield Outcome(None, why)
            else:
                yield self._evaluated(bindings.activation(item))

    def _evaluated(self, activation: cel.Activation) -> Outcome:
        try:
            value = self._program.eval(activation)
        except RuntimeError as error:
            return Outcome(None, explain_failure(str(error)))
        return _judged(value, self._result)


def _bound(values: Mapping[str, object] | Bindings) -> Bindings:
    return values if isinstance(values, Bindings) else Bindings(values)


def _judged(value: cel.Value, result: Result) -> Outcome:
    """Take a value only for what it says it is: an error comes as a value, too, and is true."""
    kind, got = value.type().name(), value.value()
    if kind == "ERROR":
        return Outcome(None, explain_failure(str(got)))
    if kind != _RESULT_TYPES[result] or not isinstance(got, bool | str):
        return Outcome(None, f"it gives {named(kind)}, not {result}")
    if isinstance(got, str) and len(got) > MAX_TEXT:
        return Outcome(None, f"it gives text of more than {MAX_TEXT:,} characters")
    return Outcome(got)


def _demand_result(kind: str, result: Result) -> None:
    if kind not in (_RESULT_TYPES[result], "DYN"):
        hint = "compare it with something" if result == "bool" else "write `string(…)` around it"
        raise ExpressionError(f"gives {named(kind)}, not {result}", hint=hint)


@cache
def _untyped() -> cel.Env:
    """Set up what evaluates: it knows no types, so a field that is not there is an error."""
    from cel_expr_python import cel

    item = cel.Overload(ITEM_FUNCTION, return_type=cel.Type.DYN, impl=_CURRENT_ITEM.get)
    return cel.NewEnv(functions=[cel.FunctionDecl(ITEM_FUNCTION, [item])])


def _type_of(shape: Shape, messages: Messages, types: type[cel.Type]) -> cel.Type:
    match shape:
        case Record():
            name = messages.name_of(shape)
            return types(name) if name else types.Map(types.STRING, types.DYN)
        case ListOf(member):
            return types.List(_type_of(member, messages, types))
        case MapOf(member):
            return types.Map(types.STRING, _type_of(member, messages, types))
        case Scalar(kind):
            return getattr(types, _SCALARS[kind])


def _pool(file: dict[str, object]) -> DescriptorPool:
    """Make a pool of our own: nothing is entered into the one all of a process share."""
    from google.protobuf import descriptor_pb2, descriptor_pool, json_format, struct_pb2

    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(json_format.ParseDict(file, descriptor_pb2.FileDescriptorProto()))
    return pool


class _Tree:
    """Reads and writes the trees of compiled expressions (`cel.expr.CheckedExpr` in an `Any`)."""

    def __init__(self) -> None:
        from google.protobuf import message, message_factory

        pool = _pool(TREE_FILE)
        self._any, self._checked = (
            message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{TREE}.{name}"))
            for name in ("Any", "Checked")
        )
        self.unreadable = message.DecodeError

    def read(self, serialized: bytes) -> Any:  # noqa: ANN401 - a message made at run time
        return self._checked.FromString(self._any.FromString(serialized).value)

    def write(self, tree: Any) -> bytes:  # noqa: ANN401 - a message made at run time
        """Write the expression alone: without types, so that everything is judged when met."""
        tree.ClearField("types")
        tree.ClearField("source_info")
        tree.DiscardUnknownFields()  # what the checker resolved, and whatever we cannot read
        value = tree.SerializeToString()
        return bytes(self._any(type_url=_CHECKED_EXPRESSION, value=value).SerializeToString())


@cache
def _tree() -> _Tree:
    """Set up what reads compiled expressions: they are of one kind, whatever the variables."""
    return _Tree()


class _Types:
    """What the type checker found, looked up by node when it is asked for."""

    def __init__(self, tree: Any) -> None:  # noqa: ANN401 - a message made at run time
        self._tree = tree

    def kind_of(self, node: Node) -> Kind:
        for typed in self._tree.types:
            if typed.key == node.id:
                return _KINDS.get((typed.value.WhichOneof("kind"), typed.value.primitive), "")
        return ""
