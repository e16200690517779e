"""What a browser holds and sends: cookies, and forms that nobody else could have filled in."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

from weighbridge.model.errors import NotAllowedError
from weighbridge.model.team.session import LOGIN_LASTS
from weighbridge.server.answers import refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

FORM: Final = "application/x-www-form-urlencoded"
FIELD: Final = "csrf"
_FORM: Final = 65_536
_FIELDS: Final = 40
_SESSION_LASTS: Final = 12 * 3_600


@dataclass(frozen=True, slots=True)
class Browser:
    """How browsers know this server.

    Attributes:
        origin: Scheme, host and port they reach it at.
    """

    origin: str

    @property
    def secure(self) -> bool:
        """Whether they reach it by TLS; else it is on loopback."""
        return urlsplit(self.origin).scheme == "https"

    @property
    def session(self) -> str:
        """Name of a session's cookie; no other host of the domain can set a `__Host-` one."""
        return "__Host-weighbridge" if self.secure else "weighbridge-session"

    @property
    def login(self) -> str:
        """Name of the cookie of a login under way."""
        return "__Host-weighbridge-login" if self.secure else "weighbridge-login"

    def give_session(self, response: Response, secret: str) -> None:
        """Hand out a session; it is sent along from this site alone."""
        response.set_cookie(
            self.session,
            secret,
            max_age=_SESSION_LASTS,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )

    def give_login(self, response: Response, binding: str) -> None:
        """Hand out what a login is bound to; it must come along from the provider's site."""
        response.set_cookie(
            self.login,
            binding,
            max_age=LOGIN_LASTS,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def take(self, response: Response, name: str) -> None:
        """Take a cookie back."""
        response.delete_cookie(name, path="/", secure=self.secure, httponly=True)

    def csrf(self, request: Request) -> str:
        """Return what the forms of a request's session carry; empty if it has none."""
        secret = request.cookies.get(self.session, "")
        return csrf_token(secret) if secret else ""

    async def read_form(self, request: Request) -> Mapping[str, str]:
        """Read a form that a page of ours had for this session.

        Raises:
            NotAllowedError: Another site sent it, or a page of another session.
            RefusedError: It is none, or too large.
        """
        self._refuse_other_sites(request)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise refused(415, "this is no form", wanted=FORM)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _FORM:
                raise refused(413, "the form is too large", wanted=f"at most {_FORM:,} bytes")
        try:
            fields = parse_qs(body.decode("ascii"), max_num_fields=_FIELDS, strict_parsing=True)
        except ValueError as error:
            raise refused(400, "this is no form", wanted=FORM) from error
        form = {name: values[0] for name, values in fields.items() if len(values) == 1}
        secret = request.cookies.get(self.session, "")
        told = form.get(FIELD, "").encode(errors="replace")
        if not secret or not hmac.compare_digest(told, csrf_token(secret).encode()):
            raise _foreign("the form is not of this session")
        return form

    def _refuse_other_sites(self, request: Request) -> None:
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is None and origin is None:
            raise _foreign("the browser does not say which page sent the form")
        if site not in {None, "same-origin"} or origin not in {None, self.origin}:
            raise _foreign("another site sent the form")


def csrf_token(secret: str) -> str:
    """Return what forms of a session carry; it does not lead to the secret."""
    return hmac.digest(secret.encode(), b"csrf", "sha256").hex()


def _foreign(why: str) -> NotAllowedError:
    return NotAllowedError(why, wanted="a form of this server's own page")
