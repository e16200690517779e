"""`log verify`: the ledger proves what it says; with `deep`, the registry holds nothing else.

One walk over all entries feeds every comparison. What is wrong is listed, all of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from weighbridge.ledger.checkpoint import open_checkpoint
from weighbridge.ledger.merkle import MerkleTree, leaf_hash, verify_consistency
from weighbridge.ledger.note import NoteError, read_verifier_key
from weighbridge.model.errors import LedgerError, NotFoundError, RegistryError
from weighbridge.model.event import CONTROL_KINDS, Event, EventError, Kind, read_event, topics
from weighbridge.model.verification import Audit, Problem
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.statement import StatementError, read_statement
from weighbridge.usecases.believed import believe, trust_in, verify_ed25519
from weighbridge.usecases.subjects import contents_of, refuse_subjects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.model.ports import BlobReader, LedgerView, Registry

_RESTORE = "restore the registry from a backup, and find out who could write to it"


@dataclass(slots=True)
class _Walk:
    """What all entries together say, gathered on one walk over them."""

    leaves: list[bytes] = field(default_factory=list)
    topics: list[tuple[str, int]] = field(default_factory=list)
    releases: dict[tuple[str, str], str] = field(default_factory=dict)
    evidence: list[tuple[int, Event]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    time: str = ""
    control: int | None = None

    def step(self, index: int, data: bytes) -> None:
        """Take one entry."""
        self.leaves.append(leaf_hash(data))
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

    def _take(self, index: int, event: Event) -> None:
        self.time = max(self.time, event.time)
        self.topics.extend((topic, index) for topic in topics(event))
        if event.kind in CONTROL_KINDS:
            self.control = index
        elif event.kind in {Kind.RELEASE_ADOPTED, Kind.RELEASE_SEALED}:
            self._bind(index, event.body)
        elif event.kind is Kind.EVIDENCE_ADDED:
            self.evidence.append((index, event))

    def _bind(self, index: int, body: Mapping[str, Any]) -> None:
        name, version, digest = (body.get(key) for key in ("name", "version", "digest"))
        if isinstance(name, str) and isinstance(version, str) and isinstance(digest, str):
            self.releases[name, version] = digest
        else:
            self._wrong(index, "it does not say which release it binds")

    def _wrong(self, index: int, message: str, seen: str = "", wanted: str = "") -> None:
        self.problems.append(_problem(f"entry {index}", message, seen, wanted))


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
        log = believe(view, log_key=log_key)
        walk = _Walk()
        try:
            for index, data in enumerate(view.entries()):
                walk.step(index, data)
        except LedgerError as error:
            walk.problems.append(_problem("entries", str(error)))
        tree = MerkleTree(walk.leaves)
        problems = [*walk.problems, *_root_problems(tree, log.checkpoint)]
        if since is not None:
            problems.extend(_growth_problems(tree, since, log_key))
        if deep:
            problems.extend(_deep_problems(view, walk, registry, log_key))
    return Audit(log=log.state, problems=tuple(problems), deep=deep)


def _problem(subject: str, message: str, seen: str = "", wanted: str = "") -> Problem:
    return Problem(
        code=LedgerError.code,
        subject=subject,
        message=message,
        seen=seen,
        wanted=wanted,
        remediation=(_RESTORE,),
    )


def _root_problems(tree: MerkleTree, checkpoint: Checkpoint) -> Iterator[Problem]:
    if len(tree) != checkpoint.size:
        seen, wanted = f"{len(tree)} entries", f"{checkpoint.size} entries"
        yield _problem("checkpoint", "it is of another number of entries", seen, wanted)
    elif tree.root() != checkpoint.root:
        seen, wanted = tree.root().hex(), checkpoint.root.hex()
        yield _problem("checkpoint", "the entries are not those that were signed", seen, wanted)


def _growth_problems(tree: MerkleTree, since: bytes, log_key: str) -> Iterator[Problem]:
    """Say why the log has not grown from a checkpoint: it was cut, rewritten or forked."""
    try:
        old = open_checkpoint(since, read_verifier_key(log_key), verify=verify_ed25519)
    except NoteError as error:
        yield _problem("the checkpoint given", str(error))
        return
    if old.size > len(tree):
        seen, wanted = f"{len(tree)} entries", f"{old.size} or more"
        yield _problem("ledger", "entries are gone since that checkpoint", seen, wanted)
    elif old.size and not verify_consistency(
        old.size,
        len(tree),
        first_root=old.root,
        second_root=tree.root(),
        path=tree.consistency(old.size),
    ):
        message = "entries before that checkpoint were rewritten"
        yield _problem("ledger", message, tree.root(old.size).hex(), old.root.hex())


def _deep_problems(
    view: LedgerView, walk: _Walk, registry: Registry, log_key: str
) -> Iterator[Problem]:
    yield from (_problem("database", fault) for fault in view.faults())
    yield from _compare("node", view.nodes(), MerkleTree(walk.leaves).nodes())
    yield from _compare("index", view.topics(), sorted(walk.topics))
    bound = [(*name, digest) for name, digest in sorted(walk.releases.items())]
    yield from _compare("release", view.releases(), bound)
    holders: dict[str, str] = {}
    try:
        trust = trust_in(believe(view, log_key=log_key), registry.blobs)
        holders = {one.spki: one.person for one in trust.holdings}
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
    signer = bundle.signer
    subjects = sorted({digest for _, digest in statement.subjects})
    said = {
        # Where trust cannot be told, nobody's name can; that is a problem of its own.
        "person": holders.get(signer) if holders else body.get("person"),
        "predicateType": statement.predicate_type,
        "signer": signer,
        "subjects": subjects,
    }
    release = str(body.get("release"))
    if refuse_subjects(statement, release, contents_of(release, blobs)) is not None:
        message = "its release is not what the bundle is about"
        yield _problem(subject, message, release, ", ".join(subjects))
    for name, value in said.items():
        if body.get(name) != value:
            message = f"its {name} is not that of the bundle"
            yield _problem(subject, message, str(body.get(name)), str(value))
