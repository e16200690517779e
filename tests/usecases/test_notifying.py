from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sinks import WebSink, web_sink
from tests.usecases.promoted import SECOND, Promoted, promoted, promoted_folder
from weighbridge.adapters.notifying.outbox import FolderOutbox
from weighbridge.bootstrap.notifying import tell_all
from weighbridge.gate.case import Act
from weighbridge.gate.times import after
from weighbridge.model.errors import SettingsError, StorageError, UnavailableError
from weighbridge.model.event import Kind
from weighbridge.model.notification import Notice, Sink, Standing, Told
from weighbridge.usecases.notifying import ATTEMPTS, MOST, Filter, begin, tell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.cast import Cast

__all__ = ["promoted", "promoted_folder"]
NOW = "2026-03-02T00:00:00Z"
ALL = Sink(name="all", kind="chat", url="https://chat.example.com/")


class Recorder:
    """Takes what it is told, until it is told not to."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.fails = False

    def send(self, notice: Notice) -> str:
        if self.fails:
            raise UnavailableError("nobody is there", seen="503")
        self.notices.append(notice)
        return f"note {len(self.notices) - 1}"


class Telling:
    """A registry in which two releases were promoted, and who is told of it."""

    def __init__(self, promoted: Promoted, *sinks: Sink) -> None:
        self.promoted = promoted
        self.outbox = FolderOutbox(promoted.registry.root)
        self.sinks = sinks or (ALL,)
        self.recorders = {sink.name: Recorder() for sink in self.sinks}

    def begin(self, at: int = 0) -> None:
        self.outbox.keep({sink.name: Standing(after=at) for sink in self.sinks})

    def __call__(
        self, now: str = NOW, *, patient: bool = True, most: int = MOST
    ) -> dict[str, Told]:
        told = tell(
            self.sinks,
            registry=self.promoted.registry,
            outbox=self.outbox,
            channel=lambda sink: self.recorders[sink.name],
            wanted=Filter(self.sinks, "notify.toml"),
            now=now,
            patient=patient,
            most=most,
        )
        return {one.sink: one for one in told}

    @property
    def size(self) -> int:
        with self.promoted.registry.reading() as view:
            return view.size


@pytest.fixture
def telling(promoted: Promoted) -> Telling:
    return Telling(promoted)


def test_mlflow_is_told_of_moved_pointers_alone(promoted: Promoted) -> None:
    sink = Sink(name="models", kind="mlflow", url="https://mlflow.example.com")
    telling = Telling(promoted, sink)
    telling.begin()
    told = telling()["models"]
    kinds = [notice.event.kind for notice in telling.recorders["models"].notices]
    assert (told.sent, told.waiting) == (len(kinds), 0)
    assert {*kinds} == {Kind.PROMOTION_DONE}
    assert told.notes == tuple(f"note {at}" for at in range(told.sent))


def test_mlflow_is_told_what_stands_in_the_sealed_manifest(promoted: Promoted) -> None:
    root = promoted.registry.root
    sink = Sink(name="models", kind="mlflow", url="https://mlflow.example.com")
    FolderOutbox(root).keep({"models": Standing(after=0)})
    (told,) = tell_all([sink], promoted.registry, root, patient=False)
    assert told.sent > 0
    assert all("was not imported from MLflow: the alias" in note for note in told.notes)


def test_a_new_sink_is_told_of_what_happens_from_now_on(telling: Telling) -> None:
    size = telling.size
    begin(telling.sinks, registry=telling.promoted.registry, outbox=telling.outbox)
    telling.promoted.approve(SECOND, "cat", act=Act.REJECT)
    assert telling()["all"].sent == 1
    (notice,) = telling.recorders["all"].notices
    assert (notice.index, notice.event.kind) == (size, Kind.ACT_SAID)
    assert notice.text == "cat: reject demo@1.1.0 to production"
    assert telling()["all"].sent == 0


def test_every_entry_is_told_in_its_order_and_once(telling: Telling) -> None:
    telling.begin()
    assert telling()["all"].sent == telling.size
    indices = [notice.index for notice in telling.recorders["all"].notices]
    assert indices == list(range(telling.size))
    assert len({notice.id for notice in telling.recorders["all"].notices}) == telling.size
    assert telling()["all"].sent == 0


def test_a_sink_is_told_what_its_expression_asks_for(promoted: Promoted) -> None:
    asked = 'event.kind == "promotion.done" && event.environment == "production"'
    telling = Telling(promoted, Sink(name="prod", kind="chat", url=ALL.url, when=asked), ALL)
    telling.begin()
    told = telling()
    bodies = [notice.event.body for notice in telling.recorders["prod"].notices]
    assert [(body["version"], body["generation"]) for body in bodies] == [
        ("1.0.0", 1),
        ("1.1.0", 2),
    ]
    assert told["prod"].waiting == told["all"].waiting == 0


def test_what_an_expression_cannot_decide_is_told(promoted: Promoted) -> None:
    broken = Sink(name="odd", kind="chat", url=ALL.url, when="1 / (event.index - 2) > 100")
    telling = Telling(promoted, broken)
    telling.begin()
    telling()
    assert [notice.index for notice in telling.recorders["odd"].notices] == [2]


@pytest.mark.parametrize(
    ("when", "complaint", "advice"),
    [
        ('event.knid == "x"', "knid", "did you mean `kind`?"),
        ("event.kind", "gives string", "compare it with something"),
        ("event.kind ==", "ends too early", ""),
    ],
)
def test_an_expression_is_checked_before_anybody_is_told(
    when: str, complaint: str, advice: str
) -> None:
    sink = Sink(name="ops", kind="chat", url=ALL.url, when=when, line=7)
    with pytest.raises(SettingsError, match=complaint) as raised:
        Filter([sink], "notify.toml")
    (fault,) = raised.value.faults
    assert fault.location is not None
    assert fault.location.line == 7
    assert not advice or fault.help == (advice,)


def test_what_did_not_arrive_comes_again_longer_and_longer_apart(telling: Telling) -> None:
    telling.begin(at=telling.size - 2)
    recorder = telling.recorders["all"]
    recorder.fails = True
    standing = telling()["all"].standing
    assert (standing.failures, standing.reason) == (1, "nobody is there: 503")
    assert standing.not_before == after(NOW, "10s")
    assert telling(after(NOW, "9s"))["all"].standing == standing  # it is left alone
    assert telling(after(NOW, "10s"))["all"].standing.not_before == after(NOW, "40s")
    recorder.fails = False
    told = telling(after(NOW, "40s"))["all"]
    assert (told.sent, told.waiting, told.standing.failures) == (2, 0, 0)


def test_whoever_asks_himself_need_not_wait(telling: Telling) -> None:
    telling.begin(at=telling.size - 1)
    telling.recorders["all"].fails = True
    telling()
    telling.recorders["all"].fails = False
    assert telling()["all"].sent == 0
    assert telling(patient=False)["all"].sent == 1


def test_one_that_fails_keeps_nobody_else_from_being_told(promoted: Promoted) -> None:
    telling = Telling(promoted, Sink(name="down", kind="chat", url=ALL.url), ALL)
    telling.begin()
    telling.recorders["down"].fails = True
    told = telling()
    assert (told["down"].sent, told["down"].waiting) == (0, telling.size)
    assert told["all"].sent == telling.size


def test_what_is_refused_for_more_than_a_day_is_given_up_by_name(telling: Telling) -> None:
    last = telling.size - 2
    telling.begin(at=last)
    telling.recorders["all"].fails = True
    now, standing = NOW, Standing(after=last)
    for _ in range(ATTEMPTS):
        standing = telling(now)["all"].standing
        now = standing.not_before
    assert now > after(NOW, "86400s")
    assert (standing.given_up, standing.after, standing.failures) == ((last,), last + 1, 0)
    telling.recorders["all"].fails = False
    assert telling(now)["all"].sent == 1


def test_a_wrong_setting_is_never_a_reason_to_give_up(telling: Telling) -> None:
    telling.begin(at=telling.size - 1)

    def closed(sink: Sink) -> Recorder:
        raise SettingsError(f"no secret for {sink.name}")

    standing = Standing(after=0, not_before=NOW)
    for _ in range(ATTEMPTS + 2):
        (told,) = tell(
            telling.sinks,
            registry=telling.promoted.registry,
            outbox=telling.outbox,
            channel=closed,
            wanted=Filter(telling.sinks, "n"),
            now=standing.not_before,
        )
        standing = told.standing
    assert (standing.after, standing.given_up) == (telling.size - 1, ())


def test_much_is_told_in_several_runs(telling: Telling) -> None:
    telling.begin()
    assert telling(most=5)["all"].waiting == telling.size - 5
    assert telling(most=MOST)["all"].sent == telling.size - 5


@pytest.mark.parametrize("text", ["", "[]", "{", '{"all": {}}', '{"all": {"after": -1}}'])
def test_of_a_file_that_was_damaged_nothing_is_believed(telling: Telling, text: str) -> None:
    (telling.promoted.registry.root / "notified.json").write_text(text)
    assert telling.outbox.standings() == {}
    assert telling()["all"].waiting == 0


def test_only_one_tells_at_a_time(telling: Telling) -> None:
    with telling.outbox.alone() as first, telling.outbox.alone() as second:
        assert (first, second) == (True, False)
    with telling.outbox.alone() as again:
        assert again


def test_a_full_disk_stops_it_before_anything_is_told_twice(telling: Telling) -> None:
    telling.begin()
    file = telling.promoted.registry.root / "notified.json"
    file.unlink()
    file.mkdir()
    with pytest.raises((StorageError, OSError)):
        telling()


@pytest.fixture(scope="module")
def web() -> Iterator[WebSink]:
    with web_sink() as sink:
        yield sink


def notify_toml(store: Path, web: WebSink, more: str = "") -> None:
    text = f'[[sink]]\nname = "room"\nkind = "chat"\nurl = "{web.address}"\n{more}'
    (store / "notify.toml").write_text(text)


def test_a_command_tells_what_it_did_when_it_is_over(cast: Cast, web: WebSink) -> None:
    web.bodies.clear()
    notify_toml(cast.store, web)
    cast.done("sign", "demo@1.0.0", by="bea")
    (said,) = web.documents()
    assert "about sha256:" in said["text"]
    cast.done("status")
    assert len(web.bodies) == 1


def test_a_command_does_not_fail_for_whom_it_cannot_tell(cast: Cast, web: WebSink) -> None:
    web.bodies.clear()
    notify_toml(cast.store, web)
    web.status = 500
    ran = cast.done("sign", "demo@1.0.0", by="bea")
    assert "room is told later: it was answered with 500" in ran.err
    ran = cast("log", "notify", "--output-format", "json")
    (sink,) = ran.json["sinks"]
    assert (ran.code, sink["waiting"], sink["givenUp"]) == (3, 1, [])
    web.status = 200
    assert cast.done("log", "notify").out == "room: 1 sent\n"
    assert cast.done("log", "notify").out == "room: 0 sent\n"


def test_offline_nobody_is_told(cast: Cast, web: WebSink) -> None:
    web.bodies.clear()
    notify_toml(cast.store, web)
    cast.done("--offline", "sign", "demo@1.0.0", by="bea")
    assert cast("--offline", "log", "notify").code == 2
    assert web.bodies == []


def test_a_broken_notify_toml_stops_nobody_and_is_named(cast: Cast, web: WebSink) -> None:
    notify_toml(cast.store, web, more="room = 1\n")
    ran = cast.done("sign", "demo@1.0.0", by="bea")
    assert "nobody is told of this: a sink has no room" in ran.err
    refused = cast("log", "notify")
    assert refused.code == 2
    assert "notify.toml:1" in refused.err


def test_a_sink_can_be_tried_out(cast: Cast, web: WebSink) -> None:
    web.bodies.clear()
    notify_toml(cast.store, web)
    assert cast.done("log", "notify", "--test", "room").out == "room was told\n"
    assert web.documents() == [{"text": "a test of weighbridge: nothing happened"}]
    assert cast("log", "notify", "--test", "rom").code == 2
