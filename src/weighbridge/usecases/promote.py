"""`promote`: ask the gate, sign its decision, and move the pointer in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.gate.aftermath import aftermath
from weighbridge.gate.decide import decide, goes_through
from weighbridge.gate.glass import mode_of
from weighbridge.gate.people import holders
from weighbridge.gate.shortest import shortest
from weighbridge.model.aftermath import Deed
from weighbridge.model.decision import ENFORCE, OBSERVE
from weighbridge.model.event import Kind
from weighbridge.model.permissions import Operation, allowed
from weighbridge.usecases.approve import refuse_unseen
from weighbridge.usecases.deciding import Deciding, Promotion, raise_absence
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.saying import speaking
from weighbridge.usecases.waivers_asked import ask_for_waivers

if TYPE_CHECKING:
    from weighbridge.gate.case import Case
    from weighbridge.gate.pointer import Pointer
    from weighbridge.model.aftermath import Aftermath
    from weighbridge.model.decision import Decision
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.saying import Speaker


def consider(release: str, environment: str, *, registry: Registry, now: str = "") -> Promotion:
    """Ask the gate without asking for anything: nothing is signed, logged or moved.

    Args:
        release: Release digest.
        environment: Name of the environment.
        registry: The registry.
        now: The time to decide at; that of the newest entry if that is later, or if it is empty.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        case = gathering.case(environment, release, now=max(now, gathering.log.time))
        name = case.manifest["metadata"]["name"]
        raise_absence(gathering.log, case)
        generation = gathering.pointer(environment, name).generation
    decision = advised(case)
    roles = sorted(allowed(Operation.PROMOTE, case.where()))
    people = ", ".join(sorted(holders(case.trust, roles, at=case.now))) or "nobody yet"
    return Promotion(
        decision=decision,
        mode=mode_of(decision, _enforcement(case)),
        generation=generation,
        moved=False,
        deployers=f"{' or '.join(roles)}: {people}",
    )


def advised(case: Case) -> Decision:
    """Decide a case, and say what would have to be done for it to pass."""
    program = program_of(case.bundle)
    decision = decide(case, program)
    return replace(decision, steps=shortest(case, decision, program))


def promote(
    release: str,
    environment: str,
    *,
    signer: AnySigner,
    registry: Registry,
    observe: bool = False,
    shown: str = "",
) -> Promotion:
    """Ask for a release to be promoted.

    Args:
        release: Release digest.
        environment: Name of the environment.
        signer: Key of who asks; it signs the decision.
        registry: The registry.
        observe: Decide and log, and move nothing.
        shown: The outcome that was shown to who asks; empty if he asks whatever it is.

    Raises:
        NotAllowedError: Whoever asks may not deploy there. The refusal is in the ledger.
        NotFoundError: There is no such environment or release.
        ArchivedError: Its files lie in an archive. The refusal is in the ledger.
        CustodyError: They were erased. The refusal is in the ledger.
        ConflictError: There is another outcome now than the one that was shown.
    """
    expected = _generation(release, environment, registry)
    return speaking(
        signer,
        registry,
        lambda speaker: _promote(
            speaker, (release, environment), expected, observe=observe, shown=shown
        ),
    )


def set_off_by(decision: Decision, case: Case, pointer: Pointer) -> Aftermath | None:
    """Say what a blocked promotion sets off.

    Never a rollback: whoever asks once more for the release that is there has not seen anything
    new. That is for who judges it again (`watch`).
    """
    found = aftermath(decision, case.policy, pointer)
    return None if found is not None and found.deed is Deed.ROLLBACK else found


def _generation(release: str, environment: str, registry: Registry) -> int:
    """Read the generation somebody who asks now has seen."""
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        gathering.environment(environment)
        return gathering.pointer(environment, gathering.name_of(release)).generation


def _enforcement(case: Case) -> str:
    return str(case.environment["spec"].get("enforcement", ENFORCE))


def _promote(
    speaker: Speaker, wanted: tuple[str, str], expected: int, *, observe: bool, shown: str
) -> Promotion:
    """Read, judge and write within one transaction; `wanted` is a release and an environment."""
    release, environment = wanted
    gathering = speaker.gathering
    case = gathering.case(environment, release, now=speaker.now, asks=speaker.person)
    pointer = gathering.pointer(environment, case.manifest["metadata"]["name"])
    deciding = Deciding(speaker=speaker, case=case)
    deciding.refuse_absent(act=Operation.PROMOTE)
    decision = advised(case)
    refuse_unseen(shown, decision)
    mode = OBSERVE if observe else mode_of(decision, _enforcement(case))
    bundle = deciding.sign(decision, mode=mode, act=Operation.PROMOTE)
    lost = pointer.generation if pointer.generation != expected else None
    moved = goes_through(decision, mode) and not observe and lost is None
    set_off = None
    requested: tuple[str, ...] = ()
    if moved:
        entry = deciding.log_move(Kind.PROMOTION_DONE, decision, pointer, bundle=bundle, mode=mode)
    elif observe:
        entry = deciding.log(Kind.PROMOTION_OBSERVED, decision, bundle=bundle, mode=mode)
    else:
        more: dict[str, object] = {} if lost is None else {"lost": lost}
        set_off = set_off_by(decision, case, pointer) if mode == ENFORCE else None
        more |= {} if set_off is None else {"aftermath": set_off.values()}
        entry = deciding.log(Kind.PROMOTION_BLOCKED, decision, bundle=bundle, mode=mode, **more)
        if set_off is not None and set_off.deed is Deed.REQUEST_WAIVER:
            requested = ask_for_waivers(deciding, decision)
    return Promotion(
        decision=decision,
        mode=mode,
        generation=pointer.generation + moved,
        moved=moved,
        bundle=bundle,
        lost=lost,
        held=set_off is not None and set_off.deed is Deed.HALT,
        aftermath=set_off,
        requested=requested,
        entry=entry,
    )
