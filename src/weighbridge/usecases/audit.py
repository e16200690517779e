"""`log verify`: the ledger proves what it says; with `deep`, the registry holds nothing else.

One walk over all entries feeds every comparison. What is wrong is listed, all of it. Without `deep`
no more is held of them than the tree's right edge, however many there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from weighbridge.ledger.merkle import CompactTree, MerkleTree, leaf_hash
from weighbridge.model.errors import LedgerError, NotFoundError, RegistryError
from weighbridge.model.event import CONTROL_KINDS, Event, EventError, Kind, read_event, topics
from weighbridge.model.verification import Audit, Problem
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.statement import StatementError, read_statement
from weighbridge.usecases.believed import believe, trust_in
from weighbridge.usecases.growth import Growth

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import BlobReader, Registry
    from weighbridge.usecases.tiles import ExportedLog

_RESTORE = "restore the registry from a backup, and find out who could write to it"
_EXPORT = "get the folder anew: `weighbridge log export DIR`"


@dataclass(slots=True)
class _Walk:
    """One walk over all entries, each held against those before it."""

    tree: CompactTree
    problems: list[Problem] = field(default_factory=list)
    time: str = ""
    control: int | None = None

    def step(self, index: int, data: bytes) -> None:
        """Take one entry."""
        self._leaf(leaf_hash(data))
        try:
            event = read_event(data)
        except EventError as error:
            self._wrong(index, str(error))
            return
        if (index == 0) != (event.kind is Kind.REGISTRY_INITIALISED):
            self._wrong(index, "the registry begins with entry 0 and with no other")
        if event.time < self.time:
            self._wrong(index, "it is older than the entry before it", event.time, self.time)
        if event.control != self.control:
            self._wrong(
                index,
                "it names another newest change of trust",
                str(event.control),
                str(self.control),
            )
        self._take(index, event)

    def _leaf(self, leaf: bytes) -> None:
        self.tree.append(leaf)

    def _take(self, index: int, event: Event) -> None:
        self.time = max(self.time, event.time)
        if event.kind in CONTROL_KINDS:
            self.control = index
        elif event.kind in {Kind.RELEASE_ADOPTED, Kind.RELEASE_SEALED}:
            self._bind(index, event.body)

    def _bind(self, index: int, body: Mapping[str, Any]) -> None:
        name, version, digest = (body.get(key) for key in ("name", "version", "digest"))
        if isinstance(name, str) and isinstance(version, str) and isinstance(digest, str):
            self._bound(name, version, digest)
        else:
            self._wrong(index, "it does not say which release it binds")

    def _bound(self, name: str, version: str, digest: str) -> None:
        """Take a release that was bound."""

    def _wrong(self, index: int, message: str, seen: str = "", wanted: str = "") -> None:
        self.problems.append(_problem(f"entry {index}", message, seen, wanted))


@dataclass(slots=True)
class _DeepWalk(_Walk):
    """Gathers what the registry is compared with, too."""

    leaves: list[bytes] = field(default_factory=list)
    topics: list[tuple[str, int]] = field(default_factory=list)
    releases: dict[tuple[str, str], str] = field(default_factory=dict)
    evidence: list[tuple[int, Event]] = field(default_factory=list)

    def _leaf(self, leaf: bytes) -> None:
        # Not the parent's by `super()`: a class with slots is made twice, and that names the first.
        _Walk._leaf(self, leaf)  # noqa: SLF001 - its own
        self.leaves.append(leaf)

    def _take(self, index: int, event: Event) -> None:
        _Walk._take(self, index, event)  # noqa: SLF001 - its own
        self.topics.extend((topic, index) for topic in topics(event))
        if event.kind is Kind.EVIDENCE_ADDED:
            self.evidence.append((index, event))

    def _bound(self, name: str, version: str, digest: str) -> None:
        self.releases[name, version] = digest


def audit(
    registry: Registry, *, log_key: str, since: bytes | None = None, deep: bool = False
) -> Audit:
    """Verify the ledger of a registry.

    Args:
        registry: The registry.
        log_key: The log's public key (signed-note verifier key).
        since: A checkpoint that was kept elsewhere; the log must have grown from it.
        deep: Whether nodes, index, releases, trust and evidence are compared with the entries.

    Raises:
        OwnerlessError: It has no owners yet.
        LedgerError: Its checkpoint is not what that key signed.
    """
    with registry.reading() as view:
        walk = _DeepWalk(CompactTree()) if deep else None
        found = _audit(view, log_key, since, walk)
        if walk is None:
            return found
        problems = (*found.problems, *_deep_problems(view, walk, registry, log_key))
        return replace(found, problems=problems, deep=True)


def audit_tiles(tiles: ExportedLog, *, log_key: str, since: bytes | None = None) -> Audit:
    """Verify a ledger that was exported, every file of it.

    Args:
        tiles: The ledger.
        log_key: The log's public key (signed-note verifier key).
        since: A checkpoint that was kept elsewhere; the log must have grown from it.

    Raises:
        LedgerError: Its checkpoint is not what that key signed.
    """
    with tiles.reading() as view:
        found = _audit(view, log_key, since)
        try:
            faults = [_problem("tiles", fault, remedy=_EXPORT) for fault in view.faults()]
        except LedgerError as error:
            faults = [_problem("tiles", str(error), remedy=_EXPORT)]
        return replace(found, problems=(*found.problems, *faults))


def _audit(view: LedgerView, log_key: str, since: bytes | None, walk: _Walk | None = None) -> Audit:
    log = believe(view, log_key=log_key)
    growth = None if since is None else Growth(since, log_key)
    walk = walk or _Walk(CompactTree())
    walk.tree.watch(() if growth is None else growth.sizes)
    try:
        for index, data in enumerate(view.entries()):
            walk.step(index, data)
    except LedgerError as error:
        walk.problems.append(_problem("entries", str(error)))
    problems = [*walk.problems, *_root_problems(walk.tree, log.checkpoint)]
    conflict = b""
    if growth is not None:
        problems.extend(_problem(*words) for words in growth.problems(walk.tree))
        conflict = growth.conflict(walk.tree, view)
    return Audit(
        log=log.state,
        problems=tuple(problems),
        checkpoint=view.checkpoint,
        conflict=conflict,
    )


def _problem(
    subject: str, message: str, seen: str = "", wanted: str = "", *, remedy: str = _RESTORE
) -> Problem:
    return Problem(
        code=LedgerError.code,
        subject=subject,
        message=message,
        seen=seen,
        wanted=wanted,
        remediation=(remedy,),
    )


def _root_problems(tree: CompactTree, checkpoint: Checkpoint) -> Iterator[Problem]:
    if len(tree) != checkpoint.size:
        seen, wanted = f"{len(tree)} entries", f"{checkpoint.size} entries"
        yield _problem("checkpoint", "it is of another number of entries", seen, wanted)
    elif tree.root() != checkpoint.root:
        seen, wanted = tree.root().hex(), checkpoint.root.hex()
        yield _problem("checkpoint", "the entries are not those that were signed", seen, wanted)


def _deep_problems(
    view: LedgerView, walk: _DeepWalk, registry: Registry, log_key: str
) -> Iterator[Problem]:
    yield from (_problem("database", fault) for fault in view.faults())
    yield from _compare("node", view.nodes(), MerkleTree(walk.leaves).nodes())
    yield from _compare("index", view.topics(), sorted(walk.topics))
    bound = [(*name, digest) for name, digest in sorted(walk.releases.items())]
    yield from _compare("release", view.releases(), bound)
    holders: dict[str, str] = {}
    try:
        trust = trust_in(believe(view, log_key=log_key), registry.blobs)
        holders = {key.spki: key.person for key in trust.keys}
    except (LedgerError, RegistryError, NotFoundError) as error:
        yield _problem("control plane", str(error), error.faults[0].cause)
    for digest in sorted(set(walk.releases.values())):
        yield from _blob_problems(digest, registry.blobs)
    for index, event in walk.evidence:
        yield from _evidence_problems(index, event, registry.blobs, holders)


def _compare(what: str, seen: Iterable[object], wanted: Iterable[object]) -> Iterator[Problem]:
    """Say where two sorted lists part; what follows would only repeat it."""
    try:
        for one, other in zip_longest(seen, wanted):
            if one != other:
                message = f"the registry's {what} is not what the entries say"
                yield _problem(what, message, repr(one), repr(other))
                return
    except (LedgerError, RegistryError) as error:
        yield _problem(what, str(error))


def _blob_problems(digest: str, blobs: BlobReader) -> Iterator[Problem]:
    try:
        blobs.read(digest)
    except (RegistryError, NotFoundError) as error:
        yield _problem(digest, str(error))


def _evidence_problems(
    index: int, event: Event, blobs: BlobReader, holders: Mapping[str, str]
) -> Iterator[Problem]:
    """Say where a bundle is not what its entry says of it."""
    subject, body = f"entry {index}", event.body
    try:
        bundle = read_bundle(blobs.read(body["bundle"]))
        statement = read_statement(bundle.payload)
    except (
        RegistryError,
        NotFoundError,
        EnvelopeError,
        StatementError,
        KeyError,
        TypeError,
    ) as error:
        yield _problem(subject, f"its evidence cannot be read: {error}")
        return
    signer = f"sha256:{bundle.hint.hex()}"
    subjects = sorted({digest for _, digest in statement.subjects})
    said = {
        # Where trust cannot be told, nobody's name can; that is a problem of its own.
        "person": holders.get(signer) if holders else body.get("person"),
        "predicateType": statement.predicate_type,
        "signer": signer,
        "subjects": subjects,
    }
    if body.get("release") not in subjects:
        message = "its release is not what the bundle is about"
        yield _problem(subject, message, str(body.get("release")), ", ".join(subjects))
    for name, value in said.items():
        if body.get(name) != value:
            message = f"its {name} is not that of the bundle"
            yield _problem(subject, message, str(body.get(name)), str(value))
