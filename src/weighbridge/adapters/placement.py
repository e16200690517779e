"""Where the blobs of a registry lie, and what the registry remembers of that.

A registry whose blobs lie elsewhere than in its folder says so in its database, and the place names
the registry: another user with other settings does not split the blobs, and another registry does
not clear away what it knows nothing of.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weighbridge.adapters.archive_place import open_archive, overlapping
from weighbridge.adapters.blobs.names import MARK
from weighbridge.adapters.blobs.opening import (
    one_spelling,
    open_blobs,
    open_cipher,
    open_keyed,
)
from weighbridge.model.errors import RegistryError, SettingsError
from weighbridge.model.standing import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.adapters.blobs.keyed import Keyed
    from weighbridge.adapters.blobs.store import Blobs
    from weighbridge.adapters.ledger_view import TableView
    from weighbridge.adapters.tables import Tables
    from weighbridge.adapters.transaction import TableTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What settings say of a store.

    Attributes:
        address: Where it is; empty for where it was, or else the registry's folder.
        recipients: To whom what is put is encrypted; empty for nobody.
        identity: The file of identities that decrypt; empty for none.
    """

    address: str = ""
    recipients: tuple[str, ...] = ()
    identity: str = ""


class Placement:
    """The place of a registry's blobs."""

    def __init__(
        self,
        tables: Tables,
        wanted: Wanted,
        *,
        home: Path,
        own: Path | None,
        change: Callable[[Callable[[TableTransaction], Store | None]], Store | None],
        is_changing: Callable[[], bool],
    ) -> None:
        """Say what is wanted; the database is looked at when the blobs are opened.

        Args:
            tables: Where the registry remembers.
            wanted: What the settings say.
            home: A folder of this machine, where what is on its way to an object store waits.
            own: Where blobs lie if nobody says otherwise; None if somebody must.
            change: Changes the database.
            is_changing: Tells whether somebody does so further up; one change has no other in it.
        """
        self._tables = tables
        self._home = home
        self._own = own
        self._wanted = replace(wanted, address=one_spelling(wanted.address))
        self._change = change
        self._is_changing = is_changing
        self._store: Store | None = None
        self._address = ""
        self._keyed: Keyed | None = None
        self._is_settled = False

    def open(self) -> Blobs:
        """Open the blobs where they lie.

        Raises:
            RegistryError: They lie elsewhere than the settings say.
            SettingsError: The settings name something that is none.
        """
        self._store = self.remembered()
        wanted = self._wanted.address
        self._address = wanted if self._store is None else self._store.address
        if wanted != self._address and wanted:
            raise _elsewhere(self._address or self._folder(), wanted)
        if not self._address:
            self._folder()
        self._keyed = open_keyed(self._address, self._home, self._settle)
        return open_blobs(self._keyed, open_cipher(self._wanted.recipients, self._wanted.identity))

    def archive(self, place: str, *, owner: str, begin: bool) -> Blobs:
        """Open another place, where bytes are encrypted as they are here.

        Args:
            place: Where it is.
            owner: What names this registry there.
            begin: Whether it may be taken if nobody has it yet.
        """
        if self._keyed is None:
            self.open()
        own = self._address or self._folder()
        cipher = open_cipher(self._wanted.recipients, self._wanted.identity)
        encrypts = cipher is not None and cipher.encrypts
        if begin and self._store is not None and self._store.encrypted and not encrypts:
            raise _plain()
        keyed = open_archive(place, self._home, own=own, owner=owner, begin=begin)
        if not self._address and self._keyed is not None and self._keyed.held(MARK) is not None:
            self._keyed.remove(MARK, before=math.inf)  # by whatever name, it is the same place
            raise overlapping(one_spelling(place), own)
        return open_blobs(keyed, cipher)

    def remembered(self) -> Store | None:
        """Say what the registry remembers; None if its blobs lie in its folder, as they are.

        Raises:
            RegistryError: They lie there, and the settings name another place.
        """
        with self._tables.reading() as view:
            store = view.store()
            if store is None and self._wanted.address and self._is_used(view):
                raise _elsewhere(self._folder(), self._wanted.address)
            return store

    def settle(self, shared: Store | None = None) -> Store | None:
        """Settle where blobs lie before the first of them is put, and say it.

        Args:
            shared: The store of the registry that is taken over. Where that is the place, it is
                said as it is, and remembered no earlier than its entries are there.
        """
        self.open()
        if shared is not None and self._store is None and shared.address == self._address:
            return shared
        self._settle()
        return self._store

    def check(self, view: TableView) -> None:
        """Refuse to go on where others settled on another place since blobs were put.

        Raises:
            RegistryError: They did.
        """
        if self._is_settled:
            store = view.store()
            address = store.address if store else ""
            if address != self._address:
                raise _elsewhere(address or self._folder(), self._address)

    def _is_used(self, view: TableView) -> bool:
        """Tell whether blobs were put where they lie if nobody says otherwise."""
        if self._own is None:
            return False
        own = self._own
        return bool(view.size or view.releases() or (own.is_dir() and any(own.iterdir())))

    def _folder(self) -> str:
        """Name where blobs lie if nobody says otherwise.

        Raises:
            SettingsError: Somebody must.
        """
        if self._own is None:
            raise SettingsError(
                "nothing says where the blobs of this registry lie",
                wanted="a store all its users reach: s3://BUCKET/PREFIX, gs://…, az://…, or a path",
                cause="a database holds releases and ledger; their bytes lie in a store",
                help=["name it as `store` in weighbridge.toml or WEIGHBRIDGE_STORE"],
            )
        return str(self._own)

    def _settle(self) -> None:
        """Remember the place before the first bytes arrive there."""
        self._tables.prepare()
        if self._is_settled:
            return
        encrypts = bool(self._wanted.recipients)
        if self._store is not None and self._store.encrypted and not encrypts:
            raise _plain()
        if self._address or encrypts:
            if self._is_changing():
                self._refuse_within_change()
                return
            self._remember(encrypted=encrypts)
        self._is_settled = True

    def _refuse_within_change(self) -> None:
        """Let bytes go only to a place that was settled on before; all else can wait."""
        if self._address and self._store is None:
            message = "the registry has not settled where its blobs lie"
            raise RegistryError(message, help=["run it again"])

    def _remember(self, *, encrypted: bool) -> None:
        fresh = Store(address=self._address, identity=secrets.token_hex(16), encrypted=encrypted)

        def change(transaction: TableTransaction) -> Store:
            old = transaction.store()
            if old is None:
                if self._address and self._is_used(transaction):
                    raise _elsewhere(self._folder(), self._address)
                transaction.keep_store(fresh)
                return fresh
            if old.address != self._address:
                raise _elsewhere(old.address or self._folder(), self._address)
            if encrypted and not old.encrypted:
                old = replace(old, encrypted=True)
                transaction.keep_store(old)
            return old

        before, self._store = self._store, None
        self._store = self._change(change)
        if self._address and self._store is not None:
            self._mark(self._store, is_new=before is None)

    def _mark(self, store: Store, *, is_new: bool) -> None:
        """Write into the place whose it is, or see that it is this registry's."""
        if self._keyed is None:
            raise RegistryError("the store was not opened")
        mark = f"{store.identity}\n".encode()
        seen, conditional = self._keyed.claim(MARK, mark)
        if seen != mark:
            if is_new:
                self._change(lambda transaction: transaction.keep_store(None))
            raise RegistryError(
                f"{store.address} is the store of another registry",
                seen=self._keyed.where(MARK),
                help=["name another bucket or prefix, or the registry it belongs to"],
            )
        if not conditional and store.conditional:
            less = replace(store, conditional=False)

            def change(transaction: TableTransaction) -> Store:
                transaction.keep_store(less)
                return less

            self._store = self._change(change)


def _plain() -> SettingsError:
    return SettingsError(
        "blobs of this registry are encrypted, and encrypt-to names nobody",
        wanted="the recipients they are encrypted to",
        help=["name them in weighbridge.toml or WEIGHBRIDGE_ENCRYPT_TO"],
    )


def _elsewhere(kept: str, wanted: str) -> RegistryError:
    return RegistryError(
        "the blobs of this registry lie elsewhere",
        seen=wanted or "the registry's folder",
        wanted=kept,
        cause="a registry keeps all its blobs in one place, where its first one was put",
        help=["take `store` out of the settings, or name a registry that was never used"],
    )
