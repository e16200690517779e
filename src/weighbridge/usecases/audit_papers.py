"""Signed papers against the entries that name them: what is said in the log is what was signed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from weighbridge.model.decision import ENFORCE, STANDING, GateVerdict
from weighbridge.model.errors import LedgerError, NotFoundError, RegistryError
from weighbridge.model.event import Kind
from weighbridge.model.predicates import (
    APPROVAL,
    DELEGATION,
    OURS,
    VSA,
    WAIVER,
    WAIVER_ACTS,
    WAIVER_REQUEST,
)
from weighbridge.model.trust import TrustError, read_snapshot, snapshot_digest
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.control import ControlError, read_proposal, said_in
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.statement import StatementError, read_statement
from weighbridge.usecases.audit_problems import ledger_problem
from weighbridge.usecases.believed import signed_change
from weighbridge.usecases.subjects import contents_of, refuse_subjects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from weighbridge.model.event import Event
    from weighbridge.model.ports import BlobReader
    from weighbridge.model.trust import TrustSnapshot
    from weighbridge.model.verification import Problem
    from weighbridge.seal.bundle import Bundle
    from weighbridge.seal.statement import Statement

_UNREADABLE = (
    RegistryError,
    NotFoundError,
    EnvelopeError,
    StatementError,
    KeyError,
    TypeError,
    ValueError,
)
_MOVES = frozenset({Kind.PROMOTION_DONE, Kind.ROLLBACK_DONE})
_STAYS = frozenset((ENFORCE, verdict.value) for verdict in GateVerdict if verdict != "allowed")
"""Modes and verdicts of decisions by which nothing moves, whatever else there is to say."""


class Papers:
    """The papers of a registry; `trust` is who is trusted before the next entry, if that is known.

    Attributes:
        trust: Set by whoever folds the control plane.
    """

    def __init__(self, blobs: BlobReader, origin: str) -> None:
        """Say where they lie, and the log's name."""
        self.trust: TrustSnapshot | None = None
        self._blobs = blobs
        self._origin = origin
        self._pointers: dict[tuple[str, str], tuple[int, str | None]] = {}
        self._verdicts: dict[tuple[str, str], str] = {}
        self._present: set[str] = set()

    def recall(self, event: Event) -> None:
        """Note where an entry that was judged before left a pointer, and its verdict."""
        if event.kind in _MOVES or event.kind is Kind.VERDICT_CHANGED:
            body = event.body
            place = (str(body["environment"]), str(body["name"]))
            if event.kind in _MOVES:
                self._pointers[place] = (int(body["generation"]), body["release"])
            self._verdicts[place] = body["verdict"]

    def problems(self, index: int, event: Event) -> Iterator[Problem]:
        """Say where the papers of an entry are not what it says of them."""
        look = self._looks().get(event.kind)
        if look is None:
            return
        try:
            yield from look(f"entry {index}", event)
        except _UNREADABLE as error:
            what = "evidence" if event.kind is Kind.EVIDENCE_ADDED else "papers"
            yield ledger_problem(f"entry {index}", f"its {what} cannot be read: {error}")

    def manifests(self, releases: Mapping[tuple[str, str], str]) -> Iterator[Problem]:
        """Say which releases have no manifest, or one that bears another name."""
        for (name, version), digest in sorted(releases.items(), key=lambda item: item[1]):
            try:
                metadata = json.loads(self._blobs.read(digest))["metadata"]
                seen = f"{metadata['name']}@{metadata['version']}"
            except (RegistryError, NotFoundError) as error:
                yield ledger_problem(digest, str(error))
            except (KeyError, TypeError, ValueError) as error:
                yield ledger_problem(digest, f"it is no sealed manifest: {error}")
            else:
                if seen != f"{name}@{version}":
                    message = "its manifest bears another name"
                    yield ledger_problem(digest, message, seen, f"{name}@{version}")

    def _looks(self) -> dict[Kind, Callable[[str, Event], Iterator[Problem]]]:
        return {
            Kind.EVIDENCE_ADDED: self._evidence,
            Kind.ACT_SAID: self._act,
            Kind.PROMOTION_DONE: self._decision,
            Kind.PROMOTION_BLOCKED: self._decision,
            Kind.PROMOTION_OBSERVED: self._decision,
            Kind.ROLLBACK_DONE: self._decision,
            Kind.ROLLBACK_BLOCKED: self._decision,
            Kind.VERDICT_CHANGED: self._standing,
            Kind.CONTROL_PROPOSED: self._change,
            Kind.CONTROL_APPLIED: self._change,
            Kind.CONTROL_REFUSED: self._change,
        }

    def _read(self, digest: str) -> tuple[Bundle, Statement]:
        bundle = read_bundle(self._blobs.read(digest))
        return bundle, read_statement(bundle.payload)

    def _holder(self, bundle: Bundle, said: object) -> object:
        """Name who holds the key of a bundle; where trust cannot be told, nobody's name can."""
        if self.trust is None:
            return said
        found = self.trust.find(bundle.signer)
        return None if found is None else found.person

    def _evidence(self, subject: str, event: Event) -> Iterator[Problem]:
        body = event.body
        bundle, statement = self._read(body["bundle"])
        subjects = sorted({digest for _, digest in statement.subjects})
        release = str(body.get("release"))
        if refuse_subjects(statement, release, contents_of(release, self._blobs)) is not None:
            message = "its release is not what the bundle is about"
            yield ledger_problem(subject, message, release, ", ".join(subjects))
        yield from _differences(
            subject,
            body,
            {
                "person": self._holder(bundle, body.get("person")),
                "predicateType": statement.predicate_type,
                "signer": bundle.signer,
                "subjects": subjects,
            },
        )

    def _act(self, subject: str, event: Event) -> Iterator[Problem]:
        """Compare what somebody said of a promotion with what he signed."""
        body = event.body
        bundle, statement = self._read(body["bundle"])
        said: Mapping[str, Any] = statement.predicate
        about = _handed if statement.predicate_type == DELEGATION else _named
        wanted = {
            **about(statement),
            "environment": said["environment"],
            "person": self._holder(bundle, body.get("person")),
            "predicateType": statement.predicate_type,
        }
        if statement.predicate_type in {APPROVAL, DELEGATION}:
            wanted["act"] = said["act"]
        elif (act := WAIVER_ACTS.get(statement.predicate_type)) is not None:
            wanted |= {"act": act, "rule": said["rule"]}
            if statement.predicate_type in {WAIVER, WAIVER_REQUEST}:
                wanted["expires"] = said["expires"]
        else:
            yield ledger_problem(subject, "nothing is said like this", statement.predicate_type)
        yield from self._of_this_log(subject, said["log"])
        yield from _differences(subject, body, wanted)

    def _decision(self, subject: str, event: Event) -> Iterator[Problem]:
        """Compare a decision's entry with the decision, its papers, trust and the move."""
        body = event.body
        bundle, statement = self._read(body["decision"])
        ours: Mapping[str, Any] = statement.predicate[OURS]
        if statement.predicate_type != VSA:
            yield ledger_problem(subject, "it is no decision", statement.predicate_type, VSA)
        yield from self._of_this_log(subject, ours["log"])
        wanted = {
            **_named(statement),
            "environment": ours["environment"]["name"],
            "environmentDigest": ours["environment"]["digest"],
            "mode": ours["mode"],
            "outcome": ours["outcome"],
            "person": self._holder(bundle, body.get("person")),
            "policy": f"sha256:{statement.predicate['policy']['digest']['sha256']}",
            "trust": ours["trust"],
            "verdict": ours["verdict"],
        }
        if self.trust is not None and ours["trust"] != snapshot_digest(self.trust):
            message = "its trust is not what owners had agreed on then"
            yield ledger_problem(subject, message, ours["trust"], snapshot_digest(self.trust))
        if event.kind in _MOVES:
            if (ours["mode"], ours["verdict"]) in _STAYS:
                yield ledger_problem(subject, "it moves a pointer, and the gate did not let it")
            place = (str(body["environment"]), str(body["name"]))
            generation, release = self._pointers.get(place, (0, None))
            wanted |= {"generation": generation + 1, "previous": release}
            self._pointers[place] = (generation + 1, body["release"])
            self._verdicts[place] = body["verdict"]
        yield from _differences(subject, body, wanted)
        for paper in ("environmentDigest", "outcome", "policy", "trust"):
            yield from self._paper(subject, paper, body[paper])

    def _standing(self, subject: str, event: Event) -> Iterator[Problem]:
        """Compare a changed verdict with the one before, and what it is on with the pointer."""
        body = event.body
        place = (str(body["environment"]), str(body["name"]))
        _, release = self._pointers.get(place, (0, None))
        wanted = {"before": self._verdicts.get(place), "mode": STANDING, "release": release}
        for name, value in sorted(wanted.items()):
            if body.get(name) != value:
                message = f"its {name} is not what follows from the entries before it"
                yield ledger_problem(subject, message, str(body.get(name)), str(value))
        self._verdicts[place] = body["verdict"]
        yield from self._decision(subject, event)

    def _paper(self, subject: str, name: str, digest: str) -> Iterator[Problem]:
        """Say that a paper is not there or not what its digest is of; each is read once."""
        if digest in self._present:
            return
        try:
            data = self._blobs.read(digest)
            if name == "trust":
                read_snapshot(data)
        except (RegistryError, NotFoundError, TrustError) as error:
            yield ledger_problem(subject, f"its {name} cannot be read: {error}", digest)
            return
        self._present.add(digest)

    def _change(self, subject: str, event: Event) -> Iterator[Problem]:
        """Compare a change of the control plane, in force or not, with what owners signed."""
        if event.kind is Kind.CONTROL_APPLIED and self.trust is None:
            return  # it is told with the control plane, as are all that follow
        body = event.body
        try:
            payload, bundles = signed_change(event, self._blobs)
            proposal = read_proposal(payload)
        except (LedgerError, ControlError) as error:
            yield ledger_problem(subject, f"its papers cannot be read: {error}")
            return
        if any(bundle.payload != payload for bundle in bundles):
            yield ledger_problem(subject, "its signatures are not all over one statement")
        yield from self._of_this_log(subject, proposal.log)
        change = proposal.change
        about, digest = change.subject
        wanted: dict[str, object] = {"about": about, "action": change.action.value}
        wanted |= {"subject": digest, **said_in(change)}
        yield from _differences(subject, body, wanted)
        if event.kind is not Kind.CONTROL_REFUSED:
            people = {self._holder(bundle, None) for bundle in bundles} - {None}
            said = set(body["signers"])
            # A proposal's entry holds the bundles that are new, and names all who signed so far.
            exact = event.kind is Kind.CONTROL_APPLIED
            if self.trust is not None and not (people == said if exact else people <= said):
                message = "its signers are not those of the bundles"
                seen, wanted_ = ", ".join(sorted(said)), ", ".join(sorted(map(str, people)))
                yield ledger_problem(subject, message, seen, wanted_)

    def _of_this_log(self, subject: str, seen: object) -> Iterator[Problem]:
        if seen != self._origin:
            message = "what was signed is for another log"
            yield ledger_problem(subject, message, str(seen), self._origin)


def _named(statement: Statement) -> dict[str, object]:
    """Say which release a statement is about."""
    ((named, digest),) = statement.subjects
    name, _, version = named.rpartition("@")
    return {"name": name, "release": digest, "version": version}


def _handed(statement: Statement) -> dict[str, object]:
    """Say which environment a delegation is about, to whom it is and how long."""
    ((_, digest),) = statement.subjects
    said = statement.predicate
    return {"environmentDigest": digest, "name": None} | {
        name: said[name] for name in ("from", "to", "until")
    }


def _differences(
    subject: str, body: Mapping[str, Any], wanted: Mapping[str, object]
) -> Iterator[Problem]:
    for name, value in sorted(wanted.items()):
        if body.get(name) != value:
            message = f"its {name} is not that of the bundle"
            yield ledger_problem(subject, message, str(body.get(name)), str(value))
