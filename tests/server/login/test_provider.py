"""How often a provider is asked, however many tokens are sent."""

from __future__ import annotations

import asyncio

import httpx
from starlette.responses import JSONResponse

from tests.server.login.jobs_of_a_ci import Ci, ci_app
from weighbridge.model.errors import UnavailableError
from weighbridge.server.login.provider import HttpProvider


def test_a_provider_that_is_away_is_asked_once_and_not_soon_again() -> None:
    ci, seconds = Ci(issuer="http://127.0.0.1:1"), [0.0]
    transport = httpx.ASGITransport(app=ci_app(ci))
    token = ci.token()

    async def ask(provider: HttpProvider) -> list[str]:
        async def one() -> str:
            try:
                return str((await provider.claims(token))["repository"])
            except UnavailableError as error:
                return error.faults[0].cause

        return await asyncio.gather(*(one() for _ in range(9)))

    async def all_of_it() -> None:
        async with httpx.AsyncClient(transport=transport) as http:
            provider = HttpProvider(ci.issuer, http=http, ticks=lambda: seconds[0])
            ci.answers["/jwks"] = JSONResponse({}, 500)
            assert await ask(provider) == ["it answers 500"] * 9
            assert ci.heard.count("/jwks") == 1
            ci.answers.clear()
            assert await ask(provider) == ["it answers 500"] * 9
            seconds[0] += 6
            assert await ask(provider) == ["acme/spam-filter"] * 9
            assert ci.heard.count("/jwks") == 2

    asyncio.run(all_of_it())
