"""Ask each keeper for the age of the secrets of a release."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from weighbridge.model.fact import Unavailable
from weighbridge.model.secrets import SecretAge, SecretFacts
from weighbridge.probes.secrets import aws, kubernetes, vault
from weighbridge.probes.secrets.interface import Asker, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.model.release import ModelRelease
    from weighbridge.model.release.services import SecretReference

    Ask = Callable[[SecretReference, Asker], datetime]


def observe_secrets(release: ModelRelease, asker: Asker) -> SecretFacts:
    """Ask how old every secret is that a release refers to; no value is read."""
    references = {
        service.name: service.auth.secret_ref
        for service in release.spec.external_services or ()
        if service.auth is not None and service.auth.secret_ref is not None
    }
    return SecretFacts(ages={name: _age(one, asker) for name, one in references.items()})


def _age(reference: SecretReference, asker: Asker) -> SecretAge | Unavailable:
    provider = reference.provider
    where = f"{provider}:{reference.name}"
    if asker.offline and provider in _REMOTE:
        return Unavailable(f"{where} is on the network, which --offline forbids")
    try:
        found = _ASK[provider](reference, asker)
    except NoAnswerError as error:
        return Unavailable(f"the age of {where} is not known: {error.reason}", error.hint)
    if found.tzinfo is None:
        return Unavailable(f"the age of {where} is not known: its time has no zone")
    changed = found.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return SecretAge(changed=changed, told=provider)


def _ask_file(reference: SecretReference, asker: Asker) -> datetime:
    """Look when the file was written; it is not opened."""
    try:
        written = (asker.folder / reference.name).stat().st_mtime
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise NoAnswerError(reason) from error
    return datetime.fromtimestamp(written, UTC)


def _ask_variable(reference: SecretReference, asker: Asker) -> datetime:
    del reference, asker
    raise NoAnswerError("a variable has no age", _ELSEWHERE)


def _ask_nobody(reference: SecretReference, asker: Asker) -> datetime:
    del asker
    raise NoAnswerError(f"weighbridge cannot ask {reference.provider} yet", _ELSEWHERE)


_ELSEWHERE = "keep it where its age is known: file, vault, kubernetes or aws"
_REMOTE = frozenset({"vault", "kubernetes", "aws", "gcp", "azure"})
_ASK: Mapping[str, Ask] = {
    "aws": aws.ask,
    "azure": _ask_nobody,
    "env": _ask_variable,
    "file": _ask_file,
    "gcp": _ask_nobody,
    "kubernetes": kubernetes.ask,
    "vault": vault.ask,
}
