"""What configurations of Hugging Face and Hydra say that runs code when they are used.

`auto_map` and `custom_pipelines` name Python files that `trust_remote_code` imports, and `_target_`
names whatever Hydra and NeMo shall call. All of it is noted, and judged elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.record import OUTSIDE
from weighbridge.formats.text import mended, shown
from weighbridge.model.structure import CodeUse, FileReference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.formats.record import Record
    from weighbridge.formats.visitor import Kind, Value
    from weighbridge.model.limits import Limits

_NAMED: Final = frozenset({"model_type", "architectures", "_class_name"})
_TARGET: Final = "_target_"
_TEMPLATE: Final = "chat_template"
_MAP: Final = "auto_map"
_PIPELINES: Final = "custom_pipelines"
_IMPLEMENTATION: Final = "impl"
_TRUST: Final = "trust_remote_code"
_CLASS: Final = "_class_name"
_OTHER: Final = "--"
_MODULE: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z", re.ASCII)


class HuggingFaceFacts:
    """What one file says; it claims none, since such files have no mark."""

    keys = None

    def __init__(self, limits: Limits) -> None:
        """Begin with nothing heard."""
        self._limits = limits
        self._facts: dict[tuple[str, str], None] = {}
        self._code: dict[tuple[str, str], None] = {}
        self._more = False

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:  # noqa: ARG002 - the protocol's
        """Note a list of chat templates."""
        if len(path) == 1 and path[0] == _TEMPLATE:
            self._note(_TEMPLATE, "present")

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:
        """Have nothing to do."""

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:
        """Note what the object says."""
        for key, value in pairs:
            if isinstance(value, str):
                self._text(path, key, value)
            elif key == _TRUST and value is True:
                self._refer(_TRUST, _dotted((*path, key)))

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Note what an array names."""
        texts = [value for value in values if isinstance(value, str)]
        if len(path) == 1 and path[0] == "architectures":
            for value in texts:
                self._note("architectures", value)
        elif len(path) > 1 and path[-2] == _MAP:
            for value in texts:
                self._mapped(path[:-1], str(path[-1]), value)
        elif list(path) == [_CLASS] and len(texts) == len(values) == 2:  # noqa: PLR2004 - a pair
            # A pipeline of diffusers whose class stands in a file beside it.
            self._refer(".".join(texts), _CLASS)

    def claims(self) -> str | None:
        """Claim nothing."""
        return None

    def conclude(self, record: Record, *, whole: bool) -> None:  # noqa: ARG002 - the protocol's
        """Write the facts down."""
        record.metadata.extend(self._facts)
        for name, detail in self._code:
            record.uses(CodeUse(kind="python-reference", name=name, detail=detail))
            if not detail.startswith((_TARGET, _TRUST)) and name != _TRUST:
                _needed(name, detail, record)
        if self._more:
            record.unread(f"it says more than {self._limits.entries} things of note")

    def _text(self, path: Sequence[str | int], key: str, value: str) -> None:
        if not path and key in _NAMED:
            self._note(key, value)
        elif not path and key == _TEMPLATE:
            self._note(_TEMPLATE, "present")
        elif path and path[-1] == _MAP:
            self._mapped(path, key, value)
        elif len(path) > 1 and path[-2] == _PIPELINES and key == _IMPLEMENTATION:
            self._refer(value, f"{_PIPELINES} {path[-1]}")
        if key == _TARGET:
            self._note(_TARGET, value)
            self._refer(value, _TARGET)

    def _mapped(self, path: Sequence[str | int], key: str, value: str) -> None:
        if len(path) == 1:
            self._note(_MAP, f"{key}: {value}")
        self._refer(value, f"{_MAP} {key}")

    def _refer(self, name: str, detail: str) -> None:
        limit = self._limits.text
        if len(self._code) >= self._limits.entries:
            self._more = True
        else:
            self._code[mended(name[:limit]), mended(detail[:limit])] = None

    def _note(self, key: str, value: str) -> None:
        if len(self._facts) >= self._limits.entries:
            self._more = True
        else:
            self._facts[key, mended(value[: self._limits.text])] = None


def _needed(name: str, detail: str, record: Record) -> None:
    """Refer to the Python file a class stands in; `repository--module.Class` is another's."""
    repository, other, inner = name.rpartition(_OTHER)
    if other:
        text = f"{shown(detail)} is code of another repository, {shown(repository)}"
        record.problem(OUTSIDE, text, 0, "code beside the configuration")
    elif not _MODULE.match(inner):
        text = f"{shown(detail)} names no class of a Python file: {shown(inner)}"
        record.problem(OUTSIDE, text, 0, "a module and a class, with a dot between them")
    else:
        path = inner.rpartition(".")[0].replace(".", "/") + ".py"
        if all(one.path != path for one in record.references):
            record.references.append(FileReference(path=path))


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(step) for step in path)
