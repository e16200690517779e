"""The walk over a parsed template: each attribute, name, call, import and telling text, once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from weighbridge.formats.template_folding import Folding, UnknownError
from weighbridge.formats.template_names import assignments
from weighbridge.formats.template_parse import TemplateError
from weighbridge.formats.text_clues import clues

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import nodes

    from weighbridge.formats.template_folding import Value
    from weighbridge.model.structure import CodeKind

PUT_TOGETHER: Final = "put together"
"""The detail of a name that stands nowhere as it is."""

_ROUNDS: Final = 3
_NUMEROUS: Final = 100_000
_MOST_CHARACTERS: Final = 4 << 20
_SCORES: Final = re.compile(r"__[A-Za-z]\w*__|__[A-Za-z]+|[A-Za-z]+__|__")
_IN_BRACES: Final = re.compile(r"\{[^{}]*?(__[A-Za-z]\w*__)")
_BY_ATTRIBUTE: Final = frozenset({"rejectattr", "selectattr"})
_ATTRIBUTE: Final = "attribute"
_FIRST_IS_FILTER: Final = "map"
_FUNCTIONS: Final = frozenset({"caller", "lipsum", "raise_exception", "self", "strftime_now"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a template does.

    Attributes:
        kind: What it is.
        name: What it is called there; empty where constants alone do not decide it.
        line: Line of the template, from 1.
        detail: More about it.
    """

    kind: CodeKind
    name: str
    line: int
    detail: str = ""


def facts(tree: nodes.Template) -> list[Fact]:
    """List what a template does, in its order; each once.

    Raises:
        TemplateError: Its texts are over a limit.
    """
    seen: dict[tuple[str, str, str], Fact] = {}
    for fact in _Walk(tree).facts():
        seen.setdefault((fact.kind, fact.name, fact.detail), fact)
    return list(seen.values())


class _Walk:
    """One template being walked over."""

    def __init__(self, tree: nodes.Template) -> None:
        self._inner_first = _inner_first(tree)
        self._told: set[str] = set()
        self._characters = 0
        self._own: set[str] = set()
        self._macros: dict[str, list[str]] = {}
        for node in self._inner_first:
            self._collect(node)
        self._fold = self._folded()

    def facts(self) -> Iterator[Fact]:
        """Yield what each node does."""
        for node in reversed(self._inner_first):
            handler = _HANDLERS.get(type(node).__name__)
            if handler is not None:
                yield from handler(self, node)
            yield from self._telling(node)

    # The template's own names -------------------------------------------------------------------

    def _collect(self, node: Any) -> None:  # noqa: ANN401 - any node
        """Learn which names the template itself gives a meaning to."""
        kind = type(node).__name__
        if kind == "Name" and node.ctx != "load":
            self._own.add(node.name)
        elif kind == "Macro":
            self._own.add(node.name)
            self._macros[node.name] = [parameter.name for parameter in node.args]
        elif kind == "Import":
            self._own.add(node.target)
        elif kind == "FromImport":
            names = (name if isinstance(name, str) else name[1] for name in node.names)
            self._own.update(names)

    def _folded(self) -> Folding:
        """Fold all expressions, each round with what the one before said of the names."""
        # What a function looks like as a text is as good as a text with scores in it.
        functions = {*self._macros, *_FUNCTIONS} - (self._own - self._macros.keys())
        fold = Folding({}, functions)
        for turn in range(_ROUNDS):
            if turn:
                names, made = self._assigned(fold)
                fold = Folding(names, made | functions)
            for node in self._inner_first:
                fold.fold(node)
        return fold

    def _assigned(self, fold: Folding) -> tuple[dict[str, Value], set[str]]:
        """Return what names are always set to, and which may be a text that was put together."""
        values: dict[str, list[Value]] = {}
        vague: set[str] = set()
        made: set[str] = set()
        for node in self._inner_first:
            for name, given in assignments(node, self._macros):
                try:
                    values.setdefault(name, []).append(fold.value(given))
                except UnknownError:
                    vague.add(name)
                if given is None or fold.made(given):
                    made.add(name)
        names = {
            name: found[0]
            for name, found in values.items()
            if name not in vague and len({repr(value) for value in found}) == 1
        }
        several = {name for name in values.keys() - names.keys() if _scored(values[name])}
        return names, (made - names.keys()) | several

    # Facts ---------------------------------------------------------------------------------------

    def _attribute(self, node: nodes.Getattr) -> Iterator[Fact]:
        yield Fact("template-attribute", node.attr, node.lineno)

    def _item(self, node: nodes.Getitem) -> Iterator[Fact]:
        """A subscript is an attribute, too: Jinja tries both."""
        name = self._fold.text(node.arg)
        if name is not None:
            yield Fact("template-attribute", name, node.lineno, _how(node.arg))
        elif self._fold.made(node.arg):
            yield Fact("template-attribute", "", node.lineno, "a subscript that is put together")

    def _name(self, node: nodes.Name) -> Iterator[Fact]:
        if node.ctx == "load" and node.name not in self._own:
            yield Fact("template-name", node.name, node.lineno)

    def _call(self, node: nodes.Call) -> Iterator[Fact]:
        target: Any = node.node
        kind = type(target).__name__
        if kind == "Getattr":
            yield Fact("template-call", f".{target.attr}", node.lineno)
        elif kind == "Name" and target.name not in self._own:
            yield Fact("template-call", target.name, node.lineno)
            if target.name == "range":
                yield from self._range(node)
        elif kind == "Getitem":
            name = self._fold.text(target.arg)
            yield Fact("template-call", f".{name}" if name else "", node.lineno, "of a subscript")
        elif kind in {"Call", "Filter"}:
            yield Fact("template-call", "", node.lineno, f"of what a {kind.lower()} returns")

    def _range(self, node: nodes.Call) -> Iterator[Fact]:
        for argument in node.args:
            value = self._fold_number(argument)
            if abs(value) > _NUMEROUS:
                yield Fact("template-call", "range()", node.lineno, f"{value} turns of a loop")

    def _fold_number(self, node: nodes.Node) -> float:
        try:
            value = self._fold.value(node)
        except UnknownError:
            return 0
        return value if isinstance(value, int | float) else 0

    def _repeat(self, node: nodes.Mul) -> Iterator[Fact]:
        for side in (node.left, node.right):
            value = self._fold_number(side)
            if abs(value) > _NUMEROUS:
                yield Fact("template-call", "*", node.lineno, f"{value} times over")

    def _filter(self, node: nodes.Filter) -> Iterator[Fact]:
        yield Fact("template-call", f"|{node.name}", node.lineno)
        named = [pair.value for pair in node.kwargs if getattr(pair, "key", "") == _ATTRIBUTE]
        if node.name == "attr" or node.name in _BY_ATTRIBUTE:
            named.extend(node.args[:1])
        for argument in named:
            name = self._fold.text(argument)
            detail = f"an attribute that `{node.name}` is told"
            if name is not None:
                detail = _how(argument)
            yield from self._attribute_path(name, node.lineno, detail)
        if node.name == _FIRST_IS_FILTER and node.args:
            name = self._fold.text(node.args[0])
            yield Fact("template-call", f"|{name or ''}", node.lineno, "a filter `map` is told")
            if name == "attr":
                for argument in node.args[1:2]:
                    yield from self._attribute_path(self._fold.text(argument), node.lineno, "map")

    def _attribute_path(self, path: str | None, line: int, detail: str) -> Iterator[Fact]:
        for step in (path or "").split("."):
            yield Fact("template-attribute", step, line, detail)

    def _import(self, node: Any) -> Iterator[Fact]:  # noqa: ANN401 - four kinds of node
        yield Fact("template-import", self._fold.text(node.template) or "", node.lineno)

    def _telling(self, node: nodes.Node) -> Iterator[Fact]:
        """Yield texts that are a name of Python's own, or read like a command."""
        if type(node).__name__ == "Keyword":
            keyword: Any = node
            texts = [keyword.key]
        elif type(node).__name__ == "TemplateData":
            return
        else:
            text = self._fold.text(node)
            texts = [] if text is None else [text]
        for text in texts:
            if text in self._told:
                continue
            self._told.add(text)
            self._characters += len(text)
            if self._characters > _MOST_CHARACTERS:
                raise TemplateError(f"its texts have over {_MOST_CHARACTERS} characters", over=True)
            if _SCORES.fullmatch(text):
                yield Fact("template-text", text, node.lineno, _how(node))
            for name in _IN_BRACES.findall(text):
                yield Fact("template-text", name, node.lineno, "in braces, for `format`")
            for clue in clues(text):
                yield Fact("template-text", clue.what, node.lineno, clue.excerpt)


def _how(node: nodes.Node) -> str:
    """Say whether a text stands there as it is, or only comes of what does."""
    return "" if type(node).__name__ in {"Const", "Keyword"} else PUT_TOGETHER


def _inner_first(tree: nodes.Node) -> list[nodes.Node]:
    """List all nodes so that children come before what they stand in."""
    outer_first: list[nodes.Node] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        outer_first.append(node)
        waiting.extend(reversed(list(node.iter_child_nodes())))
    return outer_first[::-1]


def _scored(values: list[Value]) -> bool:
    """Whether any of some values may be part of a name of Python's own."""
    return any(isinstance(value, str) and "__" in value for value in values)


_HANDLERS: Final[dict[str, Any]] = {
    "Getattr": _Walk._attribute,  # noqa: SLF001 - its own
    "Getitem": _Walk._item,  # noqa: SLF001
    "Name": _Walk._name,  # noqa: SLF001
    "Call": _Walk._call,  # noqa: SLF001
    "Filter": _Walk._filter,  # noqa: SLF001
    "Mul": _Walk._repeat,  # noqa: SLF001
    "Extends": _Walk._import,  # noqa: SLF001
    "Import": _Walk._import,  # noqa: SLF001
    "FromImport": _Walk._import,  # noqa: SLF001
    "Include": _Walk._import,  # noqa: SLF001
}
