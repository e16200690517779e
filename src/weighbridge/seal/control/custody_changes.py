"""Holding the files of a release, letting go of them, and erasing them: each for a reason."""

from __future__ import annotations

from weighbridge.model.trust import TrustError, check_name
from weighbridge.seal.control.change import Action, Change, ControlError, Obstacle


def custody_change(action: Action, name: str, digest: str, *, reason: str) -> Change:
    """Ask for the files of a release to be held, let go of or erased.

    Args:
        action: `payload.erase`, `release.hold` or `release.unhold`.
        name: The release, `name@version`.
        digest: Its release digest.
        reason: Why, one line.

    Raises:
        ControlError: Nobody could be asked for that.
    """
    if not reason.strip():
        raise ControlError(Obstacle.NO_REASON, "files are held and erased for a reason")
    try:
        check_name(reason)
    except TrustError as error:
        raise ControlError(Obstacle.NOT_IN_FORM, str(error)) from error
    return Change(action, subject=(name, digest), parameters={"reason": reason})


def reason_of(change: Change) -> str:
    """Read why the files of a release are to be held, let go of or erased.

    Raises:
        ControlError: It is not what `custody_change` asks for.
    """
    name, digest = change.subject
    reason = change.parameters.get("reason")
    if not isinstance(reason, str):
        raise ControlError(Obstacle.NOT_IN_FORM, "the parameter 'reason' is not text")
    if change != custody_change(change.action, name, digest, reason=reason):
        raise ControlError(Obstacle.NOT_IN_FORM, f"the {change.action} is not in its one form")
    return reason
