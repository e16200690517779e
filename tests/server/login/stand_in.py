"""A provider that says whatever a test wants; real ones cannot be made to lie."""

from __future__ import annotations

import base64
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import FastAPI
from joserfc import jwt
from starlette.responses import JSONResponse, RedirectResponse, Response

from tests.oidc_servers import CLIENT, signing_key

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey
    from starlette.requests import Request


@dataclass
class Liar:
    """What it says.

    Attributes:
        issuer: Where it is.
        key: What it signs with.
        published: The key it says it has, if that is another.
        claims: Claims instead of the right ones; None leaves one out.
        header: The header of the token.
        answer: What is answered instead of a token.
        nonce: The nonce of the login under way.
    """

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: signing_key("one"))
    published: RSAKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256", "kid": "one"})
    answer: Response | None = None
    nonce: str = ""

    def token(self) -> str:
        now = int(time.time())
        right = {
            "iss": self.issuer,
            "sub": "1",
            "aud": CLIENT,
            "exp": now + 60,
            "iat": now,
            "auth_time": now,
            "nonce": self.nonce,
            "preferred_username": "dora",
        }
        claims = {name: one for name, one in (right | self.claims).items() if one is not None}
        if self.header["alg"] in {"none", "HS256"}:
            return unsigned(self.header, claims, self.key)
        return jwt.encode(self.header, claims, self.key, algorithms=["RS256"])


def unsigned(header: dict[str, Any], claims: dict[str, Any], key: RSAKey | ECKey) -> str:
    """Write a token without a signature, or with one by the public key as a secret."""
    parts = [_written(json.dumps(one).encode()) for one in (header, claims)]
    text = ".".join(parts)
    if header["alg"] == "none":
        return f"{text}."
    public = key.as_pem(private=False)
    return f"{text}.{_written(hmac.digest(public, text.encode(), 'sha256'))}"


def _written(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def lying_app(liar: Liar) -> FastAPI:
    app = FastAPI()

    async def discovery(_request: Request) -> Response:
        at = {"authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/jwks"}
        told = {name: liar.issuer + path for name, path in at.items()}
        return JSONResponse({"issuer": liar.issuer, **told})

    async def keys(_request: Request) -> Response:
        return JSONResponse({"keys": [(liar.published or liar.key).as_dict(private=False)]})

    async def authorise(request: Request) -> Response:
        liar.nonce = request.query_params["nonce"]
        back = urlencode({"state": request.query_params["state"], "code": "any"})
        return RedirectResponse(f"{request.query_params['redirect_uri']}?{back}", 303)

    async def give(_request: Request) -> Response:
        if liar.answer is not None:
            return liar.answer
        return JSONResponse({"access_token": "a", "id_token": liar.token()})

    app.add_route("/.well-known/openid-configuration", discovery)
    app.add_route("/jwks", keys)
    app.add_route("/auth", authorise)
    app.add_route("/token", give, methods=["POST"])
    return app
