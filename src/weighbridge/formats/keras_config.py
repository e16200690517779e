"""What a Keras model's configuration says of code: classes, lambda layers, foreign modules.

A configuration is JSON in which every object that is to be made again says `class_name`, and since
Keras 3 `module` and `registered_name` (`keras.saving.serialize_keras_object`). Bytecode of lambda
layers is not unmarshalled: the names it holds are found by the layout of short strings.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, TypeVar

from weighbridge.formats.marshal_names import names_in
from weighbridge.formats.onnx import escapes
from weighbridge.formats.record import OUTSIDE
from weighbridge.formats.text import mended, shown
from weighbridge.model.structure import CodeUse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from weighbridge.formats.record import Record

_OWN: Final = ("keras", "tensorflow.keras", "tf_keras")
_LAMBDA: Final = "Lambda"
_BYTECODE: Final = "__lambda__"
_FUNCTION: Final = "function"
_CALLABLES: Final = ("function", "output_shape", "mask")
"""What a lambda layer can be given code for."""
_BY_NAME: Final = frozenset({"TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod"})
"""Layers that call what their configuration names in TensorFlow's own modules."""
_LOOKUPS: Final = frozenset({"IndexLookup", "IntegerLookup", "StringLookup", "TextVectorization"})
_MOST: Final = 1_000
"""Facts that are kept."""

_Fact = TypeVar("_Fact")


@dataclass(slots=True, kw_only=True)
class Config:
    """What one configuration says.

    Attributes:
        facts: Facts as text, each once.
        code: Classes, functions and bytecode it names or holds, each once.
        files: Paths its layers read their vocabularies from.
        more: Whether it says more than is kept.
    """

    facts: dict[tuple[str, str], None] = field(default_factory=dict)
    code: dict[CodeUse, None] = field(default_factory=dict)
    files: dict[str, None] = field(default_factory=dict)
    more: bool = False

    def note(
        self, record: Record, offset: int = 0, known: AbstractSet[CodeUse] = frozenset()
    ) -> None:
        """Note the code with whoever reads the configuration, and paths that lead out.

        Args:
            record: Whose notes they are.
            offset: Where the configuration stands.
            known: Code that need not be noted again.
        """
        for use in self.code:
            if use not in known:
                record.uses(replace(use, offset=offset))
        for path in self.files:
            if escapes(path):
                text = f"a vocabulary is read from {shown(mended(path))}"
                record.problem(OUTSIDE, text, offset, "the words themselves")
        if self.more:
            record.unread(f"a configuration names more than {_MOST} classes")


def read_config(text: bytes, *, limit: int, detail: str = "") -> Config | None:
    """List what a configuration says; None if it is no JSON.

    Args:
        text: The configuration.
        limit: Characters of a value that are kept.
        detail: What is said of classes of which nothing else is known.
    """
    try:
        root = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found = Config()
    todo: list[tuple[object, str]] = [(root, "?")]
    while todo:
        value, label = todo.pop()
        if isinstance(value, list):
            todo += ((inner, label) for inner in reversed(value))
        elif isinstance(value, dict):
            label = _label(value, label)
            todo += ((inner, label) for inner in reversed(value.values()))
            for key, word in _facts(value):
                _keep(found, found.facts, (key, mended(word[:limit])))
            for use in _uses(value, label, limit, detail):
                _keep(found, found.code, use)
            for path in _files(value):
                _keep(found, found.files, path[:limit])
    return found


def _keep(found: Config, kept: dict[_Fact, None], value: _Fact) -> None:
    if value in kept or len(kept) < _MOST:
        kept[value] = None
    else:
        found.more = True


def _facts(value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what one object of the configuration says of the class it is made from."""
    name, module = value.get("class_name"), value.get("module")
    if isinstance(name, str):
        yield "keras-class", name
        if name in (_LAMBDA, _BYTECODE):
            yield "keras-lambda", _label(value, "?")
    if isinstance(module, str) and not _is_own(module):
        yield "keras-module", module
    registered = value.get("registered_name")
    if isinstance(registered, str) and registered != name:
        yield "keras-registered-name", registered


def _uses(value: dict[str, Any], label: str, limit: int, detail: str) -> Iterator[CodeUse]:
    """Yield the code one object of the configuration holds or names."""
    name, module = value.get("class_name"), value.get("module")
    config = value.get("config")
    inner: dict[str, Any] = config if isinstance(config, dict) else {}
    if not isinstance(name, str):
        if isinstance(module, str) and not _is_own(module) and "class_name" in value:
            yield _named(module, "?", limit, detail)
        return
    if name == _BYTECODE:
        yield _bytecode(label, inner.get("code"), limit)
    elif name == _LAMBDA:
        yield from _lambda(inner, label, limit)
    elif name in _BY_NAME and isinstance(function := inner.get("function"), str):
        yield _named("tensorflow", function, limit, "called by its name")
    elif name == _FUNCTION and isinstance(config, str):
        yield _named(module, config, limit, _FUNCTION)
        return
    registered = value.get("registered_name")
    own = registered if isinstance(registered, str) and registered not in (name, "") else ""
    yield _named(module, name, limit, f"registered as {own}"[:limit] if own else detail)


def _lambda(config: dict[str, Any], label: str, limit: int) -> Iterator[CodeUse]:
    """Yield the code of a lambda layer, if it stands there as Keras 2 writes it, or is named."""
    told = _told_elsewhere(config.get(_FUNCTION))
    for key in _CALLABLES:
        value = config.get(key)
        code = _first(value)
        if isinstance(code, str):
            told = told or key == _FUNCTION
            yield _bytecode(label, code, limit)
        elif isinstance(value, str):
            told = told or key == _FUNCTION
            yield _named(config.get("module"), value, limit, _FUNCTION)
    if not told:
        yield CodeUse(kind="keras-lambda", name=mended(label[:limit]), detail="code not found")


def _told_elsewhere(function: object) -> bool:
    """Whether what a lambda layer calls is an object of the configuration, with a class."""
    return isinstance(function, dict) and function.get("class_name") in (_BYTECODE, _FUNCTION)


def _first(value: object) -> object:
    """Return the first of a list, or of a tuple as Keras writes it in JSON."""
    items = value.get("items") if isinstance(value, dict) else value
    return items[0] if isinstance(items, list) and items else None


def _bytecode(label: str, code: object, limit: int) -> CodeUse:
    names = " ".join(names_in(code)) if isinstance(code, str) else ""
    detail = f"bytecode that names {names}" if names else "bytecode"
    return CodeUse(kind="keras-lambda", name=mended(label[:limit]), detail=detail[:limit])


def _named(module: object, name: str, limit: int, detail: str) -> CodeUse:
    full = f"{module}.{name}" if isinstance(module, str) and module else name
    return CodeUse(kind="keras-class", name=mended(full[:limit]), detail=mended(detail))


def _files(value: dict[str, Any]) -> Iterator[str]:
    config = value.get("config")
    if value.get("class_name") in _LOOKUPS and isinstance(config, dict):
        path = config.get("vocabulary")
        if isinstance(path, str):
            yield path


def _is_own(module: str) -> bool:
    return any(module == own or module.startswith(f"{own}.") for own in _OWN)


def _label(value: dict[str, Any], outer: str) -> str:
    config = value.get("config")
    name = config.get("name") if isinstance(config, dict) else None
    return name if isinstance(name, str) else outer
