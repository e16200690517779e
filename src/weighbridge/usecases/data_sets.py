"""Data the rules hold files against: what ships with this version, or what owners published.

So far there is one: the lists of globals pickles may name (`pickle-globals`). Owners publish a
newer one as they publish a policy; the newest they published counts, for their registry alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.canonical import NotCanonicalError, canonical_bytes, read_json
from weighbridge.model.errors import LedgerError, OwnerlessError, UsageError
from weighbridge.model.report import Input
from weighbridge.rules.security.pickle_lists import SHIPPED, read_lists
from weighbridge.seal.control import Action, Change
from weighbridge.usecases.believed import believe, control_state

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.global_lists import Lists
    from weighbridge.model.ports import Registry

PICKLE_GLOBALS = "pickle-globals"
"""Name of the lists of globals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """Lists of globals, and where they are from.

    Attributes:
        lists: The lists.
        published: Whether owners of the registry published them; else they ship with this version.
    """

    lists: Lists
    published: bool

    @property
    def name(self) -> str:
        """Their name and version."""
        return f"{PICKLE_GLOBALS}@{self.lists.version}"

    @property
    def as_input(self) -> Input | None:
        """What a report says of them; those that ship are part of the rules."""
        return Input(name=self.name, digest=self.lists.digest) if self.published else None


def load_lists(path: Path, shown: str) -> Lists:
    """Read lists somebody wrote.

    Args:
        path: The file, JSON.
        shown: How messages name it.

    Raises:
        UsageError: It cannot be read, or is no such data.
    """
    help_ = ["weighbridge advisories status pickle-globals writes one to begin with"]
    try:
        return read_lists(read_json(path.read_bytes()))
    except OSError as error:
        raise UsageError(
            f"{shown} cannot be read", cause=str(error.strerror), help=help_
        ) from error
    except (NotCanonicalError, ValueError, AttributeError) as error:
        wanted = "the lists of globals, as JSON"
        message = f"{shown} holds no data the rules know"
        raise UsageError(message, wanted=wanted, cause=str(error), help=help_) from error


def publication(lists: Lists) -> tuple[Change, bytes]:
    """Return the change that publishes lists, and the bytes it names."""
    subject = (f"{PICKLE_GLOBALS}@{lists.version}", lists.digest)
    return Change(Action.DATA_PUBLISH, subject=subject, parameters={}), canonical_bytes(lists.data)


def current_lists(registry: Registry | None) -> DataSet:
    """Find the lists that count: the newest owners published, or those that ship.

    Raises:
        LedgerError: The ledger does not prove what it says, or holds no lists where it names them.
    """
    digest = "" if registry is None else _published(registry)
    if registry is None or not digest:
        return DataSet(lists=SHIPPED, published=False)
    try:
        lists = read_lists(read_json(registry.blobs.read(digest)))
    except (NotCanonicalError, ValueError, AttributeError) as error:
        raise LedgerError(f"the data {digest} cannot be read: {error}") from error
    return DataSet(lists=lists, published=True)


def _published(registry: Registry) -> str:
    """Return the digest of the lists that were published last, or nothing."""
    try:
        with registry.reading() as view:
            if not view.size:
                return ""
            log = believe(view, log_key=registry.log_key)
            known = control_state(log, registry.blobs).data
    except OwnerlessError:
        return ""
    found = [digest for name, digest in known.items() if name.startswith(f"{PICKLE_GLOBALS}@")]
    return found[-1] if found else ""
