"""A credential goes to the registry it is of, and to nobody else, whatever a server says."""

from __future__ import annotations

import base64
import json
import threading
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.adapters.memory import MemoryBlobs, MemorySource
from tests.adapters.oci.hosted import NAME, Handler, Hosted, hosting
from tests.adapters.oci.meeting import SECRET, blob, client, login, push
from weighbridge.adapters.oci.connection import Connection
from weighbridge.adapters.oci.credentials import Credentials
from weighbridge.adapters.oci.registry import RegistryRepository
from weighbridge.adapters.servers.patience import Patience
from weighbridge.model.errors import (
    LoginError,
    TransferError,
    UnavailableError,
    UsageError,
    WeighbridgeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DATA = b"a model of somebody"
BLOB = blob(DATA)
BASIC = "Basic " + base64.b64encode(f"anna:{SECRET}".encode()).decode()
TOKEN = "token-of-today"  # noqa: S105 - nobody's
REFRESH = "refresh-for-years"
SECRETS = (SECRET, BASIC.removeprefix("Basic "), TOKEN, REFRESH)


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    with hosting() as running:
        running.add(DATA)
        yield running


@pytest.fixture
def trap() -> Iterator[Hosted]:
    """Run another host, which takes anything."""
    with hosting("127.0.0.2") as running:
        running.add(DATA)
        yield running


def wants(
    said: str, challenge: str, then: Callable[[Handler], bool] = lambda _: False
) -> Callable[[Handler], bool]:
    """Let in only who says something."""

    def twist(handler: Handler) -> bool:
        if handler.headers.get("Authorization") == said:
            return then(handler)
        if handler.path.startswith("/v2/"):
            for _ in handler.body():
                pass
            handler.answer(401, b"{}", WWW_Authenticate=challenge)
            return True
        return then(handler)

    return twist


def gives_tokens(handler: Handler) -> bool:
    """Give a token for a name and password, or for a refresh token."""
    if not handler.path.startswith("/token"):
        return False
    form = parse_qs(b"".join(handler.body()).decode() or urlsplit(handler.path).query)
    knows = handler.headers.get("Authorization") == BASIC or form.get("refresh_token") == [REFRESH]
    scopes = form.get("scope", [""])[0].split(":")
    if knows and scopes[:2] == ["repository", NAME] and form.get("service") == ["s"]:
        handler.answer(200, json.dumps({"token": TOKEN}).encode())
    else:
        handler.answer(401, SECRET.encode())
    return True


def bearer(hosted: Hosted, realm: str = "") -> str:
    return f'Bearer realm="{realm or f"http://{hosted.host}/token"}",service="s"'


def fetch(repository: RegistryRepository) -> bytes:
    store = MemoryBlobs()
    repository.fetch(BLOB, store.incoming())
    return store.held[BLOB.digest]


def test_a_name_and_password_let_in(hosted: Hosted) -> None:
    hosted.twist = wants(BASIC, 'Basic realm="x"')
    assert fetch(client(hosted, credentials=login)) == DATA
    assert push(client(hosted, credentials=login), b"more")


def test_a_token_lets_in_and_is_used_again(hosted: Hosted) -> None:
    hosted.twist = wants(f"Bearer {TOKEN}", bearer(hosted), gives_tokens)
    repository = client(hosted, credentials=login)
    assert fetch(repository) == fetch(repository) == DATA
    assert push(repository, b"more" * 100_000)
    assert hosted.count("GET", "/token") == 2  # one to pull, one to push


def test_each_scope_of_a_challenge_is_asked_for(hosted: Hosted) -> None:
    scopes = [f"repository:{NAME}:pull", "repository:other/one:pull"]
    challenge = (
        bearer(hosted, f"http://{hosted.host}/token?tenant=a") + f',scope="{" ".join(scopes)}"'
    )
    hosted.twist = wants(f"Bearer {TOKEN}", challenge, gives_tokens)
    assert fetch(client(hosted, credentials=login)) == DATA
    query = parse_qs(urlsplit(hosted.asked[1].path).query)
    assert query == {"tenant": ["a"], "service": ["s"], "scope": scopes}


def test_what_another_thread_found_meanwhile_is_used(hosted: Hosted) -> None:
    hosted.twist = wants(f"Bearer {TOKEN}", bearer(hosted), gives_tokens)
    repository = client(hosted, credentials=login)
    threads = [threading.Thread(target=repository.has, args=(BLOB,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hosted.count("GET", "/token") == 1


def test_an_identity_token_is_posted(hosted: Hosted) -> None:
    hosted.twist = wants(f"Bearer {TOKEN}", bearer(hosted), gives_tokens)
    found = Credentials(identity_token=REFRESH)
    assert fetch(client(hosted, credentials=lambda: found)) == DATA
    assert hosted.count("POST", "/token") == 1
    assert not any(REFRESH in one.path for one in hosted.asked)


def test_nobody_is_asked_who_they_are_without_need(hosted: Hosted) -> None:
    def raises() -> None:
        raise AssertionError

    assert fetch(client(hosted, credentials=raises)) == DATA


def test_who_has_no_credential_gets_a_token_for_nobody(hosted: Hosted, trap: Hosted) -> None:
    def free(handler: Handler) -> bool:
        handler.answer(200, json.dumps({"access_token": TOKEN}).encode())
        return True

    hosted.twist = wants(
        f"Bearer {TOKEN}", bearer(hosted), lambda h: "/token" in h.path and free(h)
    )
    assert fetch(client(hosted)) == DATA
    assert hosted.said() == [f"Bearer {TOKEN}"]
    assert trap.asked == []


def leads_to(trap: Hosted, what: str, header: str) -> Callable[[Handler], bool]:
    """Lead requests of one kind to the trap, once they said who sends them."""

    def then(handler: Handler) -> bool:
        if f"{handler.command} {handler.route}".startswith(what):
            for _ in handler.body():
                pass
            path = f"/v2/{NAME}/{handler.route}"
            value = f"http://{trap.host}{path}"
            status = {"Location": 307 if handler.command == "GET" else 202, "Link": 200}[header]
            value = f'<{value}>; rel="next"' if header == "Link" else value
            handler.answer(status, b"{}", **{header: value})
            return True
        return False

    return wants(BASIC, 'Basic realm="x"', then)


def test_a_redirect_to_another_host_carries_no_credential(hosted: Hosted, trap: Hosted) -> None:
    hosted.twist = leads_to(trap, "GET blobs", "Location")
    assert fetch(client(hosted, credentials=login)) == DATA
    assert hosted.said() == [BASIC]
    assert (trap.said(), len(trap.asked)) == ([], 1)


def test_another_host_that_asks_who_one_is_gets_no_answer(hosted: Hosted, trap: Hosted) -> None:
    hosted.twist = leads_to(trap, "GET blobs", "Location")
    trap.twist = wants("never", 'Basic realm="x"')
    with pytest.raises(UnavailableError, match=f"{trap.host}, which does not let anybody in"):
        fetch(client(hosted, credentials=login))
    assert (trap.said(), len(trap.asked)) == ([], 1)


@pytest.mark.parametrize("what", ["POST blobs", "PATCH blobs"])
def test_an_upload_does_not_go_on_at_another_host(hosted: Hosted, trap: Hosted, what: str) -> None:
    hosted.twist = leads_to(trap, what, "Location")
    with pytest.raises(TransferError, match="another host"):
        push(client(hosted, credentials=login), b"more" * 1_000_000)
    assert trap.asked == []


def test_a_list_does_not_go_on_at_another_host(hosted: Hosted, trap: Hosted) -> None:
    hosted.twist = leads_to(trap, "GET tags", "Link")
    with pytest.raises(TransferError, match="another host"):
        client(hosted, credentials=login).tags()
    assert trap.asked == []


@pytest.mark.parametrize(
    "realm",
    ["http://{}/token", "https://{}/token", "http://a:b@{}/", "ftp://x/", "", "http://[", "//x"],
)
def test_a_realm_on_another_host_gets_no_credential(
    hosted: Hosted, trap: Hosted, realm: str
) -> None:
    hosted.twist = wants("never", bearer(hosted, realm.format(trap.host) or "/"))
    for credentials in (login, lambda: Credentials(identity_token=REFRESH)):
        with pytest.raises(LoginError):
            fetch(client(hosted, credentials=credentials))
    assert trap.asked == []
    assert hosted.said() == []


def test_a_realm_leads_nowhere_else(hosted: Hosted, trap: Hosted) -> None:
    def moved(handler: Handler) -> bool:
        handler.answer(307, Location=f"http://{trap.host}/token")
        return True

    hosted.twist = wants("never", bearer(hosted), lambda h: "/token" in h.path and moved(h))
    with pytest.raises(LoginError, match="does not let you"):
        fetch(client(hosted, credentials=login))
    assert trap.asked == []


ANSWERS = [
    b"",
    b"[]",
    b"{}",
    b'{"token": 1}',
    b'{"token": "a\\r\\nX-Y: z"}',
    b"{",
    b" " * (2 << 20),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
def test_what_is_no_token_is_not_used(hosted: Hosted, answer: bytes) -> None:
    def give(handler: Handler) -> bool:
        handler.answer(200, answer)
        return True

    hosted.twist = wants("never", bearer(hosted), lambda h: "/token" in h.path and give(h))
    with pytest.raises(WeighbridgeError):
        fetch(client(hosted, credentials=login))
    assert hosted.said() == [BASIC]


@pytest.mark.parametrize(
    "challenge", ['Basic realm="x"', "Bearer", "Negotiate", "", "Basic, Basic"]
)
def test_no_error_shows_a_credential(hosted: Hosted, challenge: str) -> None:
    hosted.twist = wants("never", challenge)
    repository = client(hosted, credentials=login)
    with pytest.raises(LoginError) as caught:
        fetch(repository)
    shown = repr((caught.value.faults, caught.value.__cause__, login(), vars(repository)))
    assert not any(secret in shown for secret in SECRETS)
    assert f"docker login {hosted.host}" in "".join(caught.value.faults[0].help)


def test_who_is_not_logged_in_is_told_how(hosted: Hosted) -> None:
    hosted.twist = wants(BASIC, 'Basic realm="x"')
    with pytest.raises(LoginError) as caught:
        fetch(client(hosted))
    (fault,) = caught.value.faults
    assert fault.message == f"{hosted.host} does not let you pull from {NAME}"
    assert fault.cause == "no name and password are kept for it"
    assert fault.help[0] == f"log in: docker login {hosted.host}"


def test_who_lacks_a_right_is_told_which(hosted: Hosted) -> None:
    def reads(handler: Handler) -> bool:
        if handler.command in {"GET", "HEAD"}:
            return False
        for _ in handler.body():
            pass
        handler.answer(403, SECRET.encode())
        return True

    hosted.twist = wants(BASIC, 'Basic realm="x"', reads)
    repository = client(hosted, credentials=login)
    assert fetch(repository) == DATA
    with pytest.raises(LoginError) as caught:
        push(repository, b"more")
    (fault,) = caught.value.faults
    assert fault.message == f"{hosted.host} does not let you push to {NAME}"
    assert fault.help[0] == f"ask the owner of {NAME} for the right to push"
    assert SECRET not in repr(fault)


@pytest.mark.parametrize("echo", [BASIC, SECRET, BASIC.removeprefix("Basic ")])
def test_a_registry_that_repeats_a_credential_is_not_repeated(hosted: Hosted, echo: str) -> None:
    def then(handler: Handler) -> bool:
        handler.answer(418, f"you said {echo}".encode())
        return True

    hosted.twist = wants(BASIC, 'Basic realm="x"', then)
    with pytest.raises(TransferError) as caught:
        fetch(client(hosted, credentials=login))
    assert caught.value.faults[0].seen == "status 418"


def test_a_token_that_ran_out_in_an_upload_is_renewed(hosted: Hosted) -> None:
    chunks = iter(range(10))

    def then(handler: Handler) -> bool:
        if handler.command == "PATCH" and next(chunks) == 1:
            for _ in handler.body():
                pass
            handler.answer(401, WWW_Authenticate=bearer(hosted))
            return True
        return gives_tokens(handler)

    hosted.twist = wants(f"Bearer {TOKEN}", bearer(hosted), then)
    data = b"0123456789" * 200_000
    repository = client(hosted, credentials=login, chunk=1 << 20)
    assert repository.push(blob(data), MemorySource(data))
    assert hosted.blobs[blob(data).digest] == data


@pytest.mark.parametrize(
    "host", ["registry.example.org", "128.0.0.1:5000", "localhost.example.org"]
)
def test_other_machines_are_spoken_to_over_tls_alone(host: str) -> None:
    with pytest.raises(UsageError, match="plain http"):
        RegistryRepository(host, NAME, plain=True)
    connection = Connection(host, NAME, credentials=lambda: None, patience=Patience())
    assert connection.base.scheme == "https"
    with pytest.raises(TransferError, match="without TLS"):
        connection.follow(f"http://{host}/v2/", connection.base)
    with pytest.raises(TransferError, match="without TLS"):
        connection.follow("http://127.0.0.1/v2/", connection.base)


def test_this_machine_is_spoken_to_plainly_unless_tls_is_asked_for(hosted: Hosted) -> None:
    with pytest.raises(UnavailableError, match="does not speak TLS"):
        client(hosted, plain=False).has(BLOB)
    assert client(hosted).has(BLOB)
