"""A ledger in hands that should not have it: rewritten, cut, forged, wound back."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

from weighbridge.adapters.log_key import make_log_key, open_log_key
from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.merkle import MerkleTree, grow, leaf_hash
from weighbridge.ledger.note import read_note
from weighbridge.model.canonical import canonical_bytes
from weighbridge.model.event import Kind
from weighbridge.usecases.drilling.cast import DEPLOYER
from weighbridge.usecases.drilling.interface import Fault
from weighbridge.usecases.drilling.judging import (
    AUDIT,
    asked,
    attempted,
    audited,
    done,
    first_refused,
)
from weighbridge.usecases.drilling.playing import nobody_rejects, reject

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.adapters.session import Session
    from weighbridge.usecases.drilling.interface import Trial
    from weighbridge.usecases.drilling.scene import Scene

FAMILY = "ledger"
BELIEVED = "ledger"
"""What refuses an act where the ledger does not prove what it says."""

_CAUGHT = frozenset({AUDIT, BELIEVED})
_REPLACE = "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), ?, ?) AS BLOB)"


def _looked_at(scene: Scene, *, since: bytes | None = None) -> Trial:
    """Ask for the promotion once more, and verify the ledger; either may tell."""
    # Of asking, only an error tells: whether the gate lets it pass is looked at elsewhere.
    asking = done(scene.promote, what=BELIEVED)
    return first_refused([asking, _audited(scene, since)])


def _audited(scene: Scene, since: bytes | None = None) -> Trial:
    return attempted(lambda: audited(scene.audited(since=since)), what=AUDIT)


def _tampered(scene: Scene, tamper: Callable[[Session], None]) -> Trial:
    with scene.registry.tables() as session:
        tamper(session)
    return _looked_at(scene)


def _rewrite(session: Session) -> None:
    session.write(_REPLACE, (DEPLOYER, "impostor"))


def _delete(session: Session) -> None:
    session.write("DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)")


def _watch(session: Session) -> None:
    session.write("CREATE TRIGGER quiet AFTER INSERT ON entry BEGIN DELETE FROM topic; END")


def _wound_back(scene: Scene) -> Trial:
    """Put the database of before in its place; somebody kept a checkpoint."""
    before, size = scene.checkpoint(), _size(scene)
    scene.promote()
    newest = scene.checkpoint()
    with scene.registry.tables() as session:
        for table, column in (("entry", "idx"), ("node", "leaf"), ("topic", "entry")):
            session.write(f"DELETE FROM {table} WHERE {column} >= ?", (size,))  # noqa: S608 - ours
        session.write("UPDATE checkpoint SET note = ?", (before,))
    return _audited(scene, newest)


def _size(scene: Scene) -> int:
    return read_checkpoint(read_note(scene.checkpoint()).text).size


def _forged(scene: Scene) -> Trial:
    """Have another key sign a checkpoint over the very same entries."""
    known = read_checkpoint(read_note(scene.checkpoint()).text)
    other = scene.registry.root / "other"
    other.mkdir()
    make_log_key(other, known.origin, begun=False)
    note = open_log_key(other).sign(known.size, known.root)
    with scene.registry.tables() as session:
        session.write("UPDATE checkpoint SET note = ?", (note,))
    return _looked_at(scene)


def _rewritten(scene: Scene) -> Trial:
    """Write an entry anew, and sign the log again, as who holds its key can."""
    kept = scene.checkpoint()
    with scene.registry.reading() as view:
        entries = [json.loads(data) for data in view.entries()]
    at = max(i for i, one in enumerate(entries) if one["kind"] == Kind.PROMOTION_DONE.value)
    entries[at]["body"]["person"] = "impostor"
    written = [canonical_bytes(entry) for entry in entries]
    leaves = [leaf_hash(entry) for entry in written]
    with scene.registry.tables() as session:
        for level, index, node in grow(0, leaves, lambda _level, _index: b""):
            place = (node, ((index + 1) << level) - 1, level)
            session.write("UPDATE node SET hash = ? WHERE leaf = ? AND level = ?", place)
        note = open_log_key(scene.registry.root).sign(len(leaves), MerkleTree(leaves).root())
        session.write("UPDATE checkpoint SET note = ?", (note,))
        session.write("UPDATE entry SET body = ? WHERE idx = ?", (written[at], at))
    return _audited(scene, kept)


def _hidden(scene: Scene) -> Trial:
    """Take a rejection out of the index, so that nobody finds it."""
    index = reject(scene, scene.origin.release, scene.cast.approvers[0])
    with scene.registry.tables() as session:
        session.write("DELETE FROM topic WHERE entry = ?", (index,))
    return _audited(scene)


def _invented(scene: Scene) -> Trial:
    """Enter a move of the pointer nobody decided, past the gate."""
    with scene.registry.reading() as view:
        entries = [json.loads(data) for data in view.entries()]
    last = next(one for one in entries[::-1] if one["kind"] == Kind.PROMOTION_DONE.value)
    body = {**last["body"], "generation": last["body"]["generation"] + 1, "verdict": "allowed"}
    body["outcome"] = scene.blobs.put(b"{}")
    scene.plant(Kind.PROMOTION_DONE, body)
    return _audited(scene)


def _set_back(scene: Scene) -> Trial:
    scene.registry.clock.time = "2001-01-01T00:00:00Z"
    return attempted(lambda: asked(scene, scene.promote()), what="clock")


_fault = partial(Fault, family=FAMILY, begins="promoted", catchers=_CAUGHT, control="ledger")

FAULTS = (
    _fault(
        "rewritten-row",
        "entries of the ledger name another person",
        partial(_tampered, tamper=_rewrite),
    ),
    _fault(
        "deleted-row", "the newest entry of the ledger is gone", partial(_tampered, tamper=_delete)
    ),
    _fault(
        "tables-without-guard",
        "the tables have a trigger that clears the index",
        partial(_tampered, tamper=_watch),
    ),
    _fault(
        "database-of-yesterday",
        "the database is the one of before the promotion",
        _wound_back,
        begins="approved",
    ),
    _fault("forged-checkpoint", "another key signed the log's checkpoint", _forged),
    _fault(
        "history-rewritten",
        "an entry is written anew, and the log signed again with its own key",
        _rewritten,
    ),
    _fault(
        "hidden-rejection", "a rejection is taken out of the index", _hidden, missing=nobody_rejects
    ),
    _fault("invented-promotion", "a move of the pointer is entered nobody decided", _invented),
    Fault(
        "clock-moved-back",
        "the clock shows a time before the newest entry",
        _set_back,
        {"clock", "case-intact"},
        family=FAMILY,
        begins="approved",
    ),
)
