"""Google Cloud KMS, through the signer of securesystemslib. Only digests are sent there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.adapters.elsewhere.interface import Trouble, named, signers, their_key

if TYPE_CHECKING:
    from weighbridge.adapters.elsewhere.interface import Sign
    from weighbridge.model.key_place import KeyPlace
    from weighbridge.seal.keys import Algorithm, PublicKey

_MEANING = {
    "DefaultCredentialsError": Trouble.NOBODY,
    "RefreshError": Trouble.DENIED,
    "Forbidden": Trouble.DENIED,
    "PermissionDenied": Trouble.DENIED,
    "Unauthenticated": Trouble.DENIED,
    "Unauthorized": Trouble.DENIED,
    "ResourceExhausted": Trouble.THROTTLED,
    "TooManyRequests": Trouble.THROTTLED,
    "NotFound": Trouble.NO_KEY,
    "FailedPrecondition": Trouble.DISABLED,
    "InvalidArgument": Trouble.UNFIT,
    "UnsupportedAlgorithmError": Trouble.UNFIT,
    "DeadlineExceeded": Trouble.AWAY,
    "RetryError": Trouble.AWAY,
    "ServerError": Trouble.AWAY,
    "ServiceUnavailable": Trouble.AWAY,
    "TransportError": Trouble.AWAY,
}


class GoogleKms:
    """Keys in Google Cloud KMS, on P-256 and P-384."""

    title = "Google Cloud KMS"
    extra = "gcp"
    algorithms: frozenset[Algorithm] = frozenset({"p256", "p384"})
    login = "log in: `gcloud auth application-default login`, or a service account"

    def fetch(self, place: KeyPlace) -> tuple[str, bytes]:
        """Ask for the public half (`roles/cloudkms.publicKeyViewer`)."""
        _, key = signers().GCPSigner.import_(place.name)
        return place.uri, key.keyval["public"].encode()

    def open(self, place: KeyPlace, public: PublicKey) -> Sign:
        """Get ready to sign (`roles/cloudkms.signer`)."""
        signer = signers().GCPSigner(place.name, their_key(public))
        return lambda message: bytes.fromhex(signer.sign(message).signature)

    def trouble(self, error: BaseException) -> Trouble | None:
        """Tell by the class of the error."""
        return named(error, (), _MEANING)
