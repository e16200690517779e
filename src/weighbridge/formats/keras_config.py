"""What a Keras model's configuration says of code: classes, lambda layers, foreign modules.

A configuration is JSON in which every object that is to be made again says `class_name`, and since
Keras 3 `module` and `registered_name` (`keras.saving.serialize_keras_object`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from weighbridge.formats.text import mended, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

_OWN: Final = ("keras", "tensorflow.keras", "tf_keras")
_LAMBDAS: Final = frozenset({"Lambda", "__lambda__"})
_CODE: Final = frozenset({"keras-lambda", "keras-module"})
_MOST: Final = 1_000
"""Facts that are kept."""


def facts(text: bytes, *, limit: int) -> list[tuple[str, str]] | None:
    """List the facts of a configuration, each once; None if it is no JSON.

    Args:
        text: The configuration.
        limit: Characters of a value that are kept.
    """
    try:
        config = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found: dict[tuple[str, str], None] = {}
    todo = [config]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo += reversed(value)
        elif isinstance(value, dict):
            todo += reversed(value.values())
            for key, word in _of_object(value):
                if len(found) < _MOST:
                    found[key, mended(word[:limit])] = None
    return [*found]


def unjudged(found: Iterable[tuple[str, str]]) -> str:
    """Say which of the facts stand for code that is not Keras's own; empty if none does.

    Nobody has judged that code, so what holds it is not read to its end.
    """
    code = [value for key, value in found if key in _CODE]
    return f"it names code that is not Keras's own: {shown(code[0])}" if code else ""


def _of_object(value: dict[str, object]) -> list[tuple[str, str]]:
    """List what one object of the configuration says of the class it is made from."""
    found = []
    name, module = value.get("class_name"), value.get("module")
    if isinstance(name, str):
        found.append(("keras-class", name))
        if name in _LAMBDAS:
            found.append(("keras-lambda", _label(value.get("config"))))
    if isinstance(module, str) and not _is_own(module):
        found.append(("keras-module", module))
    registered = value.get("registered_name")
    if isinstance(registered, str) and registered != name:
        found.append(("keras-registered-name", registered))
    return found


def _is_own(module: str) -> bool:
    return any(module == own or module.startswith(f"{own}.") for own in _OWN)


def _label(config: object) -> str:
    name = config.get("name") if isinstance(config, dict) else None
    return name if isinstance(name, str) else "?"
