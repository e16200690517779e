"""Where a private key lies that never leaves its place: a token, or a key management service.

The URIs are those of RFC 7512, and those the signers of securesystemslib take. A URI with anything
more in it is refused and never repeated: it may be a PIN, a token or a login.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from weighbridge.model.pkcs11_uri import SCHEME, Pkcs11Uri, Pkcs11UriError, read_pkcs11_uri

if TYPE_CHECKING:
    from collections.abc import Mapping

Service = Literal["pkcs11", "awskms", "gcpkms", "azurekms", "hv"]

LONGEST = 2048
"""Characters of one URI."""

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY, _ALIAS = f"(?:{_UUID}|mrk-[0-9a-f]{{32}})", "alias/[A-Za-z0-9/_-]{1,250}"
_ARN = "arn:aws[a-z-]{0,16}:kms:(?P<region>[a-z0-9-]{1,32}):[0-9]{12}:"
_NAME = "[A-Za-z0-9_-]{1,63}"
# What begins like a token of Vault's is one, put there by mistake.
_TRANSIT = r"(?!(?:hv)?[sbr]\.)[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,126}[A-Za-z0-9_])?"

_FORMS: Mapping[Service, tuple[re.Pattern[str], str]] = {
    "awskms": (
        re.compile(f"{_KEY}|{_ALIAS}|{_ARN}(?:key/{_KEY}|{_ALIAS})"),
        "awskms:ID, awskms:alias/NAME, or awskms: and the ARN of either",
    ),
    "gcpkms": (
        re.compile(
            "projects/[a-z0-9.:-]{1,64}/locations/[a-z0-9-]{1,63}"
            f"/keyRings/{_NAME}/cryptoKeys/{_NAME}/cryptoKeyVersions/[1-9][0-9]{{0,9}}"
        ),
        "gcpkms:projects/…/locations/…/keyRings/…/cryptoKeys/…/cryptoKeyVersions/N",
    ),
    "azurekms": (
        re.compile(
            "//[A-Za-z0-9-]{3,24}[.]vault[.]azure[.]net/keys/[A-Za-z0-9-]{1,127}"
            "(?P<version>/[0-9a-f]{32})?"
        ),
        "azurekms://VAULT.vault.azure.net/keys/NAME/VERSION",
    ),
    "hv": (re.compile(f"{_TRANSIT}(?P<version>/[1-9][0-9]{{0,9}})?"), "hv:NAME/VERSION"),
}
_TOKEN = "pkcs11:token=LABEL;object=KEY?module-path=/LIBRARY.so"  # noqa: S105 - a form, not one

FORMS = (_TOKEN, *(form for _, form in _FORMS.values()))
"""What a place may be written as."""


class KeyPlaceError(ValueError):
    """A text names no place of a key, or holds what must not be in it.

    Attributes:
        wanted: What it should have been.
    """

    def __init__(self, message: str, wanted: str) -> None:
        """Say what is wrong without repeating the text."""
        super().__init__(message)
        self.wanted = wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPlace:
    """The place of a private key.

    Attributes:
        uri: The whole of it, as it is kept.
        service: Who keeps the key there.
        name: What he knows it by.
        region: The region an ARN names, or empty.
        token: Which key on which token, if it lies on one.
    """

    uri: str
    service: Service
    name: str
    region: str = ""
    token: Pkcs11Uri | None = None

    @property
    def networked(self) -> bool:
        """Whether it is reached over a network."""
        return self.token is None


def read_key_place(text: str, *, whole: bool = True) -> KeyPlace:
    """Read the URI of a key that lies elsewhere.

    Args:
        text: The URI.
        whole: Whether the version must be in it, where a key has several.

    Raises:
        KeyPlaceError: It is none, or holds what is not known here.
    """
    if len(text) > LONGEST or not re.fullmatch("[!-~]+", text):
        raise KeyPlaceError("it is no URI: one line of ASCII, without blanks", " or ".join(FORMS))
    scheme, colon, name = text.partition(":")
    if f"{scheme.lower()}{colon}" == SCHEME:
        return _on_token(text)
    for service, (pattern, form) in _FORMS.items():
        if scheme != service:
            continue
        found = pattern.fullmatch(name)
        if found is None:
            raise KeyPlaceError(f"it is not of a form that is known for {service}", form)
        parts = found.groupdict()
        if whole and parts.get("version", "") is None:
            raise KeyPlaceError("it does not say which version of the key", form)
        return KeyPlace(uri=text, service=service, name=name, region=parts.get("region") or "")
    raise KeyPlaceError("it begins with no scheme that is known here", " or ".join(FORMS))


def _on_token(text: str) -> KeyPlace:
    try:
        token = read_pkcs11_uri(text)
    except Pkcs11UriError as error:
        raise KeyPlaceError(str(error), _TOKEN) from None
    if token.pin_source and not token.pin_source.startswith("/"):
        raise KeyPlaceError(
            "its PIN lies in a file without a whole path", f"{_TOKEN}&pin-source=/FILE"
        )
    return KeyPlace(uri=text, service="pkcs11", name=text[len(SCHEME) :], token=token)
