"""Entries about deliveries and about damaged releases, against what the entries before them say.

And the papers they name: the list of files it is rendered as, what was observed, what a person
signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.delivery import OVER, Phase
from weighbridge.model.errors import NotFoundError, RegistryError
from weighbridge.model.event import EventError, Kind
from weighbridge.model.unverified import KINDS, fold_unverified
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.usecases.audit_problems import ledger_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.event import Event
    from weighbridge.model.ports import BlobReader
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.model.verification import Problem

_WHOLE = ("environment", "name", "release", "version")
_PAPERS = ("rendering", "observed")
_UNREADABLE = (RegistryError, NotFoundError, EnvelopeError, ValueError)
_GOES_ON = frozenset({Kind.DELIVERY_MOVED, Kind.DELIVERY_MEASURED, Kind.DELIVERY_ORDERED})


class Deliveries:
    """Deliveries and damaged releases, entry by entry."""

    def __init__(self, blobs: BlobReader) -> None:
        """Begin before entry 0."""
        self._blobs = blobs
        self._begun: dict[int, tuple[object, ...]] = {}
        self._over: dict[int, Phase] = {}
        self._unverified: set[str] = set()

    def recall(self, index: int, event: Event) -> None:
        """Note how an entry that was judged before left a delivery, or a damaged release."""
        body = event.body
        if event.kind is Kind.DELIVERY_STARTED:
            self._begun[index] = tuple(body.get(name) for name in _WHOLE)
        elif event.kind is Kind.DELIVERY_MOVED and Phase(str(body["phase"])) in OVER:
            self._over[int(body["delivery"])] = Phase(str(body["phase"]))
        elif event.kind is Kind.RELEASE_UNVERIFIED:
            self._unverified.add(str(body["release"]))
        elif event.kind is Kind.RELEASE_VERIFIED:
            self._unverified.discard(str(body["release"]))

    def problems(
        self,
        index: int,
        event: Event,
        *,
        bound: Mapping[tuple[str, str], str],
        trust: TrustSnapshot | None,
    ) -> Iterator[Problem]:
        """Say what is wrong with an entry.

        Args:
            index: Its index.
            event: The entry.
            bound: Releases by name and version, of the entries before.
            trust: Who is trusted before it; None if nobody can tell.
        """
        delivers = event.kind.startswith("delivery.")
        if not delivers and event.kind not in KINDS:
            return
        subject, body = f"entry {index}", event.body
        title, release = f"{body.get('name')}@{body.get('version')}", str(body.get("release"))
        if bound.get((str(body.get("name")), str(body.get("version")))) != release:
            yield ledger_problem(subject, "no release is bound as it says", f"{title} {release}")
        if not delivers:
            yield from self._verification(subject, index, event)
            return
        yield from self._follows(subject, index, event)
        yield from self._papers(subject, event, trust)

    def _verification(self, subject: str, index: int, event: Event) -> Iterator[Problem]:
        """Compare with what stood against the release before."""
        release = str(event.body.get("release"))
        try:
            fold_unverified([(index, event)])
        except EventError as error:
            yield ledger_problem(subject, str(error))
            return
        if event.kind is Kind.RELEASE_UNVERIFIED:
            self._unverified.add(release)
        elif release not in self._unverified:
            yield ledger_problem(subject, "nothing stood against the release by then", release)
        else:
            self._unverified.remove(release)

    def _follows(self, subject: str, index: int, event: Event) -> Iterator[Problem]:
        """Compare with the entry that began the delivery."""
        about = tuple(event.body.get(name) for name in _WHOLE)
        if event.kind is Kind.DELIVERY_STARTED:
            self._begun[index] = about
        if event.kind not in _GOES_ON:
            return
        begun = event.body.get("delivery")
        if type(begun) is not int or self._begun.get(begun) != about:
            message = "its delivery is none of this release that was begun there"
            yield ledger_problem(subject, message, str(begun))
            return
        if event.kind is Kind.DELIVERY_MOVED:
            yield from self._moved(subject, event, begun)

    def _moved(self, subject: str, event: Event, begun: int) -> Iterator[Problem]:
        """Note where a delivery ends; from there what runs can only be stopped, once."""
        phase = str(event.body.get("phase"))
        ended = self._over.get(begun)
        if ended is not None and (phase != Phase.STOPPED or ended is Phase.STOPPED):
            yield ledger_problem(subject, "its delivery had ended by then", f"entry {begun}")
        if phase not in set(Phase):
            yield ledger_problem(subject, "it moves to a phase there is not", phase)
        elif Phase(phase) in OVER:
            self._over[begun] = Phase(phase)

    def _papers(self, subject: str, event: Event, trust: TrustSnapshot | None) -> Iterator[Problem]:
        """Read what the entry names, and see that the person it names signed."""
        body = event.body
        if event.kind is Kind.DELIVERY_STARTED and "rendering" not in body:
            yield ledger_problem(subject, "it does not say what the release is rendered as")
        for paper in _PAPERS:
            if paper in body:
                yield from self._paper(subject, paper, body[paper])
        if not body.get("bundle"):
            return
        try:
            bundle = read_bundle(self._blobs.read(str(body["bundle"])))
        except _UNREADABLE as error:
            yield ledger_problem(subject, f"its papers cannot be read: {error}")
            return
        found = None if trust is None else trust.find(bundle.signer)
        person = None if found is None else found.person
        if trust is not None and person != body.get("person"):
            message = "its person is not that of the bundle"
            yield ledger_problem(subject, message, str(body.get("person")), str(person))

    def _paper(self, subject: str, name: str, digest: object) -> Iterator[Problem]:
        try:
            self._blobs.read(str(digest))
        except _UNREADABLE as error:
            yield ledger_problem(subject, f"its {name} cannot be read: {error}", str(digest))
