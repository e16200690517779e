"""Saying who one is: Basic (RFC 7617), and tokens (distribution's token and OAuth 2 services).

A registry names the service that gives tokens for it (the realm). It is asked without a
credential wherever it is, over https. A credential goes there only if the realm is of the
registry's own house: the same host, or one under the same parent domain (`auth.docker.io` for
`registry-1.docker.io`, `gitlab.example.org` for `registry.gitlab.example.org`). Docker sends it
anywhere; a registry of which nothing but an answer was forged would give it away. Plain http is
for realms of a registry on this machine, on the same host. A realm's redirects are not followed.
"""

from __future__ import annotations

import base64
import re
import threading
from typing import TYPE_CHECKING

from weighbridge.adapters.oci.challenge import Challenge, read_challenges
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import LoginError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import httpx

    from weighbridge.adapters.oci.credentials import Credentials

    Ask = Callable[[str, httpx.URL, dict[str, str], dict[str, str] | None], tuple[int, bytes]]
    """Ask a realm: method, address, headers and form give status and body."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,65536}=*")
_LONGEST_SCOPE = 1024
_COUNTRY, _GENERIC = 2, 3
"""Letters of a country's domain, and at most of those under it that are for all (`com.au`)."""


def is_of_house(realm: str, registry: str) -> bool:
    """Tell whether a realm's host is the registry's, or under the same parent domain."""
    if realm == registry:
        return True
    if ":" in registry or registry.replace(".", "").isdigit():
        return False  # an address has no parent
    parent = registry.partition(".")[2]
    houses = [house for house in (registry, parent) if _is_house(house)]
    return any(realm == house or realm.endswith("." + house) for house in houses)


def _is_house(domain: str) -> bool:
    """Tell whether a domain is somebody's: `example.org`; never `org`, and rather not `co.uk`."""
    *_, name, top = ["", "", *domain.split(".")]
    return bool(name) and (domain.count(".") > 1 or len(top) > _COUNTRY or len(name) > _GENERIC)


class _NoAnswerError(Exception):
    """A challenge that cannot be answered; says why, never with a credential."""


class Authorization:
    """What is said to one registry; safe among threads."""

    def __init__(
        self, host: str, repository: str, credentials: Callable[[], Credentials | None]
    ) -> None:
        """Name the repository.

        Args:
            host: The registry, for messages.
            repository: The repository.
            credentials: Finds what is kept for the registry; called once, if it asks.
        """
        self._host, self._repository = host, repository
        self._find = credentials
        self._lock = threading.Lock()
        self._found: Credentials | None = None
        self._looked = False
        self._said: dict[str, str] = {}

    def header(self, actions: str) -> str:
        """Return what to say before anybody asked: what helped last, or nothing."""
        return self._said.get(actions, "")

    def answer(
        self,
        headers: Iterable[str],
        actions: str,
        *,
        said: str,
        registry: httpx.URL,
        ask: Ask,
    ) -> None:
        """Find an answer to a challenge, for `header` to return.

        Args:
            headers: The challenges.
            actions: `pull` or `pull,push`.
            said: What was said and did not help.
            registry: The registry's address.
            ask: Asks a realm.

        Raises:
            LoginError: There is none.
        """
        with self._lock:
            if self.header(actions) != said:
                return  # Another thread has found one meanwhile.
            try:
                self._said[actions] = self._found_for(headers, actions, registry, ask)
            except _NoAnswerError as error:
                raise self.refused(actions, str(error)) from None

    def _found_for(
        self, headers: Iterable[str], actions: str, registry: httpx.URL, ask: Ask
    ) -> str:
        for challenge in read_challenges(headers):
            if challenge.scheme == "bearer" and challenge.parameters.get("realm"):
                return f"Bearer {self._token(challenge, actions, registry, ask)}"
            if challenge.scheme == "basic":
                return self._basic(self._credentials())
        raise _NoAnswerError("it asks for no authentication that is known here")

    def is_told_in(self, text: str) -> bool:
        """Tell whether a text repeats what was said, or what is kept."""
        found = self._found
        kept = (found.password, found.identity_token) if found else ()
        said = (words.rpartition(" ")[2] for words in self._said.values())
        return any(secret and secret in text for secret in (*kept, *said))

    def refused(self, actions: str, cause: str) -> LoginError:
        """Describe that the registry does not let this user do something."""
        verb, right = ("push to", "push") if "push" in actions else ("pull from", "pull")
        login, ask = f"docker login {self._host}", f"the right to {right}"
        if self._found is None:
            help_ = [f"log in: {login}", f"or ask the owner of {self._repository} for {ask}"]
        else:
            help_ = [f"ask the owner of {self._repository} for {ask}", f"or log in anew: {login}"]
        message = f"{self._host} does not let you {verb} {self._repository}"
        return LoginError(message, cause=cause, help=help_)

    def _credentials(self) -> Credentials | None:
        if not self._looked:
            self._found, self._looked = self._find(), True
        return self._found

    def _basic(self, found: Credentials | None) -> str:
        if found is None or not found.username:
            raise _NoAnswerError("no name and password are kept for it")
        pair = f"{found.username}:{found.password}".encode()
        return "Basic " + base64.b64encode(pair).decode()

    def _token(self, challenge: Challenge, actions: str, registry: httpx.URL, ask: Ask) -> str:
        realm = self._realm(challenge.parameters["realm"], registry)
        scope = challenge.parameters.get("scope", "")
        if not scope or len(scope) > _LONGEST_SCOPE:
            scope = f"repository:{self._repository}:{actions}"
        form = {"scope": scope}
        if service := challenge.parameters.get("service"):
            form["service"] = service
        found = self._credentials()
        if found is not None and not is_of_house(realm.host, registry.host):
            raise _NoAnswerError(
                f"it sends those who log in to {realm.host}, which is not of its house"
            )
        if found is not None and found.identity_token:
            form |= {"grant_type": "refresh_token", "client_id": "weighbridge"}
            form["refresh_token"] = found.identity_token
            status, body = ask("POST", realm, {}, form)
        else:
            headers = {} if found is None else {"Authorization": self._basic(found)}
            # Several scopes are several parameters here, and words of one above.
            query = [("service", form.get("service", "")), *(("scope", s) for s in scope.split())]
            params = realm.params.merge([(name, value) for name, value in query if value])
            status, body = ask("GET", realm.copy_with(params=params), headers, None)
        return self._read_token(status, body, realm.host)

    def _realm(self, text: str, registry: httpx.URL) -> httpx.URL:
        import httpx  # noqa: PLC0415 - an extra

        try:
            realm = httpx.URL(text)
        except (httpx.InvalidURL, ValueError):
            raise _NoAnswerError("the address of its token service cannot be read") from None
        plain = realm.scheme == registry.scheme == "http" and realm.host == registry.host
        if (realm.scheme != "https" and not plain) or not realm.host or realm.userinfo:
            raise _NoAnswerError("its token service is not reached over https")
        return realm

    def _read_token(self, status: int, body: bytes, host: str) -> str:
        if status != 200:  # noqa: PLR2004 - OK
            raise _NoAnswerError(f"its token service {host} answers with status {status}")
        try:
            answer = read_json(body, decimals=True)
        except NotCanonicalError:
            answer = None
        token = None
        if isinstance(answer, dict):
            token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise _NoAnswerError(f"its token service {host} answers with no token")
        return token
