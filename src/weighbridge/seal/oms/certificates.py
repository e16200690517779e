"""Certificate paths (RFC 5280, section 6) from a signer to who is trusted, at a stated time.

Every certificate on the way must be valid at that time, the last one too, and nobody's clock but
the stated one is looked at: least of all the signer's own. Revocation is not looked up: no list of
it stands in a bundle. What is not understood and critical is refused.
"""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.x509.oid import ExtendedKeyUsageOID

from weighbridge.seal.oms.refusal import UntrustedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

T = TypeVar("T", bound=x509.ExtensionType)

LONGEST = 8
"""Certificates of a path."""
MOST_SIGNATURES = 100
"""Signatures that are verified for one path: names of issuers can be made to agree at will."""
SMALLEST_RSA = 2048
"""Bits."""

_BROKEN = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What reading a part of a certificate raises if the part is none."""

_HASHES = (SHA256, SHA384, SHA512)
_KNOWN = frozenset(
    {
        x509.BasicConstraints.oid,
        x509.KeyUsage.oid,
        x509.ExtendedKeyUsage.oid,
        x509.SubjectKeyIdentifier.oid,
        x509.AuthorityKeyIdentifier.oid,
        x509.SubjectAlternativeName.oid,
        x509.IssuerAlternativeName.oid,
    }
)
"""Extensions that may be critical: what they say is looked at, or binds nobody here."""


@dataclass(slots=True)
class _Search:
    """The search for a path: what is there, what was tried, and why it came to nothing."""

    anchors: Sequence[x509.Certificate]
    others: Sequence[x509.Certificate]
    at: datetime
    left: int = MOST_SIGNATURES
    reasons: dict[str, None] = field(default_factory=dict)

    def paths(self, path: tuple[x509.Certificate, ...]) -> Iterator[tuple[x509.Certificate, ...]]:
        """Find every path that goes on from the last certificate to a trusted one."""
        last = path[-1]
        if last in self.anchors:
            yield path
            return
        found = False
        for issuer in (*self.anchors, *self.others):
            if issuer in path or issuer.subject != last.issuer or not self._issued(last, issuer):
                continue
            found = True
            if len(path) == LONGEST:
                self.reasons[f"the path is longer than {LONGEST} certificates"] = None
            else:
                yield from self.paths((*path, issuer))
        if not found:
            reason = (
                f"nobody who is trusted issued {_name(last)} (by {last.issuer.rfc4514_string()})"
            )
            self.reasons[reason] = None

    def _issued(self, last: x509.Certificate, issuer: x509.Certificate) -> bool:
        if self.left == 0:
            self.reasons["too many certificates have the same names"] = None
            return False
        self.left -= 1
        try:
            last.verify_directly_issued_by(issuer)
        except (InvalidSignature, *_BROKEN):
            return False
        return True


def read_certificates(data: bytes) -> list[x509.Certificate]:
    """Read certificates: PEM, one after the other, or one in DER.

    Raises:
        UntrustedError: There is none, or one cannot be read.
    """
    if b"-----BEGIN CERTIFICATE-----" not in data:
        return [read_certificate(data)]
    with _strictly():
        found = x509.load_pem_x509_certificates(data)
        for one in found:
            _names(one)
    return found


def read_certificate(data: bytes) -> x509.Certificate:
    """Read one certificate in DER.

    Raises:
        UntrustedError: It is none, or not as the standard has it.
    """
    with _strictly():
        certificate = x509.load_der_x509_certificate(data)
        _names(certificate)
    return certificate


def _names(certificate: x509.Certificate) -> tuple[str, str]:
    """Read the names in a certificate, which are read when they are asked for and no sooner."""
    return certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()


@contextlib.contextmanager
def _strictly() -> Iterator[None]:
    """Take what the library would only warn of for an error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    except (*_BROKEN, Warning) as error:
        raise UntrustedError([f"there is no certificate to be read: {error}"]) from error


def trusted_path(
    chain: Sequence[x509.Certificate], *, trusted: Sequence[x509.Certificate], at: datetime
) -> tuple[x509.Certificate, ...]:
    """Find the path from the first certificate of a chain to one that is trusted.

    Args:
        chain: The signer's certificate, and others that may stand above it in any order.
        trusted: What the verifier named. If any of them is self-signed, only such are ends of
            paths, and the others may stand on the way.
        at: The time to judge at.

    Raises:
        UntrustedError: There is none that holds.
    """
    signed = [one for one in trusted if is_self_signed(one)]
    anchors = signed or list(trusted)
    between = [one for one in (*trusted, *chain[1:]) if one not in anchors]
    search = _Search(anchors, between, at)
    for path in search.paths((chain[0],)):
        wrong = [reason for place in range(len(path)) for reason in _wrong(path, place, at)]
        if not wrong:
            return path
        search.reasons.update(dict.fromkeys(wrong))
    raise UntrustedError(list(search.reasons))


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate is signed with its own key; its name proves nothing."""
    if certificate.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, *_BROKEN):
        return False
    return True


def validity_problem(certificate: x509.Certificate, at: datetime) -> str:
    """Say if a certificate is not valid at a time; empty if it is."""
    name = _name(certificate)
    if at < certificate.not_valid_before_utc:
        return f"{name} is not valid before {certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}"
    if at > certificate.not_valid_after_utc:
        return f"{name} expired at {certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    return ""


def usage_problem(certificate: x509.Certificate) -> str:
    """Say if a certificate is not for signatures over code; empty if it is."""
    try:
        usage = _extension(certificate, x509.KeyUsage)
        purposes = _extension(certificate, x509.ExtendedKeyUsage)
    except _BROKEN as error:
        return f"the extensions of {_name(certificate)} cannot be read: {error}"
    if usage is None and purposes is None:
        return f"{_name(certificate)} does not say that it is for signatures"
    if usage is not None and not usage.digital_signature:
        return f"{_name(certificate)} is not for digital signatures"
    wanted = {ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if purposes is not None and wanted.isdisjoint(purposes):
        return f"{_name(certificate)} is not for signing code"
    return ""


def _wrong(path: tuple[x509.Certificate, ...], place: int, at: datetime) -> Iterator[str]:
    """Say what is wrong with one certificate of a path."""
    certificate = path[place]
    if reason := validity_problem(certificate, at):
        yield reason
    try:
        yield from _form_problems(certificate)
        if place == 0:
            if reason := usage_problem(certificate):
                yield reason
        else:
            yield from _issuer_problems(certificate, path[1:place])
    except _BROKEN as error:
        yield f"the extensions of {_name(certificate)} cannot be read: {error}"


def _form_problems(certificate: x509.Certificate) -> Iterator[str]:
    name = _name(certificate)
    for extension in certificate.extensions:
        if extension.critical and extension.oid not in _KNOWN:
            yield f"{name} makes a demand that is not understood ({extension.oid.dotted_string})"
    try:
        hashed = certificate.signature_hash_algorithm
        key = certificate.public_key()
    except _BROKEN:
        yield f"{name} is of an algorithm that is not relied on"
        return
    # A root is trusted for itself, not for its own signature; Ed25519 has no hash apart.
    if hashed is not None and not isinstance(hashed, _HASHES) and not is_self_signed(certificate):
        yield f"{name} is signed over a weak hash ({hashed.name})"
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SMALLEST_RSA:
        yield f"{name} has a key of {key.key_size} bits"


def _issuer_problems(
    certificate: x509.Certificate, below: tuple[x509.Certificate, ...]
) -> Iterator[str]:
    """Say if a certificate may not issue; those it issued, but for the signer's, are `below`."""
    name = _name(certificate)
    basic = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.KeyUsage)
    if basic is None or not basic.ca:
        yield f"{name} may not issue certificates"
        return
    if usage is not None and not usage.key_cert_sign:
        yield f"{name} may not sign certificates"
    counted = sum(1 for one in below if one.subject != one.issuer)
    if basic.path_length is not None and counted > basic.path_length:
        yield f"{name} may not stand above {counted} others"


def _extension(certificate: x509.Certificate, kind: type[T]) -> T | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string() or f"certificate {certificate.serial_number:x}"
