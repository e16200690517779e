"""AWS KMS, through the signer of securesystemslib. Only digests are sent there."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from weighbridge.adapters.elsewhere.interface import Trouble, named, signers, their_key

if TYPE_CHECKING:
    from weighbridge.adapters.elsewhere.interface import Sign
    from weighbridge.model.key_place import KeyPlace
    from weighbridge.seal.keys import Algorithm, PublicKey

_MEANING = {
    "NoCredentialsError": Trouble.NOBODY,
    "PartialCredentialsError": Trouble.NOBODY,
    "CredentialRetrievalError": Trouble.NOBODY,
    "SSOError": Trouble.NOBODY,
    "ProfileNotFound": Trouble.NOBODY,
    "NoRegionError": Trouble.NOBODY,
    "AccessDeniedException": Trouble.DENIED,
    "ExpiredTokenException": Trouble.DENIED,
    "IncompleteSignature": Trouble.DENIED,
    "InvalidClientTokenId": Trouble.DENIED,
    "InvalidSignatureException": Trouble.DENIED,
    "MissingAuthenticationToken": Trouble.DENIED,
    "UnrecognizedClientException": Trouble.DENIED,
    "LimitExceededException": Trouble.THROTTLED,
    "RequestLimitExceeded": Trouble.THROTTLED,
    "Throttling": Trouble.THROTTLED,
    "ThrottlingException": Trouble.THROTTLED,
    "TooManyRequestsException": Trouble.THROTTLED,
    "InvalidArnException": Trouble.NO_KEY,
    "NotFoundException": Trouble.NO_KEY,
    "DisabledException": Trouble.DISABLED,
    "KMSInvalidStateException": Trouble.DISABLED,
    "InvalidKeyUsageException": Trouble.UNFIT,
    "UnsupportedOperationException": Trouble.UNFIT,
    "UnsupportedAlgorithmError": Trouble.UNFIT,
    "ValidationException": Trouble.UNFIT,
    "DependencyTimeoutException": Trouble.AWAY,
    "InternalFailure": Trouble.AWAY,
    "KeyUnavailableException": Trouble.AWAY,
    "KMSInternalException": Trouble.AWAY,
    "ServiceUnavailable": Trouble.AWAY,
    "HTTPClientError": Trouble.AWAY,
    "ConnectionError": Trouble.AWAY,
    "EndpointConnectionError": Trouble.AWAY,
}


class AwsKms:
    """Keys in AWS KMS, on P-256 and P-384."""

    title = "AWS KMS"
    extra = "aws"
    algorithms: frozenset[Algorithm] = frozenset({"p256", "p384"})
    login = "log in as for the AWS command line: `aws sts get-caller-identity` says as whom"

    def fetch(self, place: KeyPlace) -> tuple[str, bytes]:
        """Ask for the public half (`kms:GetPublicKey`)."""
        _go_to(place)
        _, key = signers().AWSSigner.import_(place.name)
        return place.uri, key.keyval["public"].encode()

    def open(self, place: KeyPlace, public: PublicKey) -> Sign:
        """Get ready to sign (`kms:Sign`)."""
        _go_to(place)
        signer = signers().AWSSigner(place.name, their_key(public))
        return lambda message: bytes.fromhex(signer.sign(message).signature)

    def trouble(self, error: BaseException) -> Trouble | None:
        """Tell by the service's own word for it, or by the class of the error."""
        response = getattr(error, "response", None)
        told = response.get("Error", {}) if isinstance(response, dict) else {}
        return named(error, [str(told.get("Code", ""))], _MEANING)


def _go_to(place: KeyPlace) -> None:
    """Ask in the region the key is in: the signer takes none, but the SDK's defaults."""
    import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra

    boto3.DEFAULT_SESSION = session_in(place.region)


@functools.cache
def session_in(region: str) -> Any:  # noqa: ANN401 - the SDK's types are its own
    """Begin a session in a region, or in the one that is set up; one is dear, and kept."""
    import boto3  # noqa: PLC0415 - an extra

    return boto3.session.Session(region_name=region or None)
