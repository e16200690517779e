"""The certificates that go into a bundle: the signer's own first, then those above it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from weighbridge.model.errors import UnsignableError, UsageError
from weighbridge.seal.oms.certificates import is_self_signed, usage_problem, validity_problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.x509 import Certificate


def order_chain(
    certificates: Sequence[Certificate], spki: bytes, *, now: str
) -> tuple[list[bytes], str]:
    """Put certificates in the order of a bundle.

    A root is left out, as Sigstore's bundles have it: whoever trusts it has it.

    Args:
        certificates: What the signer named, in any order.
        spki: The public half of his key.
        now: The time.

    Returns:
        The certificates, DER; and why nobody would believe the first now, empty if that may be.

    Raises:
        UsageError: None is of this key.
        UnsignableError: The key's own is not for signing.
    """
    own = next((one for one in certificates if _spki(one) == spki), None)
    if own is None:
        raise UsageError(
            "none of the certificates is of this key",
            seen=", ".join(one.subject.rfc4514_string() for one in certificates),
            help=["name the certificate of the key, and those above it, with --certificate-chain"],
        )
    if problem := usage_problem(own):
        help_ = ["get a certificate with digitalSignature and codeSigning"]
        raise UnsignableError(problem, help=help_)
    chain = [own]
    while issuer := next(
        (
            one
            for one in certificates
            if one.subject == chain[-1].issuer and one not in chain and not is_self_signed(one)
        ),
        None,
    ):
        chain.append(issuer)
    doubt = validity_problem(own, datetime.fromisoformat(now))
    return [one.public_bytes(Encoding.DER) for one in chain], doubt


def _spki(certificate: Certificate) -> bytes:
    try:
        key = certificate.public_key()
    except ValueError:
        return b""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
