"""Freezing an environment and blocking bytes, and the end of both: each for a reason."""

from __future__ import annotations

from dataclasses import dataclass

from weighbridge.model.trust import TrustError, check_name, check_time
from weighbridge.seal.control.change import Action, Change, ControlError, Obstacle

FREEZES = frozenset({Action.ENVIRONMENT_FREEZE, Action.ENVIRONMENT_UNFREEZE})
BLOCKS = frozenset({Action.RELEASE_BLOCK, Action.RELEASE_UNBLOCK})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What owners say beside what they say it of.

    Attributes:
        reason: Why, one line.
        until: From when on a freeze counts no longer (`check_time`), or empty until it is ended.
        environment: Where bytes are blocked, or empty for everywhere.
    """

    reason: str
    until: str = ""
    environment: str = ""


def stop_change(action: Action, name: str, digest: str, wish: Wish) -> Change:
    """Ask for an environment to be frozen or bytes to be blocked, or for the end of that.

    Args:
        action: One of `FREEZES` or `BLOCKS`.
        name: The environment, or what has those bytes.
        digest: Digest of the environment as it was applied, of the release or of the file.
        wish: The rest.

    Raises:
        ControlError: Nobody could be asked for that.
    """
    if not wish.reason.strip():
        message = "environments are frozen and releases blocked for a reason"
        raise ControlError(Obstacle.NO_REASON, message)
    parameters = {"reason": wish.reason}
    if action is Action.ENVIRONMENT_FREEZE:
        parameters["until"] = wish.until
    elif wish.until:
        raise ControlError(Obstacle.NOT_IN_FORM, "only a freeze ends at a time")
    if action in BLOCKS:
        parameters["environment"] = wish.environment
    elif wish.environment:
        raise ControlError(Obstacle.NOT_IN_FORM, "an environment is frozen as a whole")
    try:
        check_name(wish.reason)
        if wish.environment:
            check_name(wish.environment)
        if wish.until:
            check_time(wish.until)
    except TrustError as error:
        raise ControlError(Obstacle.NOT_IN_FORM, str(error)) from error
    return Change(action, subject=(name, digest), parameters=parameters)


def said_in(change: Change) -> dict[str, dict[str, str]]:
    """Return what the entry of a change says of a wish, beside what all of them say.

    Raises:
        ControlError: It is not what `stop_change` asks for.
    """
    if change.action not in FREEZES | BLOCKS:
        return {}
    wish_of(change)
    return {"said": {name: value for name, value in change.parameters.items() if value}}


def wish_of(change: Change) -> Wish:
    """Read what owners say.

    Raises:
        ControlError: It is not what `stop_change` asks for.
    """
    said = {"reason": "", "until": "", "environment": "", **change.parameters}
    texts = {name: value for name, value in said.items() if isinstance(value, str)}
    wish = Wish(
        reason=texts.get("reason", ""),
        until=texts.get("until", ""),
        environment=texts.get("environment", ""),
    )
    if change != stop_change(change.action, *change.subject, wish):
        raise ControlError(Obstacle.NOT_IN_FORM, f"the {change.action} is not in its one form")
    return wish
