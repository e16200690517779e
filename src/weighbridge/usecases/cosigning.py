"""`--policy FILE` of `log show` and `log export`: ask witnesses to cosign, keep what verifies.

Each is asked what it knows first, then given the proof from there. Witnesses are asked side by
side: one that does not answer delays nobody. None is believed but for its own cosignature.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from weighbridge.ledger.checkpoint import read_number
from weighbridge.ledger.cosignature import read_lines, verify_cosignature, with_lines
from weighbridge.ledger.merkle import StoredTree
from weighbridge.ledger.note import NoteError, read_note
from weighbridge.ledger.quorum import shown
from weighbridge.ledger.witnessing import SIZE_TYPE, Status, WitnessRequest, write_request
from weighbridge.model.errors import NotFoundError, UnavailableError
from weighbridge.usecases.believed import believe, verify_ed25519
from weighbridge.usecases.cosigners import judge_cosigners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from weighbridge.ledger.note import Note, NoteSignature
    from weighbridge.ledger.quorum import QuorumPolicy, Witness
    from weighbridge.model.log_ports import Ledger
    from weighbridge.usecases.believed import BelievedLog

MOST_TURNS = 3
"""How often a witness is asked: others may have it cosign meanwhile."""

_AT_ONCE = 16
_SHOWN = 200


class Reply(Protocol):
    """What a witness answered."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def media_type(self) -> str:
        """What it says the body is."""

    @property
    def body(self) -> bytes:
        """The body."""


if TYPE_CHECKING:
    Ask = Callable[[str, bytes], Reply]
    """Posts a request to an address; raises UnavailableError if there is no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """A checkpoint that enough witnesses cosigned.

    Attributes:
        note: The signed note with their cosignatures.
        silent: Who was asked in vain, by name, and why.
    """

    note: bytes
    silent: tuple[tuple[str, str], ...]


def newest_request(since: int, *, ledger: Ledger, log_key: str) -> bytes:
    """Write the newest checkpoint with the proof that the log grew from a size, for a witness.

    Args:
        since: The size the witness cosigned last.
        ledger: What holds the log.
        log_key: The log's public key (signed-note verifier key).

    Raises:
        NotFoundError: The log is smaller.
        LedgerError: The ledger does not prove what it says.
    """
    with ledger.reading() as view:
        log = believe(view, log_key=log_key)
        size = log.checkpoint.size
        if since > size:
            raise NotFoundError(
                "the log has not so many entries", seen=str(since), wanted=f"0 to {size}"
            )
        tree = StoredTree(size, view.node)
        path = tuple(tree.consistency(since)) if since else ()
        return write_request(WitnessRequest(old=since, path=path, checkpoint=view.checkpoint))


def gather_cosignatures(
    *,
    ledger: Ledger,
    log_key: str,
    policy: QuorumPolicy,
    urls: Mapping[str, str],
    ask: Ask,
) -> Gathered:
    """Have the newest checkpoint cosigned by witnesses of a policy.

    Args:
        ledger: What holds the log.
        log_key: The log's public key (signed-note verifier key).
        policy: Who the witnesses are, and how many of them it takes.
        urls: Where to ask them, by the names the policy gives them; those not named are not asked.
        ask: Asks one; called by several threads.

    Raises:
        LedgerError: The ledger does not prove what it says.
        UnavailableError: Too few cosigned.
    """
    with ledger.reading() as view:
        log = believe(view, log_key=log_key)
        return _gather(log, read_note(view.checkpoint), policy=policy, urls=urls, ask=ask)


def complete(
    log: BelievedLog, note: bytes, *, policy: QuorumPolicy, urls: Mapping[str, str], ask: Ask
) -> Gathered:
    """Have the newest checkpoint cosigned, unless enough have done so.

    Args:
        log: The log.
        note: Its newest checkpoint, with the cosignatures there are; they are kept.
        policy: Who the witnesses are, and how many of them it takes.
        urls: Where to ask them, by the names the policy gives them.
        ask: Asks one; called by several threads.

    Raises:
        UnavailableError: Too few cosigned.
    """
    if not judge_cosigners(note, log_key=log.log_key, trust=None, policy=policy).problems:
        return Gathered(note=note, silent=())
    return _gather(log, read_note(note), policy=policy, urls=urls, ask=ask)


def _gather(
    log: BelievedLog, note: Note, *, policy: QuorumPolicy, urls: Mapping[str, str], ask: Ask
) -> Gathered:
    tree, checkpoint = StoredTree(log.checkpoint.size, log.view.node), log.view.checkpoint
    asked = [_Asked(policy.witnesses[name], url, note) for name, url in urls.items()]
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        for _ in range(MOST_TURNS):
            waiting = [one for one in asked if one.waits]
            bodies = [_body(one.old, tree, checkpoint) for one in waiting]
            list(pool.map(lambda one, body: one.turn(ask, body), waiting, bodies))
    cosigned = with_lines(note, [one.line for one in asked if one.line is not None])
    unasked = [name for name in policy.witnesses if name not in urls]
    silent = (
        *((shown(one.witness.name), one.why) for one in asked if one.line is None),
        *((shown(name), "nobody said where it is") for name in unasked),
    )
    judged = judge_cosigners(cosigned, log_key=log.log_key, trust=None, policy=policy)
    if judged.problems:
        problem = judged.problems[0]
        raise UnavailableError(
            problem.message,
            seen=problem.seen,
            wanted=problem.wanted,
            cause="; ".join(f"{name}: {why}" for name, why in silent),
            help=["ask again later, or name where a witness is: --witness NAME=URL"],
        )
    return Gathered(note=cosigned, silent=silent)


def _body(old: int, tree: StoredTree, checkpoint: bytes) -> bytes:
    path = tuple(tree.consistency(old)) if old else ()
    return write_request(WitnessRequest(old=old, path=path, checkpoint=checkpoint))


class _Asked:
    """A witness that is asked."""

    def __init__(self, witness: Witness, url: str, note: Note) -> None:
        self.witness = witness
        self.old = 0
        self.waits = True
        self.line: NoteSignature | None = None
        self.why = "it names another size each time"
        self._url = url
        self._note = note
        self._size = read_number(note.text.decode().split("\n")[1])

    def turn(self, ask: Ask, body: bytes) -> None:
        """Ask once, and take in what comes back."""
        try:
            reply = ask(self._url, body)
            if reply.status == Status.OTHER_SIZE and reply.media_type == SIZE_TYPE:
                self._knows(read_number(reply.body.decode(errors="replace").removesuffix("\n")))
                return
            if reply.status != Status.COSIGNED:
                raise NoteError(f"it answered {reply.status}: {_first(reply.body)}")  # noqa: TRY301
            self.line = self._ours(read_lines(reply.body, self._note.text))
        except (NoteError, UnavailableError) as error:
            self.why = str(error)
        self.waits = False

    def _knows(self, size: int) -> None:
        """Take in which size the witness cosigned last."""
        if size == self.old:
            raise NoteError(f"it has cosigned another tree of {size} entries: the log has forked")
        if size > self._size:
            raise NoteError(f"it has cosigned {size} entries: here some are gone")
        self.old = size

    def _ours(self, lines: Sequence[NoteSignature]) -> NoteSignature:
        for line in _of(self.witness, lines):
            verify_cosignature(
                self._note.text, line, self.witness.key.public_key, verify=verify_ed25519
            )
            return line
        raise NoteError(f"it did not cosign as {self.witness.key.name}")


def _of(witness: Witness, lines: Iterable[NoteSignature]) -> list[NoteSignature]:
    return [line for line in lines if witness.key.made(line)]


def _first(body: bytes) -> str:
    return body[:_SHOWN].decode(errors="replace").partition("\n")[0] or "nothing"
