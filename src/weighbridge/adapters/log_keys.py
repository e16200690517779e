"""The keys of the embedded log as its transactions need them; imports cryptography when asked.

Most commands read or bind releases only, and start faster without it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from weighbridge.adapters.log_pub import read_log_pub
from weighbridge.model.errors import RegistryError, WeighbridgeError

if TYPE_CHECKING:
    from weighbridge.adapters.database import Database
    from weighbridge.adapters.log_key import LogKey
    from weighbridge.ledger.note import VerifierKey

_NEXT = "log.next.key"


class LogKeys:
    """The key that signs, the one that may follow it, and the change from one to the other."""

    def __init__(self, database: Database) -> None:
        """Name the database the keys lie beside."""
        self._database = database
        self._root = database.root

    def current(self, checkpoint: bytes) -> LogKey:
        """Open the key that signed the newest checkpoint.

        Raises:
            RegistryError: It is not there.
            KeyFileError: Others may read it, or its file holds none.
        """
        from weighbridge.adapters.log_key import open_log_key  # noqa: PLC0415

        self.settle(checkpoint)
        return open_log_key(self._root)

    def public(self, checkpoint: bytes) -> VerifierKey:
        """Read the public half of the key that signed the newest checkpoint.

        Raises:
            RegistryError: It is not there.
        """
        from weighbridge.adapters.log_rotation import public_log_key  # noqa: PLC0415

        self.settle(checkpoint)
        return public_log_key(self._root)

    def following(self, key: str) -> LogKey:
        """Open the next key.

        Args:
            key: Which one (signed-note verifier key).

        Raises:
            RegistryError: It is not there.
        """
        from weighbridge.adapters.log_rotation import next_log_key  # noqa: PLC0415
        from weighbridge.ledger.note import write_verifier_key  # noqa: PLC0415

        found = next_log_key(self._root)
        seen = "" if found is None else write_verifier_key(found.public)
        if found is None or seen != key:
            raise RegistryError(
                f"{self._root / _NEXT} does not hold the key that owners signed for",
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
        if not (self._root / _NEXT).exists():
            return ""
        from weighbridge.adapters.log_rotation import next_log_key  # noqa: PLC0415
        from weighbridge.ledger.note import write_verifier_key  # noqa: PLC0415

        found = next_log_key(self._root)
        return "" if found is None else write_verifier_key(found.public)

    def settle(self, checkpoint: bytes) -> None:
        """Finish a rotation that was committed and cut short."""
        if (self._root / _NEXT).exists():
            from weighbridge.adapters.log_rotation import finish_rotation  # noqa: PLC0415

            with self._database.alone():
                finish_rotation(self._root, checkpoint)

    def told(self) -> str:
        """Read the log's public key; empty if none was made yet.

        Raises:
            RegistryError: Its file holds something else.
        """
        if (self._root / _NEXT).exists():
            # Who may only read goes on with the older key, which leads to the newer one.
            with contextlib.suppress(WeighbridgeError), self._database.reading() as view:
                self.settle(view.checkpoint)
        return read_log_pub(self._root)
