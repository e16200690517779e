"""Which names a template sets, and what to: by `set`, `with`, loops, macros and namespaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.formats.template_folding import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jinja2 import nodes

Given = tuple[str, "nodes.Node | None"]


def assignments(node: Any, macros: Mapping[str, Sequence[str]]) -> Iterator[Given]:  # noqa: ANN401
    """Yield the names one node sets, each with what to; None is a text made by a block.

    Args:
        node: The node.
        macros: The parameters of each macro of the template.
    """
    kind = type(node).__name__
    if kind == "Assign":
        yield from _pairs(node.target, node.node)
    elif kind == "AssignBlock":
        yield dotted(node.target), None
    elif kind == "With":
        for target, value in zip(node.targets, node.values, strict=False):
            yield from _pairs(target, value)
    elif kind == "For":
        yield from _turns(node)
    elif kind == "Macro":
        count = len(node.args) - len(node.defaults)
        for target, value in zip(node.args[count:], node.defaults, strict=False):
            yield target.name, value
    elif kind == "Call":
        yield from _handed(node, macros.get(dotted(node.node), ()))


def _pairs(target: Any, value: Any) -> Iterator[Given]:  # noqa: ANN401 - any node
    kind = type(target).__name__
    if kind == "Tuple" and type(value).__name__ in {"List", "Tuple"}:
        for one, given in zip(target.items, value.items, strict=False):
            yield from _pairs(one, given)
    elif kind == "Tuple":
        for one in target.items:
            yield from _pairs(one, value)
    elif name := dotted(target):
        yield name, value
        if type(value).__name__ == "Call" and dotted(value.node) == "namespace":
            for pair in value.kwargs:
                yield f"{name}.{pair.key}", pair.value


def _turns(node: Any) -> Iterator[Given]:  # noqa: ANN401 - a loop
    """Yield what each turn of a loop sets: every item that is written out, or the list."""
    if type(node.iter).__name__ in {"List", "Tuple"}:
        for item in node.iter.items:
            yield from _pairs(node.target, item)
    else:
        yield from _pairs(node.target, node.iter)


def _handed(node: Any, parameters: Sequence[str]) -> Iterator[Given]:  # noqa: ANN401 - a call
    """Yield what a call hands to a macro."""
    yield from zip(parameters, node.args, strict=False)
    for pair in node.kwargs:
        if getattr(pair, "key", "") in parameters:
            yield pair.key, pair.value
