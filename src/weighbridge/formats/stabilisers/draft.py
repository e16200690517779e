"""The normal form of a file while it is made, and what a stabiliser is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from blake3 import blake3

from weighbridge.formats.stabilisers.reading import pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from weighbridge.formats.member import Budget
    from weighbridge.formats.stabilisers.reading import Readable
    from weighbridge.model.limits import Limits

RAW: Final = ""
"""The label of a form that is the bytes as they are."""


class RefusedError(Exception):
    """A stabiliser does not understand all of a file; its bytes count as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A member of a file.

    Attributes:
        name: What it is called in the normal form.
        form: Its own form.
        opened: Opens its bytes anew.
    """

    name: str
    form: Form
    opened: Callable[[], Readable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The normal form of some bytes. Two that are equal differ in nothing that matters.

    Attributes:
        label: Name and version of the stabiliser that made it; empty for bytes as they are.
        kept: BLAKE3 of what matters beside the parts.
        let: BLAKE3 of what was let go.
        parts: The members, in the order they count in.
        digest: BLAKE3 of label, `kept`, and name and digest of each part.
        why: Why no stabiliser was used though one is known, or empty.
    """

    label: str
    kept: bytes
    let: bytes
    parts: tuple[Part, ...]
    digest: bytes
    why: str = ""


class Draft:
    """What a stabiliser writes: what matters, what it lets go, and members to look into.

    Attributes:
        limits: Limits for this file.
        budget: What its members may still unfold to.
    """

    def __init__(
        self,
        label: str,
        *,
        limits: Limits,
        budget: Budget,
        look_into: Callable[[Readable], Form],
    ) -> None:
        """Begin with nothing written."""
        self._label = label
        self.limits = limits
        self.budget = budget
        self._look_into = look_into
        self._kept = blake3()
        self._let = blake3()
        self._parts: list[Part] = []

    def keep(self, *values: bytes) -> None:
        """Write values that matter; where each ends is part of the form."""
        for value in values:
            self._kept.update(len(value).to_bytes(8, "big"))
            self._kept.update(value)

    def keep_stream(self, stream: Iterable[bytes]) -> None:
        """Write one long value that matters; how it is cut into pieces is no part of the form."""
        hashed = blake3()
        for piece in stream:
            hashed.update(piece)
        self.keep(hashed.digest())

    def let_go(self, *values: bytes) -> None:
        """Write values that do not matter."""
        for value in values:
            self._let.update(len(value).to_bytes(8, "big"))
            self._let.update(value)

    def part(
        self,
        name: str,
        open_member: Callable[[], Readable],
        *,
        form: Form | None = None,
    ) -> None:
        """Write a member, by its own normal form.

        Args:
            name: What it is called.
            open_member: Opens its bytes.
            form: Its form, if it is known already.
        """
        found = form or self._look_into(open_member())
        self._parts.append(Part(name=name, form=found, opened=open_member))

    def look_into(self, source: Readable) -> Form:
        """Make the normal form of a member, whatever it is."""
        return self._look_into(source)

    def form(self) -> Form:
        """Conclude."""
        return concluded(self._label, self._kept.digest(), self._let.digest(), self._parts)


class Stabilise(Protocol):
    """Writes the normal form of a file."""

    def __call__(self, source: Readable, draft: Draft, /) -> None:
        """Write it.

        Raises:
            RefusedError: Not all of the file is understood.
            BudgetExceededError: A limit is reached.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Stabiliser:
    """One normalisation.

    Attributes:
        name: Its name.
        version: Rises whenever its normal form changes.
        formats: The formats it is for, as `formats.registry.sniff` names them.
        lets: What it lets differ.
        because: Why that is harmless.
        write: Writes the normal form.
    """

    name: str
    version: int
    formats: tuple[str, ...]
    lets: str
    because: str
    write: Stabilise

    @property
    def label(self) -> str:
        """Name and version, as verdicts give them."""
        return f"{self.name}@{self.version}"


def raw_form(source: Readable, *, why: str = "") -> Form:
    """Make the form that is the bytes as they are."""
    hashed = blake3()
    for piece in pieces(source, 0, source.size):
        hashed.update(piece)
    return concluded(RAW, hashed.digest(), b"", (), why=why)


def concluded(label: str, kept: bytes, let: bytes, parts: Iterable[Part], *, why: str = "") -> Form:
    """Make a form of its parts, with its digest."""
    parts = tuple(parts)
    whole = blake3()
    for value in (label.encode(), kept, *(_named(part) for part in parts)):
        whole.update(len(value).to_bytes(8, "big"))
        whole.update(value)
    return Form(label=label, kept=kept, let=let, parts=parts, digest=whole.digest(), why=why)


def _named(part: Part) -> bytes:
    return part.form.digest + part.name.encode("utf-8", "surrogatepass")
