"""Where a release name points in an environment: folded from what was done there, oldest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.gate.case import Act
from weighbridge.model.aftermath import Deed
from weighbridge.model.decision import BREAK_GLASS
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from weighbridge.gate.case import Said
    from weighbridge.model.event import Event


HOLD = "hold"
"""What a policy sets off when a verdict changes: nothing moves here until somebody lifts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One move of a pointer.

    Attributes:
        generation: Which move it is, from 1.
        release: The release it moved to.
        version: That release's version.
        at: When.
        by: Who moved it.
        back: Whether it was a rollback.
        entry: Its entry in the ledger.
        under_glass: Whether it was a promotion past what the gate said, under broken glass.
    """

    generation: int
    release: str
    version: str
    at: str
    by: str
    back: bool
    entry: int
    under_glass: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A pointer and its past.

    Attributes:
        moves: Every move, oldest first.
        held: Why it may not be moved forward, or empty.
        left: Releases it was rolled back from, which do not come back by a rollback.
        requests: Who asked for which release to be promoted: (person, release).
    """

    moves: tuple[Move, ...] = ()
    held: str = ""
    left: frozenset[str] = frozenset()
    requests: frozenset[tuple[str, str]] = frozenset()

    @property
    def generation(self) -> int:
        """Number of moves so far."""
        return self.moves[-1].generation if self.moves else 0

    @property
    def release(self) -> str:
        """The release it points to, or empty."""
        return self.moves[-1].release if self.moves else ""

    @property
    def under_glass(self) -> frozenset[tuple[int, str]]:
        """The moves under broken glass: entry and person."""
        return frozenset((move.entry, move.by) for move in self.moves if move.under_glass)

    @property
    def promoted(self) -> Move | None:
        """The promotion that brought the present release; a rollback to it came later."""
        forward = (move for move in reversed(self.moves) if not move.back)
        return next((move for move in forward if move.release == self.release), None)

    def before(self, move: Move) -> str:
        """Name the release that was there when a move was made, or nothing."""
        at = self.moves.index(move)
        return self.moves[at - 1].release if at else ""

    def preceding(self, release: str, *, until: Move | None = None) -> str:
        """Name the last other release that was promoted here, or nothing; a rollback is none.

        Args:
            release: The release it comes before.
            until: The move before which it was promoted; None for all there are.
        """
        moves = self.moves if until is None else self.moves[: self.moves.index(until)]
        others = (move for move in reversed(moves) if not move.back and move.release != release)
        return next((move.release for move in others), "")

    def requesters(self, release: str) -> frozenset[str]:
        """Name everyone who asked for a release to be promoted here."""
        return frozenset(person for person, asked in self.requests if asked == release)

    def arrived(self, release: str) -> str:
        """Say since when a release counts as having come here, or empty.

        A release that was rolled back from has not; it has to come again.
        """
        if release in self.left:
            return ""
        return next((move.at for move in reversed(self.moves) if move.release == release), "")

    def departed(self, release: str) -> str:
        """Say since when another release is where this one had come, or empty if it still is."""
        later = ""
        for move in reversed(self.moves):
            if move.release == release:
                return later
            later = move.at
        return ""


def halts(event: Event) -> bool:
    """Tell whether an entry holds the environment, since the policy has a denial do so."""
    set_off = event.body.get("aftermath")
    return isinstance(set_off, dict) and set_off.get("action") == Deed.HALT.value


def fold(events: Iterable[tuple[int, Event]], acts: Iterable[Said]) -> Pointer:
    """Fold a pointer from the entries about it and what people said of it.

    A hold stands until it is lifted, whatever moves meanwhile: a second rollback may. Of two the
    newer is told, and one word lifts both.
    """
    pointer = Pointer()
    said = [one for one in acts if one.act in {Act.HOLD, Act.LIFT}]
    lifted = max((one.entry for one in said if one.act is Act.LIFT), default=-1)
    held = {
        one.entry: f"{one.person} at {one.at}: {one.reason}"
        for one in said
        if one.act is Act.HOLD and one.entry > lifted
    }
    for index, event in events:
        body = event.body
        if event.kind.startswith("promotion."):
            asked = (body["person"], body["release"])
            pointer = replace(pointer, requests=pointer.requests | {asked})
        if halts(event) and lifted < index:
            denied = f"{body['name']}@{body['version']}"
            held[index] = f"halted when {denied} was denied at {event.time}"
        if event.kind is Kind.VERDICT_CHANGED and body.get("action") == HOLD and lifted < index:
            held[index] = f"{body['verdict']} since {event.time}: {body['why']}"
        if event.kind not in {Kind.PROMOTION_DONE, Kind.ROLLBACK_DONE}:
            continue
        back = event.kind is Kind.ROLLBACK_DONE
        move = Move(
            generation=body["generation"],
            release=body["release"],
            version=body["version"],
            at=event.time,
            by=body["person"],
            back=back,
            entry=index,
            under_glass=body.get("mode") == BREAK_GLASS,
        )
        left = pointer.left | {pointer.release} if back else pointer.left - {move.release}
        if back and body["hold"] is not False and lifted < index:
            held[index] = f"rolled back by {move.by} at {move.at}"
        pointer = replace(pointer, moves=(*pointer.moves, move), left=left)
    return replace(pointer, held=held[max(held)] if held else "")
