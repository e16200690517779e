"""A CI whose provider signs what its jobs are, as GitHub's and GitLab's do; or something else."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry
from starlette.responses import JSONResponse, Response

from tests.oidc_servers import signing_key
from tests.server.login.stand_in import unsigned

if TYPE_CHECKING:
    from starlette.requests import Request

REQUEST_SECRET = "asks-for-the-job"
GITHUB = {
    "sub": "repo:acme/spam-filter:ref:refs/heads/main",
    "repository": "acme/spam-filter",
    "repository_owner": "acme",
    "ref": "refs/heads/main",
    "event_name": "push",
    "run_attempt": "1",
}
GITLAB = {
    "sub": "project_path:acme/spam-filter:ref_type:branch:ref:main",
    "project_path": "acme/spam-filter",
    "ref": "main",
    "ref_protected": "true",
    "user_login": "dora",
    "pipeline_source": "push",
}


def curve_key(name: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": name, "use": "sig", "alg": "ES256"})


@dataclass
class Ci:
    """What it says.

    Attributes:
        issuer: Where it is.
        key: What it signs with.
        keys: What it says it signs with.
        answers: What is answered instead, by path.
        heard: The paths that were asked for.
    """

    issuer: str = ""
    key: RSAKey | ECKey = field(default_factory=lambda: signing_key("one"))
    keys: list[RSAKey | ECKey] = field(default_factory=list)
    answers: dict[str, Response] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = self.keys or [self.key, curve_key("two")]

    def claims(self, **changed: object) -> dict[str, Any]:
        """Say what a job is; numbers of `exp`, `iat` and `nbf` are seconds from now."""
        now = int(time.time())
        right = {"aud": "weighbridge", "exp": 300, "iat": 0, "nbf": -60, "jti": str(uuid.uuid4())}
        told: dict[str, Any] = {"iss": self.issuer, **GITHUB, **right, **changed}
        for name in ("exp", "iat", "nbf"):
            if type(told[name]) is int:
                told[name] += now
        return {name: one for name, one in told.items() if one is not None}

    def token(self, header: dict[str, Any] | None = None, **changed: object) -> str:
        claims = self.claims(**changed)
        kind = "ES256" if isinstance(self.key, ECKey) else "RS256"
        told = {"alg": kind, "kid": self.key.kid, "typ": "JWT", **(header or {})}
        if told["alg"] in {"none", "HS256"}:
            return unsigned(told, claims, self.key)
        registry = JWSRegistry(algorithms=["RS256", "ES256"], strict_check_header=False)
        return jwt.encode(told, claims, self.key, registry=registry)


def ci_app(ci: Ci) -> FastAPI:
    app = FastAPI()

    def said(path: str, right: dict[str, Any]) -> Response:
        ci.heard.append(path)
        return ci.answers.get(path) or JSONResponse(right)

    async def discovery(request: Request) -> Response:
        at = {"jwks_uri": f"{ci.issuer}/jwks", "authorization_endpoint": f"{ci.issuer}/auth"}
        return said(request.url.path, {"issuer": ci.issuer, **at})

    async def keys(request: Request) -> Response:
        known = [key.as_dict(private=False) for key in ci.keys]
        return said(request.url.path, {"keys": known})

    async def identity(request: Request) -> Response:
        """Say who a job is, as GitHub's runner is told."""
        if request.headers.get("authorization") != f"Bearer {REQUEST_SECRET}":
            return Response(status_code=401)
        return JSONResponse({"value": ci.token(aud=request.query_params["audience"])})

    app.add_route("/.well-known/openid-configuration", discovery)
    app.add_route("/jwks", keys)
    app.add_route("/identity", identity)
    return app


def settings_of(issuer: str, more: str = "") -> str:
    """Write settings that let jobs of `acme` in: what runs on main may write."""
    claims = {
        "release": '{repository = "acme/spam-filter", ref = "refs/heads/main"}',
        "reader": '{repository = "acme/*"}',
        "lab": '{project_path = "acme/spam-filter", ref_protected = "true"}',
    }
    scopes = {"release": ["read", "write"], "reader": ["read"], "lab": ["read", "run"]}
    tables = [
        f'[[ci]]\nissuer = "{issuer}"\naudience = "weighbridge"\nclaims = {wanted}\n'
        f'person = "ci-{name}"\nroles = ["releaser"]\nscopes = {json.dumps(scopes[name])}\n'
        for name, wanted in claims.items()
    ]
    return more + "\n".join(tables)
