"""One stored object, read by range and pinned to what it was when it was opened (If-Match)."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from weighbridge.adapters.blobs.store import NoAnswerError
from weighbridge.model.ranges import Ranges
from weighbridge.model.remote import first_words, is_same, strong_tag

if TYPE_CHECKING:
    from obstore import GetOptions, ObjectMeta
    from obstore.store import ObjectStore


def told(error: Exception) -> str:
    """Take what an error says first, without what differs from run to run."""
    import obstore  # noqa: PLC0415 - an extra

    refused = obstore.exceptions.PermissionDeniedError, obstore.exceptions.UnauthenticatedError
    if isinstance(error, refused):
        return os.strerror(errno.EACCES).lower()
    return first_words(error)


class StoredObject(Ranges):
    """One object, as it was when it was opened."""

    def __init__(self, store: ObjectStore, meta: ObjectMeta) -> None:
        """Pin the object."""
        super().__init__(meta["size"])
        self._store = store
        self._meta = meta
        self._changed = False

    def changed(self) -> bool:
        """Tell whether the object was replaced since it was opened."""
        import obstore  # noqa: PLC0415 - an extra

        try:
            now = obstore.head(self._store, self._meta["path"])
        except (FileNotFoundError, obstore.exceptions.BaseError):
            return True  # it is gone, or nobody can say that it is not
        return self._changed or not is_same(now, self._meta)

    def _fetch(self, start: int, stop: int) -> bytes:
        """Fetch a stretch; nothing of an object that was replaced meanwhile."""
        import obstore  # noqa: PLC0415 - an extra

        if self._changed:
            return b""
        options: GetOptions = {"range": (start, stop)}
        if tag := strong_tag(self._meta["e_tag"]):
            options["if_match"] = tag
        try:
            found = obstore.get(self._store, self._meta["path"], options=options)
            self._changed = not is_same(found.meta, self._meta)
            data = b"" if self._changed else bytes(found.bytes())
        except (FileNotFoundError, obstore.exceptions.PreconditionError):
            self._changed = True
            return b""
        except obstore.exceptions.BaseError as error:
            raise NoAnswerError(errno.EIO, told(error)) from error
        if data and len(data) != stop - start:
            raise NoAnswerError(
                errno.EIO, "it answers with more or fewer bytes than were asked for"
            )
        return data
