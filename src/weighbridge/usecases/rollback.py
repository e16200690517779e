"""`rollback`: back to a release that was here before, judged by today's facts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.gate.decide import decide_rollback
from weighbridge.gate.rollback import holds, previous
from weighbridge.model.custody import Whereabouts
from weighbridge.model.decision import ENFORCE, GateVerdict
from weighbridge.model.errors import NotFoundError, RegistryError, UsageError
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation
from weighbridge.usecases.custody import custody_of
from weighbridge.usecases.deciding import Deciding, Promotion, raise_absence
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.saying import speaking
from weighbridge.usecases.signing import holder
from weighbridge.usecases.unverified import unverify
from weighbridge.usecases.verify import stored_problems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from weighbridge.gate.case import Case
    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Progress, Registry
    from weighbridge.model.verification import Problem
    from weighbridge.usecases.saying import Speaker


def target_of(
    name: str, environment: str, *, registry: Registry, release: str | None = None
) -> tuple[str, int]:
    """Find the release an environment would go back to, and the generation it is at.

    Args:
        name: Name of the release.
        environment: Name of the environment.
        registry: The registry.
        release: Digest of the one that is wanted; None for the newest before the present that
            the gate lets back, or if it lets none the newest, for its reasons.

    Raises:
        UsageError: There is none to go back to, or it is the present one.
        NotFoundError: There is no such environment.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        gathering.environment(environment)
        pointer = gathering.pointer(environment, name)
        found = release or _fallback(gathering, pointer, environment)
    help_ = [f"weighbridge history {name} --in {environment}"]
    if not found:
        message = f"there is no release of {name} that {environment} could go back to"
        raise UsageError(message, help=help_)
    if found == pointer.release:
        message = f"{environment} points to this release already"
        raise UsageError(message, seen=found, wanted="a release that was there before", help=help_)
    return found, pointer.generation


def _fallback(gathering: Gathering, pointer: Pointer, environment: str) -> str:
    """Find the release to go back to, or nothing if none was there before."""
    newest = found = previous(pointer)
    tried = pointer
    while found:
        case = gathering.case(environment, found, now=gathering.log.time)
        if decide_rollback(case, pointer).verdict is GateVerdict.ALLOWED:
            return found
        tried = replace(tried, left=tried.left | {found})
        found = previous(tried)
    return newest


def consider_rollback(
    name: str, environment: str, *, release: str, registry: Registry, now: str
) -> Promotion:
    """Ask the gate whether a pointer may move back: nothing is signed, logged or moved.

    Args:
        name: Name of the release.
        environment: Name of the environment.
        release: Digest of the release to go back to.
        registry: The registry.
        now: The time to decide at; that of the newest entry if that is later.

    Raises:
        NotFoundError: It is no release of that name.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        case = _case(gathering, name, environment, release, max(now, gathering.log.time))
        raise_absence(gathering.log, case)
        pointer = gathering.pointer(environment, name)
    decision = decide_rollback(case, pointer)
    return Promotion(decision=decision, mode=ENFORCE, generation=pointer.generation, moved=False)


def _case(gathering: Gathering, name: str, environment: str, release: str, now: str) -> Case:
    case = gathering.case(environment, release, now=now)
    if case.manifest["metadata"]["name"] != name:
        raise NotFoundError(f"{release} is no release of {name}")
    return case


def roll_back(
    name: str,
    environment: str,
    *,
    release: str,
    expected: int,
    signer: AnySigner,
    registry: Registry,
    progress: Progress,
    cause: int | None = None,
) -> Promotion:
    """Move a pointer back and, if the policy says so, hold the environment.

    Args:
        name: Name of the release.
        environment: Name of the environment.
        release: Digest of the release to go back to.
        expected: The generation the pointer is at.
        signer: Key of who asks; it signs the decision.
        registry: The registry.
        progress: Who watches the stored bytes being read again.
        cause: The entry of the verdict that sets it off; None if somebody asks for it.

    Raises:
        NotAllowedError: Whoever asks may not deploy there. The refusal is in the ledger.
        RegistryError: The stored bytes of that release are not what was sealed. It is unverified
            from then on, wherever it stands: the ledger says so.
        ArchivedError: They lie in an archive. The refusal is in the ledger.
        CustodyError: They were erased. The refusal is in the ledger.
    """
    custody = custody_of(name, release, registry)
    away = custody.where is not Whereabouts.ACTIVE
    damaged = stored_problems(release, registry.blobs, progress, away=away)
    if damaged:
        raise _damaged(release, damaged, signer=signer, registry=registry)
    caused = {} if cause is None else {"cause": cause}
    return speaking(
        signer,
        registry,
        lambda speaker: _roll_back(speaker, name, environment, release, expected, caused=caused),
    )


def _damaged(
    release: str, found: Sequence[Problem], *, signer: AnySigner, registry: Registry
) -> RegistryError:
    """Enter that a release is damaged, and return the error that says so."""
    with registry.reading() as view:
        by = holder(signer, Gathering.of(view, registry).state.trust)
        bound = view.names_of(release)
    help_ = [*found[0].remediation]
    for name, version in bound:
        unverify(name, version, release, found=found, by=by, registry=registry)
        help_.append(f"then weighbridge verify {name}@{version} --log")
    return RegistryError(
        f"the release to go back to is damaged: {found[0].subject}",
        seen=found[0].seen,
        wanted=found[0].wanted,
        help=help_,
    )


def _roll_back(
    speaker: Speaker,
    name: str,
    environment: str,
    release: str,
    expected: int,
    *,
    caused: Mapping[str, int],
) -> Promotion:
    case = _case(speaker.gathering, name, environment, release, speaker.now)
    pointer = speaker.gathering.pointer(environment, name)
    deciding = Deciding(speaker=speaker, case=case)
    deciding.refuse_absent(act=Operation.ROLLBACK)
    decision = decide_rollback(case, pointer)
    bundle = deciding.sign(decision, mode=ENFORCE, act=Operation.ROLLBACK)
    lost = pointer.generation if pointer.generation != expected else None
    moved = decision.verdict is GateVerdict.ALLOWED and lost is None
    if moved:
        hold = holds(case)
        entry = deciding.log_move(
            Kind.ROLLBACK_DONE, decision, pointer, bundle=bundle, mode=ENFORCE, hold=hold, **caused
        )
    else:
        more = dict(caused) if lost is None else {**caused, "lost": lost}
        entry = deciding.log(Kind.ROLLBACK_BLOCKED, decision, bundle=bundle, mode=ENFORCE, **more)
    return Promotion(
        decision=decision,
        mode=ENFORCE,
        generation=pointer.generation + moved,
        moved=moved,
        bundle=bundle,
        lost=lost,
        held=moved and holds(case),
        entry=entry,
    )
