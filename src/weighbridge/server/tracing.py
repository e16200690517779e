"""Traces: what requests and jobs are busy with, for a collector that the settings name.

Here is what routes say it by; without a collector nobody hears it, and nothing is imported for it.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from starlette.types import Scope


class Tracing:
    """Tells nobody."""

    def begin(self, scope: Scope) -> Callable[[int], None]:
        """Begin with a request; return what takes its status when it was answered."""
        del scope
        return _nothing

    def span(self, name: str, **numbers: int) -> AbstractContextManager[object]:
        """Say that the present request is busy with something, for as long as the context lasts.

        Args:
            name: With what.
            numbers: How much of it: no names, no digests, nothing anybody sent.
        """
        del name, numbers
        return nullcontext()

    def job(self, kind: str, ordered: str) -> AbstractContextManager[object]:
        """Say that a job is done, for as long as the context lasts.

        Args:
            kind: Its kind.
            ordered: What `present` said where it was ordered; empty if nothing.
        """
        del kind, ordered
        return nullcontext()

    def present(self) -> str:
        """Name the present request to whoever works on for it (W3C `traceparent`), or nothing."""
        return ""

    def close(self) -> None:
        """Send what has not been sent."""


NO_TRACING: Final = Tracing()


def begin_tracing(endpoint: str, *, service: str) -> Tracing:
    """Begin to tell a collector, if one is named.

    Args:
        endpoint: Where it is; empty for nowhere.
        service: What tells.

    Raises:
        UnavailableError: The extra `telemetry` is missing.
    """
    if not endpoint:
        return NO_TRACING
    try:
        from weighbridge.server.otlp import OtlpTracing  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        help_ = ['pip install "weighbridge[telemetry]"']
        raise UnavailableError(f"{error.name} is not installed", help=help_) from error
    return OtlpTracing(endpoint, service=service)


def _nothing(status: int) -> None:
    del status
