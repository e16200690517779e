"""A registry behind a server is believed as far as it can prove what it says."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.adapters.remote.liars import Liar, flipped, with_members
from tests.remote_server import remote, serving, team_application
from weighbridge.adapters.clock import utc_now
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.adapters.remote.blobs import RemoteBlobs
from weighbridge.adapters.remote.transaction import Provisional, settled
from weighbridge.adapters.servers.patience import Patience
from weighbridge.model.errors import (
    LedgerError,
    LoginError,
    RegistryError,
    RequestError,
    TransferError,
    UnavailableError,
    UsageError,
    WeighbridgeError,
)
from weighbridge.model.event import Kind, read_event
from weighbridge.usecases.believed import believe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.adapters.remote.registry import RemoteRegistry
    from weighbridge.model.ports import Registry, Transaction

ONE = "sha256:" + "1" * 64
HASTY = Patience(tries=3, first=0, wait=lambda _seconds: None)


class Place(NamedTuple):
    """A registry, the server before it, and where what is known of it is kept."""

    behind: EmbeddedRegistry
    liar: Liar
    address: str
    folder: Path

    def open(self, person: str = "ann") -> RemoteRegistry:
        return remote(self.address, self.folder / "here", person=person, patience=HASTY)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    behind = EmbeddedRegistry(tmp_path / "behind", clock=utc_now)
    behind.make_log_key("log.example")
    begin(behind)
    liar = Liar(team_application(behind, utc_now, taking="plainly"))
    with serving(liar) as address:
        yield Place(behind, liar, address, tmp_path)
    behind.close()


@pytest.fixture
def registry(place: Place) -> Iterator[RemoteRegistry]:
    made = place.open()
    yield made
    made.close()


def begin(registry: Registry) -> None:
    body = {"owners": [], "logKey": registry.log_key}
    registry.change(lambda t: t.append(Kind.REGISTRY_INITIALISED, body))


def add(registry: Registry, name: str) -> int:
    return registry.change(lambda t: t.append(Kind.RELEASE_SEALED, {"name": name}))


def bind(registry: Registry, version: str) -> None:
    registry.change(lambda t: t.bind("ranker", version, ONE))


def told(error: pytest.ExceptionInfo[WeighbridgeError]) -> str:
    fault = error.value.faults[0]
    return f"{fault.code} {fault.message} {fault.cause}"


def test_a_log_longer_than_a_tile_is_read_and_proven(place: Place) -> None:
    for start in range(0, 600, 100):
        place.behind.change(
            lambda t, start=start: [  # type: ignore[misc]
                t.append(Kind.RELEASE_SEALED, {"name": f"n{start + at}"}) for at in range(100)
            ]
        )
    for _ in range(2):  # the second time from what was kept
        registry = place.open()
        with place.behind.reading() as wanted, registry.reading() as view:
            assert list(view.entries()) == list(wanted.entries())
            assert list(view.nodes()) == list(wanted.nodes())
            assert view.entry(300) == wanted.entry(300)
            assert view.found("release:n299") == [300]
        registry.close()
    assert place.liar.asked.count("GET /v1/ledger/tile/0/000") == 1


@pytest.mark.parametrize("path", ["/v1/ledger/tile/0/", "/v1/ledger/tile/entries/"])
def test_a_changed_tile_is_refused(place: Place, registry: RemoteRegistry, path: str) -> None:
    add(place.behind, "a")
    place.liar.lies[path] = flipped
    with pytest.raises(LedgerError) as error, registry.reading() as view:
        view.entry(1)
    assert "is not what the checkpoint is over" in told(error) or "damaged" in told(error)
    del place.liar.lies[path]
    with registry.reading() as view:
        assert read_event(view.entry(1)).body == {"name": "a"}


def test_an_older_checkpoint_is_refused(place: Place, registry: RemoteRegistry) -> None:
    with place.behind.reading() as view:
        older = with_members(size=1, checkpoint=view.checkpoint.decode())
    add(registry, "a")
    place.liar.lies["/v1/registry"] = older
    with pytest.raises(LedgerError, match="shows an older log than before"), registry.reading():
        pass
    place.liar.lies["/v1/registry"] = with_members(size=0, checkpoint="")
    with pytest.raises(LedgerError, match="shows an older log than before"), registry.reading():
        pass


def test_a_forked_log_is_refused(place: Place, registry: RemoteRegistry, tmp_path: Path) -> None:
    key = (tmp_path / "behind" / "log.key").read_bytes()
    fork = EmbeddedRegistry(tmp_path / "fork", clock=utc_now)
    fork.make_log_key("log.example")
    for name, data in (("log.key", key), ("log.pub", (tmp_path / "behind/log.pub").read_bytes())):
        (tmp_path / "fork" / name).write_bytes(data)
        (tmp_path / "fork" / name).chmod(0o600)
    begin(fork)
    add(registry, "a")
    for name in "bc":
        add(fork, name)
    place.liar.honest = team_application(fork, utc_now, taking="plainly")
    with pytest.raises(LedgerError, match="shows another log than before"), registry.reading():
        pass
    fork.close()


def test_another_key_of_the_log_is_refused(
    place: Place, registry: RemoteRegistry, tmp_path: Path
) -> None:
    with registry.reading() as view:
        assert view.size == 1
    other = EmbeddedRegistry(tmp_path / "other", clock=utc_now)
    other.make_log_key("log.example")
    begin(other)
    place.liar.honest = team_application(other, utc_now, taking="plainly")
    with pytest.raises(LedgerError), registry.reading():
        pass
    (place.folder / "here" / "server.json").unlink()
    with registry.reading() as view:
        assert view.size == 1
    other.close()
    place.liar.honest = team_application(place.behind, utc_now, taking="plainly")
    with pytest.raises(LedgerError), registry.reading():
        pass


def test_a_damaged_memory_is_told(place: Place, registry: RemoteRegistry) -> None:
    add(registry, "a")
    (place.folder / "here" / "server.json").write_text("{}")
    with pytest.raises(RegistryError, match=r"server\.json is damaged"), registry.reading():
        pass


def test_other_bytes_of_a_blob_are_refused(place: Place, registry: RemoteRegistry) -> None:
    digest = place.behind.blobs.put(b"what was weighed")
    place.liar.lies["/v1/blobs/"] = flipped
    with pytest.raises(RegistryError, match="is damaged"):
        registry.blobs.read(digest)
    del place.liar.lies["/v1/blobs/"]
    assert registry.blobs.read(digest) == b"what was weighed"
    place.liar.lies["/v1/blobs/"] = flipped
    assert registry.blobs.read(digest) == b"what was weighed"  # kept, and checked


def test_bytes_are_read_for_one_question_at_a_time(registry: RemoteRegistry) -> None:
    digests = [registry.blobs.put(data) for data in (b"a", b"b")]
    blobs = registry.blobs
    assert isinstance(blobs, RemoteBlobs)
    assert blobs.missing(digests) == blobs.missing(digests[:1], read=True) == []
    with pytest.raises(RequestError, match="of one digest at a time"):
        blobs.missing(digests, read=True)


def test_a_large_blob_is_read_by_range(place: Place, registry: RemoteRegistry) -> None:
    data = bytes(range(256)) * (12 << 12)
    digest = place.behind.blobs.put(data)
    with registry.blobs.open(digest) as source:
        assert source.read_at(len(data) - 300, 500) == data[-300:]
        assert b"".join(iter(lambda: source.read(1 << 20), b"")) == data
    incoming = registry.blobs.incoming()
    incoming.write(data)
    incoming.write(b"!")
    with pytest.raises(RegistryError, match="not what was announced"):
        incoming.commit(digest)


def topic_page(index: int, entry: str, following: str = "") -> dict[str, object]:
    return {"entries": [{"index": index, "entry": entry}], "next": following}


def test_pages_that_lie_are_refused(place: Place, registry: RemoteRegistry) -> None:
    add(registry, "a")
    add(registry, "b")
    with place.behind.reading() as view:
        a, b = view.entry(1).decode(), view.entry(2).decode()
    path = "/v1/ledger/topics/release:a"
    for page, wanted in (
        (topic_page(2, b), "does not stand under"),
        (topic_page(1, b), "is not what the checkpoint is over"),
        (topic_page(7, a), "is not what the checkpoint is over"),
        (topic_page(1, a, "again"), "are not in their order"),
        ({"entries": [], "next": "again"}, "has no end"),
        ({"entries": 1, "next": ""}, "a page of a list is none"),
        ({"entries": [{}], "next": ""}, "an entry that was told is none"),
    ):
        place.liar.lies[path] = with_members(**page)
        with (
            pytest.raises((LedgerError, TransferError), match=wanted),
            registry.reading() as view,
        ):
            view.found("release:a")
    place.liar.lies[path] = lambda body: body[: len(body) // 2]
    with pytest.raises(TransferError, match="no document"), registry.reading() as view:
        view.found("release:a")


def test_endless_lists_of_releases_are_refused(place: Place, registry: RemoteRegistry) -> None:
    registry.change(lambda t: t.bind("ranker", "1.0", ONE))
    place.liar.lies["/v1/releases"] = with_members(next="again")
    with pytest.raises(TransferError, match="not in the order"):
        registry.releases()


def test_a_page_is_one_question(place: Place, registry: RemoteRegistry) -> None:
    for version in "1234":
        bind(registry, version)
    with registry.reading() as view:
        place.liar.asked.clear()
        page = view.releases_after(("ranker", "1"), 2)
        assert page == [("ranker", "2", ONE), ("ranker", "3", ONE)]
        assert place.liar.asked == ["GET /v1/releases"]
        assert view.topics_after(("", 0), 1) == list(view.topics())[:1]
        assert place.liar.asked[1:] == ["GET /v1/ledger/topics"] * 2
    blob = registry.blobs.put(b"blob")
    place.liar.asked.clear()
    assert list(registry.blobs.stored(blob)) == []
    assert place.liar.asked == ["GET /v1/blobs"]


def test_a_release_that_is_bound_meanwhile_is_on_no_page(
    place: Place, registry: RemoteRegistry
) -> None:
    bind(registry, "1")
    with registry.reading() as view:
        sealed = {"name": "ranker", "version": "2", "digest": ONE}
        place.behind.change(lambda t: t.append(Kind.RELEASE_SEALED, sealed))
        bind(place.behind, "2")
        assert view.releases_after(None, 9) == view.releases() == [("ranker", "1", ONE)]


def test_a_change_that_was_not_entered_is_told(place: Place, registry: RemoteRegistry) -> None:
    add(registry, "a")
    place.liar.lies["/v1/changes"] = with_members(first=1)
    with pytest.raises((LedgerError, TransferError)):
        add(registry, "b")


def test_an_answer_that_was_lost_is_found_in_the_ledger(
    place: Place, registry: RemoteRegistry
) -> None:
    place.liar.lost = ["/v1/changes"]

    def change(transaction: Transaction) -> int:
        assert transaction.found("release:a") == []
        return transaction.append(Kind.RELEASE_SEALED, {"name": "a"})

    assert registry.change(change) == 1
    with place.behind.reading() as view:
        assert view.size == 2


def test_what_passes_is_tried_again(place: Place, registry: RemoteRegistry) -> None:
    place.liar.statuses = [503, 429]
    assert registry.blobs.put(b"x").startswith("sha256:")
    place.liar.statuses = [503] * 3
    with pytest.raises(UnavailableError, match="is not available"):
        registry.blobs.put(b"y")
    place.liar.statuses = [307]
    with pytest.raises(TransferError, match="leads elsewhere"):
        registry.blobs.put(b"z")


def test_nobody_is_told_to_log_in(place: Place) -> None:
    for person in ("", "nobody"):
        registry = place.open(person)
        with pytest.raises(LoginError) as error, registry.reading():
            pass
        assert error.value.faults[0].help == (f"weighbridge login {place.address}",)
        registry.close()


def test_what_is_about_the_place_runs_there(registry: RemoteRegistry) -> None:
    with pytest.raises(UsageError, match="not archived over a server"):
        registry.archive("/mnt/archive")
    with pytest.raises(UsageError, match="not rebuilt over a server"):
        registry.rebuild(lambda _tables: None, before=None, log_key="")


def test_a_body_that_says_an_index_is_right(place: Place, registry: RemoteRegistry) -> None:
    turns: list[int] = []

    def change(transaction: Transaction) -> tuple[int, int]:
        first = transaction.append(Kind.RELEASE_SEALED, {"name": "a"})
        if not turns:
            add(place.behind, "between")
        turns.append(first)
        body = {"name": "b", "after": first}
        return first, transaction.append(Kind.RELEASE_SEALED, body)

    assert registry.change(change) == (2, 3)
    with place.behind.reading() as view:
        assert json.loads(view.entry(3))["body"]["after"] == 2
    assert turns == [1, 2]
    assert settled({"at": [Provisional(3)], "size": 3}, 2) == {"at": [5], "size": 3}


@pytest.mark.slow
def test_many_threads_change_and_nothing_is_lost(place: Place) -> None:
    def count(own: int) -> list[int]:
        registry = place.open()

        def change(transaction: Transaction) -> int:
            turn = len(transaction.found(f"release:{own % 4}"))
            body = {"name": str(own % 4), "turn": turn}
            return transaction.append(Kind.RELEASE_SEALED, body)

        try:
            return [registry.change(change) for _ in range(3)]
        finally:
            registry.close()

    with ThreadPoolExecutor(32) as pool:
        found = [index for own in pool.map(count, range(32)) for index in own]
    assert sorted(found) == list(range(1, 97))
    with place.behind.reading() as view:
        believe(view, log_key=place.behind.log_key)
        for name in "0123":
            turns = [
                json.loads(view.entry(at))["body"]["turn"] for at in view.found(f"release:{name}")
            ]
            assert turns == list(range(24))
