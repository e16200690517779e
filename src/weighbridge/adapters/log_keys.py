"""The keys of a registry's log as its transactions need them; imports cryptography when asked.

Most commands read or bind releases only, and start faster without it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from weighbridge.adapters.files import make_folder, storing, write_file
from weighbridge.adapters.log_pub import PUBLIC, read_log_pub
from weighbridge.model.errors import KeyFileError, RegistryError, SettingsError, WeighbridgeError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from weighbridge.adapters.log_key import LogKey
    from weighbridge.adapters.tables import Tables
    from weighbridge.ledger.note import VerifierKey

_PRIVATE = "log.key"
_NEXT = "log.next.key"


class LogKeys:
    """The key that signs, the one that may follow it, and the change from one to the other."""

    def __init__(self, tables: Tables, folder: Path | None) -> None:
        """Name the database they sign for, and their folder; None if nobody said which."""
        self._tables = tables
        self._folder = folder

    @property
    def folder(self) -> Path:
        """Where they lie.

        Raises:
            SettingsError: Nobody said.
        """
        if self._folder is None:
            raise SettingsError(
                "nothing says where the keys of the log are",
                wanted="the folder with log.key and log.pub that all writers of the registry share",
                cause="a ledger in a database is signed by keys that lie outside of it",
                help=["name it as `log-keys` in weighbridge.toml or WEIGHBRIDGE_LOG_KEYS"],
            )
        return self._folder

    def current(self, checkpoint: bytes) -> LogKey:
        """Open the key that signed the newest checkpoint.

        Raises:
            RegistryError: It is not there.
            KeyFileError: Others may read it, or its file holds none.
        """
        from weighbridge.adapters.log_key import open_log_key  # noqa: PLC0415

        self.settle(checkpoint)
        return open_log_key(self.folder)

    def public(self, checkpoint: bytes) -> VerifierKey:
        """Read the public half of the key that signed the newest checkpoint.

        Raises:
            RegistryError: It is not there.
        """
        from weighbridge.adapters.log_rotation import public_log_key  # noqa: PLC0415

        self.settle(checkpoint)
        return public_log_key(self.folder)

    def following(self, key: str) -> LogKey:
        """Open the next key.

        Args:
            key: Which one (signed-note verifier key).

        Raises:
            RegistryError: It is not there.
        """
        from weighbridge.adapters.log_rotation import next_log_key  # noqa: PLC0415
        from weighbridge.ledger.note import write_verifier_key  # noqa: PLC0415

        found = next_log_key(self.folder)
        seen = "" if found is None else write_verifier_key(found.public)
        if found is None or seen != key:
            raise RegistryError(
                f"{self.folder / _NEXT} does not hold the key that owners signed for",
                seen=seen or "nothing",
                wanted=key,
                help=["propose another: weighbridge key trust --log"],
            )
        return found

    def next_told(self) -> str:
        """Read the next key's public half; empty if there is none.

        Raises:
            RegistryError: Nobody can tell the log's name.
            KeyFileError: Others may read the key, or its file holds none.
        """
        if self._folder is None or not (self.folder / _NEXT).exists():
            return ""
        from weighbridge.adapters.log_rotation import next_log_key  # noqa: PLC0415
        from weighbridge.ledger.note import write_verifier_key  # noqa: PLC0415

        found = next_log_key(self.folder)
        return "" if found is None else write_verifier_key(found.public)

    def settle(self, checkpoint: bytes) -> None:
        """Finish a rotation that was committed and cut short."""
        if (self.folder / _NEXT).exists():
            from weighbridge.adapters.log_rotation import finish_rotation  # noqa: PLC0415

            with self._tables.alone():
                finish_rotation(self.folder, checkpoint)

    def told(self) -> str:
        """Read the log's public key; empty if none was made yet.

        Raises:
            RegistryError: Its file holds something else.
        """
        if self._folder is None and self._is_empty():
            return ""
        if (self.folder / _NEXT).exists():
            # Who may only read goes on with the older key, which leads to the newer one.
            with contextlib.suppress(WeighbridgeError), self._tables.reading() as view:
                self.settle(view.checkpoint)
        return read_log_pub(self.folder)

    def files(self) -> dict[str, bytes]:
        """Read the files that are there, by their names.

        Raises:
            KeyFileError: Others may read one of the private ones.
        """
        from weighbridge.adapters.private_files import read_private  # noqa: PLC0415

        if self._folder is None:
            return {}
        found = dict[str, bytes]()
        for name in (_PRIVATE, _NEXT):
            with contextlib.suppress(FileNotFoundError):
                found[name] = read_private(self._folder / name)
        if public := read_log_pub(self._folder):
            found[PUBLIC] = f"{public}\n".encode()
        return found

    def take(self, files: Mapping[str, bytes]) -> None:
        """Write files that are not there yet.

        Raises:
            KeyFileError: One is there, and is another.
        """
        from weighbridge.adapters.private_files import write_private  # noqa: PLC0415

        with storing(self.folder):
            make_folder(self.folder)
        there = self.files()
        for name, data in sorted(files.items()):
            if name not in (_PRIVATE, _NEXT, PUBLIC):
                raise KeyFileError(f"{name} is no file of a log's keys")
            if there.get(name, data) != data:
                help_ = ["name another folder as `log-keys`, or move that key away"]
                raise KeyFileError(f"{self.folder / name} is the key of another log", help=help_)
            if name in there:
                continue
            if name == PUBLIC:
                write_file(self.folder / name, data)
            else:
                write_private(self.folder / name, data)

    def _is_empty(self) -> bool:
        with self._tables.reading() as view:
            return not view.checkpoint
