"""`spec.externalServices`: what the release calls, and what it does without it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section
from weighbridge.model.authoring.fields import Duration, Name, Text


class SecretReference(Section):
    """Where a secret is kept; never the secret."""

    provider: Literal["env", "file", "vault", "kubernetes", "aws", "gcp", "azure"] = Field(
        description="Who keeps it."
    )
    name: Text = Field(description="Its name there: a variable, a path, an entry.")
    key: Text | None = Field(None, description="The part of the entry that is meant.")
    version: Text | None = Field(None, description="Version of the entry, quoted.")


class Authentication(Section):
    """How the release proves to the service who it is."""

    scheme: Literal["none", "basic", "bearer", "apiKey", "mtls", "oauth2", "sigv4"] = Field(
        description="The scheme."
    )
    secret_ref: SecretReference | None = Field(None, description="Where the secret is kept.")


class ExternalService(Section):
    """A service the release calls."""

    name: Name = Field(description="Its name.")
    endpoint: Text = Field(description="Its address, without credentials.")
    auth: Authentication | None = Field(None, description="How it is authenticated to.")
    timeout: Duration | None = Field(None, description="How long an answer is waited for.")
    fallback: Text | None = Field(None, description="What is done when it does not answer.")
