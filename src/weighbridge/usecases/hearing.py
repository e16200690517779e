"""What people said of a release and of an environment: the statements whose signatures count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import digest
from weighbridge.gate.case import Act, Delegation, Evidence, Said, Waiver
from weighbridge.gate.covers import read_covered
from weighbridge.gate.kinds import ours
from weighbridge.model.errors import LedgerError
from weighbridge.model.event import Kind
from weighbridge.model.predicates import APPROVAL, DELEGATION, WAIVER_ACTS
from weighbridge.seal.bundle import read_bundle as read_evidence
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.judging import Refusal, judge
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.believed import control_state
from weighbridge.usecases.keyless import PublishedRoot, not_judged
from weighbridge.usecases.subjects import contents_of, of_environment, refuse_subjects

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.codec.subjects import Contents
    from weighbridge.model.event import Event
    from weighbridge.model.ports import BlobReader
    from weighbridge.seal.control import ControlState
    from weighbridge.seal.judging import Signer
    from weighbridge.seal.statement import Statement
    from weighbridge.usecases.believed import BelievedLog


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A signed statement whose signature counts.

    Attributes:
        index: Its entry in the ledger.
        event: The entry.
        statement: What was said.
        digest: Digest of the statement's bytes.
        signer: Who said it.
    """

    index: int
    event: Event
    statement: Statement
    digest: str
    signer: Signer


class Hearing:
    """What was said in a ledger; each signature is judged once."""

    def __init__(self, log: BelievedLog, blobs: BlobReader) -> None:
        """Fold trust; statements are read when they are asked for.

        Raises:
            OwnerlessError: The registry has no owners yet.
            LedgerError: The ledger does not prove what it says.
        """
        self.blobs = blobs
        self._contents: dict[str, Contents] = {}
        self._topics: dict[str, list[tuple[int, Event]]] = {}
        self._judged: dict[int, Heard | None] = {}
        self.log = log
        self.state: ControlState = control_state(log, blobs)

    def found(self, topic: str) -> list[tuple[int, Event]]:
        """Read the entries under a topic, in their order."""
        if topic not in self._topics:
            self._topics[topic] = list(self.log.found(topic))
        return self._topics[topic]

    def acts(self, environment: str, name: str) -> list[Said]:
        """List what people said about releases of a name in an environment."""
        return [
            _said(heard)
            for heard in self._heard(f"gate:{environment}/{name}", Kind.ACT_SAID)
            if heard.statement.predicate_type == APPROVAL
        ]

    def waivers(self, environment: str, name: str) -> list[Waiver]:
        """List what people said of waivers for releases of a name in an environment."""
        return [
            _waiver(heard)
            for heard in self._heard(f"gate:{environment}/{name}", Kind.ACT_SAID)
            if heard.statement.predicate_type in WAIVER_ACTS
        ]

    def delegations(self, environment: str) -> list[Delegation]:
        """List who handed his right to approve in an environment to whom, and took it back."""
        return [
            _delegation(heard)
            for heard in self._heard(f"environment:{environment}", Kind.ACT_SAID)
            if heard.statement.predicate_type == DELEGATION
        ]

    def evidence(self, release: str) -> Iterator[Evidence]:
        """List the evidence about a release whose signatures count, oldest first."""
        yield from map(_evidence, self._heard(f"subject:{release}", Kind.EVIDENCE_ADDED))

    @cached_property
    def _keyless(self) -> PublishedRoot:
        return PublishedRoot(self.state, self.blobs)

    def _heard(self, topic: str, kind: Kind) -> Iterator[Heard]:
        """Read the signed statements under a topic whose signatures count today.

        What says after how many entries it was said is heard once: whoever enters it again has
        not had it said again.
        """
        said: set[tuple[str, str]] = set()
        for index, event in self.found(topic):
            if event.kind is not kind:
                continue
            if index not in self._judged:
                self._judged[index] = self._judge(index, event)
            heard = self._judged[index]
            if heard is None or (heard.digest, heard.signer.spki) in said:
                continue
            if _says_when(heard.statement):
                said.add((heard.digest, heard.signer.spki))
            yield heard

    def _judge(self, index: int, event: Event) -> Heard | None:
        """Judge the signature of what was said in an entry; nothing if it does not count."""
        try:
            bundle = read_evidence(self.blobs.read(event.body["bundle"]))
        except EnvelopeError as error:
            raise LedgerError(f"the evidence of entry {index} cannot be read: {error}") from error
        verdict = judge(
            bundle,
            snapshot=self.state.trust,
            at=event.time,
            roles=self.state.trust.roles,
            subject_digests=None,
            predicate_type=event.body["predicateType"],
            keyless=self._keyless,
        )
        unjudged = not_judged(verdict, f"the evidence of entry {index}")
        if unjudged is not None:
            raise unjudged
        if isinstance(verdict, Refusal):
            return None
        statement = read_statement(bundle.payload)
        if not self._is_about(statement, event.body):
            return None
        return Heard(
            index=index,
            event=event,
            statement=statement,
            digest=digest(bundle.payload),
            signer=verdict,
        )

    def _is_about(self, statement: Statement, body: Mapping[str, Any]) -> bool:
        """Tell whether a statement is about what its entry says: a release, or an environment."""
        if statement.predicate_type == DELEGATION:
            return of_environment(statement, body, self.log.checkpoint.origin)
        release = body["release"]
        return refuse_subjects(statement, release, self.contents_of(release)) is None

    def contents_of(self, release: str) -> Contents:
        """Look into a release, once for all that is said of it."""
        if release not in self._contents:
            self._contents[release] = contents_of(release, self.blobs)
        return self._contents[release]


def _says_when(statement: Statement) -> bool:
    """Tell whether a statement says after how many entries of the ledger it was made."""
    predicate = statement.predicate
    return "after" in predicate or "after" in ours(predicate)


def _signed(heard: Heard) -> dict[str, Any]:
    return {
        "entry": heard.index,
        "at": heard.event.time,
        "person": heard.signer.person,
        "roles": heard.signer.roles,
        "key": heard.signer.spki,
        "statement": heard.digest,
    }


def _evidence(heard: Heard) -> Evidence:
    return Evidence(
        **_signed(heard),
        predicate_type=heard.statement.predicate_type,
        predicate=heard.statement.predicate,
        release=heard.event.body["release"],
        subjects=tuple(digest for _, digest in heard.statement.subjects),
    )


def _said(heard: Heard) -> Said:
    predicate = heard.statement.predicate
    return Said(
        **_signed(heard),
        act=Act(predicate["act"]),
        release=heard.event.body["release"],
        environment=predicate["environment"],
        policy=predicate["policy"],
        outcome=predicate["outcome"],
        reason=predicate["reason"],
        environment_digest=predicate["environmentDigest"],
    )


def _delegation(heard: Heard) -> Delegation:
    predicate = heard.statement.predicate
    return Delegation(
        **_signed(heard),
        act=Act(predicate["act"]),
        environment=predicate["environment"],
        to=predicate["to"],
        since=predicate["from"],
        until=predicate["until"],
        reason=predicate["reason"],
    )


def _waiver(heard: Heard) -> Waiver:
    predicate = heard.statement.predicate
    return Waiver(
        **_signed(heard),
        release=heard.event.body["release"],
        environment=predicate["environment"],
        rule=predicate["rule"],
        findings=frozenset(map(read_covered, predicate["findings"])),
        reason=predicate["reason"],
        expires=predicate.get("expires", ""),
        act=Act(WAIVER_ACTS[heard.statement.predicate_type]),
        owner=predicate.get("owner", ""),
        requested_by=predicate.get("requestedBy", ""),
        people=frozenset(predicate.get("people", ())),
    )
