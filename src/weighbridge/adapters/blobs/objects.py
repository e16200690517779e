"""Bytes by name in an object store: S3, Google Cloud Storage, Azure, or a folder as one (`file`).

Credentials and endpoints are the environment's, by the names each cloud's own tools use
(`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` …). Names of blobs are replaced without asking whether they
are there: what is put was compared with its digest, is whole or not there at all, and heals what
was damaged. Only the claim of a store needs that nothing is replaced.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from weighbridge.adapters.blobs.names import INCOMING
from weighbridge.adapters.blobs.object_source import StoredObject, told
from weighbridge.adapters.blobs.spool import Spool
from weighbridge.adapters.blobs.turns import Turns
from weighbridge.adapters.blobs.uploading import Arriving, Bucket
from weighbridge.model.errors import SettingsError, UnavailableError
from weighbridge.model.ports import Held, Located

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from obstore import ObjectMeta
    from obstore.store import ObjectStore, RetryConfig

_PAGE = 1_000
_RETRY: RetryConfig | None = None
"""How often a request is tried; None for the library's own ten times."""


def open_store(address: str) -> ObjectStore:
    """Open an address; no character of it is special.

    Raises:
        UnavailableError: The extra is not installed.
        SettingsError: The address names no store.
    """
    try:
        import obstore  # noqa: PLC0415 - an extra
        import obstore.store  # noqa: PLC0415
    except ImportError as error:
        help_ = ['pip install "weighbridge[objects]"']
        raise UnavailableError(f"the store {address} needs an extra", help=help_) from error
    scheme, _, place = address.partition("://")
    try:
        if scheme == "file":
            return obstore.store.LocalStore(unquote(place), mkdir=True)
        return obstore.store.from_url(f"{scheme}://{quote(place)}", retry_config=_RETRY)
    except (obstore.exceptions.BaseError, ValueError) as error:
        raise SettingsError(f"{address} is no store: {told(error)}") from error


class Objects:
    """An object store that keeps bytes by name."""

    def __init__(
        self, address: str, *, work: Path, prepare: Callable[[], None] = lambda: None
    ) -> None:
        """Name the address; nothing is asked of it yet.

        Args:
            address: `s3://BUCKET/PREFIX` and the like.
            work: A folder of this machine's all who write to it share, with room for what waits.
            prepare: Is called before the first bytes arrive; the folder is there then.
        """
        self.address = address.rstrip("/")
        self._prepare = prepare
        self._turns = Turns(work)
        self._store = open_store(self.address)
        self._bucket = Bucket(self._store, self.address, spool=Spool(work), turns=self._turns)

    def held(self, name: str) -> Held | None:
        """Say what lies under a name; None if nothing."""
        try:
            return _held(self._head(name))
        except FileNotFoundError:
            return None

    def open(self, name: str) -> StoredObject:
        """Open what lies under a name."""
        return StoredObject(self._store, self._head(name))

    def refresh(self, name: str) -> bool:
        """Leave it as it is: to look at it costs as much as to put it again."""
        del name
        return False

    def arrive(self) -> Arriving:
        """Begin to take in bytes."""
        self._prepare()
        return Arriving(self._bucket)

    def claim(self, name: str, data: bytes) -> tuple[bytes, bool]:
        """Put bytes under a name unless there are some, and see whether the store can do that.

        Some stores that speak S3 do not know the condition, and replace what is there.
        """
        import obstore  # noqa: PLC0415 - an extra

        if self.held(name) is not None:
            return self._read(name), True
        with self._bucket.storing(name):
            try:
                obstore.put(self._store, name, data, mode="create")
                obstore.put(self._store, name, data, mode="create")
            except obstore.exceptions.AlreadyExistsError:
                return self._read(name), True
            except obstore.exceptions.NotSupportedError:
                obstore.put(self._store, name, data)
        return self._read(name), False

    def listed(self, area: str = "", *, after: str = "") -> Iterator[Held]:
        """List what lies in one area or in all, sorted by name; behind a name, if one is given."""
        import obstore  # noqa: PLC0415 - an extra

        try:
            for page in obstore.list(
                self._store, area or None, offset=after or None, chunk_size=_PAGE
            ):
                found = sorted(map(_held, page), key=lambda held: held.name)
                # Not every store of this kind knows where to begin.
                yield from (held for held in found if held.name > after)
        except (obstore.exceptions.BaseError, ValueError) as error:
            raise self._silent("listed", error) from error

    def remove(self, name: str, *, before: float) -> bool:
        """Remove what lies under a name, if it is older than a time."""
        import obstore  # noqa: PLC0415 - an extra

        with self._turns.alone():
            held = self.held(name)
            if held is None or held.modified >= before:
                return False
            with self._bucket.storing(name):
                obstore.delete(self._store, name)
        return True

    def now(self) -> float:
        """Tell the time by the store's clock: put something, and look."""
        self._prepare()
        name = f"{INCOMING}/{secrets.token_hex(16)}"
        try:
            self._bucket.put(name, b"?")
            return self._head(name)["last_modified"].timestamp()
        finally:
            self._bucket.forget(name)

    def where(self, name: str) -> str:
        """Name the address of a name."""
        return f"{self.address}/{name}"

    def locate(self, name: str) -> Located | None:
        """Say where another process finds what lies under a name; None if nothing does."""
        held = self.held(name)
        return None if held is None else Located(self.address, name, held.size)

    def _read(self, name: str) -> bytes:
        source = self.open(name)
        return source.read_at(0, min(source.size, 1 << 16))

    def _head(self, name: str) -> ObjectMeta:
        import obstore  # noqa: PLC0415 - an extra

        try:
            return obstore.head(self._store, name)
        except FileNotFoundError:
            raise
        except obstore.exceptions.BaseError as error:
            raise self._silent("read", error) from error

    def _silent(self, what: str, error: Exception) -> UnavailableError:
        help_ = ["check the address, and the credentials in the environment"]
        return UnavailableError(f"{self.address} cannot be {what}: {told(error)}", help=help_)


def _held(meta: ObjectMeta) -> Held:
    modified = meta["last_modified"].timestamp()
    return Held(name=meta["path"], size=meta["size"], modified=modified)
