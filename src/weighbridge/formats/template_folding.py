"""What expressions of a template come to, as far as constants alone decide it.

A name such as `__class__` is easily written in pieces: `'__cla' ~ 'ss__'`, `'__ssalc__'[::-1]`,
`'%c%c' % (95, 95)`. Whatever constants alone make is made here, within limits; of what they do
not, `made` says whether it may be such a name, put together, all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jinja2 import nodes

LONGEST: Final = 4_096
_MOST_ITEMS: Final = 1_000
_MOST_POWER: Final = 64

Value = str | int | float | bool | tuple["Value", ...] | None


class UnknownError(Exception):
    """Constants alone do not decide what an expression comes to."""


_PLAIN: Final = (str, int, float, bool, type(None))

# Filters and methods of texts that mean the same, and take the text first.
_OF_TEXT: Final[dict[str, Callable[..., Any]]] = {
    "capitalize": str.capitalize,
    "lower": str.lower,
    "lstrip": str.lstrip,
    "replace": str.replace,
    "rstrip": str.rstrip,
    "strip": str.strip,
    "swapcase": str.swapcase,
    "title": str.title,
    "trim": str.strip,
    "upper": str.upper,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
}
_UNCHANGED: Final = frozenset({"e", "escape", "forceescape", "safe", "string"})
_MAKERS: Final = frozenset(
    {
        *_OF_TEXT,
        *_UNCHANGED,
        "center",
        "concat",
        "d",
        "default",
        "first",
        "format",
        "indent",
        "join",
        "last",
        "list",
        "ljust",
        "map",
        "random",
        "reverse",
        "rjust",
        "truncate",
        "wordwrap",
    }
)
"""Filters and methods whose answer is a text that was put together if they are given one."""

_SPELLING: Final = frozenset({"e", "escape", "pprint", "string", "tojson"})
"""Filters that spell out what is no text, so that letters can be picked from it."""

_SCORES: Final = ("_", "%c", ":c}")
"""Without one of these, or what Jinja spells with them, no name of Python's own is made."""


def bounded(value: Any) -> Value:  # noqa: ANN401 - whatever a fold came to
    """Return a value that is worth keeping.

    Raises:
        UnknownError: It is of another kind, or too long.
    """
    waiting, weight = [value], 0
    while waiting:
        part = waiting.pop()
        weight += 1 + (len(part) if isinstance(part, str) else 0)
        if weight > LONGEST:
            raise UnknownError
        if isinstance(part, tuple):
            waiting.extend(part[:LONGEST])
        elif not isinstance(part, _PLAIN):
            raise UnknownError
    kept: Value = value
    return kept


def dotted(node: Any) -> str:  # noqa: ANN401 - any node
    """Return the name that an expression is, or the name and attribute; empty for any other."""
    kind = type(node).__name__
    if kind == "Name":
        return str(node.name)
    if kind == "NSRef":
        return f"{node.name}.{node.attr}"
    if kind == "Getattr" and type(node.node).__name__ == "Name":
        return f"{node.node.name}.{node.attr}"
    return ""


class Folding:
    """The expressions of one template.

    Children are folded before what they stand in, so that nothing here recurses.
    """

    def __init__(self, names: Mapping[str, Value], made: set[str]) -> None:
        """Begin with what is known of the template's own names."""
        self._names = names
        self._made_names = made
        self._values: dict[int, Value] = {}
        self._made: set[int] = set()

    def value(self, node: nodes.Node | None) -> Value:
        """Return what an expression comes to.

        Raises:
            UnknownError: Constants alone do not decide it.
        """
        try:
            return self._values[id(node)]
        except KeyError:
            raise UnknownError from None

    def text(self, node: nodes.Node | None) -> str | None:
        """Return the text an expression comes to; None where it is none, or unknown."""
        value = self._values.get(id(node))
        return value if isinstance(value, str) else None

    def made(self, node: nodes.Node | None) -> bool:
        """Whether an expression that is not known may be a name of Python's own."""
        return id(node) in self._made

    def fold(self, node: nodes.Node) -> None:
        """Fold one expression whose children are folded."""
        kind = type(node).__name__
        handler = _FOLDS.get(kind)
        if handler is None:
            return
        try:
            self._values[id(node)] = bounded(handler(self, node))
        except (UnknownError, ArithmeticError, ValueError, TypeError, LookupError, AttributeError):
            if self._makes(kind, node):
                self._made.add(id(node))

    def _makes(self, kind: str, node: Any) -> bool:  # noqa: ANN401 - any node
        """Whether an expression that is not known may be put together of what has scores."""
        match kind:
            case "Name" | "Getattr":
                made = dotted(node) in self._made_names
            case "CondExpr":
                made = self._scored(node.expr1, node.expr2)
            case "Add" | "And" | "Mod" | "Mul" | "Or":
                made = self._scored(node.left, node.right)
            case "Concat":
                made = self._scored(*node.nodes)
            case "List" | "Tuple":
                made = self._scored(*node.items)
            case "Filter":
                made = node.name in _MAKERS and self._scored(node.node, *node.args)
            case "Call":
                made = self._call_makes(node.node, node.args)
            case "Getitem":
                picked = type(node.node).__name__ == "Filter" and node.node.name in _SPELLING
                made = picked or self.made(node.node)
            case _:
                made = False
        return made

    def _call_makes(self, target: Any, arguments: list[Any]) -> bool:  # noqa: ANN401 - any node
        """Whether a call answers such a text: a method of texts, or what the template defines."""
        if type(target).__name__ == "Getattr":
            return target.attr in _MAKERS and self._scored(target.node, *arguments)
        return self.made(target)

    def _scored(self, *nodes: Any) -> bool:  # noqa: ANN401 - any node
        """Whether any of some parts has a score in it, or makes one of a number."""
        texts = [self.text(node) or "" for node in nodes]
        signs = any(sign in text for text in texts for sign in _SCORES)
        return signs or any(self.made(node) for node in nodes)

    # One kind of expression each ----------------------------------------------------------------

    def _const(self, node: nodes.Const) -> Any:  # noqa: ANN401
        return node.value

    def _name(self, node: nodes.Name | nodes.Getattr) -> Value:
        try:
            return self._names[dotted(node)]
        except KeyError:
            raise UnknownError from None

    def _items(self, node: nodes.Tuple | nodes.List) -> Value:
        return tuple(self.value(item) for item in node.items)

    def _concat(self, node: nodes.Concat) -> str:
        return _joined("", tuple(self.value(item) for item in node.nodes))

    def _add(self, node: nodes.Add) -> Any:  # noqa: ANN401
        left: Any = self.value(node.left)
        return left + self.value(node.right)

    def _sub(self, node: nodes.Sub) -> Any:  # noqa: ANN401
        left: Any = self.value(node.left)
        return left - self.value(node.right)

    def _mul(self, node: nodes.Mul) -> Any:  # noqa: ANN401
        left, right = self.value(node.left), self.value(node.right)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, str | tuple) and isinstance(other, int):
                if len(one) * other > LONGEST:
                    raise UnknownError
                return one * other
        if isinstance(left, int | float) and isinstance(right, int | float):
            return _number(left * right)
        raise UnknownError

    def _pow(self, node: nodes.Pow) -> Any:  # noqa: ANN401
        left, right = self.value(node.left), self.value(node.right)
        if not isinstance(left, int) or not isinstance(right, int):
            raise UnknownError
        if abs(left) > LONGEST or not 0 <= right <= _MOST_POWER:
            raise UnknownError
        return _number(left**right)

    def _neg(self, node: nodes.Neg) -> Any:  # noqa: ANN401
        value: Any = self.value(node.node)
        return -value

    def _mod(self, node: nodes.Mod) -> Any:  # noqa: ANN401
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(left, str):
            return _formatted(left, right if isinstance(right, tuple) else (right,))
        if isinstance(left, int) and isinstance(right, int):
            return left % right
        raise UnknownError

    def _getitem(self, node: nodes.Getitem) -> Any:  # noqa: ANN401
        held: Any = self.value(node.node)
        if type(node.arg).__name__ != "Slice":
            return held[self.value(node.arg)]
        slice_: Any = node.arg
        parts = [
            None if part is None else self.value(part)
            for part in (slice_.start, slice_.stop, slice_.step)
        ]
        return held[slice(*parts)]

    def _filter(self, node: nodes.Filter) -> Any:  # noqa: ANN401
        subject = self.value(node.node)
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise UnknownError
        arguments = [self.value(argument) for argument in node.args]
        if node.name == "join":
            return _joined(str(arguments[0]) if arguments else "", subject)
        if node.name == "format":
            return _formatted(subject, tuple(arguments))
        if node.name in _UNCHANGED:
            return str(subject)
        return _applied(node.name, subject, arguments)

    def _call(self, node: nodes.Call) -> Any:  # noqa: ANN401
        target: Any = node.node
        if type(target).__name__ == "Name":
            return self._function(target.name, node)
        if type(target).__name__ != "Getattr" or node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise UnknownError
        subject = self.value(target.node)
        arguments = [self.value(argument) for argument in node.args]
        if target.attr == "join":
            return _joined(str(subject), arguments[0])
        if target.attr == "format":
            return _braced(subject, arguments)
        return _applied(target.attr, subject, arguments)

    def _function(self, name: str, node: nodes.Call) -> Value:
        """Fold `dict(a=1)`, whose keys are a well-known way to write a text without quotes."""
        if name == "dict" and not node.args:
            return tuple(pair.key for pair in node.kwargs)
        raise UnknownError


def _either(folding: Folding, node: Any) -> Value:  # noqa: ANN401 - any node
    """Leave open which of two it is."""
    del folding, node
    raise UnknownError


def _number(value: float) -> float:
    if abs(value) > 1 << 80:
        raise UnknownError
    return value


def _joined(between: str, items: Value) -> str:
    if not isinstance(items, str | tuple):
        raise UnknownError
    if len(items) > _MOST_ITEMS:
        raise UnknownError
    return between.join(str(item) for item in items)


def _formatted(text: Value, values: Sequence[Value]) -> str:
    """Apply `%`, with no width or precision that makes much of little."""
    if not isinstance(text, str) or any(digit in text for digit in "0123456789*"):
        raise UnknownError
    return text % tuple(values)


def _braced(text: Value, values: Sequence[Value]) -> str:
    """Fill `{}` in their order; anything in the braces is left alone."""
    if not isinstance(text, str) or text.count("{") != text.count("{}"):
        raise UnknownError
    return text.format(*values)


def _applied(name: str, subject: Value, arguments: Sequence[Value]) -> Any:  # noqa: ANN401
    if isinstance(subject, str | tuple) and not arguments:
        simple: dict[str, Callable[[], Any]] = {
            "first": lambda: subject[0],
            "last": lambda: subject[-1],
            "list": lambda: tuple(subject),
            "reverse": lambda: subject[::-1],
        }
        if name in simple:
            return simple[name]()
    if not isinstance(subject, str) or name not in _OF_TEXT:
        raise UnknownError
    if name == "replace" and len(subject) * len(str(arguments[1])) > LONGEST * 16:
        raise UnknownError
    return _OF_TEXT[name](subject, *arguments)


_FOLDS: Final[dict[str, Callable[[Folding, Any], Any]]] = {
    "Const": Folding._const,  # noqa: SLF001 - its own
    "TemplateData": lambda _folding, node: node.data,
    "Name": Folding._name,  # noqa: SLF001
    "Getattr": Folding._name,  # noqa: SLF001
    "Tuple": Folding._items,  # noqa: SLF001
    "List": Folding._items,  # noqa: SLF001
    "Concat": Folding._concat,  # noqa: SLF001
    "Add": Folding._add,  # noqa: SLF001
    "Sub": Folding._sub,  # noqa: SLF001
    "Mul": Folding._mul,  # noqa: SLF001
    "Pow": Folding._pow,  # noqa: SLF001
    "Neg": Folding._neg,  # noqa: SLF001
    "Mod": Folding._mod,  # noqa: SLF001
    "Getitem": Folding._getitem,  # noqa: SLF001
    "Filter": Folding._filter,  # noqa: SLF001
    "Call": Folding._call,  # noqa: SLF001
    "CondExpr": _either,
    "And": _either,
    "Or": _either,
}
