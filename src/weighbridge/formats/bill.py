"""Bills of materials: what a CycloneDX or SPDX document lists, and what in it cannot be so.

Only such a document is kept while it is read, as far as it is judged, and no more than a bill may
have; of others the few parts that are called alike are dropped when the reading is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.codec.sbom import cyclonedx, spdx
from weighbridge.formats.text import mended
from weighbridge.model.structure import BILL_SUBJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.formats.record import Record
    from weighbridge.formats.visitor import Kind, Value
    from weighbridge.model.limits import Limits

INCONSISTENT: Final = "DEP017"
CHARACTERS: Final = 64 << 20
"""Characters of texts and keys of a bill that is judged."""
VALUES: Final = 2_000_000
"""Values of a bill that is judged."""
_LISTED: Final = 100_000


class BillOfMaterials:
    """One document."""

    keys = cyclonedx.SECTIONS | {"@context", "@graph"}

    def __init__(self, limits: Limits) -> None:
        """Begin with nothing heard."""
        del limits
        self._document: dict[str, Any] = {}
        self._open: list[Any] = [self._document]
        self._characters = 0
        self._values = 0

    def enter(self, path: Sequence[str | int], kind: Kind) -> None:
        """Begin an object or array."""
        if not path:
            return
        inner: Any = {} if kind == "object" else []
        if self._fits(1, str(path[-1])):
            self._put(path[-1], inner)
        self._open.append(inner)

    def leave(self, path: Sequence[str | int], kind: Kind, count: int) -> None:  # noqa: ARG002 - the protocol's
        """End it."""
        if path:
            self._open.pop()

    def pairs(self, path: Sequence[str | int], pairs: Sequence[tuple[str, Value]]) -> None:
        """Keep the values of an object; of the outermost one those that say what it is."""
        if not path:
            pairs = [pair for pair in pairs if pair[0] in {"bomFormat", "specVersion", "@context"}]
        for key, value in pairs:
            if self._fits(1, key, value):
                self._put(key, value)

    def items(self, path: Sequence[str | int], values: Sequence[Value]) -> None:
        """Keep the values of an array."""
        if path and self._fits(len(values), *values):
            self._open[-1].extend(values)

    def claims(self) -> str | None:
        """Claim what says of itself that it is a bill."""
        if cyclonedx.is_cyclonedx(self._document):
            return "cyclonedx"
        return "spdx" if spdx.is_spdx(self._document) else None

    def conclude(self, record: Record, *, whole: bool) -> None:
        """Note what it lists and what is wrong with it."""
        name = self.claims()
        if name is None or not whole:
            return
        if self._over:
            record.unread("the bill of materials has more than is judged")
            return
        reading = cyclonedx if name == "cyclonedx" else spdx
        record.version = mended(reading.version(self._document))
        for one in reading.inconsistencies(self._document):
            where = f"{one.pointer}: {one.message}" if one.pointer else one.message
            record.problem(INCONSISTENT, mended(where), 0, one.wanted)
        subject = reading.subject(self._document)
        if subject:
            record.metadata.append((BILL_SUBJECT, mended(subject)))
        for component in reading.components(self._document):
            if len(record.components) >= _LISTED:
                record.unread(f"the bill of materials lists more than {_LISTED} components")
                break
            record.components.append(component)

    @property
    def _over(self) -> bool:
        return self._characters > CHARACTERS or self._values > VALUES

    def _fits(self, count: int, *texts: Value) -> bool:
        self._values += count
        self._characters += sum(len(text) for text in texts if isinstance(text, str))
        return not self._over

    def _put(self, key: str | int, value: Any) -> None:  # noqa: ANN401 - any JSON value
        holder = self._open[-1]
        if isinstance(holder, list):
            holder.append(value)
        else:
            holder[str(key)] = value
