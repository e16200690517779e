"""The detectors of `detect-secrets`, asked about one text at a time.

Only `analyze_string` of its plugins is called: pure regular expressions. Its file scanning, its
settings and its `verify`, which would show what it found to the service it belongs to, are not.
Import this late: the library imports an HTTP client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from detect_secrets.plugins.artifactory import ArtifactoryDetector
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.basic_auth import BasicAuthDetector
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.keyword import CONFIG_DENYLIST_REGEX_TO_GROUP, KeywordDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector

from weighbridge.formats.credential_names import may_be_credential, plain_name
from weighbridge.formats.credential_shapes import FURTHER, LIBRARY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detect_secrets.plugins.base import RegexBasedDetector


class _Artifactory(ArtifactoryDetector):
    """Without its encrypted passwords: `APACHE2HTTPD` has their form."""

    denylist = ArtifactoryDetector.denylist[:1]


# Left out of those 1.5.0 has, and why:
#   Base64HighEntropyString, HexHighEntropyString  a manifest is full of digests and commits
#   IPPublicDetector            an address is not a credential
#   IbmCloudIamDetector         takes any 44 characters behind a `key:`, the name of a secret too
#   MailchimpDetector           32 letters or digits before `-us1` are a digest and a region, too
#   TelegramBotTokenDetector    a time stamp before a digest has its form
#   TwilioKeyDetector           `HMAC` before a digest has its form; account ids are no secret
#   CloudantDetector, IbmCosHmacDetector, SoftlayerDetector  go by names the keyword detector knows
_BY_SHAPE: tuple[RegexBasedDetector, ...] = (
    AWSKeyDetector(),
    _Artifactory(),
    AzureStorageKeyDetector(),
    BasicAuthDetector(),
    DiscordBotTokenDetector(),
    GitHubTokenDetector(),
    GitLabTokenDetector(),
    JwtTokenDetector(),
    NpmDetector(),
    OpenAIDetector(),
    PrivateKeyDetector(),
    PypiTokenDetector(),
    SendGridDetector(),
    SlackDetector(),
    SquareOAuthDetector(),
    StripeDetector(),
)
_WINDOW, _OVERLAP = 8192, 2048
_BY_NAME = KeywordDetector()
# What a plugin takes must have our form of it as well: ours knows digests from passwords.
_FORMS = {
    plugin.secret_type: [shape for shape in LIBRARY if shape.detector == plugin.secret_type]
    for plugin in _BY_SHAPE
}


def detected(text: str) -> str | None:
    """Name the detector that finds a credential in a text by its form, if one does."""
    for plugin in _BY_SHAPE:
        if any(form.is_in(text) for form in _FORMS[plugin.secret_type]) and any(
            True for window in _windows(text) for _ in plugin.analyze_string(window)
        ):
            return plugin.secret_type
    return next((shape.detector for shape in FURTHER if shape.is_in(text)), None)


def _windows(text: str) -> Iterator[str]:
    """Cut a long text: some plugins read what follows once for each place they could begin at."""
    for start in range(0, max(1, len(text) - _OVERLAP), _WINDOW - _OVERLAP):
        yield text[start : start + _WINDOW]


def detected_under(name: str, value: str) -> str | None:
    """Name the detector that finds a credential by the name it stands under, if one does."""
    if not may_be_credential(name, value):
        return None
    # It judges the name. Of values it wants a letter first, and passwords begin as they like.
    line = f"{plain_name(name)}: password"
    known = any(True for _ in _BY_NAME.analyze_string(line, CONFIG_DENYLIST_REGEX_TO_GROUP))
    return _BY_NAME.secret_type if known else "Secret Name"
