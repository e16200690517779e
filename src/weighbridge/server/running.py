"""Listening, and ending in good order: what was asked before is answered still."""

from __future__ import annotations

import contextlib
import signal
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import uvicorn

from weighbridge.adapters.advisories.fetching import is_loopback
from weighbridge.model.errors import UnavailableError, UnreadableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.applications import Starlette

_DRAIN: Final = 10
"""Seconds that what is being answered may still take when the server ends."""
_KEPT: Final = 75
"""Seconds an idle connection is kept: API servers ask again and again over the same ones."""
_HEAD: Final = 1 << 16
"""Bytes of the head of a request."""
_AT_ONCE: Final = 256
"""Connections that are served at once; the rest is told to come again."""
_WAITING: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where to listen.

    Attributes:
        host: On which address.
        port: On which port; 0 for any that is free.
        certificate: File of the certificate and those above it (PEM); None for none.
        key: File of its private key (PEM); None if that is in the same file.
    """

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None


class _Server(uvicorn.Server):
    """Ends with 0 when it is told to end, and says when it listens."""

    def __init__(self, config: uvicorn.Config, told: Callable[[], None]) -> None:
        super().__init__(config)
        self._told = told

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._told()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as a wish to end; uvicorn would raise them again at last."""
        ending = (signal.SIGINT, signal.SIGTERM)
        before = {one: signal.signal(one, self.handle_exit) for one in ending}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def run(app: Starlette, where: Listening, *, told: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT comes.

    Args:
        app: What answers.
        where: Where it listens.
        told: Takes the address, once it is listened at.

    Raises:
        UsageError: Others could read what is asked and answered.
        UnreadableError: Certificate and key are none.
        UnavailableError: Nothing can listen there.
    """
    check_reach(where)
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
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
    listener = listen(where)
    host, port = listener.getsockname()[:2]
    scheme = "https" if where.certificate else "http"
    address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
    with listener:
        _Server(config, lambda: told(address)).run(sockets=[listener])


def check_reach(where: Listening) -> None:
    """Refuse to answer other machines in the clear.

    Raises:
        UsageError: They could ask, and there is no certificate.
    """
    if where.certificate is None and not is_loopback(where.host):
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
