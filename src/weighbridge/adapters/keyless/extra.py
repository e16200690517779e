"""The one place that says what to install."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def needing_sigstore() -> Iterator[None]:
    """Import Sigstore's client within this.

    Raises:
        UnavailableError: The extra is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise UnavailableError(
            "keyless signatures need an extra",
            seen=str(error),
            help=['pip install "weighbridge[sigstore]"'],
        ) from error
