"""A release before an environment: why it is blocked, and the forms in which people say something.

What a form does is what the verb of that name does, by the same use case: the same is refused, in
the same words. What was shown is sent along, and nothing is signed for anything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import NotFoundError
from weighbridge.report.problem import fault_json
from weighbridge.server.dashboard.acting import (
    day_of,
    person_of,
    registry_for,
    signature_json,
    signer_of,
)
from weighbridge.server.dashboard.page import Done, Form, Page, Parts
from weighbridge.server.dashboard.rendering import href

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.server.dashboard.page import Asked
    from weighbridge.usecases.outlook import Outlook

_PLACE: Final = "/releases/{digest}/in/{environment}"
_LABELS: Final = {
    "promote": "Promote it",
    "approve": "Approve",
    "reject": "Reject",
    "withdraw": "Take back what I said",
    "lift-rejection": "Lift a rejection",
    "hold": "Hold this model here",
    "lift": "Lift the hold",
}
"""What can be said of a release in an environment, as buttons call it."""
_CONSEQUENCES: Final = {
    "promote": "The gate decides once more, you sign the decision, and if it is allowed the "
    "environment points to this release from then on. A refusal is kept in the ledger, too.",
    "approve": "Your approval counts for exactly this outcome: if evidence, waivers or the policy "
    "change what comes of it, it counts no longer, and you are asked again.",
    "reject": "The release cannot go there until another person who may approve lifts your "
    "rejection. You cannot take it back yourself.",
    "withdraw": "What you said before counts no longer.",
    "lift-rejection": "The rejection of another person counts no longer.",
    "hold": "No release of this model can be promoted there until somebody lifts the hold.",
    "lift": "Releases of this model can be promoted there again.",
}
_GRAVE: Final = frozenset({"reject", "hold"})
_OF_POINTER: Final = frozenset({"hold", "lift"})
"""What is said of whatever stands there, and for no outcome."""


def blocked(asked: Asked) -> dict[str, Any]:
    """Say what the gate thinks of a release, why, what would pass, and what one may do."""
    return _told(_look(asked), asked)


def act(asked: Asked) -> dict[str, Any]:
    """Show what somebody would sign, before he does."""
    name = _act(asked)
    told = blocked(asked)
    (choice,) = (one for one in told["choices"] if one["act"] == name)
    return {
        **told,
        "act": name,
        "label": _LABELS[name],
        "consequence": _CONSEQUENCES[name],
        "reasonNeeded": name not in {"approve", "withdraw", "promote"},
        "grave": name in _GRAVE,
        "command": _command(name, told),
        "fault": choice["fault"],
        "signature": signature_json(asked),
    }


def do_act(asked: Asked, fields: Mapping[str, str]) -> Done:
    """Do it."""
    from weighbridge.gate.case import Act  # noqa: PLC0415 - what judges is imported late
    from weighbridge.usecases.approve import Intent, say  # noqa: PLC0415
    from weighbridge.usecases.pointers import pointed  # noqa: PLC0415
    from weighbridge.usecases.promote import promote  # noqa: PLC0415

    name, (release, environment) = _act(asked), _names(asked)
    signer, registry = signer_of(asked), registry_for(asked)
    shown = fields.get("shown", "")
    if name in _OF_POINTER:
        with asked.registry.reading() as view:
            (title, _), *_ = view.names_of(release) or [("", "")]
        about, shown = pointed(title, environment, registry=registry), ""
    else:
        about = release
    if name == "promote":
        entry = promote(release, environment, signer=signer, registry=registry, shown=shown).entry
    else:
        intent = Intent(
            act=Act(name),
            release=about,
            environment=environment,
            reason=fields.get("reason", "").strip(),
            shown=shown,
        )
        entry = say(intent, signer=signer, registry=registry).index
    return Done(after=href("releases", release, "in", environment), entry=entry)


def _command(name: str, told: Mapping[str, Any]) -> str:
    """Write the verb that does the same."""
    reference, environment = f"{told['name']}@{told['version']}", told["environment"]
    if name in _OF_POINTER:
        return f"weighbridge {name} {told['name']} --in {environment} --reason TEXT"
    verb = "lift" if name == "lift-rejection" else name
    reason = " --reason TEXT" if name in {"reject", "lift-rejection"} else ""
    return f"weighbridge {verb} {reference} --to {environment}{reason}"


def waive(asked: Asked) -> dict[str, Any]:
    """Show what a waiver would be for."""
    from weighbridge.usecases.waive import Wish, preview  # noqa: PLC0415

    release, environment = _names(asked)
    told = blocked(asked)
    # What it covers depends neither on why nor on until when, which nobody has said yet.
    wish = Wish(
        rule=asked.names["rule"],
        release=release,
        environment=environment,
        reason="-",
        expires=told["at"],
    )
    found = preview(wish, registry=asked.registry, now=told["at"])
    roles = dict(told["waivable"])
    return {
        **told,
        "rule": wish.rule,
        "findings": [
            {
                "subject": one.subject,
                "name": one.covered.name,
                "seen": one.covered.seen,
                "digest": one.covered.digest,
                "pointer": one.covered.pointer,
            }
            for one in found.findings
        ],
        "requestedBy": found.requested_by,
        "roles": roles.get(wish.rule, []),
        "signature": signature_json(asked),
    }


def do_waive(asked: Asked, fields: Mapping[str, str]) -> Done:
    """Waive findings, or ask that another does."""
    from weighbridge.gate.case import Act  # noqa: PLC0415
    from weighbridge.usecases.waive import Wish  # noqa: PLC0415
    from weighbridge.usecases.waive import waive as do  # noqa: PLC0415

    release, environment = _names(asked)
    asks = fields.get("do") == "request"
    wish = Wish(
        rule=asked.names["rule"],
        release=release,
        environment=environment,
        reason=fields.get("reason", "").strip(),
        expires=day_of(fields, "expires"),
        owner=fields.get("owner", "").strip(),
        act=Act.REQUEST_WAIVER if asks else Act.WAIVE,
    )
    done = do(wish, signer=signer_of(asked), registry=registry_for(asked))
    return Done(after=href("releases", release, "in", environment), entry=done.index)


def _names(asked: Asked) -> tuple[str, str]:
    return asked.names["digest"], asked.names["environment"]


def _act(asked: Asked) -> str:
    name = asked.names["act"]
    if name not in _LABELS:
        raise NotFoundError("nothing of that name is done here", seen=name[:80])
    return name


def _look(asked: Asked) -> Outlook:
    from weighbridge.usecases.outlook import outlook  # noqa: PLC0415

    release, environment = _names(asked)
    with asked.registry.reading() as view:
        if not view.names_of(release):
            raise NotFoundError("no release is sealed as that", seen=release[:80])
    return outlook(
        release,
        environment,
        registry=asked.registry,
        now=asked.now,
        person=person_of(asked),
    )


def _told(found: Outlook, asked: Asked) -> dict[str, Any]:
    from weighbridge.report.decision_json import decision_json  # noqa: PLC0415
    from weighbridge.report.words import ACTS  # noqa: PLC0415

    decision, person = found.decision, person_of(asked)
    told = decision_json(decision, generation=found.generation, bundle="", mode=found.mode)
    codes = {one.id: sorted({each["code"] for each in one.findings}) for one in decision.conditions}
    subjects = {
        one.id: sorted({each.get("subject", "") for each in one.findings} - {""})
        for one in decision.conditions
    }
    conditions = [
        {**one, "rules": codes[one["id"]], "subjects": subjects[one["id"]]}
        for one in told["conditions"]  # type: ignore[attr-defined]
    ]
    return {
        **told,
        "digest": decision.release,
        "at": found.at,
        "conditions": conditions,
        "environmentDigest": decision.environment_digest,
        "stands": found.present == decision.release,
        "present": found.present,
        "held": found.held,
        "deployers": found.deployers,
        "person": person,
        "acts": [
            {
                "act": one.act.value,
                "words": ACTS.get(one.act.value, one.act.value),
                "person": one.person,
                "roles": list(one.roles),
                "at": one.at,
                "reason": one.reason,
                "entry": one.entry,
                "sameOutcome": one.outcome == decision.outcome_digest,
            }
            for one in found.acts
        ],
        "waivable": [[code, list(roles)] for code, roles in found.waivable],
        "choices": [
            {
                "act": one.act,
                "label": _LABELS[one.act],
                "done": one.act == "approve" and _approved(found, person),
                "fault": None if one.fault is None else fault_json(one.fault),
            }
            for one in found.choices
        ],
    }


def _approved(found: Outlook, person: str) -> bool:
    """Tell whether the newest word of somebody is an approval of today's outcome."""
    words = [one for one in found.acts if one.person == person]
    newest = words[-1] if words else None
    return (
        newest is not None
        and newest.act.value == "approve"
        and newest.outcome == found.decision.outcome_digest
    )


PARTS = Parts(
    pages=(
        Page(
            path=_PLACE,
            template="blocked.html",
            view=blocked,
            docs="how-to/get-unblocked.md",
            tab="Approvals",
        ),
        Page(
            path=f"{_PLACE}/waive/{{rule}}",
            template="waive.html",
            view=waive,
            docs="how-to/waive-a-finding.md",
            tab="Waivers",
        ),
        Page(
            path=f"{_PLACE}/{{act}}",
            template="act.html",
            view=act,
            docs="how-to/approve-a-release.md",
            tab="Approvals",
        ),
    ),
    forms=(
        Form(path=f"{_PLACE}/waive/{{rule}}", do=do_waive),
        Form(path=f"{_PLACE}/{{act}}", do=do_act),
    ),
)
