"""`serve --admission`: what may come into a cluster, by what the ledger proves at that moment.

Each question looks whether the ledger has grown. What is known is kept only as long as it has not;
when it has, the newer ledger must begin with the older one. One that does not, that has fewer
entries, or that cannot be read or believed, answers nothing any more: all is refused.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from weighbridge.gate.admission.judge import judge, named_releases, unanswerable, unjudged
from weighbridge.gate.compliance import why
from weighbridge.gate.decide import decide
from weighbridge.gate.glass import never_past
from weighbridge.gate.stops import VERIFIED
from weighbridge.ledger.merkle import StoredTree, TreeError, verify_consistency
from weighbridge.model.admission import UNAVAILABLE, KnownRelease, Place, Snapshot, Stopped
from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.errors import Fault, LedgerError, NotFoundError, WeighbridgeError
from weighbridge.usecases.believed import believe
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.programs import Programs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from weighbridge.gate.pointer import Pointer
    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.model.admission import Answer
    from weighbridge.model.decision import Decision, Judged
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_IMAGES = frozenset(
    {
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
    }
)
_SAID_AGAINST = frozenset({"not-blocked", "not-rejected", VERIFIED})
"""What is told of a release that is not there: the rest is asked when it is to go there."""


@dataclass(frozen=True, slots=True)
class _Head:
    """One state of a ledger, as it is stored."""

    size: int
    note: bytes


class Doorkeeper:
    """Answers reviews for some environments, from a registry that others write to meanwhile."""

    def __init__(
        self,
        registry: Registry,
        environments: Iterable[str],
        *,
        clock: Callable[[], str],
        companions: Iterable[str] = (),
    ) -> None:
        """Take a registry; nothing is read yet.

        Args:
            registry: The registry.
            environments: Names of the environments that may be asked about.
            clock: Tells the time, for what is told beside an answer; none hangs on it.
            companions: Digests of images that may run beside any release, besides those the
                environments name.
        """
        self.environments = frozenset(environments)
        self._registry = registry
        self._clock = clock
        self._companions = frozenset(companions)
        self._turn = threading.Lock()
        self._programs = Programs()
        self._head = _Head(0, b"")
        self._seen: Checkpoint | None = None
        self._about: dict[str, Snapshot] = {}

    def check(self) -> None:
        """See that the ledger is believed, and that the environments are there.

        Raises:
            WeighbridgeError: It is not, or they are not.
        """
        for environment in sorted(self.environments):
            self._snapshot(environment, ())

    def answer(self, environment: str, value: object) -> Answer:
        """Answer a review; what cannot be told is refused.

        Args:
            environment: The environment that is asked about.
            value: The review, plain JSON.

        Raises:
            ReviewError: It is no review, and does not say its uid either.
        """
        found = unjudged(value)
        if found is not None:
            return found
        try:
            snapshot = self._snapshot(environment, named_releases(value))
        except (WeighbridgeError, OSError) as error:
            return unanswerable(value, _untold(error), code=UNAVAILABLE)
        return judge(value, snapshot)

    def _snapshot(self, environment: str, releases: Iterable[str]) -> Snapshot:
        """Say what stands, from what is kept if the ledger is still the one that was read."""
        with self._turn, self._registry.reading() as view:
            head = _Head(view.size, view.checkpoint)
            known = self._about.get(environment) if head == self._head else None
            missing = [one for one in releases if known is None or one not in known.releases]
            if known is not None and not missing:
                return known
            gathering = self._gathering(view, head)
            if known is None:
                known = _environment(gathering, environment, self._companions)
            found = {one: self._release(gathering, environment, one) for one in missing}
            there = {digest: one for digest, one in found.items() if one is not None}
            known = replace(known, releases={**known.releases, **there})
            self._about[environment] = known
            return known

    def _gathering(self, view: LedgerView, head: _Head) -> Gathering:
        """Believe a ledger, if it has grown from the one that was believed before.

        Raises:
            LedgerError: It has not, or does not prove what it says.
        """
        log = believe(view, log_key=self._registry.log_key)
        before = self._seen
        if before is not None and not _grown(before, log.checkpoint, view):
            raise LedgerError(
                "the ledger is not the one that was read before, nor what that has grown to",
                seen=f"{log.checkpoint.size} entries, root {log.checkpoint.root.hex()}",
                wanted=f"what begins with the {before.size} entries of {before.root.hex()}",
                help=["weighbridge log verify --deep"],
            )
        gathering = Gathering(log, self._registry.blobs)
        if head != self._head:
            self._head, self._seen, self._about = head, log.checkpoint, {}
        return gathering

    def _release(self, gathering: Gathering, environment: str, release: str) -> KnownRelease | None:
        """Say what stands of a release; None if there is none of that digest."""
        name, version = next(iter(gathering.log.view.names_of(release)), ("", ""))
        if not name:
            return None
        pointer = gathering.pointer(environment, name)
        place = _place(pointer, release)
        found = KnownRelease(
            digest=release,
            name=name,
            version=version,
            place=place,
            points_to=f"{name}@{pointer.moves[-1].version}" if pointer.moves else "",
            elsewhere=_elsewhere(gathering, environment, name, release),
        )
        try:
            return self._judged(gathering, environment, found, pointer)
        except NotFoundError as error:
            stop = Stopped(
                why="has no sealed manifest here",
                seen=str(error),
                help=("weighbridge registry fsck",),
            )
            return replace(found, stops=(stop,))

    def _judged(
        self, gathering: Gathering, environment: str, release: KnownRelease, pointer: Pointer
    ) -> KnownRelease:
        """Add what the manifest names and what the gate says today."""
        data = self._registry.blobs.read(release.digest)
        images: frozenset[str] = frozenset()
        if f"sha256:{sha256(data).hexdigest()}" == release.digest:
            images = _images(json.loads(data))
        decision = self._decision(gathering, environment, release, pointer)
        stops = never_past(decision)
        if release.place in {Place.ABSENT, Place.LEFT}:
            stops = tuple(one for one in stops if one.id in _SAID_AGAINST)
        return replace(
            release,
            images=images,
            stops=tuple(_stopped(one, environment) for one in stops),
            remarks=tuple(_remarks(decision, release)),
        )

    def _decision(
        self, gathering: Gathering, environment: str, release: KnownRelease, pointer: Pointer
    ) -> Decision:
        """Decide whether a release may stay where it stands, or may come where it does not."""
        now = max(self._clock(), gathering.log.time)
        if release.place is Place.HELD:
            case = gathering.standing(environment, release.name, now=now)
        elif release.place is Place.BEFORE:
            came = next(move for move in reversed(pointer.moves) if move.release == release.digest)
            case = gathering.case(
                environment,
                release.digest,
                now=now,
                serving=pointer.before(came),
                until=came,
            )
            case = replace(case, since=came.at)
        else:
            case = gathering.case(environment, release.digest, now=now)
        return decide(case, self._programs.of(case))


def _grown(before: Checkpoint, now: Checkpoint, view: LedgerView) -> bool:
    """Tell whether a ledger begins with the entries of the one before (RFC 9162, 2.1.4)."""
    if now.size < before.size:
        return False
    try:
        path = StoredTree(now.size, view.node, many=view.nodes_at).consistency(before.size)
    except TreeError:
        return False
    return verify_consistency(
        before.size, now.size, first_root=before.root, second_root=now.root, path=path
    )


def _environment(gathering: Gathering, name: str, companions: frozenset[str]) -> Snapshot:
    """Read what owners say of an environment: where it is delivered to, and what runs beside."""
    _, record = gathering.environment(name)
    target: Mapping[str, Any] = record["spec"].get("target") or {}
    options: Mapping[str, str] = target.get("options") or {}
    # The packed release that is mounted, and what runs beside: owners signed for both.
    said = " ".join(options.get(one, "") for one in ("model", "sidecars"))
    return Snapshot(
        environment=name,
        namespace=target.get("namespace") or "",
        companions=companions | frozenset(_DIGEST.findall(said)),
    )


def _place(pointer: Pointer, release: str) -> Place:
    if pointer.release == release:
        return Place.HELD
    if release in pointer.left:
        return Place.LEFT
    # Who rolled back starts nothing of what he left: only a promotion has a release before it.
    if pointer.moves and not pointer.moves[-1].back:
        before = pointer.before(pointer.moves[-1])
        return Place.BEFORE if before == release else Place.ABSENT
    return Place.ABSENT


def _elsewhere(gathering: Gathering, environment: str, name: str, release: str) -> tuple[str, ...]:
    others = (one for one in sorted(gathering.state.environments) if one != environment)
    return tuple(one for one in others if gathering.pointer(one, name).release == release)


def _images(manifest: Mapping[str, Any]) -> frozenset[str]:
    """Name the images a sealed manifest consists of: what it runs in, and artifacts that are one.

    What its image was built from is none of them.
    """
    spec = manifest["spec"]
    image = (spec.get("environment") or {}).get("image") or {}
    artifacts = (one for one in spec.get("artifacts") or () if one.get("mediaType") in _IMAGES)
    found = (one.get("digest") for one in (image, *artifacts))
    return frozenset(one for one in found if one)


def _stopped(judged: Judged, environment: str) -> Stopped:
    words = {
        "case-intact": "is not intact",
        "not-blocked": "is blocked",
        VERIFIED: "was found damaged",
        "not-rejected": f"was rejected for {environment}",
        "signed-by-builder": "is signed by no author whose key counts",
        "glass-reviewed": "waits for glass that was broken before to be reviewed",
    }
    known = judged.outcome is Outcome.UNMET
    return Stopped(
        why=words[judged.id] if known else f"is not known to be sound: {judged.why}",
        seen=judged.seen or judged.why,
        wanted=judged.wanted,
        help=judged.remedy,
    )


def _remarks(decision: Decision, release: KnownRelease) -> list[str]:
    """Say what the gate says, where it does not say that the release may stay."""
    if decision.verdict is GateVerdict.ALLOWED or release.place not in {Place.HELD, Place.BEFORE}:
        return []
    return [f"the gate says {decision.verdict.value} of {release.title}: {why(decision)}"]


def _untold(error: WeighbridgeError | OSError) -> Fault:
    """Say why it cannot be told what stands."""
    if isinstance(error, WeighbridgeError):
        first = error.faults[0]
        return replace(first, message=f"it cannot be told what stands: {first.message}")
    return Fault(
        LedgerError.code,
        "it cannot be told what stands: the registry cannot be read",
        cause=(error.strerror or str(error)).lower(),
        help=("weighbridge registry status",),
    )
