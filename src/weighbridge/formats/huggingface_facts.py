"""What JSON files of Hugging Face and Hydra say that runs code when they are used.

`auto_map` names Python files that `trust_remote_code` imports, a chat template is a Jinja program,
and `_target_` names whatever Hydra and NeMo shall call. All of it is noted, and judged elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.text import mended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.formats.record import Record
    from weighbridge.formats.visitor import Kind, Value
    from weighbridge.model.limits import Limits

_NAMED: Final = frozenset({"model_type", "architectures", "_class_name"})
_TARGET: Final = "_target_"
_TEMPLATE: Final = "chat_template"
_MAP: Final = "auto_map"
_ENTRY: Final = 2


class HuggingFaceFacts:
    """What one file says; it claims none, since such files have no mark."""

    keys = None

    def __init__(self, limits: Limits) -> None:
        """Begin with nothing heard."""
        self._limits = limits
        self._facts: dict[tuple[str, str], None] = {}
        self._more = False

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:  # noqa: ARG002 - the protocol's
        """Note a list of chat templates."""
        if len(path) == 1 and path[0] == _TEMPLATE:
            self._note(_TEMPLATE, "present")

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:
        """Have nothing to do."""

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:
        """Note what the object says."""
        if not path:
            for key, value in pairs:
                if key in _NAMED and isinstance(value, str):
                    self._note(key, value)
                elif key == _TEMPLATE and isinstance(value, str):
                    self._note(_TEMPLATE, "present")
        elif path[0] == _MAP and len(path) == 1:
            for key, value in pairs:
                if isinstance(value, str):
                    self._note(_MAP, f"{key}: {value}")
        for key, value in pairs:
            if key == _TARGET and isinstance(value, str):
                self._note(_TARGET, value)

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Note what an array names."""
        if len(path) == 1 and path[0] == "architectures":
            for value in values:
                if isinstance(value, str):
                    self._note("architectures", value)
        elif len(path) == _ENTRY and path[0] == _MAP:
            for value in values:
                if isinstance(value, str):
                    self._note(_MAP, f"{path[1]}: {value}")

    def claims(self) -> str | None:
        """Claim nothing."""
        return None

    def conclude(self, record: Record, *, whole: bool) -> None:  # noqa: ARG002 - the protocol's
        """Write the facts down."""
        record.metadata.extend(self._facts)
        if self._more:
            record.unread(f"it says more than {self._limits.entries} things of note")

    def _note(self, key: str, value: str) -> None:
        if len(self._facts) >= self._limits.entries:
            self._more = True
        else:
            self._facts[key, mended(value[: self._limits.text])] = None
