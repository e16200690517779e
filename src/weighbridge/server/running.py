"""Listening, and ending in good order: what was asked before is answered still."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from weighbridge.adapters.advisories.fetching import is_loopback
from weighbridge.model.errors import UnavailableError, UnreadableError, UsageError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from starlette.applications import Starlette

LOG: Final = logging.getLogger("weighbridge.server")
_DRAIN: Final = 30
"""Seconds that what is being answered may still take when the server ends."""
_KEPT: Final = 75
"""Seconds an idle connection is kept: API servers ask again and again over the same ones."""
_HEAD: Final = 1 << 16
"""Bytes of the head of a request."""
_AT_ONCE: Final = 256
"""Connections that are served at once; the rest is told to come again."""
_WAITING: Final = 128
_HURRY: Final = 15.0
"""Seconds the head of a request may take to come, and a connection to say anything at all."""
GRACE: Final = 5.0
"""Seconds a server that is told to end goes on, so that what is before it asks another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where to listen.

    Attributes:
        host: On which address.
        port: On which port; 0 for any that is free.
        certificate: File of the certificate and those above it (PEM); None for none.
        key: File of its private key (PEM); None if that is in the same file.
        proxied: Whether something declared that speaks TLS is before it, and nobody else answered.
    """

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    proxied: bool = False


class Drain:
    """Says whether a server was told to end."""

    def __init__(self) -> None:
        """Begin with a server that goes on."""
        self.since: float | None = None

    @property
    def begun(self) -> bool:
        """Whether it was told."""
        return self.since is not None

    def begin(self) -> None:
        """Tell it."""
        self.since = time.monotonic()


class Hurried(H11Protocol):
    """A connection that ends if the head of a request does not come in time."""

    _alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        """Take bytes, and wait no longer once a head is whole."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._disarm()
        elif self._alarm is None:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._disarm()
        super().connection_lost(exc)

    def _arm(self) -> None:
        self._alarm = self.loop.call_later(_HURRY, self.transport.abort)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


class _Server(uvicorn.Server):
    """Ends with 0 when it is told to end, and says when it listens."""

    def __init__(
        self, config: uvicorn.Config, told: Callable[[], None], *, drain: Drain, grace: float
    ) -> None:
        super().__init__(config)
        self._told, self._drain, self._grace = told, drain, grace
        self._renew = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; who is told twice ends at once."""
        del sig, frame
        if self._drain.begun:
            self.should_exit = self.force_exit = True
        else:
            self._drain.begin()

    async def on_tick(self, counter: int) -> bool:
        """Look ten times a second whether it is time to end, or a certificate is to be read."""
        if self._renew:
            self._renew = False
            _renew(self.config)
        since = self._drain.since
        if since is not None and time.monotonic() - since >= self._grace:
            self.should_exit = True
        return await super().on_tick(counter)

    def _handle_renewal(self, _sig: int, _frame: FrameType | None) -> None:
        self._renew = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._told()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as a wish to end; uvicorn would raise them again at last."""
        ending = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in ending}
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._handle_renewal)
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def _renew(config: uvicorn.Config) -> None:
    """Read certificate and key again; if they are none, what was read before goes on."""
    if config.ssl is None or config.ssl_certfile is None:
        return
    try:
        trial = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trial.load_cert_chain(config.ssl_certfile, config.ssl_keyfile)
        config.ssl.load_cert_chain(config.ssl_certfile, config.ssl_keyfile)
    except (OSError, ssl.SSLError) as error:
        LOG.error("the new certificate cannot be used: %s", error)  # noqa: TRY400 - it is told, no bug
    else:
        LOG.info("the certificate was read again")


def run(
    app: Starlette,
    where: Listening,
    *,
    listener: socket.socket | None = None,
    told: Callable[[str], None],
    drain: Drain | None = None,
    grace: float = GRACE,
) -> None:
    """Serve until SIGTERM or SIGINT comes; read certificates again on SIGHUP.

    Args:
        app: What answers.
        where: Where it listens.
        listener: What listens there already, and is closed at the end; None to begin now.
        told: Takes the address, once it is listened at.
        drain: Is told when the server is told to end.
        grace: Seconds it then still takes connections.

    Raises:
        UsageError: Others could read what is asked and answered.
        UnreadableError: Certificate and key are none.
        UnavailableError: Nothing can listen there.
    """
    check_reach(where)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=Hurried,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_AT_ONCE,
        timeout_keep_alive=_KEPT,
        timeout_graceful_shutdown=_DRAIN,
        h11_max_incomplete_event_size=_HEAD,
        ssl_certfile=where.certificate,
        ssl_keyfile=where.key or where.certificate,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise UnreadableError(
            f"{where.certificate} and its key cannot be used",
            cause=str(error),
            wanted="a certificate and its private key, both PEM, the key without passphrase",
            help=["--tls-cert FILE --tls-key FILE"],
        ) from error
    with listener or listen(where) as listening:
        address = address_of(listening, where)
        server = _Server(config, lambda: told(address), drain=drain or Drain(), grace=grace)
        server.run(sockets=[listening])


def address_of(listener: socket.socket, where: Listening) -> str:
    """Return the address something is listened at."""
    host, port = listener.getsockname()[:2]
    scheme = "https" if where.certificate else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def check_reach(where: Listening) -> None:
    """Refuse to answer other machines in the clear.

    Raises:
        UsageError: They could ask, and there is no certificate.
    """
    if where.certificate is None and not where.proxied and not is_loopback(where.host):
        raise UsageError(
            f"{where.host} can be reached from other machines, and there is no certificate",
            wanted="TLS, or an address of this machine alone",
            help=[
                "--tls-cert FILE --tls-key FILE",
                "or --host 127.0.0.1, behind something on this machine that speaks TLS",
            ],
        )


def listen(where: Listening) -> socket.socket:
    """Listen, and answer nobody yet.

    The protocol is named: asyncio sends at once (TCP_NODELAY) only what it knows to be TCP, and an
    answer would otherwise wait some 40 ms for the other side's delayed acknowledgement.

    Raises:
        UnavailableError: Nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in where.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((where.host, where.port))
        listener.listen(_WAITING)
    except (OSError, OverflowError) as error:
        listener.close()
        message = f"nothing can listen on {where.host}:{where.port}"
        raise UnavailableError(message, cause=str(error), help=["choose another --port"]) from error
    return listener
