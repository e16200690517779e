"""Ask AWS Secrets Manager when a version of a secret was made: the list of versions, no value."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from weighbridge.probes.secrets.interface import TIMEOUT, Asker, NoAnswerError

if TYPE_CHECKING:
    from weighbridge.model.release.services import SecretReference

CURRENT = "AWSCURRENT"
_PAGES = 100
"""More than Secrets Manager keeps versions."""


def ask(reference: SecretReference, asker: Asker) -> datetime:
    """Return when the version was made that is meant, or else the current one.

    The day a secret was last *changed* would not do: a new tag or description changes it, too.

    Raises:
        NoAnswerError: AWS does not say.
    """
    wanted = reference.version or CURRENT
    for version in _versions(reference.name, asker):
        if wanted == version.get("VersionId") or wanted in version.get("VersionStages", ()):
            made = version.get("CreatedDate")
            if isinstance(made, datetime):
                return made
    raise NoAnswerError(f"there is no version {wanted} with a date")


def _versions(name: str, asker: Asker) -> list[dict[str, Any]]:
    try:
        import boto3  # type: ignore[import-untyped] # noqa: PLC0415 - an extra
        from botocore.config import Config  # type: ignore[import-untyped] # noqa: PLC0415
        from botocore.exceptions import (  # type: ignore[import-untyped] # noqa: PLC0415
            BotoCoreError,
            ClientError,
        )
    except ImportError as error:
        hint = 'pip install "weighbridge[aws]"'
        raise NoAnswerError("asking AWS needs an extra", hint) from error
    config = Config(connect_timeout=TIMEOUT, read_timeout=TIMEOUT, retries={"max_attempts": 2})
    try:
        client = boto3.client(
            "secretsmanager",
            config=config,
            region_name=asker.environ.get("AWS_REGION") or asker.environ.get("AWS_DEFAULT_REGION"),
        )
        found: list[dict[str, Any]] = []
        asked: dict[str, str] = {}
        for _ in range(_PAGES):
            page = client.list_secret_version_ids(SecretId=name, **asked)
            found.extend(page.get("Versions", ()))
            if not (more := page.get("NextToken")):
                return found
            asked = {"NextToken": more}
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "an error")
        raise NoAnswerError(f"AWS does not say ({code})") from error
    except (BotoCoreError, ValueError) as error:
        raise NoAnswerError(f"AWS does not say ({type(error).__name__})") from error
    raise NoAnswerError("its list of versions does not end")
