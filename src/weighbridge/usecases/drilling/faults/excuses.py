"""Why a finding should not count, and no reason: VEX documents, and exceptions of a policy."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.policy.exceptions import PolicyException
from weighbridge.model.predicates import OPENVEX
from weighbridge.usecases.drilling.cast import BYSTANDER, EXCUSER
from weighbridge.usecases.drilling.closing import RULES
from weighbridge.usecases.drilling.faults.contents import COMMAND, REVIEWED
from weighbridge.usecases.drilling.faults.packages import know, nothing_pinned
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.planting import follow_policy, renamed
from weighbridge.usecases.drilling.playing import relocked, with_artifact
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.statements import attestation

if TYPE_CHECKING:
    from weighbridge.usecases.drilling.cast import Person
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "excuses"
_FLAW, _ATTACK = "DRILL-2026-1", "MAL-2026-1"
_PAST, _LATER = "2000-01-01T00:00:00Z", "9999-01-01T00:00:00Z"
_UNREACHED = "vulnerable_code_not_in_execute_path"


def excused(scene: Scene) -> Trial:
    """Have who may say so say that a known vulnerability does not count: a control."""
    return _flawed(scene, by=EXCUSER)


def excepted(scene: Scene) -> Trial:
    """Have a policy leave out what is planted, and not too late: a control."""
    return _left_out(scene, until=_LATER)


def nobody_excuses(scene: Scene) -> str:
    """Say that nobody's word is taken of a vulnerability, or nothing."""
    if scene.origin.place.bundle.policy.spec.vex is None:
        return "its policy takes nobody's word that a vulnerability does not count"
    return nothing_pinned(scene)


def _flawed(
    scene: Scene,
    *,
    by: str,
    number: str = _FLAW,
    version: str = "",
    after: tuple[str, ...] = (),
) -> Trial:
    """Bring a release that pins a vulnerable package, and have somebody say that it does not count.

    Args:
        scene: The twin.
        by: Who says so; the builder if empty.
        number: What the flaw is called.
        version: Of which version he says so, if not of the one that is pinned.
        after: What who may say so says after that.
    """
    package, _, pinned = know(scene, number=number).partition("==")

    def say(one: Scene) -> None:
        person = one.cast[by] if by else one.cast.builder
        purl = f"pkg:pypi/{package}@{version or pinned}"
        _say(one, person, "not_affected", number, purl)
        for status in after:
            one.later()
            _say(one, one.cast[EXCUSER], status, number, purl)

    return relocked(scene, then=say)


def _say(scene: Scene, person: Person, status: str, number: str, purl: str) -> None:
    """Have somebody say something of a vulnerability."""
    why = {"justification": _UNREACHED} if status == "not_affected" else {}
    said = {
        "products": [{"@id": purl}],
        "status": status,
        "vulnerability": {"name": number},
        **why,
    }
    document = {
        "@context": OPENVEX,
        "@id": "https://example.com/drill",
        "author": person.name,
        "statements": [said],
        "timestamp": scene.registry.clock.time,
        "version": 1,
    }
    named = sealed_release(scene.origin.release, scene.registry)
    payload = attestation(named, canonical_bytes(document), predicate_type=OPENVEX)
    scene.attest(payload, by=[person])


def _left_out(scene: Scene, *, until: str, data: bytes = REVIEWED, environment: str = "") -> Trial:
    """Have the environment's policy leave a rule out until a day, and plant what it finds."""
    exception = PolicyException.model_validate(
        {
            "rules": ["SEC001"],
            "environments": [environment or scene.environment],
            "severity": "off",
            "expiresOn": until,
            "reason": "a drill",
        }
    )
    bundle = scene.origin.place.bundle
    others = bundle.policy.spec.exceptions or []
    follow_policy(scene, renamed(bundle, exceptions=[*others, exception]))
    return with_artifact(scene, "scorer.pkl", data, role="weights", format="pickle")


_fault = partial(Fault, family=FAMILY, begins="founded", close=RULES)

FAULTS = (
    _fault(
        "vex-without-role",
        "somebody says that a vulnerability does not count whose word is not taken",
        partial(_flawed, by=BYSTANDER),
        {"DEP005"},
        control="relocked",
        missing=nothing_pinned,
    ),
    _fault(
        "vex-by-builder",
        "who built the release says that a vulnerability in it does not count",
        partial(_flawed, by=""),
        {"DEP005"},
        control="excused",
        missing=nobody_excuses,
    ),
    _fault(
        "vex-of-another-version",
        "of another version of the package it is said that it is not affected",
        partial(_flawed, by=EXCUSER, version="0.9"),
        {"DEP005"},
        control="excused",
        missing=nobody_excuses,
    ),
    _fault(
        "vex-taken-back",
        "who said that a vulnerability does not count says since that it does",
        partial(_flawed, by=EXCUSER, after=("affected",)),
        {"DEP005"},
        control="excused",
        missing=nobody_excuses,
    ),
    _fault(
        "vex-of-an-attack",
        "of a package that is known to be an attack it is said that it does not count",
        partial(_flawed, by=EXCUSER, number=_ATTACK),
        {"DEP006"},
        control="excused",
        missing=nobody_excuses,
    ),
    _fault(
        "exception-ended",
        "the policy left out a rule until a day that is over",
        partial(_left_out, until=_PAST),
        {"SEC001"},
        control="excepted",
    ),
    _fault(
        "exception-for-another-environment",
        "the policy leaves out a rule elsewhere",
        partial(_left_out, until=_LATER, environment="elsewhere"),
        {"SEC001"},
        control="excepted",
    ),
    _fault(
        "exception-of-harm",
        "the policy leaves out a rule, and a pickle runs a command",
        partial(_left_out, until=_LATER, data=COMMAND),
        {"SEC001"},
        control="excepted",
    ),
)
