"""What every error of weighbridge consists of: faults, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.model.location import Location

Kind = Literal["usage", "failed", "unavailable", "forbidden", "bug"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a document or a request, ready to be shown.

    Attributes:
        code: Stable code, explained by `weighbridge explain CODE`.
        message: One sentence, lower case, no full stop.
        location: Where it stands, if it stands in a file.
        seen: What was there.
        wanted: What should have been there.
        cause: Why it probably came to be.
        help: What to do, one step an entry.
    """

    code: str
    message: str
    location: Location | None = None
    seen: str = ""
    wanted: str = ""
    cause: str = ""
    help: tuple[str, ...] = ()


class WeighbridgeError(Exception):
    """An error a person can act on; carries one or more faults."""

    code: ClassVar[str]
    kind: ClassVar[Kind]

    def __init__(
        self,
        message: str,
        *,
        location: Location | None = None,
        seen: str = "",
        wanted: str = "",
        cause: str = "",
        help: Iterable[str] = (),  # noqa: A002 - the word the renderer prints
    ) -> None:
        """Describe one fault; `from_faults` takes several."""
        fault = Fault(self.code, message, location, seen, wanted, cause, tuple(help))
        self.faults: tuple[Fault, ...] = (fault,)
        super().__init__(message)

    @classmethod
    def from_faults(cls, faults: Iterable[Fault]) -> WeighbridgeError:
        """Raise all faults of a document at once, in the order they stand in it."""
        ordered = tuple(faults)
        error = cls(ordered[0].message)
        error.faults = ordered
        return error
