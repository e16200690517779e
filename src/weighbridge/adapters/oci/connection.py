"""One repository over HTTP: who asks, where an answer may lead, and how much of it is read.

Refused: plain http, but to this machine; a redirect from https to http, or a sixth one; an
address with a name or password in it. A credential goes to the registry's own scheme, host and
port, and to its token service (`authorization`), and is part of no message: what httpx raises
holds requests, and is never chained.
"""

from __future__ import annotations

import contextlib
import email.utils
import weakref
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from weighbridge.adapters.oci.authorization import Authorization
from weighbridge.adapters.servers.patience import Attempts, DroppedError, Pace, Patience
from weighbridge.adapters.servers.speaking import in_words, printable, trust
from weighbridge.model.errors import TransferError, UnavailableError, UsageError
from weighbridge.model.oci_reference import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx

    from weighbridge.adapters.oci.credentials import Credentials

    Body = Callable[[], bytes | Iterator[bytes]]

T = TypeVar("T")

REDIRECTS = 5
_REDIRECTED = frozenset({301, 302, 303, 307, 308})
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_UNAUTHORIZED, _FORBIDDEN = 401, 403
_REALM_ANSWER = 1 << 20
PULL, PUSH = "pull", "pull,push"
_HOSTS = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What of a request stays the same wherever it is sent."""

    method: str
    actions: str
    headers: Mapping[str, str]
    body: Body | None
    silence: float | None


class Connection:
    """Speaks with one repository."""

    def __init__(
        self,
        host: str,
        repository: str,
        *,
        credentials: Callable[[], Credentials | None],
        patience: Patience,
        plain: bool | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Name the repository; nothing is asked yet.

        Args:
            host: The registry, with its port if it is not the usual one.
            repository: The repository.
            credentials: Finds what is kept for the registry; called once, if it asks.
            patience: How long and how often it is asked.
            plain: Whether to speak plain http; by default to this machine alone.
            transport: Instead of the network.

        Raises:
            UsageError: Plain http is asked for, to another machine.
            UnavailableError: The extra is not installed.
        """
        try:
            import httpx  # noqa: PLC0415 - an extra
        except ImportError as error:
            help_ = ['pip install "weighbridge[oci]"']
            raise UnavailableError("registries need an extra", help=help_) from error
        local = is_loopback(host)
        if plain and not local:
            raise UsageError(f"{host} is another machine: plain http is for this one alone")
        self._httpx = httpx
        self.host, self.repository, self.patience = host, repository, patience
        scheme = "http" if (local if plain is None else plain) else "https"
        self.base = httpx.URL(f"{scheme}://{_HOSTS.get(host, host)}/v2/{repository}/")
        self._authorization = Authorization(host, repository, credentials)
        limits = httpx.Timeout(patience.silence, connect=patience.connect)
        # Plain http is to this machine, so no proxy of the environment has a part in it.
        direct = {"http://": transport or httpx.HTTPTransport(verify=trust())}
        self._client = httpx.Client(
            transport=transport,
            mounts=direct,
            verify=trust(),
            timeout=limits,
            follow_redirects=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "weighbridge"},
        )

        # Not everybody who holds a repository knows that it can be closed.
        self.close = weakref.finalize(self, self._client.close)
        """Closes what is open; also called when nobody holds this any longer."""

    def url(self, tail: str) -> httpx.URL:
        """Return the address of something in the repository."""
        return self.base.join(tail)

    @contextlib.contextmanager
    def ask(
        self,
        method: str,
        url: httpx.URL,
        *,
        actions: str = PULL,
        headers: Mapping[str, str] | None = None,
        body: Body | None = None,
        silence: float | None = None,
    ) -> Iterator[httpx.Response]:
        """Exchange one request for one answer, whose body is still to be read.

        Args:
            method: The method; an answer to GET and HEAD may lead elsewhere.
            url: Where.
            actions: What the repository must allow.
            headers: More headers.
            body: Makes what is sent; called again if the registry first asks who sends it.
            silence: Seconds the registry may be silent, if other than usual.

        Raises:
            DroppedError: It did not come about, or the registry asks to come again.
            LoginError: The registry does not let the user do this.
            UnavailableError: Nor does the store it leads to.
        """
        wanted = _Wanted(method, actions, headers or {}, body, silence)
        with in_words(self.host), contextlib.ExitStack() as stack:
            response = self._send(stack, wanted, url)
            if response.status_code == _UNAUTHORIZED and self._is_ours(response.url):
                challenges = response.headers.get_list("www-authenticate")
                stack.close()
                self._authorization.answer(
                    challenges,
                    actions,
                    said=response.request.headers.get("authorization", ""),
                    registry=self.base,
                    ask=self._ask_realm,
                )
                response = self._send(stack, wanted, url)
            self._check_status(response, actions)
            yield response

    def _send(self, stack: contextlib.ExitStack, wanted: _Wanted, url: httpx.URL) -> httpx.Response:
        """Send a request, and follow where its answer leads."""
        for _ in range(REDIRECTS + 1):
            response = self._client.send(self._request(wanted, url), stream=True, auth=None)
            stack.callback(response.close)
            if response.status_code not in _REDIRECTED or wanted.method not in {"GET", "HEAD"}:
                return response
            url = self.follow(response.headers.get("location", ""), url)
        raise TransferError(f"{self.host} redirects more than {REDIRECTS} times")

    def _request(self, wanted: _Wanted, url: httpx.URL) -> httpx.Request:
        headers = dict(wanted.headers)
        said = self._authorization.header(wanted.actions)
        if said and self._is_ours(url):
            headers["Authorization"] = said
        content = wanted.body() if wanted.body else None
        request = self._client.build_request(wanted.method, url, headers=headers, content=content)
        if wanted.silence is not None:
            request.extensions["timeout"] |= {"read": wanted.silence}
        return request

    def _is_ours(self, url: httpx.URL) -> bool:
        """Tell whether an address is the registry's own scheme, host and port."""
        return _origin(url) == _origin(self.base)

    def follow(self, text: str, url: httpx.URL, *, own: bool = False) -> httpx.URL:
        """Resolve an address the registry gave.

        Args:
            text: What it gave.
            url: What it was asked for.
            own: Whether the address must be on the registry itself.

        Raises:
            TransferError: Nobody should go there.
        """
        try:
            target = url.join(text) if text else None
        except (self._httpx.InvalidURL, ValueError):
            target = None
        if target is None or not target.host or target.userinfo:
            raise TransferError(f"{self.host} leads to an address that cannot be read")
        if own and not self._is_ours(target):
            raise TransferError(
                f"{self.host} leads to another host",
                seen=_shown(target),
                wanted=_shown(self.base),
            )
        near = self.base.scheme == url.scheme == "http" and is_loopback(target.host)
        if target.scheme != "https" and not (target.scheme == "http" and near):
            raise TransferError(
                f"{self.host} leads to an address without TLS", seen=_shown(target), wanted="https"
            )
        return target

    def _check_status(self, response: httpx.Response, actions: str) -> None:
        status = response.status_code
        if status in _PASSING:
            reason = f"it answers with status {status}"
            raise DroppedError(reason, _retry_after(response.headers.get("retry-after", "")))
        if status in {_UNAUTHORIZED, _FORBIDDEN}:
            cause = f"it answers with status {status}"
            if self._is_ours(response.url):
                raise self._authorization.refused(actions, cause)
            message = f"{self.host} leads to {_shown(response.url)}, which does not let anybody in"
            raise UnavailableError(message, cause=cause, help=["run the same command again"])

    def _ask_realm(
        self, method: str, url: httpx.URL, headers: dict[str, str], form: dict[str, str] | None
    ) -> tuple[int, bytes]:
        request = self._client.build_request(method, url, headers=headers, data=form)
        response = self._client.send(request, stream=True, auth=None)
        with contextlib.closing(response):
            if response.status_code in _PASSING:
                raise DroppedError(f"its token service answers with status {response.status_code}")
            return response.status_code, self.read(response, _REALM_ANSWER)

    def read(self, response: httpx.Response, limit: int) -> bytes:
        """Read a short answer whole.

        Raises:
            TransferError: It is longer.
        """
        pace, found = Pace(self.patience), bytearray()
        for piece in response.iter_raw():
            pace.saw(len(piece))
            found += piece
            if len(found) > limit:
                raise TransferError(f"{self.host} answers with more than {limit} bytes")
        return bytes(found)

    def unexpected(self, response: httpx.Response, what: str) -> TransferError:
        """Describe an answer nobody expects."""
        return TransferError(
            f"{self.host} refuses {what}",
            seen=f"status {response.status_code}{self._said(response)}",
        )

    def _said(self, response: httpx.Response) -> str:
        """Return the start of an error's text, as far as it can be printed."""
        try:
            text = self.read(response, _REALM_ANSWER).decode(errors="replace")
        except (TransferError, DroppedError, self._httpx.HTTPError, self._httpx.StreamError):
            return ""
        shown = printable(text.strip()).strip()
        return f": {shown}" if shown and not self._authorization.is_told_in(text) else ""

    def patiently(self, action: Callable[[], T]) -> T:
        """Do something that may be done twice, until it comes about.

        Raises:
            UnavailableError: It never did.
        """
        attempts = Attempts(self.patience, self.host)
        while True:
            try:
                return action()
            except DroppedError as error:
                attempts.again(error)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    port = url.port or (443 if url.scheme == "https" else 80)
    return url.scheme, url.host, port


def _shown(url: httpx.URL) -> str:
    """Show where an address is; what follows the host may be a credential of its own."""
    return f"{url.scheme}://{url.netloc.decode()}"


def _retry_after(text: str) -> float | None:
    """Read `Retry-After`: seconds, or a date (RFC 9110, 10.2.3)."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - datetime.now(UTC)).total_seconds())
