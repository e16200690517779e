"""A tracking server over HTTP: who asks, and how much of an answer is read.

Refused: plain http, but to this machine; any redirect; a name or password in the address. What one
is let in with goes to that server alone, and is part of no message.
"""

from __future__ import annotations

import base64
import contextlib
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from weighbridge.adapters.servers.address import server_address
from weighbridge.adapters.servers.patience import Attempts, DroppedError, Pace, Patience
from weighbridge.adapters.servers.speaking import in_words, printable, trust
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import LoginError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx

T = TypeVar("T")

LARGEST = 16 << 20
"""Bytes of one document, at most."""
_OK = 200
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_CLOSED = {401, 403}
_TOKEN = "MLFLOW_TRACKING_TOKEN"  # noqa: S105 - its name, not a token
_USER, _PASSWORD = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"


class TrackingServer:
    """Speaks with one tracking server."""

    def __init__(
        self,
        address: str,
        *,
        environ: Mapping[str, str],
        patience: Patience | None = None,
    ) -> None:
        """Name the server; nothing is asked yet.

        Args:
            address: Where it is: `https://HOST[:PORT][/PATH]`.
            environ: Environment variables, among which MLflow's own say who asks.
            patience: How long and how often it is asked.

        Raises:
            UsageError: The address is none.
            UnavailableError: The extra is not installed.
        """
        try:
            import httpx  # noqa: PLC0415 - an extra
        except ImportError as error:
            help_ = ['pip install "weighbridge[client]"', "or name MLflow's database or folder"]
            raise UnavailableError("a tracking server needs an extra", help=help_) from error
        self.address = server_address(address)
        self._patience = patience or Patience(tries=3)
        # Plain http is to this machine, so no proxy of the environment has a part in it.
        is_plain = self.address.startswith("http://")
        self._client = httpx.Client(
            transport=httpx.HTTPTransport() if is_plain else None,
            verify=trust(),
            timeout=httpx.Timeout(self._patience.silence, connect=self._patience.connect),
            follow_redirects=False,
            headers={
                "Accept-Encoding": "identity",
                "User-Agent": "weighbridge",
                **authorization(_said(environ)),
            },
        )

    def close(self) -> None:
        """Let go of what is open."""
        self._client.close()

    def document(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Get a JSON document.

        Raises:
            LoginError: The server does not let the user in.
            UnavailableError: It does not answer, or with something else.
        """

        def ask() -> bytes:
            found = bytearray()
            for chunk in self._chunks(path, params):
                found += chunk
                if len(found) > LARGEST:
                    message = f"{self.address} answers with more than {LARGEST} bytes"
                    raise UnavailableError(message)
            return bytes(found)

        data = self._patiently(ask)
        try:
            document = read_json(data, decimals=True)
        except NotCanonicalError as error:
            message = f"{self.address} answers with no document: {error}"
            raise UnavailableError(message, help=["name the address of MLflow itself"]) from error
        if not isinstance(document, dict):
            raise UnavailableError(f"{self.address} answers with no mapping")
        return document

    def content(self, path: str) -> Iterator[bytes]:
        """Read what lies at a path, whatever it is, from the first byte to the last.

        Raises:
            LoginError: The server does not let the user in.
            UnavailableError: It does not answer, or stops.
        """
        try:
            yield from self._chunks(path, {})
        except DroppedError as error:
            message = f"{self.address} does not give {printable(path)}: {error}"
            raise UnavailableError(message) from None

    def _patiently(self, action: Callable[[], T]) -> T:
        attempts = Attempts(self._patience, self.address)
        while True:
            try:
                return action()
            except DroppedError as error:
                attempts.again(error)

    def _chunks(self, path: str, params: Mapping[str, str]) -> Iterator[bytes]:
        pace = Pace(self._patience)
        url = f"{self.address}/{quote(path)}"
        with (
            in_words(self.address),
            self._client.stream("GET", url, params=dict(params)) as answer,
        ):
            self._check(answer)
            for chunk in answer.iter_raw():
                pace.saw(len(chunk))
                yield chunk

    def _check(self, answer: httpx.Response) -> None:
        """Raise what an answer says is wrong; its words are shown, and no more of it is read."""
        status = answer.status_code
        if status == _OK:
            return
        said = b""
        with contextlib.suppress(StopIteration):
            said = next(answer.iter_raw(4096))
        shown = printable(said.decode("utf-8", "replace"))
        if status in _PASSING:
            raise DroppedError(f"it answers with {status}")
        if status in _CLOSED:
            help_ = [f"set {_TOKEN}, or {_USER} and {_PASSWORD}"]
            raise LoginError(f"{self.address} does not let you in", seen=shown, help=help_)
        raise UnavailableError(f"{self.address} answers with {status}", seen=shown)


def authorization(secret: str) -> dict[str, str]:
    """Make the header that says who asks: `user:password`, or a token; none if there is neither."""
    if not secret:
        return {}
    if ":" in secret:
        return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    return {"Authorization": f"Bearer {secret}"}


def _said(environ: Mapping[str, str]) -> str:
    if token := environ.get(_TOKEN):
        return token
    user = environ.get(_USER)
    return f"{user}:{environ.get(_PASSWORD, '')}" if user else ""
