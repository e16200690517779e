"""What stops an environment, or takes it back: freezes, which owners sign, and rollbacks.

A freeze that too few owners have signed waits as a proposal; another owner signs the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import UsageError
from weighbridge.server.dashboard.acting import (
    day_of,
    registry_for,
    signature_json,
    signer_of,
)
from weighbridge.server.dashboard.page import Done, Form, Page, Parts
from weighbridge.server.dashboard.rendering import href

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.control import Pending

_FREEZE: Final = "/environments/{environment}/freeze"
_ROLLBACK: Final = "/environments/{environment}/rollback/{name}"
_INDEX: Final = 9


def freeze(asked: Asked) -> dict[str, Any]:
    """Say whether an environment is frozen, who must sign, and what waits for signatures."""
    from weighbridge.usecases.control import pending  # noqa: PLC0415 - what judges is imported late
    from weighbridge.usecases.gathering import Gathering, freeze_of  # noqa: PLC0415

    environment = asked.names["environment"]
    with asked.registry.reading() as view:
        gathering = Gathering.of(view, asked.registry)
        digest, _ = gathering.environment(environment)
        stop = freeze_of(environment, gathering.state)
        trust = gathering.state.trust
        waiting = [
            _pending(one)
            for one in pending(gathering.log, asked.registry)
            if one.proposal.change.action.value.startswith("environment.")
            and one.proposal.change.subject[0] == environment
            and "freeze" in one.proposal.change.action.value
        ]
    return {
        "schemaVersion": 1,
        "environment": environment,
        "environmentDigest": digest,
        "frozen": None
        if stop is None or stop.is_over(asked.now)
        else {"since": stop.at, "until": stop.until, "reason": stop.reason},
        "owners": list(trust.owners),
        "threshold": trust.threshold,
        "pending": waiting,
        "signature": signature_json(asked),
    }


def _pending(one: Pending) -> dict[str, Any]:
    parameters = one.proposal.change.parameters
    return {
        "lifts": one.proposal.change.action.value.endswith("unfreeze"),
        "reason": parameters.get("reason", ""),
        "until": parameters.get("until", ""),
        "signers": sorted({signer.person for signer in one.authorisation.signers}),
        "missing": one.authorisation.missing,
    }


def do_freeze(asked: Asked, fields: Mapping[str, str]) -> Done:
    """Freeze an environment as an owner, or lift that."""
    from weighbridge.seal.control import Wish  # noqa: PLC0415
    from weighbridge.usecases.control import change_control  # noqa: PLC0415
    from weighbridge.usecases.stopping import freezing  # noqa: PLC0415

    environment, registry = asked.names["environment"], registry_for(asked)
    wish = Wish(reason=fields.get("reason", "").strip(), until=day_of(fields, "until"))
    change = freezing(environment, wish, lift=fields.get("do") == "lift", registry=registry)
    change_control(change, signers=[signer_of(asked)], registry=registry)
    return Done(after=href("environments", environment, "freeze"))


def do_rollback(asked: Asked, fields: Mapping[str, str]) -> Done:
    """Go back to the release that was shown, from the generation that was shown."""
    from weighbridge.model.ports import NoProgress  # noqa: PLC0415
    from weighbridge.usecases.rollback import roll_back  # noqa: PLC0415

    environment, name = asked.names["environment"], asked.names["name"]
    generation = fields.get("generation", "")
    if not (generation.isascii() and generation.isdecimal() and len(generation) <= _INDEX):
        raise UsageError("the form does not say which generation was shown", seen=generation[:80])
    done = roll_back(
        name,
        environment,
        release=fields.get("release", ""),
        expected=int(generation),
        signer=signer_of(asked),
        registry=registry_for(asked),
        progress=NoProgress(),
    )
    after = href("releases", done.decision.release, "in", environment)
    return Done(after=after if done.moved else href(*_back(asked)), entry=done.entry)


def _back(asked: Asked) -> tuple[str, ...]:
    return "environments", asked.names["environment"], "rollback", asked.names["name"]


PARTS = Parts(
    pages=(
        Page(
            path=_FREEZE,
            template="freeze.html",
            view=freeze,
            docs="how-to/choose-when.md",
            tab="Environments",
        ),
    ),
    forms=(Form(path=_FREEZE, do=do_freeze), Form(path=_ROLLBACK, do=do_rollback)),
)
