"""The work itself: each kind of job calls the use case its verb calls, and is safe to do twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.clock import utc_now
from weighbridge.bootstrap import (
    local_folder,
    open_advisories,
    open_reader,
    open_registry,
    rule_set,
)
from weighbridge.bootstrap.notifying import FILE, sinks_of, tell_all
from weighbridge.model.errors import JobError, NotFoundError, SettingsError, UnavailableError
from weighbridge.model.permissions import Operation
from weighbridge.model.ports import NoProgress
from weighbridge.model.settings import EVIDENCE
from weighbridge.model.team.job import JobKind
from weighbridge.model.team.job_settings import JobSettings
from weighbridge.report.interface import Presentation
from weighbridge.report.registry import RENDERERS
from weighbridge.server.cancelling import Cancelling
from weighbridge.server.pushing import destination, pack_release, push_release
from weighbridge.server.replaying import Replaying, refuse_unless_allowed
from weighbridge.server.warning import warn_of
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.check import check
from weighbridge.usecases.environments import applied_environments
from weighbridge.usecases.evidence import add_evidence, log_size
from weighbridge.usecases.images import Access
from weighbridge.usecases.jobs.answered import reported_since
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.statements import report_statement
from weighbridge.usecases.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry
    from weighbridge.model.reading import FileReader
    from weighbridge.model.settings import Settings
    from weighbridge.model.team.job import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What jobs are done with.

    Attributes:
        settings: They name registry, engine and advisories.
        environ: Environment variables.
        cancelled: Tells of a key whether the job was cancelled meanwhile.
        signer: The worker's key; None if it has none, and only does what nobody signs.
        rules: What this worker goes by.
        order: Has something else done that a job finds to be needed; None to leave it.
    """

    settings: Settings
    environ: Mapping[str, str]
    cancelled: Callable[[str], bool]
    signer: AnySigner | None = None
    rules: JobSettings = field(default_factory=JobSettings)
    order: Callable[[Order], object] | None = None

    def begin(self) -> int:
        """Return how long the ledger is."""
        registry = open_registry(self.settings)
        try:
            with registry.reading() as view:
                return view.size
        finally:
            registry.close()

    def perform(self, order: Order, since: int) -> Mapping[str, Any]:
        """Do a job, and say what came of it.

        Args:
            order: The job.
            since: How long the ledger was when it was begun first: what it is to enter and stands
                there from this entry on was entered by somebody who did it before.

        Raises:
            JobError: It is of a kind no worker does, says too little, or needs a key.
            UnavailableError: Something it needs is not to be had.
        """
        does = _DOES.get(order.kind)
        if does is None:
            raise JobError(
                f"no worker does {order.kind.value}", seen=order.kind.value, wanted=", ".join(_DOES)
            )
        registry = open_registry(self.settings)
        try:
            return does(self, registry, order, since)
        finally:
            registry.close()

    def watching(self, order: Order) -> Cancelling:
        """Make what ends the work of a job that is cancelled."""
        return Cancelling(order.key, self.cancelled)

    def key(self, order: Order) -> AnySigner:
        """Return the worker's key.

        Raises:
            JobError: It has none.
        """
        if self.signer is None:
            raise JobError(
                f"{order.kind.value} is signed, and this worker has no key",
                help=["weighbridge worker --key NAME"],
            )
        return self.signer


def _check(work: Work, registry: Registry, order: Order, since: int) -> Mapping[str, Any]:
    signer, watching = work.key(order), work.watching(order)
    digest = _about(order, "release")
    # An entry asks for a report newer than it; a person for one newer than the job.
    index = _after(order, since)

    def is_answered(view: LedgerView) -> bool:
        """Look again where it is entered: it may have been cancelled, or another was faster."""
        watching.look()
        log = believe(view, log_key=registry.log_key)
        trust = control_state(log, registry.blobs).trust
        return reported_since(log, digest, index, trust=trust, at=utc_now())

    with registry.reading() as view:
        if is_answered(view):
            return {"verdict": "", "entries": []}
    found = sealed_release(digest, registry=registry)
    reader, close = _reader(work, watching)
    advisories = open_advisories(work.settings)
    try:
        report = check(
            found,
            registry=registry,
            settings=EVIDENCE,
            rule_set=rule_set(),
            environ=work.environ,
            reader=reader,
            images=Access(copies=[], remote=None, cache=None),
            targets=(),
            advisories=advisories,
            secrets=None,
            packs=(),
        )
    finally:
        close()
        advisories.close()
    document = json.loads(RENDERERS["json"](Presentation()).render(report))
    added = add_evidence(
        report_statement(found, report, document, after=log_size(registry)),
        release=digest,
        signers=[signer],
        registry=registry,
        operation=Operation.CHECK,
        unless=is_answered,
    )
    return {"verdict": report.verdict.value, "entries": [one.index for one in added]}


def _after(order: Order, since: int) -> int:
    """Name the entry an answer stands behind: that of the order, or the newest when it began."""
    return since - 1 if order.entry is None else order.entry


def _reader(work: Work, watching: Cancelling) -> tuple[FileReader, Callable[[], None]]:
    """Open who reads files; a cluster that is away for a moment is worth another attempt."""
    try:
        return open_reader(work.settings, examine=True, algorithm="sha256", progress=watching)
    except SettingsError as error:
        fault = error.faults[0]
        raise UnavailableError(fault.message, help=fault.help) from error


def _reevaluate(work: Work, registry: Registry, order: Order, since: int) -> Mapping[str, Any]:
    del since  # what changed is compared with the ledger: looking again logs nothing
    signer, watching = work.key(order), work.watching(order)
    named = order.about.get("environment")
    advisories = open_advisories(work.settings)
    changed: list[dict[str, str]] = []
    try:
        for environment in _environments(registry, named):
            watching.look()
            watch = Watch(
                environment=environment,
                registry=registry,
                advisories=advisories,
                rule_set=rule_set(),
                clock=utc_now,
                progress=NoProgress(),
            )
            changed += [
                {"environment": environment, "name": one.name}
                for one in watch.once(signer)
                if one.changed
            ]
    finally:
        advisories.close()
    return {"changed": changed}


def _environments(registry: Registry, named: object) -> list[str]:
    known = [one.name for one in applied_environments(registry)]
    if named is None:
        return known
    if named not in known:
        raise NotFoundError(f"there is no environment {named}", wanted=", ".join(known) or "none")
    return [str(named)]


def _replay(work: Work, registry: Registry, order: Order, since: int) -> Mapping[str, Any]:
    refuse_unless_allowed(work.rules.replay)
    replaying = Replaying(
        registry=registry,
        settings=work.settings,
        environ=work.environ,
        rules=work.rules.replay,
        signer=work.key(order),
        watching=work.watching(order),
        after=_after(order, since),
    )
    return replaying.run(_about(order, "release"))


def _pack(work: Work, registry: Registry, order: Order, since: int) -> Mapping[str, Any]:
    del since  # the same bytes are kept once, here and elsewhere
    release, environment = _about(order, "release"), _about(order, "environment")
    watching = work.watching(order)
    # Before anything is made: what may not go there is refused whole.
    named = "to" in order.about
    to = destination(_about(order, "to"), work.rules.destinations) if named else None
    pack, made = pack_release(release, environment, registry=registry, watching=watching)
    if to is None:
        return made
    pushed = push_release(
        release,
        pack,
        to,
        registry=registry,
        settings=work.settings,
        environ=work.environ,
        watching=watching,
    )
    return {**made, "pushed": pushed}


def _notify(work: Work, registry: Registry, order: Order, since: int) -> Mapping[str, Any]:
    del since  # who was told how far is remembered of each sink
    watching = work.watching(order)
    watching.look()
    root = local_folder(work.settings, work.environ)
    if not (root / FILE).is_file():
        return {"sent": 0}
    sinks = sinks_of(root)
    told = tell_all(sinks, registry, root, patient=False, enough=watching.is_cancelled)
    watching.look()
    if sinks and not told:
        raise UnavailableError("another process is telling; what it leaves is told after it")
    waiting = [one for one in told if one.waiting]
    if waiting:
        names = ", ".join(f"{one.sink}: {one.standing.reason}" for one in waiting)
        raise UnavailableError(f"somebody could not be told: {names}")
    return {"sent": sum(one.sent for one in told)}


def _warn(work: Work, registry: Registry, order: Order, since: int) -> Mapping[str, Any]:
    del since  # of what each sink was warned today is remembered
    return warn_of(
        registry,
        settings=work.settings,
        environ=work.environ,
        rules=work.rules.warning,
        now=utc_now(),
        watching=work.watching(order),
        order=work.order,
    )


def _about(order: Order, name: str) -> str:
    value = order.about.get(name)
    if not isinstance(value, str):
        raise JobError(f"{order.kind.value} says no {name}", wanted=f"about.{name}")
    return value


_DOES: dict[JobKind, Callable[[Work, Registry, Order, int], Mapping[str, Any]]] = {
    JobKind.CHECK: _check,
    JobKind.REEVALUATE: _reevaluate,
    JobKind.RESCAN: _reevaluate,
    JobKind.PACK: _pack,
    JobKind.REPLAY: _replay,
    JobKind.NOTIFY: _notify,
    JobKind.WARN: _warn,
}
