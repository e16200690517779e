"""The job `replay`: make the build of a sealed release again, and sign what came of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.replaying.opening import open_site
from weighbridge.bootstrap import local_folder
from weighbridge.model.errors import JobError, UnavailableError
from weighbridge.model.permissions import Operation
from weighbridge.model.predicates import REPLAY
from weighbridge.model.rebuilding import Budget
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.evidence import add_evidence
from weighbridge.usecases.jobs.answered import said_since
from weighbridge.usecases.references import sealed_release
from weighbridge.usecases.replaying.environment import recorded_python
from weighbridge.usecases.replaying.materials import Places
from weighbridge.usecases.replaying.records import record_for
from weighbridge.usecases.replaying.replay import Task, replay
from weighbridge.usecases.replaying.statement import refuse_other_outputs, replay_statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.keyless import AnySigner
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry
    from weighbridge.model.replayed_build import Replay
    from weighbridge.model.settings import Settings
    from weighbridge.model.team.job_settings import ReplaySettings
    from weighbridge.server.cancelling import Cancelling
    from weighbridge.usecases.references import Named


def refuse_unless_allowed(rules: ReplaySettings) -> None:
    """Refuse to run what somebody else wrote where nobody said that it may be.

    Raises:
        JobError: The worker's settings do not allow it.
    """
    if not rules.allow:
        raise JobError(
            "this worker makes no builds again: that runs what a release's author wrote",
            wanted="[replay] allow = true",
            help=["say so in the worker's settings: weighbridge worker --config FILE"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaying:
    """A replay that was ordered.

    Attributes:
        registry: Where the release is, and the evidence goes.
        settings: They name the folder records of builds lie in.
        environ: Environment variables.
        rules: How builds are made again here.
        signer: Who signs.
        watching: Ends it if it was cancelled.
        after: The entry an answer stands behind.
    """

    registry: Registry
    settings: Settings
    environ: Mapping[str, str]
    rules: ReplaySettings
    signer: AnySigner
    watching: Cancelling
    after: int

    def run(self, digest: str) -> Mapping[str, Any]:
        """Make the build of a release again, unless a checker said since what came of that.

        Raises:
            JobError: It could not be made again here, or was cancelled; nothing is signed then:
                that a worker lacks an input must not take the place of what was seen elsewhere.
        """

        def is_answered(view: LedgerView) -> bool:
            self.watching.look()
            log = believe(view, log_key=self.registry.log_key)
            trust = control_state(log, self.registry.blobs).trust
            return said_since(log, digest, self.after, what=REPLAY, trust=trust, at=utc_now())

        with self.registry.reading() as view:
            if is_answered(view):
                return {"verdict": "", "entries": []}
        named = sealed_release(digest, registry=self.registry)
        done = self._replayed(named)
        if done.verdict == "could-not-replay":
            raise JobError(f"the build could not be made again here: {done.reason}", seen=done.said)
        added = add_evidence(
            replay_statement(named, done),
            release=digest,
            signers=[self.signer],
            registry=self.registry,
            operation=Operation.CHECK,
            unless=is_answered,
        )
        return {
            "verdict": done.verdict,
            "outputs": [{"path": one.path, "verdict": one.verdict} for one in done.outputs],
            "entries": [one.index for one in added],
        }

    def _replayed(self, named: Named) -> Replay:
        home = local_folder(self.settings, self.environ)
        with ExitStack() as stack:
            try:
                record = record_for(named, registry=self.registry, home=home).record
                python = self.rules.python or recorded_python(record, self.environ)
                site = stack.enter_context(
                    open_site(self.environ, python, wheels=None, record=record)
                )
            except UnavailableError as error:
                # Neither comes by waiting: a record, a sandbox, a Python.
                fault = error.faults[0]
                raise JobError(fault.message, wanted=fault.wanted, help=fault.help) from error
            refuse_other_outputs(named, record)
            task = self._task(named, record, python=site.python, known=site.known)
            return replay(task, rebuilder=site.rebuilder, watch=lambda _: self.watching.look())

    def _task(
        self, named: Named, record: BuildRecord, *, python: str | None, known: tuple[str, ...]
    ) -> Task:
        metadata, build = named.release.metadata, named.release.spec.build
        inputs = Path(self.rules.inputs) if self.rules.inputs else None
        return Task(
            record=record,
            title=f"{metadata.name}@{metadata.version}",
            release=named.digest,
            places=Places(inputs=inputs, blobs=self.registry.blobs),
            python=python,
            known=known,
            budget=Budget(memory=int(self.rules.memory * (1 << 30)), seconds=self.rules.timeout),
            tolerance=build.tolerance if build else None,
        )
