"""A keyring of the tests' own, chosen by `PYTHON_KEYRING_BACKEND` like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from keyring.backend import KeyringBackend

if TYPE_CHECKING:
    import pytest

BACKEND = "tests.keyrings.MemoryKeyring"


class MemoryKeyring(KeyringBackend):
    """Keeps passwords until the test ends, or fails as it is told to."""

    priority = -1.0  # never chosen unless it is named
    held: ClassVar[dict[tuple[str, str], str]] = {}
    failure: ClassVar[Exception | None] = None
    forgets: ClassVar[bool] = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.failure is not None:
            raise self.failure
        return self.held.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.failure is not None:
            raise self.failure
        if not self.forgets:
            self.held[service, username] = password


def choose_keyring(patch: pytest.MonkeyPatch, name: str = BACKEND) -> type[MemoryKeyring]:
    """Choose a backend as a user does; the tests' own is empty."""
    patch.setenv("PYTHON_KEYRING_BACKEND", name)
    patch.setattr("keyring.core._keyring_backend", None)  # chosen once a process
    patch.setattr(MemoryKeyring, "held", {})
    return MemoryKeyring
