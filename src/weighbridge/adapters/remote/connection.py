"""One server over HTTP: what is asked, how often, how much of an answer is read, and its errors.

Refused: plain http, but to this machine; any redirect; a name or password in the address. The
credential goes to the one server, and is part of no message: what httpx raises holds requests, and
is never chained.
"""

from __future__ import annotations

import contextlib
import json
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote

from weighbridge.adapters.remote.problems import error_of
from weighbridge.adapters.servers.address import server_address
from weighbridge.adapters.servers.patience import Attempts, DroppedError, Patience
from weighbridge.adapters.servers.speaking import in_words, trust
from weighbridge.model.errors import TransferError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx

T = TypeVar("T")

LARGEST: Final = 64 << 20
"""Bytes of the largest document that is read."""
_PASSING: Final = frozenset({408, 429, 502, 503, 504})
_REDIRECTS: Final = frozenset(range(300, 400)) - {304}
_PIECE: Final = 1 << 20
_NOT_FOUND: Final = 404
_REFUSED: Final = 400
_CONFLICT: Final = 409
_CONNECTIONS: Final = 64


class Connection:
    """Speaks with one server; several threads may."""

    def __init__(
        self,
        address: str,
        *,
        credential: Callable[[str], str | None] = lambda _address: None,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Name the server; nothing is asked yet.

        Args:
            address: Where it is: `https://HOST[:PORT][/PATH]`.
            credential: Finds what is kept for it; called once.
            patience: How long and how often it is asked.
            transport: Instead of the network.

        Raises:
            UsageError: The address is none.
            UnavailableError: The extra is not installed.
        """
        try:
            import httpx  # noqa: PLC0415 - an extra
        except ImportError as error:
            help_ = ['pip install "weighbridge[client]"']
            raise UnavailableError("registries on servers need an extra", help=help_) from error
        self.address = server_address(address)
        self._httpx = httpx
        self._credential = credential
        self._patience = patience or Patience(tries=5, finish=600)
        self._transport = transport
        self._client: httpx.Client | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of what is open; it may be used again."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def document(
        self, path: str, *, params: Mapping[str, str | int] | None = None
    ) -> dict[str, Any]:
        """Get a document.

        Raises:
            WeighbridgeError: What the server says is wrong.
            TransferError: Its answer is none.
        """
        return self._document(self.patiently(lambda: self._whole("GET", path, params=params)), path)

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        dropped: Callable[[], None] = lambda: None,
    ) -> dict[str, Any]:
        """Send a document that may be sent again, and return the answer.

        Args:
            path: Where to.
            body: The document.
            headers: More headers.
            dropped: Is called if the document is sent again, for want of an answer.

        Raises:
            WeighbridgeError: What the server says is wrong.
            TransferError: Its answer is none.
        """
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        more = {"Content-Type": "application/json", **(headers or {})}
        return self._document(
            self.patiently(
                lambda: self._whole("POST", path, content=lambda: content, headers=more),
                dropped=dropped,
            ),
            path,
        )

    def put(self, path: str, content: Callable[[], Iterator[bytes]], size: int) -> None:
        """Send bytes, again from their beginning if the connection drops."""
        headers = {"Content-Length": str(size), "Content-Type": "application/octet-stream"}
        self.patiently(
            lambda: self._whole(
                "PUT", path, content=content, headers=headers, silence=self._patience.finish
            )
        )

    def delete(self, path: str, *, params: Mapping[str, str | int]) -> dict[str, Any]:
        """Have something removed, which may be asked twice."""
        return self._document(
            self.patiently(lambda: self._whole("DELETE", path, params=params)), path
        )

    def once(
        self,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Ask what must not be asked twice: there is no second try.

        Returns:
            The status, and the document; it is empty if the answer is.

        Raises:
            DroppedError: It did not come about, or the server asks to come again.
            WeighbridgeError: What the server says is wrong.
            TransferError: Its answer is none.
        """
        with self.ask(method, path, content=lambda: content, headers=headers) as response:
            self._check(response)
            data = self.read(response, _PIECE)
            return response.status_code, self._document(data, path) if data else {}

    def bytes_of(
        self, path: str, *, most: int, headers: Mapping[str, str] | None = None
    ) -> bytes | None:
        """Get bytes; None if they are not there.

        Raises:
            TransferError: They are more than they can be.
        """
        found: bytes | None = self.patiently(
            lambda: self._whole("GET", path, headers=headers, most=most, optional=True)
        )
        return found

    def size_of(self, path: str) -> int | None:
        """Ask how many bytes there are; None if they are not there.

        Raises:
            TransferError: The server does not say.
        """

        def ask() -> int | None:
            with self.ask("HEAD", path) as response:
                if response.status_code == _NOT_FOUND:
                    return None
                self._check(response)
                length = response.headers.get("content-length", "")
            if not (length.isascii() and length.isdecimal()):
                raise TransferError(f"{self.address} does not say how many bytes there are")
            return int(length)

        return self.patiently(ask)

    @contextlib.contextmanager
    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        content: Callable[[], bytes | Iterator[bytes]] | None = None,
        silence: float | None = None,
    ) -> Iterator[httpx.Response]:
        """Exchange one request for one answer, whose body is still to be read.

        Raises:
            DroppedError: It did not come about, or the server asks to come again.
            TransferError: The server leads elsewhere.
        """
        with in_words(self.address):
            client = self._opened()
            request = client.build_request(
                method,
                self.address + path,
                params=dict(params) if params else None,
                headers=dict(headers or {}),
                content=content() if content else None,
            )
            if silence is not None:
                request.extensions["timeout"] |= {"read": silence}
            response = client.send(request, stream=True)
            with contextlib.closing(response):
                if response.status_code in _REDIRECTS:
                    message = f"{self.address} leads elsewhere"
                    help_ = ["name the server itself with --registry"]
                    raise TransferError(message, seen=f"status {response.status_code}", help=help_)
                yield response

    def patiently(
        self, action: Callable[[], T], *, dropped: Callable[[], None] = lambda: None
    ) -> T:
        """Do something that may be done twice, until it comes about.

        Raises:
            UnavailableError: It never did.
        """
        attempts = Attempts(self._patience, self.address)
        while True:
            try:
                return action()
            except DroppedError as error:
                dropped()
                attempts.again(error)

    def _whole(
        self,
        method: str,
        path: str,
        *,
        most: int = LARGEST,
        optional: bool = False,
        **wanted: Any,  # noqa: ANN401 - what `ask` takes
    ) -> Any:  # noqa: ANN401 - bytes, or None where that is allowed
        with self.ask(method, path, **wanted) as response:
            if optional and response.status_code == _NOT_FOUND:
                return None
            self._check(response)
            return self.read(response, most)

    def _check(self, response: httpx.Response) -> None:
        """Raise what the server says is wrong."""
        if response.status_code < _REFUSED:
            return
        data = self.read(response, _PIECE)
        error = error_of(response.status_code, data, address=self.address)
        after = response.headers.get("retry-after", "")
        # A conflict that passes: the same request, sent before, is still being answered.
        if response.status_code in _PASSING or (response.status_code == _CONFLICT and after):
            seconds = float(after[:9]) if after.isascii() and after.isdecimal() else None
            raise DroppedError(f"{error} (status {response.status_code})", seconds)
        raise error

    def read(self, response: httpx.Response, most: int) -> bytes:
        """Read an answer whole.

        Raises:
            TransferError: It is longer.
        """
        found = bytearray()
        for piece in response.iter_raw():
            found += piece
            if len(found) > most:
                raise TransferError(f"{self.address} answers with more than {most} bytes")
        return bytes(found)

    def _document(self, data: bytes, path: str) -> dict[str, Any]:
        try:
            found = json.loads(data)
        except (ValueError, RecursionError) as error:
            message = f"{self.address}{path} answers with no document"
            raise TransferError(message, cause=str(error)[:200]) from None
        if not isinstance(found, dict):
            raise TransferError(f"{self.address}{path} answers with another document")
        return found

    def _opened(self) -> httpx.Client:
        with self._lock:
            if self._client is None:
                self._client = self._open()
            return self._client

    def _open(self) -> httpx.Client:
        from weighbridge import __version__  # noqa: PLC0415 - of the moment

        headers = {"Accept-Encoding": "identity", "User-Agent": f"weighbridge/{__version__}"}
        if secret := self._credential(self.address):
            headers["Authorization"] = f"Bearer {secret}"
        limits = self._httpx.Limits(
            max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS
        )
        transport = self._transport
        if transport is None and self.address.startswith("http://"):
            # Plain http is to this machine, so no proxy of the environment has a part in it.
            transport = self._httpx.HTTPTransport(limits=limits)
        return self._httpx.Client(
            transport=transport,
            verify=trust(),
            limits=limits,
            timeout=self._httpx.Timeout(
                self._patience.silence, connect=self._patience.connect, pool=None
            ),
            follow_redirects=False,
            headers=headers,
        )


def segment(text: str) -> str:
    """Write a name as one part of a path."""
    return quote(text, safe="")
