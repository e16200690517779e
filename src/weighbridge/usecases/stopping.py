"""`freeze` and `block`: what owners are asked to stop, or to let go on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from weighbridge.model.errors import UsageError
from weighbridge.seal.control import Action, ControlError, Wish, stop_change
from weighbridge.usecases.gathering import Gathering

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry
    from weighbridge.seal.control import Change

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def freezing(environment: str, wish: Wish, *, lift: bool, registry: Registry) -> Change:
    """Ask for an environment to be frozen, or for the end of that.

    Args:
        environment: Its name.
        wish: Why, and until when.
        lift: Whether it is the end that is asked for.
        registry: The registry.

    Raises:
        NotFoundError: There is no such environment.
        UsageError: It is frozen by nobody, or the wish is not in its form.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        digest, _ = gathering.environment(environment)
        frozen = environment in gathering.state.freezes
    if lift and not frozen:
        raise UsageError(f"{environment} is not frozen", help=["weighbridge env list"])
    action = Action.ENVIRONMENT_UNFREEZE if lift else Action.ENVIRONMENT_FREEZE
    return _change(action, environment, digest, wish)


def blocking(named: tuple[str, str], wish: Wish, *, lift: bool, registry: Registry) -> Change:
    """Ask for a release or a file to be blocked, or for the end of that.

    Args:
        named: What it is called, and its digest.
        wish: Why, and where.
        lift: Whether it is the end that is asked for.
        registry: The registry.

    Raises:
        NotFoundError: There is no such environment.
        UsageError: It is not blocked there, or the wish is not in its form.
    """
    name, digest = named
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        if wish.environment:
            gathering.environment(wish.environment)
        blocks = gathering.state.blocks
    if lift and (wish.environment, digest) not in blocks:
        places = [where or "everywhere" for where, known in sorted(blocks) if known == digest]
        raise UsageError(
            f"{name} is not blocked {'in ' if wish.environment else ''}"
            f"{wish.environment or 'everywhere'}",
            seen=f"blocked: {', '.join(places)}" if places else "not blocked at all",
            help=["name the environment as it was blocked: --in ENV, or none for everywhere"],
        )
    action = Action.RELEASE_UNBLOCK if lift else Action.RELEASE_BLOCK
    return _change(action, name, digest, wish)


def is_digest(text: str) -> bool:
    """Tell whether a text is a digest, and not the path of a file."""
    return _DIGEST.fullmatch(text) is not None


def _change(action: Action, name: str, digest: str, wish: Wish) -> Change:
    try:
        return stop_change(action, name, digest, wish)
    except ControlError as error:
        raise UsageError(str(error), help=["say why in one line: --reason TEXT"]) from error
