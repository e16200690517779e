"""`promote`: ask the gate, sign its decision, and move the pointer in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.gate.decide import decide, stopped
from weighbridge.gate.vsa import vsa_predicate
from weighbridge.model.decision import GateVerdict
from weighbridge.model.event import Kind
from weighbridge.model.trust import write_snapshot
from weighbridge.seal.judging import Refusal
from weighbridge.seal.statement import VSA, Statement, write_statement
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.signing import holder, judge_signed, keep_signed, not_allowed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Decision
    from weighbridge.model.ports import Registry, Signer, Transaction

OBSERVE = "observe"
ENFORCE = "enforce"
DEPLOYERS = ("releaser",)
"""Who may deploy where the environment does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """What came of asking.

    Attributes:
        decision: The gate's word.
        mode: `enforce`, or `observe` if an unmet policy does not block.
        generation: Generation of the pointer now.
        moved: Whether the pointer moved.
        bundle: Digest of the signed decision, or empty in a dry run.
        lost: The generation another promotion has reached meanwhile, or None.
        held: Whether the environment is held from now on.
    """

    decision: Decision
    mode: str
    generation: int
    moved: bool
    bundle: str = ""
    lost: int | None = None
    held: bool = False


def consider(release: str, environment: str, *, registry: Registry, now: str = "") -> Promotion:
    """Ask the gate without asking for anything: nothing is signed, logged or moved.

    Args:
        release: Release digest.
        environment: Name of the environment.
        registry: The registry.
        now: The time to decide at; that of the newest entry if that is later, or if it is empty.
    """
    with registry.reading() as view:
        gathering = Gathering(view, registry)
        case = gathering.case(environment, release, now=max(now, gathering.log.time))
        name = case.manifest["metadata"]["name"]
        generation = gathering.pointer(environment, name).generation
    decision = decide(case, program_of(case.bundle))
    return Promotion(decision=decision, mode=_mode(case), generation=generation, moved=False)


def promote(
    release: str,
    environment: str,
    *,
    signer: Signer,
    registry: Registry,
    observe: bool = False,
) -> Promotion:
    """Ask for a release to be promoted.

    Args:
        release: Release digest.
        environment: Name of the environment.
        signer: Key of who asks; it signs the decision.
        registry: The registry.
        observe: Decide and log, and move nothing.

    Raises:
        NotAllowedError: Whoever asks may not deploy there. The refusal is in the ledger.
        NotFoundError: There is no such environment or release.
    """
    expected = _generation(release, environment, registry)
    outcome = registry.change(
        lambda transaction: _Request(
            transaction, release, environment, signer=signer, registry=registry
        ).run(expected, observe=observe)
    )
    if isinstance(outcome, Refusal):
        raise not_allowed(outcome)
    return outcome


def _generation(release: str, environment: str, registry: Registry) -> int:
    """Read the generation somebody who asks now has seen."""
    with registry.reading() as view:
        gathering = Gathering(view, registry)
        gathering.environment(environment)
        return gathering.pointer(environment, gathering.name_of(release)).generation


def _mode(case: Case) -> str:
    return str(case.environment["spec"].get("enforcement", ENFORCE))


class _Request:
    """One promotion within its transaction: everything is read, judged and written there."""

    def __init__(
        self,
        transaction: Transaction,
        release: str,
        environment: str,
        *,
        signer: Signer,
        registry: Registry,
    ) -> None:
        self._transaction = transaction
        self._signer = signer
        self._registry = registry
        gathering = self._gathering = Gathering(transaction, registry)
        self._person = holder(signer, gathering.state.trust)
        self._case = gathering.case(environment, release, now=transaction.now, asks=self._person)
        self._name = self._case.manifest["metadata"]["name"]
        self._pointer = gathering.pointer(environment, self._name)

    def run(self, expected: int, *, observe: bool) -> Promotion | Refusal:
        case = self._case
        decision = decide(case, program_of(case.bundle))
        mode = OBSERVE if observe else _mode(case)
        allowed = decision.verdict is GateVerdict.ALLOWED or (
            mode == OBSERVE and not observe and not stopped(decision)
        )
        lost = self._pointer.generation if self._pointer.generation != expected else None
        bundle = keep_signed(
            decision_payload(decision, log=self._gathering.log.checkpoint.origin, mode=mode),
            signer=self._signer,
            registry=self._registry,
        )
        judged = judge_signed(
            bundle,
            registry=self._registry,
            trust=case.trust,
            at=case.now,
            roles=deployers(case.environment),
            release=case.release,
        )
        if isinstance(judged, Refusal):
            body = {**self._about(), "reason": judged.reason.value, "act": "promote"}
            self._transaction.append(Kind.ACT_REFUSED, body)
            return judged
        moved = allowed and not observe and lost is None
        kept = {"lost": lost} if lost is not None and not observe else {}
        self._write(decision, kept, mode=mode, bundle=bundle, moved=moved, observe=observe)
        return Promotion(
            decision=decision,
            mode=mode,
            generation=self._pointer.generation + (1 if moved else 0),
            moved=moved,
            bundle=bundle,
            lost=lost,
        )

    def _about(self) -> dict[str, Any]:
        return {
            "environment": self._case.environment_name,
            "name": self._name,
            "person": self._person,
            "release": self._case.release,
            "version": self._case.manifest["metadata"]["version"],
        }

    def _write(
        self,
        decision: Decision,
        more: Mapping[str, int],
        *,
        mode: str,
        bundle: str,
        moved: bool,
        observe: bool,
    ) -> None:
        """Log the decision; it carries the pointer along if that moves."""
        blobs = self._registry.blobs
        body = {
            **self._about(),
            **more,
            "decision": bundle,
            "environmentDigest": decision.environment_digest,
            "mode": mode,
            "outcome": blobs.put(canonical_bytes(decision.outcome)),
            "policy": decision.policy_digest,
            "trust": blobs.put(write_snapshot(self._case.trust)),
            "verdict": decision.verdict.value,
        }
        if moved:
            move = {
                "generation": self._pointer.generation + 1,
                "previous": self._pointer.release or None,
            }
            self._transaction.append(Kind.PROMOTION_DONE, {**body, **move})
        else:
            kind = Kind.PROMOTION_OBSERVED if observe else Kind.PROMOTION_BLOCKED
            self._transaction.append(kind, body)


def deployers(environment: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the roles that may deploy to an environment."""
    roles = environment["spec"].get("roles", {}).get("deployers") or DEPLOYERS
    return tuple(role.removeprefix("role:") for role in roles)


def decision_payload(decision: Decision, *, log: str, mode: str) -> bytes:
    """Write a decision as the statement that is signed: a SLSA verification summary."""
    return write_statement(
        Statement(
            VSA,
            subjects=((f"{decision.name}@{decision.version}", decision.release),),
            predicate=vsa_predicate(decision, log=log, mode=mode),
        )
    )
