"""Who asks a registry: a name and a password, or a token that stands for both."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What `docker login` keeps of one registry; never shown.

    Attributes:
        username: The name.
        password: The password, or a token used as one.
        identity_token: A refresh token (OAuth 2), instead of both.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
