"""The system's keyring, where a passphrase may be kept: a convenience, never a need.

Whatever is wrong with it, a passphrase can still be typed. The package `keyring` is imported with
the first question, and the code of a backend is somebody else's: it may raise anything.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from keyring.backend import KeyringBackend

SERVICE = "weighbridge"
"""What the passphrases are filed under; the user name is the digest of the key's public half."""


class SystemKeyring:
    """The keyring that the package `keyring` finds on this system."""

    def __init__(self, *, notice: Callable[[str], None] | None = None) -> None:
        """Name who is told why a passphrase could not be looked for."""
        self._notice = notice

    def find(self, spki_digest: str) -> str | None:
        """Return the passphrase of a key, or None if it is not there or the keyring fails."""
        try:
            backend = _backend()
            with _asking():
                return backend.get_password(SERVICE, spki_digest)
        except UnavailableError as error:
            if self._notice is not None:
                fault = error.faults[0]
                self._notice(f"no passphrase from the keyring: {fault.message} ({fault.cause})")
            return None

    def require(self) -> None:
        """Check that there is a keyring that may keep something.

        Raises:
            UnavailableError: There is none.
        """
        _backend()

    def keep(self, spki_digest: str, passphrase: str) -> None:
        """Keep the passphrase of a key.

        Raises:
            UnavailableError: There is no keyring, or it did not keep it.
        """
        backend = _backend()
        with _asking():
            backend.set_password(SERVICE, spki_digest, passphrase)
            kept = backend.get_password(SERVICE, spki_digest)
        if kept != passphrase:
            raise _unavailable("the system keyring did not keep the passphrase", _name(backend))


def _backend() -> KeyringBackend:
    """Find the backend in use: the one that is configured, or the best of those there are."""
    try:
        import keyring  # noqa: PLC0415 - an extra, and only a key's passphrase needs it
        from keyring.backends import fail, null  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise UnavailableError(
            "the system keyring cannot be asked",
            cause="the package keyring is not installed",
            help=['pip install "weighbridge[keyring]"'],
        ) from error
    with _asking():
        backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring | null.Keyring):
        raise _unavailable("there is no system keyring in use", _name(backend))
    return backend


@contextmanager
def _asking() -> Iterator[None]:
    """Turn whatever a backend raises into one error, which never quotes a passphrase."""
    try:
        yield
    except Exception as error:
        raise _unavailable("the system keyring failed", type(error).__name__) from error


def _unavailable(message: str, cause: str) -> UnavailableError:
    help_ = ["`keyring diagnose` and `keyring --list-backends` show what there is"]
    return UnavailableError(message, cause=cause, help=help_)


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"
