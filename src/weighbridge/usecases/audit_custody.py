"""Entries that move, hold and erase files, against each other and what owners signed of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.custody import ACTIVE, KINDS, Custody, Whereabouts, moved
from weighbridge.model.event import EventError, Kind
from weighbridge.usecases.audit_problems import ledger_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.event import Event
    from weighbridge.model.verification import Problem
    from weighbridge.seal.control import ControlState

_FROM = {
    Kind.RELEASE_ARCHIVED: {Whereabouts.ACTIVE},
    Kind.RELEASE_RESTORED: {Whereabouts.ARCHIVED},
    Kind.RELEASE_ERASED: {Whereabouts.ACTIVE, Whereabouts.ARCHIVED},
}


class Movements:
    """Where the files of all releases are, entry by entry."""

    def __init__(self) -> None:
        """Begin before entry 0."""
        self._where: dict[str, Custody] = {}
        self._signers: dict[int, object] = {}

    def recall(self, index: int, event: Event) -> None:
        """Note where an entry that was judged before left files, or who signed that."""
        if event.kind is Kind.CONTROL_APPLIED:
            self._signers[index] = event.body.get("signers")
        elif event.kind in KINDS:
            digest = str(event.body.get("digest"))
            self._where[digest] = moved(self._where.get(digest, ACTIVE), event)

    def problems(
        self,
        index: int,
        event: Event,
        *,
        bound: Mapping[tuple[str, str], str],
        state: ControlState | None,
    ) -> Iterator[Problem]:
        """Say what is wrong with an entry that moves files, or says that they stay.

        Args:
            index: Its index.
            event: The entry.
            bound: Releases by name and version, of the entries before.
            state: What owners had said before it; None if nobody can tell.
        """
        if event.kind is Kind.CONTROL_APPLIED:
            self._signers[index] = event.body.get("signers")
        if event.kind not in KINDS | {Kind.ARCHIVE_REFUSED}:
            return
        subject, body = f"entry {index}", event.body
        digest, title = str(body.get("digest")), f"{body.get('name')}@{body.get('version')}"
        if bound.get((str(body.get("name")), str(body.get("version")))) != digest:
            yield ledger_problem(subject, "no release is bound as it says", f"{title} {digest}")
        if event.kind not in KINDS:
            return
        before = self._where.get(digest, ACTIVE)
        try:
            self._where[digest] = moved(before, event)
        except EventError as error:
            yield ledger_problem(subject, str(error))
            return
        yield from _moves(subject, event, before)
        if state is not None:
            yield from self._said(subject, event, digest, state)

    def _said(
        self, subject: str, event: Event, digest: str, state: ControlState
    ) -> Iterator[Problem]:
        """Compare with what owners had signed by then."""
        held = state.holds.get(digest)
        if held is not None and event.kind is not Kind.RELEASE_RESTORED:
            yield ledger_problem(subject, f"its files were held by entry {held.entry}")
        if event.kind is not Kind.RELEASE_ERASED:
            return
        said = state.erasures.get(digest)
        if said is None:
            yield ledger_problem(subject, "no owner had these files erased")
            return
        wanted = {"reason": said.reason, "signers": self._signers.get(said.entry)}
        for name, value in wanted.items():
            if event.body.get(name) != value:
                message = f"`{name}` is not what entry {said.entry} says"
                yield ledger_problem(subject, message, str(event.body.get(name)), str(value))


def _moves(subject: str, event: Event, before: Custody) -> Iterator[Problem]:
    """Say whether files could be moved like this from where they were."""
    if before.where not in _FROM[event.kind]:
        yield ledger_problem(subject, f"it moves files that were {before.where} by then")
    elif event.kind is Kind.RELEASE_RESTORED:
        # Whoever seals a release again brings its files from where they were made.
        seen = event.body.get("place")
        if seen not in {"", before.place}:
            message = "the files were in another archive"
            yield ledger_problem(subject, message, str(seen), before.place)
