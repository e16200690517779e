"""Azure Key Vault, through the signer of securesystemslib. Only digests are sent there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.adapters.elsewhere.interface import Trouble, named, signers, their_key
from weighbridge.model.errors import KeyFileError

if TYPE_CHECKING:
    from weighbridge.adapters.elsewhere.interface import Sign
    from weighbridge.model.key_place import KeyPlace
    from weighbridge.seal.keys import Algorithm, PublicKey

_MEANING = {
    "401": Trouble.DENIED,
    "403": Trouble.DENIED,
    "404": Trouble.NO_KEY,
    "429": Trouble.THROTTLED,
    "500": Trouble.AWAY,
    "502": Trouble.AWAY,
    "503": Trouble.AWAY,
    "504": Trouble.AWAY,
    "CredentialUnavailableError": Trouble.NOBODY,
    "ClientAuthenticationError": Trouble.DENIED,
    "ResourceNotFoundError": Trouble.NO_KEY,
    "ServiceRequestError": Trouble.AWAY,
    "ServiceResponseError": Trouble.AWAY,
    "UnsupportedKeyType": Trouble.UNFIT,
}


class AzureKeyVault:
    """Keys in Azure Key Vault, on P-256 and P-384."""

    title = "Azure Key Vault"
    extra = "azure"
    algorithms: frozenset[Algorithm] = frozenset({"p256", "p384"})
    login = "log in: `az login`, or a managed identity"

    def fetch(self, place: KeyPlace) -> tuple[str, bytes]:
        """Ask for the public half of the newest version.

        Raises:
            KeyFileError: Another version was asked for: the signer can fetch the newest alone.
        """
        vault, key_name = place.name[2:].split(".", 1)[0], place.name.split("/")[4]
        uri, key = signers().AzureSigner.import_(vault, key_name)
        if uri.lower() != place.uri.lower() and not uri.lower().startswith(f"{place.uri.lower()}/"):
            raise KeyFileError(
                "that is not the newest version of the key", seen=place.uri, wanted=uri
            )
        return uri, key.keyval["public"].encode()

    def open(self, place: KeyPlace, public: PublicKey) -> Sign:
        """Get ready to sign."""
        signer = signers().AzureSigner(f"https:{place.name}", their_key(public))
        return lambda message: bytes.fromhex(signer.sign(message).signature)

    def trouble(self, error: BaseException) -> Trouble | None:
        """Tell by the class of the error, or by the HTTP status it carries."""
        status = str(getattr(error, "status_code", None) or "")
        return named(error, (), _MEANING) or _MEANING.get(status)
