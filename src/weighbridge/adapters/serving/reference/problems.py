"""What may go wrong with a request, a model or the configuration."""

from __future__ import annotations


class RefusedError(Exception):
    """A request that is not answered as it hoped.

    Attributes:
        status: The HTTP status of the answer.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        """Say what is wrong with it."""
        super().__init__(message)
        self.status = status


class ModelFailedError(Exception):
    """The model could not be loaded, or raised when it was asked."""


class ConfigurationError(Exception):
    """What the server was given to start with does not hold together."""
