"""Workers warn of what ends soon: once a thing and day, each sink, whoever asks how often."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.sinks import mail_sink, web_sink
from tests.usecases.conftest import committed
from tests.usecases.promoted import promoted, promoted_folder
from tests.usecases.test_working import work
from weighbridge.adapters.notifying.outbox import FILE as TOLD
from weighbridge.adapters.notifying.outbox import WARNED, FolderOutbox
from weighbridge.model.errors import JobError, SettingsError, UnavailableError
from weighbridge.model.expiring import Ending, Expiring
from weighbridge.model.notification import Sink
from weighbridge.model.team.job import JobKind, Order
from weighbridge.model.team.job_settings import JobSettings, WarnSettings
from weighbridge.seal.control import trust_key
from weighbridge.usecases.jobs.warning import notice_of, warn
from weighbridge.usecases.notifying import Filter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sinks import WebSink
    from tests.usecases.promoted import Promoted
    from weighbridge.model.notification import Notice
    from weighbridge.server.working import Work

__all__ = ["committed", "promoted", "promoted_folder", "work"]

ASKED = Order(key="warn:of tests", kind=JobKind.WARN)


def told_by(promoted: Promoted, *sinks: WebSink, when: str = 'event.act == "warn"') -> None:
    """Have sinks told of warnings, and of nothing else."""
    text = "".join(
        f'[[sink]]\nname = "sink{place}"\nkind = "webhook"\nurl = "{sink.address}"\n'
        f"secret-file = \"secret\"\nwhen = '{when}'\n"
        for place, sink in enumerate(sinks)
    )
    (promoted.registry.root / "notify.toml").write_text(text)
    secret = promoted.registry.root / "secret"
    secret.write_text("whsec_c2VjcmV0\n")
    secret.chmod(0o600)


@pytest.fixture
def ending(promoted: Promoted) -> Promoted:
    """Have a key that ends; of advisories there are none, which is told, too."""
    spki = promoted.keys.public("mia").spki_der
    promoted.owners(trust_key(spki, person="mia", roles=["ml-lead"], until="2099-01-01T00:00:00Z"))
    return promoted


def far(work: Work) -> Work:
    """Warn of the key as well: it ends in some decades."""
    return replace(work, rules=JobSettings(warning=WarnSettings(days=36_500)))


def test_each_thing_is_told_once_a_day_and_told_in_the_result(ending: Promoted, work: Work) -> None:
    with web_sink() as sink:
        told_by(ending, sink)
        done = far(work).perform(ASKED, 0)
        again = far(work).perform(Order(key="asked:again", kind=JobKind.WARN), 0)
    assert [(one["kind"], one["environment"]) for one in done["expiring"]] == [
        ("advisories", "production"),
        ("advisories", "staging"),
        ("key", ""),
    ]
    assert (done["count"], done["sent"]) == (3, 3)
    assert again == {**done, "sent": 0}
    assert done["expiring"][0]["stands"] == ["demo@1.1.0 in production"]
    bodies = [one["subject"]["content"]["body"] for one in sink.documents()]
    assert [(one["act"], one["reason"], one["person"]) for one in bodies] == [
        ("warn", "advisories", ""),
        ("warn", "advisories", ""),
        ("warn", "key", "mia"),
    ]
    names = [one["webhook-id"] for one in sink.headers]
    assert len(set(names)) == 3
    assert all(name.startswith("example.com/log/warn/") for name in names)
    assert not (ending.registry.root / TOLD).exists()


def test_what_rests_on_old_data_is_judged_again(work: Work) -> None:
    orders: list[Order] = []
    done = replace(work, order=orders.append).perform(ASKED, 0)
    assert done["again"] == ["production", "staging"]
    assert [(one.kind, dict(one.about)) for one in orders] == [
        (JobKind.REEVALUATE, {"environment": "production"}),
        (JobKind.REEVALUATE, {"environment": "staging"}),
    ]
    assert len({one.key for one in orders}) == 2
    quiet = replace(work, rules=JobSettings(warning=WarnSettings(days=1, advisories=0)))
    assert quiet.perform(ASKED, 0) == {"expiring": [], "count": 0, "again": [], "sent": 0}


def test_one_that_cannot_be_told_keeps_no_other_from_it(ending: Promoted, work: Work) -> None:
    with web_sink() as bad, web_sink() as good:
        told_by(ending, bad, good)
        bad.status = 503
        with pytest.raises(UnavailableError, match="could not be warned: sink0: it was answered"):
            far(work).perform(ASKED, 0)
        assert (len(bad.bodies), len(good.bodies)) == (1, 3)
        bad.status = 200
        assert far(work).perform(ASKED, 0)["sent"] == 3
    assert (len(bad.bodies), len(good.bodies)) == (4, 3)
    assert len({one["webhook-id"] for one in bad.headers}) == 3


def test_while_another_tells_it_waits(ending: Promoted, work: Work) -> None:
    with web_sink() as sink:
        told_by(ending, sink)
        with FolderOutbox(ending.registry.root).alone() as alone:
            assert alone
            with pytest.raises(UnavailableError, match="another process is telling"):
                far(work).perform(ASKED, 0)
        assert sink.bodies == []


def test_cancelled_between_two_it_tells_no_more(ending: Promoted, work: Work) -> None:
    with web_sink() as sink:
        told_by(ending, sink)
        late = replace(far(work), cancelled=lambda _: bool(sink.bodies))
        with pytest.raises(JobError, match="warn:of tests was cancelled"):
            late.perform(ASKED, 0)
        assert len(sink.bodies) == 1
        assert far(work).perform(ASKED, 0)["sent"] == 2


def test_sinks_that_are_none_are_refused(ending: Promoted, work: Work) -> None:
    with web_sink() as sink:
        told_by(ending, sink, when="event.nonsense == 1")
        with pytest.raises(SettingsError, match="when"):
            far(work).perform(ASKED, 0)


def notices(count: int, now: str) -> list[Notice]:
    ends = [
        Expiring(kind=Ending.KEY, what=f"key {place}", ends="2026-03-09T00:00:00Z")
        for place in range(count)
    ]
    return [notice_of(one, origin="o", index=4, now=now) for one in ends]


class Seen:
    """Takes what it is told."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    def send(self, notice: Notice) -> None:
        self.ids.append(notice.id)


def test_the_next_day_it_is_told_again_under_another_name(tmp_path: Path) -> None:
    sinks = [Sink(name="all", kind="chat", url="https://chat.example.com/")]
    seen, reminder = Seen(), FolderOutbox(tmp_path)

    def tell(now: str, count: int = 1) -> int:
        sent, failed = warn(
            sinks,
            notices(count, now),
            reminder=reminder,
            channel=lambda _: seen,
            wanted=Filter(sinks, "notify.toml"),
            now=now,
        )
        assert failed == []
        return sent

    assert [tell("2026-03-02T06:00:00Z"), tell("2026-03-02T23:00:00Z")] == [1, 0]
    assert tell("2026-03-02T23:00:00Z", count=2) == 1
    assert tell("2026-03-03T06:00:00Z", count=2) == 2
    assert len(set(seen.ids)) == 4
    assert json.loads((tmp_path / WARNED).read_text())["day"] == "2026-03-03"
    # What cannot be read is not known: it is told once more, under the same name.
    (tmp_path / WARNED).write_text("{")
    assert tell("2026-03-03T06:00:00Z", count=2) == 2
    assert len(set(seen.ids)) == 4


def test_a_mail_says_that_no_entry_says_it(ending: Promoted, work: Work) -> None:
    with mail_sink() as sink:
        (ending.registry.root / "notify.toml").write_text(
            f'[[sink]]\nname = "ops"\nkind = "mail"\nurl = "{sink.address}"\n'
            'from = "a@example.com"\nto = ["b@example.com"]\nwhen = \'event.person == "mia"\'\n'
        )
        far(work).perform(ASKED, 0)
    (mail,) = sink.mails
    assert b"Subject: [weighbridge] a warning: key sha256:" in mail
    assert b"as of entry" in mail
    assert b"of mia ends at 2099-01-01T00:00:00Z" in mail.replace(b"\r\n ", b" ")
