"""`policy what-if`: a change held against all that stands. Nothing is signed, logged or moved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.bundle import bundle_digest
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.gate.approvals import counted
from weighbridge.gate.case import Act, Waiver
from weighbridge.gate.compliance import shifts
from weighbridge.gate.covers import Places
from weighbridge.gate.exclusion import excluded
from weighbridge.gate.kinds import ours
from weighbridge.gate.times import after as later
from weighbridge.gate.waivers import waivable
from weighbridge.model.decision import OBSERVE, GateVerdict, Outcome
from weighbridge.model.environment.applied import POLICY_DIGEST
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.event import Kind
from weighbridge.model.foresight import Change, Foreseen, Foresight, Observed
from weighbridge.model.predicates import OURS
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.statement import read_statement
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.overseeing import Overseer
from weighbridge.usecases.places import places_after
from weighbridge.usecases.published import name_of
from weighbridge.usecases.reweighing import findings_of, reports, reweighed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from weighbridge.gate.case import Case
    from weighbridge.model.decision import Decision
    from weighbridge.model.policy.bundle import PolicyBundle
    from weighbridge.model.ports import AdvisorySource, BlobReader, Registry
    from weighbridge.model.report import RuleSet
    from weighbridge.model.trust import Trusted
    from weighbridge.usecases.overseeing import Standing

_APPROVALS = "approvals:"
_OPEN = {Outcome.UNMET, Outcome.INCONCLUSIVE}
_LAST = 1 << 53
"""An entry behind all there are: what is only supposed comes last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be foreseen.

    Attributes:
        bundle: Another policy for all that is looked at; None for the one each has.
        without: Rules whose waivers are taken away.
        waived: Rules whose findings somebody answers for.
        advisories: Other advisories; None for those the reports were made with.
        environment: This environment only; None for all.
        name: This release name only; None for all.
    """

    bundle: PolicyBundle | None = None
    without: frozenset[str] = frozenset()
    waived: frozenset[str] = frozenset()
    advisories: AdvisorySource | None = None
    environment: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """What was foreseen for some of what stands, and where to go on.

    Attributes:
        foresight: What was foreseen.
        after: Behind which place to go on; None if this was the last.
    """

    foresight: Foresight
    after: tuple[str, str] | None


def what_if(wish: Wish, *, registry: Registry, rule_set: RuleSet, now: str) -> Foresight:
    """Decide on all that stands as it is, and as it would be.

    Args:
        wish: The change, and what to look at.
        registry: The registry.
        rule_set: What the rules of this version are called together.
        now: The time to decide at.

    Raises:
        NotFoundError: There is no such environment.
        ExpressionError: An expression of the policy cannot be compiled.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        overseer = Overseer(gathering, now=now)
        places = list(overseer.places(name=wish.name, environment=wish.environment))
        return _foreseen(wish, gathering, overseer, places, rule_set)


def what_if_after(
    wish: Wish,
    after: tuple[str, str] | None,
    limit: int,
    *,
    registry: Registry,
    rule_set: RuleSet,
    now: str,
) -> Limited:
    """Do the same with a page of places alone.

    Args:
        wish: The change, and what to look at.
        after: The last place of the page before; None for the first page.
        limit: How many places it has at most.
        registry: The registry.
        rule_set: What the rules of this version are called together.
        now: The time to decide at.

    Raises:
        NotFoundError: There is no such environment.
        ExpressionError: An expression of the policy cannot be compiled.
    """
    with registry.reading() as view:
        gathering = Gathering.of(view, registry)
        page = places_after(
            gathering, after, limit, environment=wish.environment or "", name=wish.name or ""
        )
        overseer = Overseer(gathering, now=now)
        found = _foreseen(wish, gathering, overseer, page.places, rule_set)
    return Limited(foresight=found, after=page.after)


def _foreseen(
    wish: Wish,
    gathering: Gathering,
    overseer: Overseer,
    places: Sequence[tuple[str, str]],
    rule_set: RuleSet,
) -> Foresight:
    changing = _Changing(wish, overseer, gathering.blobs, rule_set)
    return Foresight(
        change=changing.change,
        at=overseer.now,
        releases=tuple(changing.foresee(gathering, *place) for place in places),
        observed=tuple(
            one for place in places for one in let_through(gathering, gathering.blobs, *place)
        ),
    )


class _Changing:
    """A change, made to one case after the other."""

    def __init__(
        self, wish: Wish, overseer: Overseer, blobs: BlobReader, rule_set: RuleSet
    ) -> None:
        self._wish, self._overseer = wish, overseer
        self._blobs, self._rule_set = blobs, rule_set
        bundle, data = wish.bundle, wish.advisories
        self._policy = "" if bundle is None else bundle_digest(bundle)
        self._environments: dict[str, tuple[dict[str, Any], str]] = {}
        self.change = Change(
            policy="" if bundle is None else name_of(bundle),
            policy_digest=self._policy,
            without=tuple(sorted(wish.without)),
            waived=tuple(sorted(wish.waived)),
            advisories=None if data is None else data.data(),
        )

    def foresee(self, gathering: Gathering, environment: str, name: str) -> Foreseen:
        """Decide on one release before the change and after it."""
        move = gathering.pointer(environment, name).moves[-1]
        found = Foreseen(
            environment=environment,
            name=name,
            version=move.version,
            release=move.release,
            before=None,
            after=None,
        )
        try:
            standing = self._overseer.look(environment, name)
            found = replace(found, before=standing.decision.verdict)
            return self._foreseen(found, standing, gathering)
        except WeighbridgeError as error:
            return replace(found, problem=str(error))

    def _foreseen(self, found: Foreseen, standing: Standing, gathering: Gathering) -> Foreseen:
        before = standing.decision
        if self.change.is_none:
            return replace(found, after=before.verdict)
        case, bundle = standing.case, self._wish.bundle
        if bundle is not None and bundle.policy.spec != case.policy:
            spec, now = bundle.policy.spec, self._overseer.now
            case = gathering.standing(found.environment, found.name, now=now, policy=spec)
        case, problem = self._changed(case)
        decided = self._overseer.decide(case)
        again = False
        if before.outcome_digest != decided.outcome_digest and _lacks_approvals(decided):
            renewed = _renewed(case, before, decided)
            again = renewed is not case
            decided = self._overseer.decide(renewed)
        return replace(
            found,
            after=decided.verdict,
            shifts=tuple(shifts(before, decided)),
            approvals_again=again,
            problem=problem,
        )

    def _changed(self, case: Case) -> tuple[Case, str]:
        """Make the change to a case; and say what of it is not to be had here."""
        wish = self._wish
        if wish.bundle is not None:
            environment, environment_digest = self._pinned(case)
            case = replace(
                case,
                environment=environment,
                environment_digest=environment_digest,
                bundle=wish.bundle,
                bundle_digest=self._policy,
            )
        if wish.without:
            left = (one for one in case.waivers if one.rule not in wish.without)
            case = replace(case, waivers=tuple(left))
        if wish.advisories is not None:
            case = reweighed(case, wish.advisories, blobs=self._blobs, rule_set=self._rule_set)
        found = [_hypothetical(case, code, at) for at, code in enumerate(sorted(wish.waived))]
        given = tuple(one for one in found if isinstance(one, Waiver))
        refused = [one for one in found if isinstance(one, str) and one]
        return replace(case, waivers=(*case.waivers, *given)), "; ".join(refused)

    def _pinned(self, case: Case) -> tuple[dict[str, Any], str]:
        """Return an environment as it would be under the other policy, and its digest."""
        known = self._environments.get(case.environment_digest)
        if known is None:
            record = {**case.environment, POLICY_DIGEST: self._policy}
            known = record, digest(canonical_bytes(record))
            self._environments[case.environment_digest] = known
        return known


def _lacks_approvals(decision: Decision) -> bool:
    return any(
        one.id.startswith(_APPROVALS) and one.outcome in _OPEN for one in decision.conditions
    )


def _renewed(case: Case, before: Decision, after: Decision) -> Case:
    """Take the approvals that count today for ones of what would be: people can give them again.

    Without that, every other policy would block whatever was approved under the one before.
    """
    given = {
        said.entry
        for said in counted(
            replace(case, bundle_digest=before.policy_digest), before.outcome_digest
        )
    }
    if not given:
        return case
    acts = tuple(
        replace(said, policy=after.policy_digest, outcome=after.outcome_digest)
        if said.act is Act.APPROVE and said.entry in given
        else said
        for said in case.acts
    )
    return replace(case, acts=acts)


def _hypothetical(case: Case, code: str, at: int) -> Waiver | str:
    """Make the waiver somebody could give for the findings of a rule, or say why nobody could.

    Where there is no such finding there is nothing to waive, and nothing is said.
    """
    covered = frozenset(
        found
        for report in reports(case)
        for places in [Places(case.manifest, case.release, ours(report.predicate).get("report"))]
        for finding in findings_of(report.predicate)
        if finding.get("code") == code and (found := places.covered(finding)) is not None
    )
    if not covered:
        return ""
    out = excluded(case)
    for entry in waivable(case, code):
        roles = {role.removeprefix("role:") for role in entry.roles}
        giver = next(_able(case.trust.holdings, roles, out, case.now), None)
        if giver is not None:
            return Waiver(
                entry=_LAST + at,
                at=case.now,
                person=giver.person,
                roles=giver.roles,
                key=giver.spki,
                release=case.release,
                environment=case.environment_name,
                rule=code,
                findings=covered,
                reason="what if",
                expires=later(case.now, entry.longest),
            )
    return f"nobody could waive {code} here: the policy lets nobody who is not barred"


def _able(
    holdings: Iterable[Trusted], roles: set[str], out: Mapping[str, str], now: str
) -> Iterator[Trusted]:
    """List the holders of keys who may waive, and neither asked for it nor signed evidence."""
    for one in holdings:
        counts = not one.revoked_at and one.since <= now and not (one.until and now >= one.until)
        if counts and one.person not in out and roles & {*one.roles}:
            yield one


def let_through(
    gathering: Gathering, blobs: BlobReader, environment: str, name: str
) -> Iterator[Observed]:
    """List the moves of a name that enforcement would have blocked, oldest first.

    Raises:
        LedgerError: A decision is not what the ledger names.
    """
    for index, event in gathering.found(f"gate:{environment}/{name}"):
        body = event.body
        blocks = body.get("mode") == OBSERVE and body["verdict"] != GateVerdict.ALLOWED
        if event.kind is not Kind.PROMOTION_DONE or not blocks:
            continue
        payload = read_bundle(blobs.read(body["decision"])).payload
        conditions = read_statement(payload).predicate[OURS]["conditions"]
        open_ = [one["id"] for one in conditions if one["outcome"] in _OPEN]
        yield Observed(
            environment=environment,
            name=name,
            version=body["version"],
            at=event.time,
            by=body["person"],
            entry=index,
            verdict=GateVerdict(body["verdict"]),
            open=tuple(dict.fromkeys(open_)),
        )
