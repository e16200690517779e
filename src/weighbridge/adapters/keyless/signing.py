"""Sign as an identity: Fulcio binds a key made here to it, and Rekor logs the signature.

The key lives as long as this object and is written nowhere. Which services are asked, a signing
configuration says (sigstore/protobuf-specs, SigningConfig); what they answer is verified, as every
signature is, by the root that owners published.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding

from weighbridge.adapters.keyless.extra import needing_sigstore
from weighbridge.adapters.keyless.verifying import trusted_root
from weighbridge.model.errors import LoginError, UnavailableError, UsageError
from weighbridge.model.trust import identity_digest
from weighbridge.seal.certificates import read_identity
from weighbridge.seal.dsse import EnvelopeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sigstore.models import SigningConfig

    from weighbridge.model.sigstore_root import SigstoreRoot

_AGAIN = ("get a new token and try again", "see that the issuer is one this Fulcio knows")


@dataclass(frozen=True, slots=True, kw_only=True)
class CertifiedSigner:
    """An identity, with a key that a certificate binds to it for some minutes.

    Attributes:
        issuer: Who vouches for it.
        subject: Whom that names.
    """

    issuer: str
    subject: str
    _signer: Any

    @property
    def digest(self) -> str:
        """What stands for its key: `identity_digest`."""
        return identity_digest(self.issuer, self.subject)

    def bundle(self, payload: bytes) -> bytes:
        """Sign a statement and return the whole bundle.

        Raises:
            UnavailableError: The log does not answer, or does not take it.
        """
        from sigstore.dsse import Statement  # noqa: PLC0415 - an extra

        with _asking("the signature was not logged"):
            # Bytes are signed as they stand, and are what the bundle holds.
            signed: str = self._signer.sign_dsse(Statement(payload)).to_json()
        return signed.encode()


def identity_signer(
    root: SigstoreRoot, *, config: str | None, ask: Callable[[str], str] | None, token: str | None
) -> CertifiedSigner:
    """Get a certificate for an identity.

    Args:
        root: The root that owners published.
        config: A file with a signing configuration; None for Sigstore's own services.
        ask: Gets a token of the issuer at an address from whoever sits there; None if nobody does.
        token: A token that was handed over; None to use the CI's own identity.

    Raises:
        LoginError: Nobody says who signs, or Fulcio does not believe it.
        UnavailableError: The extra is not installed, or a service does not answer.
        UsageError: The configuration cannot be read.
    """
    with needing_sigstore():
        from sigstore.oidc import IdentityToken, detect_credential  # noqa: PLC0415 - an extra
        from sigstore.sign import Signer, SigningContext  # noqa: PLC0415 - an extra

    services = _services(config)
    with _asking("nobody could be named as the signer"):
        raw = token or detect_credential() or (ask(services.get_oidc_url()) if ask else None)
        if raw is None:
            raise LoginError(
                "nobody says who signs",
                wanted="the identity of a CI job, or a token",
                help=["let the job have an identity (GitHub: permissions: id-token: write)"],
            )
        identity = IdentityToken(raw)
    context = SigningContext(
        fulcio=services.get_fulcio(),
        rekor=services.get_tlogs()[0],
        trusted_root=trusted_root(root),
        tsa_clients=services.get_tsas(),
    )
    with _asking("no certificate was issued"):
        signer = Signer(identity, context)
        certificate = signer._signing_cert()  # noqa: SLF001 - there is no other way to see it
        issuer, subject = read_identity(certificate.public_bytes(Encoding.DER))
    return CertifiedSigner(issuer=issuer, subject=subject, _signer=signer)


def interactive_token(issuer: str) -> str:
    """Get a token by a login in a browser.

    Args:
        issuer: Address of the OIDC provider.
    """
    from sigstore.oidc import Issuer  # noqa: PLC0415 - an extra

    return str(Issuer(issuer).identity_token())


def _services(config: str | None) -> SigningConfig:
    from sigstore.errors import Error  # noqa: PLC0415 - an extra
    from sigstore.models import ClientTrustConfig, SigningConfig  # noqa: PLC0415 - an extra

    if config is None:
        with _asking("the services of Sigstore are not known"):
            return ClientTrustConfig.production().signing_config
    try:
        return SigningConfig.from_file(config)
    except (OSError, ValueError, Error) as error:
        wanted = "a signing configuration (signingconfig.v0.2+json)"
        message = f"{config} cannot be read"
        raise UsageError(message, wanted=wanted, cause=str(error)) from error


@contextmanager
def _asking(message: str) -> Iterator[None]:
    """Say what came of it if a service does not answer, or does not believe."""
    from sigstore._internal.fulcio import ExpiredCertificate  # noqa: PLC0415 - an extra
    from sigstore._internal.fulcio.client import FulcioClientError  # noqa: PLC0415 - an extra
    from sigstore._internal.rekor import RekorClientError  # noqa: PLC0415 - an extra
    from sigstore.errors import Error  # noqa: PLC0415 - an extra
    from sigstore.oidc import ExpiredIdentity, IdentityError, IssuerError  # noqa: PLC0415 - an extra

    try:
        yield
    except (ExpiredCertificate, ExpiredIdentity, FulcioClientError, IdentityError) as error:
        raise LoginError(message, cause=_said(error), help=_AGAIN) from error
    # Whatever goes wrong on the network is an OSError of the client's, or no JSON.
    except (Error, EnvelopeError, IssuerError, OSError, RekorClientError, ValueError) as error:
        help_ = ["try again later; nothing was kept"]
        raise UnavailableError(message, cause=_said(error), help=help_) from error


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
