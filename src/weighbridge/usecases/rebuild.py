"""`registry rebuild`: all tables of a registry made anew from the entries of its ledger.

The entries are those of its database or of any other source; they are believed as far as the
checkpoint over them proves, and nothing is written before that is known. What the tables held
otherwise is said.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from weighbridge.ledger.checkpoint import open_checkpoint, read_checkpoint
from weighbridge.ledger.merkle import CompactTree, leaf_hash
from weighbridge.ledger.note import (
    NoteError,
    read_note,
    read_verifier_key,
    signed_by,
    write_note,
    write_verifier_key,
)
from weighbridge.model.errors import LedgerError, OwnerlessError, WeighbridgeError
from weighbridge.model.event import (
    BINDING_KINDS,
    CONTROL_KINDS,
    Event,
    EventError,
    Kind,
    read_event,
    topics,
)
from weighbridge.usecases.audit_deep import Comparison, read_store
from weighbridge.usecases.audit_problems import ledger_problem
from weighbridge.usecases.log_keys import ROTATES, KeyChain, verify_ed25519

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.log_keeping import EntrySource, Tables
    from weighbridge.model.ports import Registry
    from weighbridge.model.standing import Store
    from weighbridge.model.verification import Problem

_AT_ONCE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What became of rebuilding.

    Attributes:
        entries: How many entries the ledger has.
        problems: Where the tables held something else.
        is_written: Whether they were written anew.
        kept: Where the old database is kept; empty if nowhere.
    """

    entries: int
    problems: tuple[Problem, ...]
    is_written: bool = False
    kept: str = ""


def rebuild(
    registry: Registry, *, source: EntrySource | None, log_key: str, dry_run: bool = False
) -> Rebuilt:
    """Make the tables of a registry anew, if they are not what its entries say.

    Args:
        registry: The registry.
        source: The entries and their checkpoint; None for those of its own database.
        log_key: The log's public key (signed-note verifier key), or one that leads to it.
        dry_run: Say only where they disagree.

    Raises:
        OwnerlessError: There are no entries.
        LedgerError: The checkpoint does not prove the entries, or the registry knows of more.
    """
    with contextlib.ExitStack() as stack:
        entries = source or stack.enter_context(registry.reading())
        proven = Proven(entries, log_key)
        before, problems = _compared(registry, proven)
        told = Rebuilt(entries=proven.size, problems=tuple(problems))
        if dry_run or not problems:
            return told
        kept = registry.rebuild(proven.fill, before=before, log_key=proven.log_key)
    return Rebuilt(entries=told.entries, problems=told.problems, is_written=True, kept=kept)


class Proven:
    """Entries that a log's key signed, and what follows from them."""

    def __init__(self, source: EntrySource, log_key: str) -> None:
        """Read all of them once.

        Raises:
            LedgerError: The checkpoint does not prove them.
        """
        if not source.checkpoint:
            help_ = ["weighbridge registry init --owner PERSON=KEY --threshold N"]
            raise OwnerlessError("there is no ledger to rebuild from", help=help_)
        if not log_key:
            help_ = ["name the key with --log-key"]
            raise LedgerError("the log's public key is not there", help=help_)
        self._source = source
        try:
            self.size = read_checkpoint(read_note(source.checkpoint).text).size
            tree, keys = self._read()
            chain = KeyChain(keys)
            checkpoint = chain.open(source.checkpoint, read_verifier_key(log_key))
        except (NoteError, EventError) as error:
            message = "the checkpoint does not prove the entries; nothing was rebuilt"
            raise LedgerError(message, cause=str(error), help=_HELP) from error
        if tree.root() != checkpoint.root:
            raise LedgerError(
                "the entries are not those that were signed; nothing was rebuilt",
                seen=tree.root().hex(),
                wanted=checkpoint.root.hex(),
                help=_HELP,
            )
        key = chain.at(self.size).key
        self.log_key = write_verifier_key(key)
        self.checkpoint = write_note(signed_by(read_note(source.checkpoint), key))

    def batches(self) -> Iterator[tuple[int, list[bytes]]]:
        """Return the entries in their order, some at a time, with the index of the first."""
        left, start = self._source.entries(0, self.size), 0
        while batch := list(islice(left, _AT_ONCE)):
            yield start, batch
            start += len(batch)

    def _read(self) -> tuple[CompactTree, list[tuple[int, Event]]]:
        tree, keys = CompactTree(), []
        for start, batch in self.batches():
            tree.extend(map(leaf_hash, batch))
            for index, data in enumerate(batch, start):
                event = read_event(data)
                rotates = event.body.get("action") == ROTATES and event.kind in CONTROL_KINDS
                if rotates or not index:
                    keys.append((index, event))
                _check_whole(index, event)
        return tree, keys

    def fill(self, tables: Tables) -> None:
        """Write everything that follows from the entries."""
        tree = CompactTree()
        releases: dict[tuple[str, str], str] = {}
        store: Store | None = None
        for start, batch in self.batches():
            tables.entries(start, batch)
            tables.nodes(tree.extend(map(leaf_hash, batch)))
            events = list(enumerate(map(read_event, batch), start))
            tables.topics([(name, index) for index, event in events for name in topics(event)])
            for _, event in events:
                if event.kind in BINDING_KINDS:
                    body = event.body
                    releases[body["name"], body["version"]] = body["digest"]
                elif event.kind is Kind.STORE_SETTLED:
                    store = read_store(event)
        tables.releases([(*name, digest) for name, digest in sorted(releases.items())])
        if store is not None:
            tables.store(store)
        tables.checkpoint(self.checkpoint)

    def compare(self, comparison: Comparison) -> Iterator[Problem]:
        """Say where tables hold something else."""
        tree = CompactTree()
        for start, batch in self.batches():
            for index, data in enumerate(batch, start):
                yield from comparison.step(index, read_event(data))
            yield from comparison.grown(tree.extend(map(leaf_hash, batch)))
        yield from comparison.ended(self.size)

    def differences(self, seen: Iterator[bytes], size: int) -> Iterator[Problem]:
        """Say where other entries part from these."""
        if size != self.size:
            message = "the registry has another number of entries than were signed"
            yield ledger_problem("entries", message, str(size), str(self.size))
        try:
            for start, batch in self.batches():
                if batch != list(islice(seen, len(batch))):
                    message = f"the registry has another entry from {start} on"
                    yield ledger_problem("entries", message)
                    return
        except LedgerError as error:
            yield ledger_problem("entries", str(error))


_HELP = [
    "name a source whose entries are whole: weighbridge registry rebuild --from DIR",
    "weighbridge log verify",
]


def _check_whole(index: int, event: Event) -> None:
    """Refuse an entry that does not say what tables hold."""
    if event.kind in BINDING_KINDS:
        told = [event.body.get(name) for name in ("name", "version", "digest")]
        if not all(isinstance(text, str) for text in told):
            raise LedgerError(f"entry {index} does not say which release it binds", help=_HELP)
    elif event.kind is Kind.STORE_SETTLED:
        try:
            read_store(event)
        except (KeyError, TypeError) as error:
            message = f"entry {index} does not say where blobs lie"
            raise LedgerError(message, help=_HELP) from error


def _compared(registry: Registry, proven: Proven) -> tuple[bytes | None, list[Problem]]:
    """Return the checkpoint the registry has, None if it cannot be used, and the differences."""
    try:
        with registry.reading() as view:
            before = view.checkpoint
            _check_older(before, proven)
            faults = [ledger_problem("database", fault) for fault in view.faults()]
            problems = [*faults, *proven.differences(view.entries(), view.size)]
            if before != proven.checkpoint:
                problems.append(ledger_problem("checkpoint", "the registry has another one"))
            comparison = Comparison(view, registry, "", with_papers=False)
            problems += [one for one in proven.compare(comparison) if one.subject != "database"]
    except _NewerError:
        raise
    except WeighbridgeError as error:
        return None, [ledger_problem("database", str(error), error.faults[0].cause)]
    return None if faults else before, problems


class _NewerError(LedgerError):
    """The registry has entries the source knows nothing of."""


def _check_older(note: bytes, proven: Proven) -> None:
    """Refuse to go back: a source may be older than the registry it is to mend."""
    try:
        key = read_verifier_key(proven.log_key)
        there = open_checkpoint(note, key, verify=verify_ed25519)
    except NoteError:
        return
    if there.size > proven.size:
        message = "the registry has more entries than the source; nothing was rebuilt"
        seen, wanted = f"{proven.size} entries", f"{there.size} entries or more"
        help_ = ["leave out --from, or name a newer source"]
        raise _NewerError(message, seen=seen, wanted=wanted, help=help_)
