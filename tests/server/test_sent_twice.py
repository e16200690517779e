"""A change that is sent twice is taken once, whatever became of who was to take it first."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.remote_server import remote, serving
from tests.server.team import PEOPLE, team_app, team_client
from tests.usecases.cast import STORE
from tests.usecases.promoted import FIRST
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.adapters.servers.patience import Patience
from weighbridge.model.team.idempotency import Claim
from weighbridge.server.routes import changes
from weighbridge.usecases import accepting
from weighbridge.usecases.promote import promote

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.answers import Answers
    from tests.server.doors import Guarded
    from weighbridge.model.team.change import RemoteChange, Taken

KEY = "a-key-of-the-tests"


class Bridge(NamedTuple):
    """A server, and what it remembers."""

    story: Guarded
    answers: Answers
    address: str

    def post(self, change: dict[str, object]) -> httpx.Response:
        headers = {"idempotency-key": KEY}
        return team_client(self.address).post("/v1/changes", json=change, headers=headers)

    def drafted(self) -> dict[str, object]:
        """Draft a promotion, as a client sends it."""
        sent: list[dict[str, object]] = []
        registry = remote(self.address, self.story.folder / "client", person="dora")
        connection = registry._connection
        post = connection.post

        def keep(path: str, body: dict[str, object], **more: object) -> object:
            sent.append(body)
            raise InterruptedError(path, more)

        connection.post = keep  # type: ignore[method-assign,assignment]
        with pytest.raises(InterruptedError):
            promote(
                self.story.digest(FIRST),
                "staging",
                signer=self.story.key("max"),
                registry=registry,
            )
        connection.post = post  # type: ignore[method-assign]
        registry.close()
        return json.loads(json.dumps(sent[0]))  # type: ignore[no-any-return]

    def died(self) -> None:
        """Have whoever answers not be heard of any more."""
        self.answers.dead.update(claim.number for claim in self.answers.claims.values())

    def size(self) -> int:
        """Count the entries of the ledger: whatever is decided is one."""
        with self.story.registry.reading() as view:
            return view.size


@pytest.fixture
def bridge(guarded: Guarded) -> Iterator[Bridge]:
    registry = EmbeddedRegistry(guarded.folder / STORE, clock=utc_now)
    app = team_app(registry, utc_now)
    with serving(app) as address:
        yield Bridge(guarded, app.state.services.idempotency, address)
    registry.close()


def test_who_asks_meanwhile_is_told_when_to_come_again(bridge: Bridge) -> None:
    change, before = bridge.drafted(), bridge.size()
    assert bridge.post(change).status_code == 200
    claim = bridge.answers.claims[PEOPLE["dora"].credential, KEY]
    # As if the first had just begun: what it entered is found all the same.
    place = (claim.credential, KEY)
    answer = bridge.answers.kept.pop(place)
    assert isinstance(bridge.answers.begin(KEY, claim.credential, answer.request, now="n"), Claim)
    again = bridge.post(change)
    assert (again.status_code, again.json()["first"]) == (200, json.loads(answer.body)["first"])
    other = bridge.post({**change, "rotates": "another"})
    assert other.status_code == 409
    assert "retry-after" not in other.headers
    assert bridge.size() == before + 1


def test_a_change_under_way_is_refused_until_it_is_taken(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = Event(), Event()
    take = accepting.take

    def slowly(change: RemoteChange, **more: object) -> Taken:
        begun.set()
        assert goes_on.wait(60)
        return take(change, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(accepting, "take", slowly)
    change, before = bridge.drafted(), bridge.size()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(bridge.post, change)
        assert begun.wait(60)
        refused = bridge.post(change)
        goes_on.set()
        taken = first.result()
    assert (refused.status_code, refused.headers["retry-after"]) == (409, "2")
    assert "still being answered" in refused.json()["detail"]
    assert taken.status_code == 200
    assert bridge.post(change).json() == taken.json()
    assert bridge.size() == before + 1


def test_who_follows_a_dead_one_finds_what_he_entered(bridge: Bridge) -> None:
    change, before = bridge.drafted(), bridge.size()
    first = bridge.post(change).json()["first"]
    (place,) = bridge.answers.kept
    bridge.answers.kept[place] = replace(bridge.answers.kept[place], status=0, body=b"")
    bridge.died()
    again = bridge.post(change)
    assert (again.status_code, again.json()["first"]) == (200, first)
    assert bridge.size() == before + 1


def test_who_was_taken_for_dead_enters_nothing(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, goes_on = Event(), Event()
    weigh = accepting._weigh

    def late(*what: Any, **how: Any) -> object:  # noqa: ANN401 - of any function
        weighed = weigh(*what, **how)
        if not begun.is_set():
            begun.set()
            assert goes_on.wait(60)
        return weighed

    monkeypatch.setattr(accepting, "_weigh", late)
    change, before = bridge.drafted(), bridge.size()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(bridge.post, change)
        assert begun.wait(60)
        bridge.died()
        second = bridge.post(change)
        goes_on.set()
        late_one = first.result()
    assert second.status_code == 200
    assert late_one.status_code == 409
    assert "is taken there" in late_one.json()["detail"]
    assert bridge.size() == before + 1
    assert bridge.post(change).json() == second.json()


def test_a_client_comes_again(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(changes, "_AGAIN", 3)
    entered, turns = accepting.entered, iter((True, False))
    monkeypatch.setattr(accepting, "entered", lambda *what: None if next(turns) else entered(*what))
    kept = bridge.answers.begin

    def begun_by_another(key: str, credential: str, request: str, *, now: str) -> object:
        if not waited:
            kept(key, credential, request, now=now)
        return kept(key, credential, request, now=now)

    monkeypatch.setattr(bridge.answers, "begin", begun_by_another)

    def wait(seconds: float) -> None:
        waited.append(seconds)
        bridge.died()

    registry = remote(
        bridge.address,
        bridge.story.folder / "client",
        person="dora",
        patience=Patience(tries=3, first=0, wait=wait),
    )
    before = bridge.size()
    promote(
        bridge.story.digest(FIRST), "staging", signer=bridge.story.key("max"), registry=registry
    )
    registry.close()
    assert waited == [3]
    assert bridge.size() == before + 1


def test_it_is_described(bridge: Bridge) -> None:
    described = team_client(bridge.address).get("/v1/openapi.json").json()
    conflict = described["paths"]["/v1/changes"]["post"]["responses"]["409"]
    assert "Retry-After" in conflict["headers"]
    assert "same Idempotency-Key" in conflict["description"]
