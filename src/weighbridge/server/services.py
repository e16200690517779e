"""What routes work with; one object, handed over when the application is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from weighbridge.server.dashboard.kept import Kept
from weighbridge.server.signing import NO_SIGNERS
from weighbridge.server.tracing import NO_TRACING
from weighbridge.usecases.chronicle.chronicle import Chronicle
from weighbridge.usecases.folds import Folds

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from starlette.requests import Request

    from weighbridge.model.ports import AdvisorySource, Registry
    from weighbridge.model.team.account import Identity, Tokens
    from weighbridge.model.team.idempotency import Idempotency
    from weighbridge.server.signing import Signers
    from weighbridge.server.tracing import Tracing


class Authenticator(Protocol):
    """Knows who asks."""

    async def identify(self, request: Request) -> Identity:
        """Say who asks; `NOBODY` if there is no credential.

        Raises:
            LoginError: There is one, and it counts no longer or never did.
        """

    def check_csrf(self, request: Request, identity: Identity) -> None:
        """Refuse what a browser sends in somebody's name from another site.

        Raises:
            NotAllowedError: It is that, or may be.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is taken at once.

    Attributes:
        body: Bytes of a document.
        upload: Bytes of a blob.
        requests: Requests a minute of one credential, or of one address without.
    """

    body: int = 16 << 20
    upload: int = 1 << 40
    requests: int = 6_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DataHere:
    """Data that lies where the server runs, beside its registry or what stands for it.

    Attributes:
        folder: The folder.
        advisories: Opens the advisories that were loaded there.
    """

    folder: Path
    advisories: Callable[[], AbstractContextManager[AdvisorySource]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What routes work with.

    Attributes:
        registry: The registry.
        clock: Tells the time, `YYYY-MM-DDTHH:MM:SSZ`.
        authenticator: Knows who asks.
        idempotency: Remembers what was answered.
        limits: How much is taken at once.
        logs_in: Whether people log in here, at a provider.
        asks_roles: Whether the groups of a login must stand for a role for what it brings.
        tracing: Is told what requests are busy with.
        signers: Sign what people say in a browser.
        chronicle: What the ledger says of all releases and places.
        kept: What pages computed of releases, which never change.
        folds: What owners have said, for pages that only read.
        tokens: The API tokens of people; None if there are none.
        data: Data that lies here; None if none does.
    """

    registry: Registry
    clock: Callable[[], str]
    authenticator: Authenticator
    idempotency: Idempotency
    limits: Limits = field(default_factory=Limits)
    logs_in: bool = False
    asks_roles: bool = False
    tracing: Tracing = NO_TRACING
    signers: Signers = NO_SIGNERS
    chronicle: Chronicle = field(default_factory=Chronicle)
    kept: Kept = field(default_factory=Kept)
    folds: Folds = field(default_factory=Folds)
    tokens: Tokens | None = None
    data: DataHere | None = None
