"""A twin of a promotion in a scratch registry, and what people in it do, by the verbs there are."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.gate.case import Act
from weighbridge.gate.decide import decide
from weighbridge.gate.times import after
from weighbridge.model.event import Kind
from weighbridge.model.ports import NoProgress
from weighbridge.model.predicates import APPROVAL, RELEASE
from weighbridge.model.settings import EVIDENCE, Setting
from weighbridge.report.json import JsonRenderer
from weighbridge.seal.bundle import write_bundle
from weighbridge.seal.dsse import pre_authentication_encoding
from weighbridge.seal.statement import Statement, write_statement
from weighbridge.usecases.approve import Intent, say
from weighbridge.usecases.audit import audit
from weighbridge.usecases.check import check
from weighbridge.usecases.control import change_control
from weighbridge.usecases.drilling.cast import DEPLOYER
from weighbridge.usecases.drilling.script import NEXT, Step, came_at, said_of
from weighbridge.usecases.drilling.statement import suppose_drilled
from weighbridge.usecases.evidence import add_evidence, log_size
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import program_of
from weighbridge.usecases.promote import promote
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.rollback import roll_back, target_of
from weighbridge.usecases.rule_packs.named import demanded_packs, load_packs
from weighbridge.usecases.seal import bind_release
from weighbridge.usecases.statements import release_statement, report_statement
from weighbridge.usecases.verify import Demand, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from weighbridge.adapters.scratch import ScratchRegistry
    from weighbridge.model.decision import Decision
    from weighbridge.model.verification import Audit, Verification
    from weighbridge.rules.packs import Pack
    from weighbridge.seal.control import Change
    from weighbridge.usecases.control import Outcome
    from weighbridge.usecases.deciding import Promotion
    from weighbridge.usecases.drilling.cast import Cast, Person
    from weighbridge.usecases.drilling.origin import Origin, Place, Saying
    from weighbridge.usecases.drilling.script import Tools

    Manifest = dict[str, Any]

_A_MINUTE = "60s"


class Scene:
    """One twin, at one moment.

    Attributes:
        registry: Its registry.
        first: The release it began with; `origin` is of the one that is before the gate.
        origin: The promotion it plays again.
        cast: Its people.
        tools: What reports are made with.
    """

    def __init__(self, registry: ScratchRegistry, origin: Origin, cast: Cast, tools: Tools) -> None:
        """Take over a registry that was founded.

        Args:
            registry: The scratch registry.
            origin: The promotion it plays again.
            cast: Its people.
            tools: What reports are made with.
        """
        self.registry = registry
        self.first = origin.release
        self.origin = origin
        self.cast = cast
        self.tools = tools

    @property
    def environment(self) -> str:
        """The environment that is drilled."""
        return self.origin.place.name

    @property
    def blobs(self) -> Any:  # noqa: ANN401 - an overlay, which only adapters name
        """The bytes of the twin."""
        return self.registry.overlay

    def forked(self, folder: Path) -> Scene:
        """Copy the twin as it is now."""
        other = Scene(self.registry.copied(folder), self.origin, self.cast, self.tools)
        other.first = self.first
        return other

    def with_tools(self, **changes: Any) -> None:  # noqa: ANN401 - fields of `Tools`
        """Have reports made with something else."""
        self.tools = replace(self.tools, **changes)

    def at(self, time: str) -> None:
        """Set the clock, never back."""
        self.registry.clock.time = max(self.registry.clock.time, time)

    def later(self, wait: str = _A_MINUTE) -> str:
        """Let some time pass."""
        self.registry.clock.time = self.in_future(wait)
        return self.registry.clock.time

    def in_future(self, wait: str) -> str:
        """Say what time it will be."""
        return after(self.registry.clock.time, wait)

    # What happened on the way.

    def steps(self) -> list[Step]:
        """List what happened, in its order: evidence before it was needed."""
        said = [Step(at=one.at, saying=one) for one in self.origin.sayings]
        came = [Step(at=came_at(self.origin, n), place=p) for n, p in self._before()]
        return sorted([*said, *came], key=lambda step: step.at)

    def _before(self) -> list[tuple[int, Place]]:
        return list(enumerate(self.origin.places[:-1]))

    def play(self, steps: Iterable[Step]) -> None:
        """Have things happen again; then it is the time of the promotion."""
        for step in steps:
            self.at(step.at)
            if step.saying is not None:
                self.give(step.saying)
            elif step.place is not None:
                self.arrive(step.place)
        self.at(self.origin.place.at)
        suppose_drilled(self)

    def follow(self) -> None:
        """Bring another release the same way, some time after the first one."""
        for place in self.origin.places[:-1]:
            self.arrive(place)
        self.later(self.origin.place.record["spec"].get("soak", _A_MINUTE))
        self.play(step for step in self.steps() if step.place is None)

    def give(self, saying: Saying, *, by: Sequence[Person] = ()) -> None:
        """Have evidence given again, by who stands in for who gave it; reports are made anew."""
        if saying.targets is not None:
            self.report(targets=saying.targets, by=by)
            return
        payload = saying.payload
        if saying.predicate_type == RELEASE and saying.release == self.origin.release:
            payload = release_statement(sealed_release(self.origin.release, self.registry))
        self.attest(payload, by=by or [self.cast.stand_in(saying.person)], release=saying.release)

    def arrive(self, place: Place) -> None:
        """Bring the release to an environment before the one that is drilled.

        What that one would have stopped is taken to have passed it: it is not what is drilled.
        """
        self.approve(place.name)
        done = self.promote(place.name)
        if not done.moved:
            self.put(place.name, generation=done.generation + 1)

    def put(self, environment: str, *, generation: int) -> None:
        """Have the release stand in an environment, whatever would have stopped it there."""
        body = {
            "environment": environment,
            "generation": generation,
            "name": self.origin.name,
            "person": DEPLOYER,
            "release": self.origin.release,
            "version": self.origin.version,
        }
        self.plant(Kind.PROMOTION_DONE, body)

    # What people do.

    def attest(self, payload: bytes, *, by: Sequence[Person], release: str = "") -> None:
        """Have people sign a statement and give it as evidence."""
        signers = [person.key for person in by]
        release = release or self.origin.release
        add_evidence(payload, release=release, signers=signers, registry=self.registry)

    def reported(
        self,
        *,
        targets: Sequence[str] = (),
        ignore: Sequence[str] = (),
        release: str = "",
        packed: bool = True,
    ) -> bytes:
        """Weigh the release as it lies here, and write the report.

        Args:
            targets: For which targets.
            ignore: Rules that do not run.
            release: Digest of the release, if it is another.
            packed: Whether the rule packs its policy demands are asked.
        """
        named = sealed_release(release or self.origin.release, self.registry)
        off = (*self.tools.ignore, *ignore)
        report = check(
            named,
            registry=self.registry,
            settings=replace(EVIDENCE, ignore=Setting(off, "drill")),
            rule_set=self.tools.rule_set,
            environ={},
            reader=self.tools.reader,
            images=self.tools.images,
            advisories=self.tools.advisories,
            clock=self.tools.clock,
            targets=targets,
            packs=self._packs() if packed else (),
        )
        document = json.loads(JsonRenderer().render(report))
        return report_statement(named, report, document, after=self.size)

    def _packs(self) -> list[Pack]:
        """Load the rule packs the environment's policy demands."""
        if not self.origin.place.bundle.policy.spec.rule_packs:
            return []
        return load_packs(demanded_packs([self.environment], self.registry), self.registry)

    def report(
        self, *, targets: Sequence[str] = (), ignore: Sequence[str] = (), by: Sequence[Person] = ()
    ) -> None:
        """Have checkers weigh the release and sign the report."""
        payload = self.reported(targets=targets, ignore=ignore)
        self.attest(payload, by=by or self.cast.checkers)

    def approve(self, environment: str = "", *, by: Sequence[Person] | None = None) -> None:
        """Have people approve, one after the other, as long as an approval is missing.

        Args:
            environment: For where; the environment that is drilled if empty.
            by: Who; None for those who do nothing else.
        """
        where = environment or self.environment
        for person in self.cast.approvers if by is None else by:
            if by is None and not self._waits(where):
                return
            intent = Intent(act=Act.APPROVE, release=self.origin.release, environment=where)
            say(intent, signer=person.key, registry=self.registry)

    def _waits(self, environment: str) -> bool:
        decision = self.considered(environment)
        return any(
            one.id.startswith("approvals:") and one.outcome == "unmet"
            for one in decision.conditions
        )

    def considered(self, environment: str = "") -> Decision:
        """Ask the gate what it would say now, without its advice; nothing is asked for."""
        where = environment or self.environment
        with self.registry.reading() as view:
            gathering = Gathering.of(view, self.registry)
            now = max(self.registry.clock.time, gathering.log.time)
            case = gathering.case(where, self.origin.release, now=now)
        return decide(case, program_of(case.bundle))

    def promote(self, environment: str = "", *, by: str = DEPLOYER) -> Promotion:
        """Ask for the promotion."""
        return promote(
            self.origin.release,
            environment or self.environment,
            signer=self.cast[by].key,
            registry=self.registry,
        )

    def roll_back(self, release: str = "", *, by: str = DEPLOYER) -> Promotion:
        """Go back to a release; to the newest before if none is named."""
        found, expected = target_of(
            self.origin.name, self.environment, registry=self.registry, release=release or None
        )
        return roll_back(
            self.origin.name,
            self.environment,
            release=found,
            expected=expected,
            signer=self.cast[by].key,
            registry=self.registry,
            progress=NoProgress(),
        )

    def own(self, change: Change, *, by: Sequence[Person] | None = None) -> Outcome:
        """Have owners make a change; as many as must, if nobody is named."""
        signing = self.cast.owners[: self.cast.threshold] if by is None else by
        keys = [person.key for person in signing]
        return change_control(change, signers=keys, registry=self.registry)

    def verified(self) -> Verification:
        """Verify the release as `verify --role builder` does."""
        return verify(
            self.origin.title,
            self.origin.release,
            registry=self.registry,
            log_key=self.registry.log_key,
            demand=Demand(roles=("builder",)),
            progress=NoProgress(),
        )

    def audited(self, *, since: bytes | None = None) -> Audit:
        """Verify the ledger as `log verify --deep --since` does."""
        return audit(self.registry, log_key=self.registry.log_key, since=since, deep=True)

    @property
    def size(self) -> int:
        """How many entries the log has."""
        return log_size(self.registry)

    def checkpoint(self) -> bytes:
        """Take the log's newest checkpoint away, as a witness would."""
        with self.registry.reading() as view:
            return view.checkpoint

    # What people do who should not: past the verbs, with the log's key.

    def plant(self, kind: Kind, body: Mapping[str, Any]) -> int:
        """Append an entry past all that decides whether it may be."""
        return self.registry.change(lambda transaction: transaction.append(kind, body))

    def plant_evidence(self, payload: bytes, *, by: Person, over: bytes | None = None) -> None:
        """Enter evidence without having it judged; `over` is what was signed instead."""
        statement = json.loads(payload)
        self.plant(
            Kind.EVIDENCE_ADDED,
            {
                "bundle": self.signed(payload, by=by, over=over),
                "person": by.name,
                "predicateType": statement["predicateType"],
                "release": self.origin.release,
                "signer": by.key.public.spki_digest,
                "subjects": [self.origin.release],
            },
        )

    def plant_approval(self, person: Person, **said: str) -> None:
        """Enter an approval, which claims to be for this promotion, without having it judged.

        Args:
            person: Whose.
            said: What he signed that differs: `release`, `environment`, `policy`, `outcome`, `act`.
        """
        decision = self.considered()
        predicate = {
            "act": said.get("act", Act.APPROVE.value),
            "after": self.size,
            "environment": said.get("environment", self.environment),
            "environmentDigest": decision.environment_digest,
            "log": "drill",
            "outcome": said.get("outcome", decision.outcome_digest),
            "policy": said.get("policy", decision.policy_digest),
            "reason": said.get("reason", ""),
        }
        release = said.get("release", self.origin.release)
        subject = (self.origin.title, release)
        payload = write_statement(Statement(APPROVAL, subjects=(subject,), predicate=predicate))
        body = {
            "act": predicate["act"],
            "bundle": self.signed(payload, by=person),
            "environment": self.environment,
            "name": self.origin.name,
            "person": person.name,
            "predicateType": APPROVAL,
            "release": self.origin.release,
            "version": self.origin.version,
        }
        self.plant(Kind.ACT_SAID, body)

    def signed(self, payload: bytes, *, by: Person, over: bytes | None = None) -> str:
        """Sign a statement and keep its bundle; `over` is what is signed instead."""
        signature = by.key.sign(pre_authentication_encoding(payload if over is None else over))
        return str(self.blobs.put(write_bundle(payload, signature=signature, spki=by.key.spki)))

    def reseal(self, change: Callable[[Manifest], None]) -> None:
        """Seal another version that differs as told, and go on with that one."""
        manifest = copy.deepcopy(self.origin.manifest)
        change(manifest)
        manifest["metadata"]["version"] = f"{self.origin.version}{NEXT}"
        data = canonical_bytes(manifest)
        digest = self.blobs.put(data)
        version = str(manifest["metadata"]["version"])
        bind_release(self.origin.name, version, digest, self.registry)
        self.origin = said_of(self.origin, digest, manifest)
