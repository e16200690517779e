"""Documents of logins of the command line."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from weighbridge.server.documents import Document


class BegunDocument(Document):
    """A login that waits for a person in a browser."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    id: str
    secret: str
    url: str
    code: str
    interval: int
    expires: str


class PollRequest(BaseModel):
    """What only the command line that began a login holds."""

    model_config = ConfigDict(extra="forbid")

    secret: str = Field(min_length=1, max_length=200)


class PendingDocument(Document):
    """Nobody has confirmed the login yet."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    state: Literal["pending"]


class LoggedInDocument(Document):
    """A session of the command line; its token is told once."""

    schemaVersion: Literal[1]  # noqa: N815 - as documents have it
    token: str
    person: str
    expires: str


class ExchangedDocument(Document):
    """A short token for a job (RFC 8693, 2.2.1); it is told once."""

    access_token: str
    issued_token_type: Literal["urn:ietf:params:oauth:token-type:access_token"]
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str
