"""Say something, signed, as every verb does by which a person says something for the ledger.

Within one transaction it is signed, the signature judged by what the ledger proves at that moment,
and either what was said is logged or that it was refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from weighbridge.model.event import Kind
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.judging import Refusal, judge
from weighbridge.seal.statement import Statement, read_statement, write_statement
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.keyless import PublishedRoot
from weighbridge.usecases.refusing import Refused, change_or_refuse
from weighbridge.usecases.signing import holder, keep_signed, not_allowed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from weighbridge.gate.case import Case
    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry, Transaction
    from weighbridge.seal.judging import Signer

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What somebody signed, with a signature that counts; it is not logged yet.

    Attributes:
        speaker: Who signed it, and where.
        by: Whose signature it is.
        bundle: Digest of its bundle.
        predicate_type: What it is.
        body: What the entry says of it.
    """

    speaker: Speaker
    by: Signer
    bundle: str
    predicate_type: str
    body: Mapping[str, Any]

    def log(self) -> int:
        """Log that it was said, and return the index of the entry."""
        body = {**self.body, "bundle": self.bundle, "predicateType": self.predicate_type}
        return self.speaker.transaction.append(Kind.ACT_SAID, body)

    def refused(self, reason: str, error: WeighbridgeError) -> Refused:
        """Log that it is refused though the signature counts; see `Speaker.refused`."""
        return self.speaker.refused(self.body, reason, error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Somebody with a key, within a transaction.

    Attributes:
        transaction: The transaction.
        registry: The registry.
        signer: His key.
        gathering: What the ledger proves at this moment.
    """

    transaction: Transaction
    registry: Registry
    signer: AnySigner
    gathering: Gathering

    @property
    def now(self) -> str:
        """The time of the transaction."""
        return self.transaction.now

    @property
    def person(self) -> str:
        """Who holds the key, or nobody."""
        return holder(self.signer, self.gathering.state.trust)

    @property
    def entry(self) -> int:
        """The index the next entry will have."""
        return self.gathering.log.size

    def case(self, environment: str, release: str) -> Case:
        """Gather everything about a release and an environment, as it is now."""
        return self.gathering.case(environment, release, now=self.now)

    def say_of(
        self,
        case: Case,
        predicate_type: str,
        predicate: Mapping[str, Any],
        *,
        body: Mapping[str, Any],
        roles: Collection[str],
    ) -> Signed:
        """Say something of a release in an environment, which statement and entry name.

        Args:
            case: The case of the two.
            predicate_type: What is said.
            predicate: What else the statement says.
            body: What else its entry says.
            roles: Roles of which who says it must hold one.

        Raises:
            Refused: His signature does not count.
        """
        about = about_release(case)
        statement = Statement(
            predicate_type,
            subjects=((f"{about['name']}@{about['version']}", case.release),),
            predicate={
                **predicate,
                "environment": case.environment_name,
                "environmentDigest": case.environment_digest,
                "policy": case.bundle_digest,
            },
        )
        return self.say(statement, body={**about, **body}, roles=roles)

    def say(
        self, statement: Statement, *, body: Mapping[str, Any], roles: Collection[str]
    ) -> Signed:
        """Say something now, for this log: so it cannot be entered again later, or elsewhere.

        Raises:
            Refused: His signature does not count.
        """
        log = self.gathering.log.checkpoint
        predicate = {**statement.predicate, "after": log.size, "log": log.origin}
        payload = write_statement(replace(statement, predicate=predicate))
        return self.sign(payload, body=body, roles=roles)

    def sign(self, payload: bytes, *, body: Mapping[str, Any], roles: Collection[str]) -> Signed:
        """Sign a statement.

        Args:
            payload: The statement.
            body: What an entry says of it beside the person.
            roles: Roles of which who signs it must hold one.

        Raises:
            Refused: His signature does not count.
        """
        statement, state, blobs = read_statement(payload), self.gathering.state, self.registry.blobs
        bundle = keep_signed(payload, signer=self.signer, registry=self.registry)
        verdict = judge(
            read_bundle(blobs.read(bundle)),
            snapshot=state.trust,
            at=self.now,
            roles=roles,
            subject_digests=[digest for _, digest in statement.subjects],
            predicate_type=statement.predicate_type,
            keyless=PublishedRoot(state, blobs),
        )
        if isinstance(verdict, Refusal):
            raise self.refused(body, verdict.reason.value, not_allowed(verdict))
        return Signed(
            speaker=self,
            by=verdict,
            bundle=bundle,
            predicate_type=statement.predicate_type,
            body={**body, "person": self.person},
        )

    def refused(self, body: Mapping[str, Any], reason: str, error: WeighbridgeError) -> Refused:
        """Log that something is refused, and return what is to be raised.

        Args:
            body: What the entry says of it beside the person.
            reason: Why, in a word.
            error: Why, for who asked.
        """
        entry = {**body, "person": self.person, "reason": reason}
        self.transaction.append(Kind.ACT_REFUSED, entry)
        return Refused(error)


def speaking(signer: AnySigner, registry: Registry, speak: Callable[[Speaker], T]) -> T:
    """Let somebody speak within a transaction.

    Raises:
        OwnerlessError: The registry has no owners yet.
        WeighbridgeError: What he says is refused. The refusal is in the ledger.
    """

    def within(transaction: Transaction) -> T:
        gathering = Gathering.of(transaction, registry)
        return speak(
            Speaker(transaction=transaction, registry=registry, signer=signer, gathering=gathering)
        )

    return change_or_refuse(registry, within)


def about_release(case: Case) -> dict[str, Any]:
    """Say in an entry which release in which environment it is about."""
    metadata = case.manifest["metadata"]
    return {
        "environment": case.environment_name,
        "name": metadata["name"],
        "release": case.release,
        "version": metadata["version"],
    }
