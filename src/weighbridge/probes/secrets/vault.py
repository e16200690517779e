"""Ask Vault when a version of a secret was made: the metadata of its KV engine, version 2."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from weighbridge.probes.secrets.interface import TIMEOUT, Asker, NoAnswerError

if TYPE_CHECKING:
    from weighbridge.model.release.services import SecretReference


def ask(reference: SecretReference, asker: Asker) -> datetime:
    """Return when the version was made that is meant, or else the current one.

    Raises:
        NoAnswerError: Vault does not say.
    """
    mount, slash, path = reference.name.partition("/")
    if not slash or not path or not {".", "..", ""}.isdisjoint(reference.name.split("/")):
        raise NoAnswerError("its name is not MOUNT/PATH")
    data = _metadata(mount, path, asker)
    versions, version = data.get("versions"), reference.version or data.get("current_version")
    known = versions.get(str(version)) if isinstance(versions, dict) else None
    if not isinstance(known, dict) or known.get("destroyed") or known.get("deletion_time"):
        raise NoAnswerError(f"there is no version {version}")
    try:
        return datetime.fromisoformat(str(known.get("created_time")))
    except ValueError as error:
        raise NoAnswerError("its version says no time") from error


def _metadata(mount: str, path: str, asker: Asker) -> dict[str, Any]:
    address, token = asker.environ.get("VAULT_ADDR"), asker.environ.get("VAULT_TOKEN")
    if not address or not token:
        raise NoAnswerError("nobody said where Vault is", "export VAULT_ADDR and VAULT_TOKEN")
    try:
        import hvac  # type: ignore[import-untyped] # noqa: PLC0415 - an extra
        import requests  # noqa: PLC0415 - comes with it
    except ImportError as error:
        hint = 'pip install "weighbridge[vault]"'
        raise NoAnswerError("asking Vault needs an extra", hint) from error
    namespace = asker.environ.get("VAULT_NAMESPACE")
    try:
        client = hvac.Client(url=address, token=token, namespace=namespace, timeout=TIMEOUT)
        answer = client.secrets.kv.v2.read_secret_metadata(path=path, mount_point=mount)
        data: object = answer["data"]
    except (hvac.exceptions.VaultError, requests.RequestException) as error:
        raise NoAnswerError(_told(error)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise NoAnswerError("Vault's answer is none") from error
    if not isinstance(data, dict):
        raise NoAnswerError("Vault's answer is none")
    return data


def _told(error: Exception) -> str:
    """Say what kind of refusal it is; what else an answer holds is not repeated."""
    return f"Vault does not say ({type(error).__name__})"
