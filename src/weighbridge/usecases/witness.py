"""`log witness`: remember the largest state of a log, and cosign only what grew from it.

What is remembered lasts before anybody is answered; who is killed between cosigns the same state
again, never another one. Between two runs nothing else is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from weighbridge.ledger.checkpoint import read_checkpoint
from weighbridge.ledger.cosignature import (
    WitnessKey,
    cosign,
    seconds,
    time_text,
    verify_cosignature,
    with_lines,
    write_lines,
)
from weighbridge.ledger.merkle import TreeError
from weighbridge.ledger.note import NoteError, read_note, signed_by, verify_note
from weighbridge.ledger.witnessing import (
    SIZE_TYPE,
    RefusedError,
    Status,
    WitnessRequest,
    read_request,
    weigh,
)
from weighbridge.model.errors import (
    ClockError,
    KeyFileError,
    LedgerError,
    RegistryError,
    WeighbridgeError,
)
from weighbridge.seal.keys import ed25519_bytes, read_public_key
from weighbridge.usecases.believed import verify_ed25519

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from weighbridge.ledger.checkpoint import Checkpoint
    from weighbridge.ledger.note import Note, NoteSignature, VerifierKey
    from weighbridge.model.ports import Signer

    Growth = Callable[[int, int], Sequence[bytes]]
    """Proves that a log of one size is a prefix of that of another (`Tree.consistency`)."""

_TEXT = "text/plain; charset=utf-8"
_UNABLE = 503


class Memory(Protocol):
    """What one witness remembers, kept by one at a time."""

    def alone(self) -> AbstractContextManager[None]:
        """Keep out everybody else, other processes too."""

    def read(self) -> bytes | None:
        """Return what was kept last; None if nothing ever was.

        Raises:
            RegistryError: It cannot be read, or is gone.
        """

    def keep(self, data: bytes) -> None:
        """Replace what is remembered; it lasts before this returns.

        Raises:
            StorageError: It could not be written.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """A checkpoint that was cosigned.

    Attributes:
        checkpoint: What it says.
        line: The cosignature.
        note: The signed note with it.
        at: When, by the witness's clock.
        first: Whether nothing was remembered before.
    """

    checkpoint: Checkpoint
    line: NoteSignature
    note: bytes
    at: str
    first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is answered over HTTP.

    Attributes:
        status: The status code.
        media_type: What the body is.
        body: The body.
    """

    status: int
    media_type: str
    body: bytes


def witness_key(name: str, spki: bytes) -> WitnessKey:
    """Name the key of a witness.

    Raises:
        KeyFileError: It is no Ed25519 key, or the name is none.
    """
    public = read_public_key(spki)
    raw = ed25519_bytes(public)
    if raw is None:
        help_ = ["weighbridge key new NAME --algorithm ed25519"]
        raise KeyFileError("a witness signs with an Ed25519 key", seen=public.algorithm, help=help_)
    try:
        return WitnessKey(name=name, public_key=raw)
    except NoteError as error:
        wanted = "a word such as example.com/witness, without spaces or `+`"
        raise KeyFileError(
            f"{name!r} is no name for a witness", seen=name, wanted=wanted, cause=str(error)
        ) from error


class Witness:
    """A witness of one log."""

    def __init__(
        self,
        key: WitnessKey,
        *,
        signer: Signer,
        log_keys: Sequence[VerifierKey],
        memory: Memory,
        now: Callable[[], str],
    ) -> None:
        """Take up what is remembered.

        Args:
            key: The witness's name and key.
            signer: Its private half.
            log_keys: Keys of the log, all of one name.
            memory: Where it remembers.
            now: Tells the time (`check_time`).
        """
        self._key = key
        self._signer = signer
        self._log_keys = log_keys
        self._memory = memory
        self._now = now

    def cosign(self, ask: Callable[[int], WitnessRequest], *, dry_run: bool = False) -> Cosigned:
        """Cosign a checkpoint, if the log only grew.

        Args:
            ask: Returns what is asked, given the size that was cosigned last; nobody else can
                change that meanwhile.
            dry_run: Whether nothing is to be remembered; the cosignature must not get out then.

        Raises:
            RefusedError: It must not be cosigned.
            RegistryError: What is remembered is not what this witness wrote.
            ClockError: The last cosignature is later than now.
        """
        with self._memory.alone():
            last, before = self._last()
            request = ask(last.size if last else 0)
            note, new = weigh(request, keys=self._log_keys, last=last, verify=verify_ed25519)
            now = self._now()
            if seconds(now) < before:
                message = "the clock is behind the last cosignature"
                raise ClockError(message, seen=now, wanted=f"{time_text(before)} or later")
            line = cosign(note.text, self._key, at=seconds(now), sign=self._signer.sign)
            if not dry_run:
                # Nothing is remembered that was not verified: signatures of others are left out.
                self._memory.keep(with_lines(signed_by(note, *self._log_keys), [line]))
        cosigned = with_lines(note, [line])
        return Cosigned(checkpoint=new, line=line, note=cosigned, at=now, first=last is None)

    def remembered(self) -> Checkpoint | None:
        """Return what was cosigned last; None if nothing ever was.

        Raises:
            RegistryError: What is remembered is not what this witness wrote.
        """
        with self._memory.alone():
            return self._last()[0]

    def _last(self) -> tuple[Checkpoint | None, int]:
        """Return what was cosigned last, and when."""
        data = self._memory.read()
        if data is None:
            return None, 0
        try:
            note = read_note(data)
            at = self._cosigned_at(note)
            checkpoint = read_checkpoint(note.text)
            self._check_log(note, checkpoint)
        except NoteError as error:
            help_ = [
                "restore it from a backup, the newest",
                "give each log and key a file of its own",
                "if the log's key was rotated, name both: --log-key OLD --log-key NEW",
            ]
            message = "what the witness remembered is not what it wrote for this log and key"
            raise RegistryError(message, cause=str(error), help=help_) from error
        return checkpoint, at

    def _cosigned_at(self, note: Note) -> int:
        for line in note.signatures:
            if self._key.made(line):
                raw = self._key.public_key
                return verify_cosignature(note.text, line, raw, verify=verify_ed25519)
        raise NoteError(f"{self._key.name} has not cosigned it")

    def _check_log(self, note: Note, checkpoint: Checkpoint) -> None:
        reasons = [f"it is of {checkpoint.origin}"]
        for key in self._log_keys:
            if key.name != checkpoint.origin:
                continue
            try:
                verify_note(note, key, verify=verify_ed25519)
            except NoteError as error:
                reasons.append(str(error))
            else:
                return
        raise NoteError(reasons[-1])


def cosign_file(
    data: bytes, *, witness: Witness, growth: Growth, dry_run: bool = False
) -> Cosigned:
    """Cosign a checkpoint, or a request that brings its own proof.

    Args:
        data: The checkpoint, or what is posted to a witness.
        witness: The witness.
        growth: Proves that the log grew, if the checkpoint comes without.
        dry_run: Whether nothing is to be remembered.

    Raises:
        LedgerError: It must not be cosigned.
        RegistryError: What is remembered is not what this witness wrote.
        ClockError: The last cosignature is later than now.
    """

    def ask(old: int) -> WitnessRequest:
        if data.startswith(b"old "):
            return read_request(data)
        size = read_checkpoint(read_note(data).text).size
        path = tuple(growth(old, size)) if 0 < old < size else ()
        return WitnessRequest(old=old, path=path, checkpoint=data)

    try:
        return witness.cosign(ask, dry_run=dry_run)
    except (RefusedError, NoteError, TreeError) as error:
        help_ = [
            "keep both checkpoints: together they show what the log did",
            "a request with its proof is made by `weighbridge log show --checkpoint --since N`",
        ]
        message = "the checkpoint is not cosigned"
        raise LedgerError(message, cause=str(error), help=help_) from error


def answer(body: bytes, *, witness: Witness, notice: Callable[[str], None]) -> Answer:
    """Answer `add-checkpoint` (https://c2sp.org/tlog-witness).

    Args:
        body: What was posted.
        witness: The witness.
        notice: Told why the witness cannot cosign anything just now.
    """
    try:
        request = read_request(body)
        cosigned = witness.cosign(lambda _: request)
    except NoteError as error:
        return _said(Status.MALFORMED, str(error))
    except RefusedError as error:
        if error.size is not None:
            size = b"%d\n" % error.size
            return Answer(status=error.status, media_type=SIZE_TYPE, body=size)
        return _said(error.status, str(error))
    except WeighbridgeError as error:
        notice(str(error))  # it names files of this machine
        return _said(_UNABLE, "nothing can be cosigned just now")
    return Answer(status=Status.COSIGNED, media_type=_TEXT, body=write_lines([cosigned.line]))


def _said(status: int, reason: str) -> Answer:
    return Answer(status=status, media_type=_TEXT, body=f"{reason}\n".encode())
