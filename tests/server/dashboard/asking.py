"""Asks pages for what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

HTML = {"accept": "text/html"}
JUNK = (
    "x",
    "%2e%2e%2f",
    "1" * 10_000,
    "%3Cscript%3E",
    "sha256:" + "0" * 64,
    "{{7*7}}",
    "%E2%80%AE",
)
"""What is no name of anything, as it stands in an address."""


def told(client: httpx.Client, path: str, **query: str) -> dict[str, Any]:
    """Ask for the document behind a page."""
    said = client.get(path, params=query, headers={"accept": "application/json"})
    assert said.status_code == 200, said.text
    found: dict[str, Any] = said.json()
    assert found["schemaVersion"] == 1
    return found


def page(client: httpx.Client, path: str, **query: str) -> str:
    """Ask for a page; it is one that may run no script but the server's own."""
    said = client.get(path, params=query, headers=HTML)
    assert said.status_code == 200, said.text
    assert said.headers["content-security-policy"].startswith("default-src 'none'")
    assert said.text.count("<h1>") == 1
    assert "<script>" not in said.text
    assert " style=" not in said.text
    return said.text


def assert_not_found(client: httpx.Client, path: str) -> None:
    """Check that there is no such page, for a browser and for a program."""
    said = client.get(path, headers=HTML)
    assert (said.status_code, said.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<script>" not in said.text
    said = client.get(path)
    assert (said.status_code, said.json()["code"]) == (404, "WB130")
