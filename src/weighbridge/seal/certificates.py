"""Whom a certificate of Sigstore's names (sigstore/fulcio, docs/oid-info.md): issuer and subject.

A claim only: whether anybody vouched for the certificate is not judged here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.trust import TrustError, check_name
from weighbridge.seal.dsse import EnvelopeError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_ISSUER = "1.3.6.1.4.1.57264.1.1"
"""Fulcio's first spelling of the issuer: the text alone."""
_ISSUER_V2 = "1.3.6.1.4.1.57264.1.8"
"""Its second: a UTF8String, DER."""
_UTF8_STRING = 0x0C
_SHORT = 0x80
"""Below it a length of DER is written in one byte."""


def read_identity(der: bytes) -> tuple[str, str]:
    """Read who vouches for a certificate's holder, and whom it names.

    Args:
        der: The certificate.

    Returns:
        The OIDC issuer, and the one e-mail address or URI the certificate is for.

    Raises:
        EnvelopeError: It is no certificate, or does not name exactly one issuer and one subject.
    """
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415 - few bundles need it

    try:
        certificate = load_der_x509_certificate(der)
        issuer, subject = _issuer(certificate), _subject(certificate)
        return check_name(issuer), check_name(subject)
    except (ValueError, TypeError) as error:  # TrustError and cryptography's own among them
        reason = str(error) if isinstance(error, TrustError | EnvelopeError) else "it is damaged"
        raise EnvelopeError(f"the certificate names nobody: {reason}") from error


def _subject(certificate: Certificate) -> str:
    from cryptography.x509 import (  # noqa: PLC0415 - few bundles need it
        ExtensionNotFound,
        RFC822Name,
        SubjectAlternativeName,
        UniformResourceIdentifier,
    )

    try:
        names = list(certificate.extensions.get_extension_for_class(SubjectAlternativeName).value)
    except ExtensionNotFound as error:
        raise EnvelopeError("it has no subject") from error
    if len(names) != 1 or not isinstance(names[0], RFC822Name | UniformResourceIdentifier):
        raise EnvelopeError("its subject is not one e-mail address or URI")
    return names[0].value


def _issuer(certificate: Certificate) -> str:
    """Read the issuer, which may stand in both spellings, and then alike."""
    from cryptography.x509 import UnrecognizedExtension  # noqa: PLC0415 - few bundles need it

    found = set()
    for extension in certificate.extensions:
        value = extension.value
        if not isinstance(value, UnrecognizedExtension):
            continue
        if extension.oid.dotted_string == _ISSUER:
            found.add(value.value.decode())
        elif extension.oid.dotted_string == _ISSUER_V2:
            found.add(_utf8_string(value.value))
    if len(found) != 1:
        raise EnvelopeError("it does not name one issuer")
    return found.pop()


def _utf8_string(der: bytes) -> str:
    """Read a UTF8String (X.690): a tag, a length, the text and nothing behind it."""
    if len(der) < 2 or der[0] != _UTF8_STRING:  # noqa: PLR2004 - tag and length
        raise EnvelopeError("its issuer is not text")
    start, length = 2, der[1]
    if length >= _SHORT:
        start = 2 + length - _SHORT
        length = int.from_bytes(der[2:start], "big")
    if len(der) != start + length:
        raise EnvelopeError("its issuer is not text")
    return der[start:].decode()
