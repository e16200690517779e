"""Asking a key management service: with a deadline, and with one kind of error for each trouble.

An SDK may wait for ever, and raise anything; what answers it may be hostile. Its errors are quoted,
shortened and without logins; what it was asked is not.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from weighbridge.adapters.deadline import PATIENCE, OverdueError, before
from weighbridge.adapters.elsewhere.aws import AwsKms
from weighbridge.adapters.elsewhere.azure import AzureKeyVault
from weighbridge.adapters.elsewhere.gcp import GoogleKms
from weighbridge.adapters.elsewhere.interface import Trouble
from weighbridge.adapters.elsewhere.vault import VaultTransit
from weighbridge.codec.address import without_credentials
from weighbridge.model.errors import (
    KeyFileError,
    LoginError,
    UnavailableError,
    WeighbridgeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.adapters.elsewhere.interface import KeyService
    from weighbridge.model.key_place import KeyPlace

Answer = TypeVar("Answer")

SERVICES: Mapping[str, KeyService] = {
    "awskms": AwsKms(),
    "gcpkms": GoogleKms(),
    "azurekms": AzureKeyVault(),
    "hv": VaultTransit(),
}

_LONGEST = 300
_LOGGERS = ("azure", "boto3", "botocore", "google", "hvac", "urllib3")
_SAID: Mapping[Trouble, tuple[type[WeighbridgeError], str, str]] = {
    Trouble.NOBODY: (LoginError, "{} does not know who asks", ""),
    Trouble.DENIED: (LoginError, "{} does not let you", "have the right to the key given to you"),
    Trouble.THROTTLED: (UnavailableError, "{} is asked too often", "try again later"),
    Trouble.AWAY: (UnavailableError, "{} is not to be had", "try again later"),
    Trouble.NO_KEY: (KeyFileError, "{} has no such key", "name the key by its whole URI"),
    Trouble.DISABLED: (KeyFileError, "{} does not sign with the key now", "enable it there"),
    Trouble.UNFIT: (
        KeyFileError,
        "the key in {} cannot be used",
        "make one to sign with, on P-256",
    ),
}


def ask(place: KeyPlace, work: Callable[[], Answer], *, patience: float = PATIENCE) -> Answer:
    """Let a service do something, and wait no longer than its time.

    Raises:
        UnavailableError: It does not answer, its extra is missing, or its answer makes no sense.
        LoginError: It does not know who asks, or does not let him.
        KeyFileError: The key is not there, disabled, or of another kind.
    """
    for name in _LOGGERS:  # or what they log would be printed
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    try:
        return before(patience, work, name=f"ask {place.service}")
    except WeighbridgeError:
        raise
    except OverdueError:
        title = SERVICES[place.service].title
        message = f"{title} has not answered within {patience:g} seconds"
        raise UnavailableError(message, seen=place.uri, help=["try again later"]) from None
    except Exception as error:  # an SDK may raise anything
        raise _told(place, error) from error


def _told(place: KeyPlace, error: Exception) -> WeighbridgeError:
    """Turn whatever was raised into one of our errors."""
    service = SERVICES[place.service]
    if isinstance(error, ImportError) or type(error).__name__ == "UnsupportedLibraryError":
        help_ = [f'pip install "weighbridge[{service.extra}]"']
        return UnavailableError(f"keys in {service.title} need an extra", help=help_)
    words = without_credentials(" ".join(str(error).split()))
    cause = f"{type(error).__name__}: {words}"[:_LONGEST]
    trouble = service.trouble(error)
    if trouble is None:
        message = f"{service.title} answers what makes no sense"
        return UnavailableError(message, seen=place.uri, cause=cause)
    kind, message, advice = _SAID[trouble]
    help_ = [one for one in (advice, service.login if kind is LoginError else "") if one]
    return kind(message.format(service.title), seen=place.uri, cause=cause, help=help_)
