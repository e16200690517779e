"""A store of blobs: bytes by digest, in a place that keeps bytes by name.

Digests are compared here and nowhere below: before bytes are visible, and whenever they are read
whole. Where a cipher is given, what is put is encrypted; what lay there before stays readable.
"""

from __future__ import annotations

import contextlib
import hashlib
import heapq
import math
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from weighbridge.adapters.blobs.names import (
    ENCRYPTED,
    INCOMING,
    PLAIN,
    blob_name,
    check_digest,
    is_ours,
    named_digest,
)
from weighbridge.model.errors import NotFoundError, RegistryError, UnavailableError
from weighbridge.model.ports import Held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.adapters.blobs.keyed import Arrival, Keyed
    from weighbridge.model.ports import ByteSource, Located

CHUNK = 1 << 20


class DamagedError(OSError):
    """Encrypted bytes are not what was encrypted, or were cut short."""


class NoAnswerError(OSError):
    """The place bytes lie in does not answer: nobody can say what they are."""


class Sealing(Protocol):
    """One file on its way through a cipher."""

    def update(self, data: bytes) -> bytes:
        """Take in bytes, and return what is to be written of them by now."""

    def finish(self) -> bytes:
        """Return the rest of what is to be written."""


class Cipher(Protocol):
    """What blobs are encrypted with."""

    @property
    def encrypts(self) -> bool:
        """Whether what is put is encrypted, or what was is only read."""

    def seal(self) -> Sealing:
        """Begin to encrypt a file."""

    def open(self, source: ByteSource) -> ByteSource:
        """Open an encrypted file; it closes what it reads from.

        Raises:
            DamagedError: It is none, or another than was encrypted.
            UnavailableError: Nobody here can decrypt it.
        """


class BlobIncoming:
    """Bytes on their way into a store."""

    def __init__(
        self, arrival: Arrival, sealing: Sealing | None, arrived: Callable[[str, Arrival], None]
    ) -> None:
        """Take bytes in, through a cipher if one is given, and say when they may be placed."""
        self._arrival = arrival
        self._sealing = sealing
        self._arrived = arrived
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._hash.update(data)
        self._arrival.write(data if self._sealing is None else self._sealing.update(data))

    def close(self) -> None:
        """End the writing and let go of what it held open; nobody sees the bytes yet."""
        self._end()
        self._arrival.close()

    def commit(self, digest: str) -> None:
        """Make the bytes visible under their digest; a damaged blob of it is replaced."""
        try:
            check_digest(digest)
            self._end()
            seen = "sha256:" + self._hash.hexdigest()
            if seen != digest:
                message = "bytes on their way into the store are not what was announced"
                raise RegistryError(message, seen=seen, wanted=digest, help=["run it again"])
            self._arrived(digest, self._arrival)
        finally:
            self.discard()

    def discard(self) -> None:
        """Forget the bytes; harmless after `commit`."""
        self._arrival.discard()

    def _end(self) -> None:
        if self._sealing is not None:
            sealing, self._sealing = self._sealing, None
            self._arrival.write(sealing.finish())


class Blobs:
    """Bytes by digest."""

    def __init__(self, keyed: Keyed, *, cipher: Cipher | None = None) -> None:
        """Keep them in a place, encrypted if the cipher says so."""
        self._keyed = keyed
        self._cipher = cipher
        encrypts = cipher is not None and cipher.encrypts
        self._areas = (ENCRYPTED, PLAIN) if encrypts else (PLAIN, ENCRYPTED)

    def has(self, digest: str) -> bool:
        """Tell whether the bytes are there."""
        return any(self._keyed.held(blob_name(digest, area)) for area in self._areas)

    def renew(self, digest: str) -> bool:
        """Make bytes that are there young again, and tell whether they are.

        A place that cannot do that, as an object store, leaves them as old as they are.
        """
        names = [blob_name(digest, area) for area in self._areas]
        renewed = [self._keyed.refresh(name) for name in names]
        return any(renewed) or self.has(digest)

    def locate(self, digest: str) -> Located | None:
        """Say where another process finds the bytes; None if only this one can read them."""
        return self._keyed.locate(blob_name(digest))

    def read(self, digest: str) -> bytes:
        """Return the bytes, checked against the digest."""
        with self.open(digest) as source:
            return _checked(digest, source)

    def open(self, digest: str) -> ByteSource:
        """Open the bytes for reading; whoever reads them checks the digest."""
        for area in self._areas:
            with contextlib.suppress(FileNotFoundError):
                return self._open(digest, area)
        help_ = ["seal the release here, or name its registry with --registry"]
        raise NotFoundError(f"the registry does not hold {digest}", help=help_)

    def incoming(self) -> BlobIncoming:
        """Begin to take in bytes."""
        arrival = self._keyed.arrive()
        cipher = self._cipher if self._areas[0] == ENCRYPTED else None
        return BlobIncoming(arrival, cipher.seal() if cipher else None, self._place)

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest; a damaged blob is replaced.

        Bytes that are there already are young again: who is just removing what nobody needs must
        not take them for such.
        """
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        if self._keyed.refresh(blob_name(digest, self._areas[0])) and self._is_sound(digest):
            return digest
        incoming = self.incoming()
        try:
            incoming.write(data)
            incoming.commit(digest)
        finally:
            incoming.discard()
        return digest

    def where(self, digest: str) -> str:
        """Name the place the bytes lie in, or would."""
        names = [blob_name(digest, area) for area in self._areas]
        if self._cipher is not None and self._keyed.held(names[0]) is None:
            names.sort(key=lambda name: self._keyed.held(name) is None)
        return self._keyed.where(names[0])

    def stored(self, after: str = "") -> Iterator[Held]:
        """List all bytes by digest, sorted; those that lie there twice once."""
        areas = (self._in_area(area, after) for area in self._areas)
        for digest, group in groupby(heapq.merge(*areas, key=_name), key=_name):
            found = list(group)
            size, modified = sum(one.size for one in found), max(one.modified for one in found)
            yield Held(name=digest, size=size, modified=modified)

    def leftovers(self) -> Iterator[Held]:
        """List what killed runs left of bytes that never arrived."""
        return self._keyed.listed(INCOMING)

    def foreign(self) -> Iterator[Held]:
        """List what lies in the place and was never put there by us."""
        return (held for held in self._keyed.listed() if not is_ours(held.name))

    def remove(self, name: str, *, before: float) -> bool:
        """Remove bytes that nobody put since a time, or a leftover that old."""
        if name.startswith(f"{INCOMING}/") and ".." not in name:
            return self._keyed.remove(name, before=before)
        names = [blob_name(name, area) for area in self._areas]
        removed = [self._keyed.remove(one, before=before) for one in names]
        return any(removed)

    def now(self) -> float:
        """Tell the time by the store's own clock."""
        return self._keyed.now()

    def _in_area(self, area: str, after: str) -> Iterator[Held]:
        for held in self._keyed.listed(area, after=blob_name(after, area) if after else ""):
            if (digest := named_digest(held.name)) is not None:
                yield Held(name=digest, size=held.size, modified=held.modified)

    def _open(self, digest: str, area: str) -> ByteSource:
        source = self._keyed.open(blob_name(digest, area))
        if area == PLAIN:
            return source
        try:
            return self._decrypting().open(source)
        except DamagedError as error:
            source.close()
            raise _damaged(digest, cause=str(error)) from error
        except UnavailableError as error:
            source.close()
            message = f"{digest} is stored encrypted: {error}"
            raise UnavailableError(message, help=error.faults[0].help) from error
        except BaseException:
            source.close()
            raise

    def _decrypting(self) -> Cipher:
        if self._cipher is None:
            help_ = ["export WEIGHBRIDGE_AGE_IDENTITY=FILE"]
            raise UnavailableError("no identity was named", help=help_)
        return self._cipher

    def _is_sound(self, digest: str) -> bool:
        """Tell whether what was just refreshed is what it should be."""
        try:
            with self._open(digest, self._areas[0]) as source:
                _checked(digest, source)
        except (FileNotFoundError, RegistryError, UnavailableError):
            return False
        return True

    def _place(self, digest: str, arrival: Arrival) -> None:
        arrival.place(blob_name(digest, self._areas[0]))
        if self._areas[0] == ENCRYPTED:  # what lay there as it is, from before
            self._keyed.remove(blob_name(digest, PLAIN), before=math.inf)


def _checked(digest: str, source: ByteSource) -> bytes:
    """Read a source to its end.

    Raises:
        RegistryError: What it holds has another digest.
        UnavailableError: Its place does not answer.
    """
    try:
        data = b"".join(iter(lambda: source.read(CHUNK), b""))
    except DamagedError as error:
        raise _damaged(digest, cause=str(error)) from error
    except NoAnswerError as error:
        raise UnavailableError(f"{digest} cannot be read: {error.strerror}") from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RegistryError(f"{digest} cannot be read: {reason}") from error
    seen = "sha256:" + hashlib.sha256(data).hexdigest()
    if seen != digest:
        raise _damaged(digest, seen=seen)
    return data


def _damaged(digest: str, *, seen: str = "", cause: str = "") -> RegistryError:
    return RegistryError(
        f"the registry's copy of {digest} is damaged",
        seen=seen,
        wanted=digest,
        cause=cause,
        help=["seal the release again from its files, or restore the registry"],
    )


def _name(held: Held) -> str:
    return held.name
