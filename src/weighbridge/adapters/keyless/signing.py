"""Sign as an identity: Fulcio binds a key made here to it, and Rekor logs the signature.

The key lives as long as this object and is written nowhere. Which services are asked, a signing
configuration says (sigstore/protobuf-specs, SigningConfig); what they answer is verified, as every
signature is, by the root that owners published. None of them is waited for for ever.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from cryptography.hazmat.primitives.serialization import Encoding

from weighbridge.adapters.deadline import PATIENCE, OverdueError, before
from weighbridge.adapters.keyless.extra import needing_sigstore
from weighbridge.adapters.keyless.verifying import trusted_root
from weighbridge.codec.address import without_credentials
from weighbridge.model.errors import LoginError, UnavailableError, UsageError
from weighbridge.model.trust import identity_digest
from weighbridge.seal.certificates import read_identity
from weighbridge.seal.dsse import EnvelopeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cryptography.x509 import Certificate
    from sigstore.models import SigningConfig

    from weighbridge.model.sigstore_root import SigstoreRoot

Answer = TypeVar("Answer")

_AGAIN = ("get a new token and try again", "see that the issuer is one this Fulcio knows")
_LATER = ("try again later; nothing was kept",)
_LONGEST = 300
_REFUSING = range(400, 500)
_ASKED_TOO_OFTEN = 429


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
    _patience: float

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
            bundle = _ask(lambda: self._signer.sign_dsse(Statement(payload)), self._patience)
            signed: str = bundle.to_json()
        return signed.encode()


def identity_signer(
    root: SigstoreRoot,
    *,
    config: str | None,
    ask: Callable[[str], str] | None,
    token: str | None,
    patience: float = PATIENCE,
) -> CertifiedSigner:
    """Get a certificate for an identity.

    Args:
        root: The root that owners published.
        config: A file with a signing configuration; None for Sigstore's own services.
        ask: Gets a token of the issuer at an address from whoever sits there; None if nobody does.
        token: A token that was handed over; None to use the CI's own identity.
        patience: Seconds a service may take for one answer; a person may take longer.

    Raises:
        LoginError: Nobody says who signs, or Fulcio does not believe it.
        UnavailableError: The extra is not installed, or a service does not answer.
        UsageError: The configuration cannot be read.
    """
    with needing_sigstore():
        from sigstore.oidc import IdentityToken, detect_credential  # noqa: PLC0415 - an extra
        from sigstore.sign import Signer, SigningContext  # noqa: PLC0415 - an extra

    services = _services(config, patience)
    with _asking("nobody could be named as the signer"):
        raw = (
            token
            or _ask(detect_credential, patience)
            or (ask(services.get_oidc_url()) if ask else None)
        )
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

    def certified() -> tuple[Signer, Certificate]:
        signer = Signer(identity, context)
        return signer, signer._signing_cert()  # noqa: SLF001 - there is no other way to see it

    with _asking("no certificate was issued"):
        signer, certificate = _ask(certified, patience)
        issuer, subject = read_identity(certificate.public_bytes(Encoding.DER))
    return CertifiedSigner(issuer=issuer, subject=subject, _signer=signer, _patience=patience)


def interactive_token(issuer: str) -> str:
    """Get a token by a login in a browser.

    Args:
        issuer: Address of the OIDC provider.
    """
    from sigstore.oidc import Issuer  # noqa: PLC0415 - an extra

    return str(Issuer(issuer).identity_token())


def _services(config: str | None, patience: float) -> SigningConfig:
    from sigstore.errors import Error  # noqa: PLC0415 - an extra
    from sigstore.models import ClientTrustConfig, SigningConfig  # noqa: PLC0415 - an extra

    if config is None:
        with _asking("the services of Sigstore are not known"):
            return _ask(ClientTrustConfig.production, patience).signing_config
    try:
        return SigningConfig.from_file(config)
    except (OSError, ValueError, Error) as error:
        wanted = "a signing configuration (signingconfig.v0.2+json)"
        message = f"{config} cannot be read"
        raise UsageError(message, wanted=wanted, cause=str(error)) from error


def _ask(work: Callable[[], Answer], patience: float) -> Answer:
    return before(patience, work, name="ask sigstore")


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
    except (ExpiredCertificate, ExpiredIdentity, IdentityError) as error:
        raise LoginError(message, cause=_said(error), help=_AGAIN) from error
    except FulcioClientError as error:
        status = _status(error)
        if status in _REFUSING and status != _ASKED_TOO_OFTEN:
            raise LoginError(message, cause=_said(error), help=_AGAIN) from error
        raise UnavailableError(message, cause=_said(error), help=_LATER) from error
    # Whatever goes wrong on the network is an OSError of the client's; an answer that is none, or
    # lacks something, is whatever comes of that.
    except (
        AttributeError,
        Error,
        EnvelopeError,
        IssuerError,
        LookupError,
        OSError,
        OverdueError,
        RecursionError,
        RekorClientError,
        TypeError,
        ValueError,
    ) as error:
        raise UnavailableError(message, cause=_said(error), help=_LATER) from error


def _said(error: Exception) -> str:
    """Quote an error, or what a service answered where the client leaves that out."""
    words = str(error) or _answered(error) or type(error).__name__
    return without_credentials(" ".join(words.split()))[:_LONGEST]


def _answered(error: Exception) -> str:
    """Read what Fulcio says: its client looks into no answer that is a refusal."""
    answer: Any = getattr(error.__cause__, "response", None)
    if answer is None:
        return ""
    try:
        said = answer.json()["message"]
    except (LookupError, RecursionError, TypeError, ValueError):
        said = answer.reason
    return f"{answer.status_code}: {said}"


def _status(error: Exception) -> int:
    answer: Any = getattr(error.__cause__, "response", None)
    return 0 if answer is None else int(answer.status_code)
