"""Prometheus, or what answers like it: asked for values now, by its HTTP API.

Nothing is raised: what goes wrong is the answer. Redirects are not followed, for whoever answers
then was not named by anybody.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from weighbridge.adapters.posting import post
from weighbridge.model.delivery import Answer
from weighbridge.model.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LARGEST: Final = 4 << 20
"""Bytes of an answer, at most."""

_LONGEST_TOKEN: Final = 64 << 10
_LONGEST: Final = 300
_OK: Final = 200


class _NoAnswerError(Exception):
    """There is no answer that counts; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusMeter:
    """Answers queries of PromQL (`Meter`).

    Attributes:
        address: Where it is, with the path it is reached under, if any.
        seconds: Time one answer may take.
        token: File of the bearer token; None for none. It is read anew each time.
    """

    address: str
    seconds: float = 10.0
    token: Path | None = None

    def ask(self, query: str) -> Answer:
        """Ask for the values now; what goes wrong is in the answer."""
        try:
            kind, result = self._asked(query)
            if kind == "scalar":
                return Answer(values=(_value(result),))
            return Answer(values=tuple(_value(one.get("value")) for one in _series(kind, result)))
        except _NoAnswerError as error:
            return Answer(error=str(error))

    def firing(self, digest: str) -> Mapping[str, str] | None:
        """Return failure modes whose alerts fire for a release, each with the alerts that do.

        None if that cannot be told.
        """
        query = f'ALERTS{{alertstate="firing",release={json.dumps(digest)},failure_mode!=""}}'
        try:
            kind, result = self._asked(query)
            found: dict[str, list[str]] = {}
            for one in _series(kind, result):
                labels = one.get("metric")
                known = labels if isinstance(labels, dict) else {}
                name, modes = known.get("alertname"), known.get("failure_mode")
                if not isinstance(name, str) or not isinstance(modes, str):
                    return None
                for mode in filter(None, modes.split(",")):
                    found.setdefault(mode, []).append(name)
        except _NoAnswerError:
            return None
        return {mode: ", ".join(sorted(set(names))) for mode, names in sorted(found.items())}

    def _asked(self, query: str) -> tuple[str, object]:
        """Ask, and return what sort of result there is, and the result."""
        if not self.address.startswith(("http://", "https://")):
            raise _NoAnswerError(f"{self.address[:_LONGEST]} is no address of http or https")
        url = f"{self.address.rstrip('/')}/api/v1/query"
        limit = {"timeout": f"{max(int(self.seconds), 1)}s"}
        try:
            body = urlencode({"query": query, **limit}).encode("ascii")
            reply = post(url, body, headers=self._headers(), longest=self.seconds, largest=LARGEST)
        except (UnavailableError, HTTPException, OSError, ValueError) as error:
            raise _NoAnswerError(str(error)[:_LONGEST]) from error
        return _result(url, reply.status, reply.body)

    def _headers(self) -> dict[str, str]:
        found = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self.token is not None:
            with self.token.open("rb") as file:
                token = file.read(_LONGEST_TOKEN).decode("ascii").strip()
            found["Authorization"] = f"Bearer {token}"
        return found


def _result(url: str, status: int, body: bytes) -> tuple[str, object]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _NoAnswerError(f"{url} answers {status}, and no JSON of Prometheus")
    if status != _OK or found.get("status") != "success":
        said = found.get("error")
        why = " ".join(said.split())[:_LONGEST] if isinstance(said, str) else "no reason"
        raise _NoAnswerError(f"{url} answers {status}: {why}")
    if found.get("warnings"):
        # Of several stores one did not answer: what the others know is not all there is.
        raise _NoAnswerError(f"{url} warns: {str(found['warnings'])[:_LONGEST]}")
    data = found.get("data")
    kind = data.get("resultType") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(kind, str):
        raise _NoAnswerError(f"{url} answers without a result")
    return kind, data.get("result")


def _series(kind: str, result: object) -> list[dict[str, object]]:
    if kind != "vector" or not isinstance(result, list):
        raise _NoAnswerError(f"the query answers a {kind[:20]}, not values of now")
    found = [one for one in result if isinstance(one, dict)]
    if len(found) != len(result):
        raise _NoAnswerError("the answer holds what is no series")
    return found


def _value(sample: object) -> str:
    """Return a value as it is written: NaN and Inf are texts, too, and judged elsewhere."""
    match sample:
        case [_, str(value)]:
            return value
        case _:
            raise _NoAnswerError("the answer holds a sample without a value")
