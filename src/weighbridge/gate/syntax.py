"""The tree of an expression: which words it may use, and how it is made strict.

CEL's `a || b` is true when `b` is, even if `a` could not be told: an error is absorbed. A gate
must not do that, so the tree that is evaluated is another one than the text's:

* `a && b` becomes `a ? (b && true) : false`, and `a || b` becomes `a ? true : (b || false)`: left
  to right, what was not needed is not evaluated, and what was evaluated and failed is an error.
  `all` and `exists` are loops over these two, so they absorb nothing either.
* `all`, `exists`, `exists_one` and `filter` go over `list + []`: over a list it is the same list,
  over a mapping it is an error, since the engine's mappings have another order in each process.
* The item of `forEach` becomes a call of the function `@item`, so that the other values are
  handed over once and not once an item.

A successful result is always the result of standard CEL; only errors are more.

Refused are the words below, and what lets work grow faster than text times data: `map`, text
joined within a loop, lists and mappings made within a loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

Kind = Literal["map", "number", ""]

ITEM: Final = "item"
ITEM_FUNCTION: Final = "@item"

TIME_PARTS: Final = frozenset(
    {
        "getDate",
        "getDayOfMonth",
        "getDayOfWeek",
        "getDayOfYear",
        "getFullYear",
        "getHours",
        "getMilliseconds",
        "getMinutes",
        "getMonth",
        "getSeconds",
    }
)
FUNCTIONS: Final = TIME_PARTS | {
    "contains",
    "double",
    "duration",
    "endsWith",
    "int",
    "matches",
    "size",
    "startsWith",
    "string",
    "timestamp",
}
MACROS: Final = frozenset({"all", "exists", "exists_one", "filter", "has"})
_RESULT: Final = "@result"
_GENERATED: Final = frozenset({"@not_strictly_false"})
_ARITHMETIC: Final = frozenset({"_+_", "_-_", "_*_", "_/_", "_%_", "-_"})
_COMPARISONS: Final = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in"})
_LOGIC: Final = frozenset({"_&&_", "_||_", "!_", "_?_:_"})
_ALLOWED: Final = FUNCTIONS | _GENERATED | _ARITHMETIC | _COMPARISONS | _LOGIC | {"_[_]"}


class Node(Protocol):
    """An `Expr` of `descriptors.TREE_FILE`; so are its parts below, named as they are there."""

    id: int

    @property
    def const_expr(self) -> Constant:
        """Read it as a constant."""

    @property
    def ident_expr(self) -> Ident:
        """Read it as a name."""

    @property
    def select_expr(self) -> Select:
        """Read it as a selection."""

    @property
    def call_expr(self) -> Call:
        """Read it as a call."""

    @property
    def list_expr(self) -> Elements:
        """Read it as a list."""

    @property
    def struct_expr(self) -> Struct:
        """Read it as a mapping."""

    @property
    def comprehension_expr(self) -> Loop:
        """Read it as a loop."""

    def CopyFrom(self, other: Node, /) -> None:  # noqa: N802 - protobuf's name
        """Become a copy of another."""

    def WhichOneof(self, group: str, /) -> str | None:  # noqa: N802 - protobuf's name
        """Tell which of the above it is."""


class Nodes(Protocol):
    """Several expressions."""

    def __iter__(self) -> Iterator[Node]:
        """Go through them."""

    def __len__(self) -> int:
        """Count them."""

    def __getitem__(self, index: int, /) -> Node:
        """Return one."""

    def __delitem__(self, index: int, /) -> None:
        """Take one out."""

    def add(self) -> Node:
        """Add a new one at the end."""


class Constant(Protocol):
    """A constant, of which only truth values are ever made here."""

    bool_value: bool


class Ident(Protocol):
    """The name of a variable, of the engine's or of a type."""

    name: str


class Select(Protocol):
    """`operand.field`, or `has(operand.field)`."""

    operand: Node


class Call(Protocol):
    """A function, an operator, or a method of its target."""

    function: str

    @property
    def target(self) -> Node:
        """Return whose method it is."""

    @property
    def args(self) -> Nodes:
        """Return its arguments."""

    def HasField(self, name: str, /) -> bool:  # noqa: N802 - protobuf's name
        """Tell whether a part is there."""


class Elements(Protocol):
    """A list as it is written."""

    @property
    def elements(self) -> Nodes:
        """Return its members."""

    def SetInParent(self) -> None:  # noqa: N802 - protobuf's name
        """Become a list, if an empty one."""


class Entry(Protocol):
    """One key and its value."""

    map_key: Node
    value: Node


class Struct(Protocol):
    """A mapping as it is written, or a message if it has a name."""

    message_name: str

    @property
    def entries(self) -> Collection[Entry]:
        """Return its pairs."""


class Loop(Protocol):
    """What a macro unfolds to."""

    iter_var: str
    iter_range: Node
    accu_init: Node
    loop_condition: Node
    loop_step: Node
    result: Node


class RefusedError(Exception):
    """A node the language does not have."""

    def __init__(self, node: Node, message: str, hint: str) -> None:
        """Say what is refused at which node, and what to write instead."""
        super().__init__(message)
        self.node_id = node.id
        self.hint = hint


class Strictness:
    """Makes one tree strict, in place, and remembers the variables it uses."""

    def __init__(self, variables: Collection[str], *, kind_of: Callable[[Node], Kind]) -> None:
        """Know the variables, and what the type checker found a node to be."""
        self.uses: set[str] = set()
        self._variables = variables
        self._kind_of = kind_of

    def apply(self, node: Node, loops: tuple[str, ...] = ()) -> None:
        """Make a node strict and all below it; `loops` are the variables of loops around it.

        Raises:
            RefusedError: The language does not have such a node.
        """
        match node.WhichOneof("kind"):
            case "ident_expr":
                self._ident(node, loops)
            case "select_expr":
                self.apply(node.select_expr.operand, loops)
            case "call_expr":
                self._call(node, loops)
            case "list_expr":
                self._literal(node, list(node.list_expr.elements), loops)
            case "struct_expr":
                self._struct(node, loops)
            case "comprehension_expr":
                self._loop(node, loops)
            case _:
                pass  # a constant

    def _ident(self, node: Node, loops: tuple[str, ...]) -> None:
        name = node.ident_expr.name
        if name in loops or name == _RESULT:
            return
        if name not in self._variables:
            raise RefusedError(
                node, f"`{name}` is not a value here", _known("values", self._variables)
            )
        self.uses.add(name)
        if name == ITEM:
            node.call_expr.function = ITEM_FUNCTION

    def _call(self, node: Node, loops: tuple[str, ...]) -> None:
        call = node.call_expr
        if call.function not in _ALLOWED:
            raise RefusedError(
                node, f"`{call.function}` is not part of the language", _known("words", FUNCTIONS)
            )
        if call.function in TIME_PARTS and call.args:
            hint = f"write `{call.function}()`, which answers in UTC"
            raise RefusedError(
                node, "the time zones of a machine are not the same on another", hint
            )
        if call.function == "_+_" and loops:
            if _collects(call, loops[-1]):
                return
            self._refuse_growth(node)
        if call.HasField("target"):
            self.apply(call.target, loops)
        for argument in call.args:
            self.apply(argument, loops)
        if call.function in ("_&&_", "_||_"):
            _make_conditional(call)

    def _refuse_growth(self, node: Node) -> None:
        if _is_result(node.call_expr.args[0]) and self._kind_of(node) != "number":
            hint = "ask with `all`, `exists`, `exists_one` or `filter`"
            raise RefusedError(node, "`map` is not part of the language", hint)
        if self._kind_of(node) != "number":
            hint = "join text outside; where the type is not known, write `int(…)` around it"
            raise RefusedError(node, "within a loop `+` adds numbers and times only", hint)

    def _struct(self, node: Node, loops: tuple[str, ...]) -> None:
        struct = node.struct_expr
        if struct.message_name:
            raise RefusedError(node, f"`{struct.message_name}` cannot be made here", "")
        self._literal(
            node, [part for entry in struct.entries for part in (entry.map_key, entry.value)], loops
        )

    def _literal(self, node: Node, members: list[Node], loops: tuple[str, ...]) -> None:
        for member in members:
            if loops and member.WhichOneof("kind") != "const_expr":
                message = "within a loop a list or mapping holds constants only"
                raise RefusedError(node, message, "compare the values one by one")
            self.apply(member, loops)

    def _loop(self, node: Node, loops: tuple[str, ...]) -> None:
        loop = node.comprehension_expr
        if loop.iter_var in self._variables:
            message = f"`{loop.iter_var}` already names a value"
            raise RefusedError(node, message, "give the members of the list another name")
        if self._kind_of(loop.iter_range) == "map":
            message = "a mapping has no order to go through"
            raise RefusedError(node, message, 'ask for one key: `has(a.key)` or `"key" in a`')
        inner = (*loops, loop.iter_var)
        self.apply(loop.iter_range, loops)
        for part in (loop.accu_init, loop.loop_condition, loop.loop_step, loop.result):
            self.apply(part, inner)
        _demand_list(loop.iter_range)


def _make_conditional(call: Call) -> None:
    """Let nothing absorb an error: `a ? (b && true) : false`, `a ? true : (b || false)`."""
    conjunction = call.function == "_&&_"
    right = _copy(call.args[1])
    del call.args[1]
    branches = [call.args.add(), call.args.add()]
    demanded, known = branches if conjunction else reversed(branches)
    known.const_expr.bool_value = not conjunction
    demanded.call_expr.function = call.function
    demanded.call_expr.args.add().CopyFrom(right)
    demanded.call_expr.args.add().const_expr.bool_value = conjunction
    call.function = "_?_:_"


def _demand_list(node: Node) -> None:
    members = _copy(node)
    node.call_expr.function = "_+_"
    node.call_expr.args.add().CopyFrom(members)
    node.call_expr.args.add().CopyFrom(_empty_list(node))


def _empty_list(like: Node) -> Node:
    empty = type(like)()
    empty.list_expr.SetInParent()
    return empty


def _copy(node: Node) -> Node:
    copy = type(node)()
    copy.CopyFrom(node)
    return copy


def _is_result(node: Node) -> bool:
    return node.WhichOneof("kind") == "ident_expr" and node.ident_expr.name == _RESULT


def _collects(call: Call, variable: str) -> bool:
    """Tell whether this is the step of `filter`: a member of the list is kept as it is."""
    kept = call.args[1].list_expr.elements
    return _is_result(call.args[0]) and len(kept) == 1 and kept[0].ident_expr.name == variable


def _known(what: str, names: Collection[str]) -> str:
    return f"{what} here: {', '.join(sorted(names))}"
