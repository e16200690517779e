"""Bring a blob to a registry: in chunks, each of which may be interrupted.

After an interruption the registry is asked how much it has, and gets the rest. Distribution 2.8
(Debian's docker-registry) cannot say so after a chunk it got in part: its session is lost
then, and the blob begins anew; between chunks it continues. The size of what is sent is fixed
before, its digest is computed while it is sent, and both must be right before the blob is ended.
An upload's address must be on the registry itself: a private model is not sent to another host.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from weighbridge.adapters.oci.connection import PUSH
from weighbridge.adapters.oci.handing import Handing
from weighbridge.adapters.servers.patience import Attempts, DroppedError
from weighbridge.model.errors import TransferError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from weighbridge.adapters.oci.connection import Connection
    from weighbridge.adapters.oci.resuming import Unfinished
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.ports import ByteSource

BLOCK = 1 << 20
CHUNK = 32 << 20
_CREATED, _ACCEPTED, _NO_CONTENT, _TOO_LARGE = 201, 202, 204, 413
_LOST = frozenset({400, 404, 416})
_BINARY = {"Content-Type": "application/octet-stream"}
_RANGE = re.compile(r"(?:bytes=)?0-([0-9]{1,19})")
_MOST_CHUNK = 512 << 20
_LOSS = "it no longer knows the upload"


class LostError(Exception):
    """The registry no longer knows an upload."""


class Upload:
    """One blob on its way to a registry."""

    def __init__(
        self,
        connection: Connection,
        blob: Descriptor,
        source: ByteSource,
        *,
        is_there: Callable[[], bool],
        unfinished: Unfinished | None,
        advance: Callable[[int], object],
        chunk: int = CHUNK,
    ) -> None:
        """Name the blob and where its bytes are.

        Args:
            connection: The repository.
            blob: What is to be there.
            source: Its bytes, not read yet.
            is_there: Tells whether the repository has the blob.
            unfinished: What killed processes left, if that is kept.
            advance: Is told of bytes that went.
            chunk: Bytes of one request.
        """
        self._connection, self._blob, self._source = connection, blob, source
        self._is_there, self._unfinished, self._advance = is_there, unfinished, advance
        self._chunk = chunk
        self._hash = hashlib.new(blob.digest.partition(":")[0])
        self._hashed = self._told = 0
        self._handing = Handing(self._hash.update)
        self._url: httpx.URL | None = None
        self._at = 0
        self._rest = b""

    def run(self, mount_from: str = "") -> bool:
        """Bring it there; False if the registry had it in another repository.

        Raises:
            TransferError: The source is another than announced, or the registry refuses it.
        """
        if self._source.size != self._blob.size:
            raise self._differs(f"{self._source.size} bytes", f"{self._blob.size} bytes")
        if not self._continue() and self._begin(mount_from):
            return False
        with Handing(self._hash.update) as self._handing:
            self._insist()
        self._tell(self._blob.size)
        if self._unfinished is not None:
            self._unfinished.forget_session(self._blob.digest)
        return True

    def _insist(self) -> None:
        """Send and end it, whatever comes between."""
        connection = self._connection
        more = self._blob.size // self._chunk
        attempts = Attempts(connection.patience, connection.host, more=more)
        while True:
            before = self._at
            try:
                self._send_rest()
                self._finish()
            except (DroppedError, LostError) as error:
                if self._at > before:
                    attempts.progressed()
                attempts.again(error if isinstance(error, DroppedError) else DroppedError(_LOSS))
                # The answer that was lost may have been the last.
                if self._is_there():
                    return
                if isinstance(error, LostError) or not self._ask_status():
                    self._begin("")
            else:
                return

    def _begin(self, mount_from: str) -> bool:
        """Open an upload; True if that was all, since the registry had the blob elsewhere."""
        url = self._connection.url("blobs/uploads/")
        if mount_from:
            asked = {"mount": self._blob.digest, "from": mount_from}
            url = url.copy_merge_params(asked)

        def post() -> bool:
            with self._connection.ask(
                "POST", url, actions=PUSH, headers={"Content-Length": "0"}
            ) as answer:
                if answer.status_code == _CREATED and mount_from:
                    return True
                if answer.status_code != _ACCEPTED:
                    raise self._connection.unexpected(answer, "to take in a blob")
                least = answer.headers.get("oci-chunk-min-length", "")
                if least.isascii() and least.isdigit():
                    self._chunk = max(self._chunk, min(int(least[:12]), _MOST_CHUNK))
                self._moved(answer, url)
                return False

        self._at = 0
        return self._connection.patiently(post)

    def _moved(self, answer: httpx.Response, url: httpx.URL) -> None:
        """Take note of where the upload goes on."""
        location = answer.headers.get("location", "")
        self._url = self._connection.follow(location, url, own=True)
        if self._unfinished is not None and self._blob.size > self._chunk:
            self._unfinished.keep_session(self._blob.digest, str(self._url))

    def _continue(self) -> bool:
        """Take up what a killed process left, if the registry still knows it."""
        if self._unfinished is None:
            return False
        address = self._unfinished.session(self._blob.digest)
        if not address:
            return False
        try:
            self._url = self._connection.follow(address, self._connection.base, own=True)
        except TransferError:
            return False
        return self._ask_status()

    def _ask_status(self) -> bool:
        """Ask how much the registry has; False if it no longer knows the upload."""
        url = self._address()

        def get() -> bool:
            with self._connection.ask("GET", url, actions=PUSH) as answer:
                if answer.status_code not in {_NO_CONTENT, _ACCEPTED}:
                    return False
                self._at = self._kept(answer)
                if answer.headers.get("location"):
                    self._moved(answer, url)
                return True

        return self._connection.patiently(get)

    def _kept(self, answer: httpx.Response) -> int:
        """Read how many bytes the registry has."""
        text = answer.headers.get("range", "")
        match = _RANGE.fullmatch(text)
        if match is None:
            return 0
        # `0-0` is one byte, or none: nobody sends chunks of one byte.
        kept = int(match[1]) + 1 if int(match[1]) else 0
        if kept > self._blob.size:
            raise TransferError(
                f"{self._connection.host} has more bytes than were sent",
                seen=f"{kept} bytes",
                wanted=f"at most {self._blob.size} bytes",
            )
        return kept

    def _address(self) -> httpx.URL:
        assert self._url is not None  # noqa: S101 - it was begun
        return self._url

    def _send_rest(self) -> None:
        self._rest = b""
        # The digest of bytes the registry has from an earlier process is still to be computed.
        while self._hashed < self._at:
            self._next(self._at - self._hashed)
            self._tell(self._hashed)
        if self._blob.size <= BLOCK and not self._at:
            self._rest = b"".join(self._stretch(0, self._blob.size))  # goes with the end
            return
        while self._at < self._blob.size:
            self._send_chunk(self._at, min(self._at + self._chunk, self._blob.size))

    def _next(self, most: int) -> bytes:
        block = self._source.read(min(BLOCK, most))
        if not block:
            raise self._differs("an earlier end", f"{self._blob.size} bytes")
        self._hashed += len(block)
        self._handing.give(block)
        return block

    def _tell(self, at: int) -> None:
        """Say how far it is, each byte once."""
        if at > self._told:
            self._advance(at - self._told)
            self._told = at

    def _stretch(self, start: int, stop: int) -> Iterator[bytes]:
        """Read bytes to be sent; those never read before go into the digest."""
        at = start
        while at < min(stop, self._hashed):
            block = self._source.read_at(at, min(BLOCK, stop - at, self._hashed - at))
            if not block:
                raise self._differs("an earlier end", f"{self._blob.size} bytes")
            yield block
            at += len(block)
        while at < stop:
            block = self._next(stop - at)
            yield block
            at += len(block)
            self._tell(at)

    def _send_chunk(self, start: int, stop: int) -> None:
        url = self._address()
        headers = {
            **_BINARY,
            "Content-Length": str(stop - start),
            "Content-Range": f"{start}-{stop - 1}",
        }
        with self._connection.ask(
            "PATCH",
            url,
            actions=PUSH,
            headers=headers,
            body=lambda: self._stretch(start, stop),
        ) as answer:
            if answer.status_code == _TOO_LARGE and self._chunk > BLOCK:
                self._chunk = max(BLOCK, self._chunk // 4)
                raise DroppedError("it takes no chunks of that size")
            if answer.status_code in _LOST:
                raise LostError
            if answer.status_code not in {_ACCEPTED, _CREATED, _NO_CONTENT}:
                raise self._connection.unexpected(answer, "a chunk")
            kept = self._kept(answer) if answer.headers.get("range") else stop
            self._moved(answer, url)
            if kept != stop:
                raise DroppedError(f"it kept {kept} of {stop} bytes")
            self._at = stop

    def _finish(self) -> None:
        """End the upload, once everything sent is what was announced."""
        self._handing.settle()
        seen = f"{self._blob.digest.partition(':')[0]}:{self._hash.hexdigest()}"
        if self._source.changed() or seen != self._blob.digest:
            raise self._differs(seen, self._blob.digest)
        address = str(self._address())
        mark = "&" if "?" in address else "?"
        url = self._connection.follow(
            f"{address}{mark}digest={self._blob.digest}", self._connection.base, own=True
        )
        with self._connection.ask(
            "PUT",
            url,
            actions=PUSH,
            headers={**_BINARY, "Content-Length": str(len(self._rest))},
            body=lambda: self._rest,
            silence=self._connection.patience.finish,
        ) as answer:
            if answer.status_code in _LOST - {400}:
                raise LostError
            if answer.status_code not in {_CREATED, _ACCEPTED, _NO_CONTENT}:
                raise self._connection.unexpected(answer, f"to keep {self._blob.digest}")

    def _differs(self, seen: str, wanted: str) -> TransferError:
        return TransferError(
            "a file is not what was announced: it changed meanwhile",
            seen=seen,
            wanted=wanted,
            help=["let nobody write to it, and run it again"],
        )
