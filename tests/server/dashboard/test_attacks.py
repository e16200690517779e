"""What others send, or put into a release, does nothing in anybody's browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import yaml

from tests.server.dashboard.conftest import NOW
from tests.server.dashboard.desk import PAGE
from tests.server.dashboard.every import addresses, filled, names, routes
from tests.server.dashboard.markup import Markup
from tests.usecases.promoted import FIRST, SECOND
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.event import Kind
from weighbridge.server.access import PAGES
from weighbridge.server.dashboard.rendering import POLICY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.server.dashboard.desk import Desk
    from tests.usecases.promoted import Promoted
    from weighbridge.model.ports import Transaction

WHOLE = Path(__file__).parents[2] / "codec" / "whole.yaml"
PAYLOAD = "x\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}${7*7}\u202ejavascript:"
_MEANT = {"apiVersion", "kind", "role", "type", "format", "implementation", "lock", "digest"}
_CHOSEN = {"parameters", "annotations", "labels", "metrics"}


Value = dict[str, "Value"] | list["Value"] | str | int | bool | None


def poisoned(value: Value, name: str = "") -> Value:
    """Put an attack into every text of a manifest, and into the names that its author chose."""
    if isinstance(value, dict):
        chosen = PAYLOAD.encode("ascii", "ignore").decode() if name in _CHOSEN else ""
        return {f"{key}{chosen}": poisoned(item, str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item, name) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    # Canonical JSON has no fractions, and YAML has days.
    text = str(value)
    return text if name in _MEANT or text.startswith("sha256:") else f"{text}{PAYLOAD}"


@pytest.fixture
def poisonous(moving: Promoted) -> str:
    """Seal a release all of whose texts are attacks, and return its digest."""
    manifest = poisoned(yaml.safe_load(WHOLE.read_text(encoding="utf-8")))
    title = {"name": f"demo{PAYLOAD}", "version": f"1{PAYLOAD}"}
    assert isinstance(manifest, dict)
    assert isinstance(manifest["metadata"], dict)
    manifest["metadata"] |= title
    digest = moving.registry.blobs.put(canonical_bytes(manifest))

    def enter(transaction: Transaction) -> None:
        assert transaction.bind(title["name"], title["version"], digest)
        transaction.append(Kind.RELEASE_SEALED, {**title, "digest": digest, "sections": {}})

    moving.registry.change(enter)
    return digest


def test_no_text_of_a_release_becomes_markup(busy: Desk, moving: Promoted, poisonous: str) -> None:
    known = names(poisonous, moving.digest(SECOND), name=f"demo{PAYLOAD}")
    shown = 0
    for route, path in addresses({name: _quoted(value) for name, value in known.items()}):
        page = busy.page(path, "cat")
        assert page.status < 500, (route, page.words)
        assert Markup(page.text).wrong() == [], route
        assert "\u202e" not in page.text, route
        shown += "alert(1)" in page.words
        told = busy.client("cat").get(path, headers={"accept": "application/json"})
        assert "json" in told.headers["content-type"], route
    assert shown >= 4
    for part in ("demo", PAYLOAD):
        page = busy.page(f"/releases?q={_quoted(part)}", "cat")
        assert page.status == 200
        assert "alert(1)" in page.words
        assert Markup(page.text).wrong() == []


def test_no_reason_becomes_markup(busy: Desk, moving: Promoted) -> None:
    path = f"/releases/{moving.digest(SECOND)}/in/production"
    assert busy.send(f"{path}/reject", "cat", reason=PAYLOAD).status == 303
    written = PAYLOAD.encode("ascii", "ignore").decode()
    assert busy.send("/environments/production/freeze", "ann", reason=written).status == 303
    known = names(moving.digest(SECOND), moving.digest(FIRST))
    for route, address in addresses(known):
        page = busy.page(address, "cat")
        assert Markup(page.text).wrong() == [], route
        assert "\u202e" not in page.text, route


def _quoted(text: str) -> str:
    return str(httpx.URL("http://x/", params={"q": text}).query.decode()[2:].replace("+", "%20"))


@pytest.fixture
def form(busy: Desk, moving: Promoted) -> Iterator[tuple[str, dict[str, str]]]:
    """Give a form that is in order, and look that nothing came of it."""
    path = f"/releases/{moving.digest(SECOND)}/in/production/reject"
    count = _size(moving)
    yield path, {"csrf": busy.page(path, "cat").field("csrf"), "reason": "no"}
    assert _size(moving) == count


def _size(story: Promoted) -> int:
    with story.registry.reading() as view:
        return view.size


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"content-type": "text/plain"},
        {"content-type": "application/json"},
        {"content-type": "multipart/form-data; boundary=x"},
    ],
)
def test_another_site_sends_no_form(
    busy: Desk, form: tuple[str, dict[str, str]], headers: dict[str, str]
) -> None:
    path, fields = form
    assert busy.post(path, "cat", fields, headers).status in {403, 415}


def test_a_form_must_say_where_it_is_from(busy: Desk, form: tuple[str, dict[str, str]]) -> None:
    path, fields = form
    assert busy.client("cat").post(path, data=fields).status_code == 403


@pytest.mark.parametrize("csrf", ["", "0" * 64, "é", None])
def test_a_form_is_of_this_session(
    busy: Desk, form: tuple[str, dict[str, str]], csrf: str | None
) -> None:
    path, fields = form
    theirs = busy.page(path, "dora").field("csrf") if csrf is None else csrf
    assert busy.post(path, "cat", {**fields, "csrf": theirs}).status == 403
    without = {name: value for name, value in fields.items() if name != "csrf"}
    assert busy.post(path, "cat", without).status == 403


def test_no_token_and_nobody_sends_a_form(busy: Desk, form: tuple[str, dict[str, str]]) -> None:
    path, fields = form
    secret, _ = busy.accounts.tokens.make(
        person="cat",
        label="x",
        scopes=frozenset({"read", "write"}),  # type: ignore[arg-type]
        expires="2027-01-01T00:00:00Z",
        now=NOW,
    )
    own = {"origin": busy.address, "sec-fetch-site": "same-origin"}
    with httpx.Client(base_url=busy.address, headers=own, trust_env=False) as client:
        bearer = {"authorization": f"Bearer {secret}"}
        assert client.post(path, data=fields, headers=bearer).status_code == 403
        assert client.post(path, data=fields).status_code == 401


def test_each_form_is_one_in_the_permission_table() -> None:
    forms = {path for (method, path), access in PAGES.items() if access.form}
    assert forms == set(routes("POST"))
    for path in forms:
        row = PAGES["POST", path]
        assert (row.person, row.scope) == (True, "write"), path
    for (method, path), row in PAGES.items():
        assert row.form == (method == "POST"), path


def test_no_page_is_framed_or_kept_or_runs_what_is_not_ours(desk: Desk, still: Promoted) -> None:
    known = names(still.digest(SECOND), still.digest(FIRST))
    for route, path in [*addresses(known), ("none", "/nowhere"), ("none", "/releases/x")]:
        headers = desk.page(path, "cat").response.headers
        assert headers["content-security-policy"] == POLICY, route
        assert headers["x-frame-options"] == "DENY", route
        assert headers["x-content-type-options"] == "nosniff", route
        assert headers["cache-control"] == "no-store", route
        assert headers["cross-origin-opener-policy"] == "same-origin", route
        assert headers["vary"] == "accept", route
    assert "frame-ancestors 'none'" in POLICY
    assert POLICY.startswith("default-src 'none';")
    assert "unsafe" not in POLICY


INTO_HEADERS = ("a\r\nset-cookie: x=1", "a%0d%0aset-cookie:%20x=1", "a\nb", "é\u2028", "a%00b")


@pytest.mark.parametrize("text", INTO_HEADERS)
def test_nothing_sent_becomes_a_header(desk: Desk, still: Promoted, text: str) -> None:
    known = names(still.digest(SECOND), still.digest(FIRST))
    quoted = _quoted(text)
    tried = [f"/releases?q={quoted}", f"/releases?after={quoted}", f"/?entered={quoted}"]
    tried += [filled(route, dict.fromkeys(known, quoted)) for route in routes()]
    for path in tried:
        response = desk.page(path, "cat").response
        assert response.status_code < 500, path
        assert "x" not in response.cookies, path
        assert all("\n" not in value and "\r" not in value for value in response.headers.values())


UP = ("..", "../..", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%5c..", "/etc/passwd", "....//")


@pytest.mark.parametrize("text", UP)
def test_no_path_leads_out(desk: Desk, still: Promoted, text: str) -> None:
    known = names(still.digest(SECOND), still.digest(FIRST))
    every = [path for (method, path) in PAGES if method == "GET" and "{" in path]
    for route in every:
        path = filled(route, dict.fromkeys(known, text))
        # As it stands: a client would tidy it up.
        with httpx.Client(base_url=desk.address, trust_env=False) as client:
            client.cookies = desk.client("cat").cookies
            request = client.build_request("GET", "/", headers={"accept": PAGE})
            request.url = request.url.copy_with(raw_path=path.encode())
            response = client.send(request)
        assert response.status_code in {200, 307, 400, 404}, (path, response.status_code)
        assert "root:" not in response.text, path
