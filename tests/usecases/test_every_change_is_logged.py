"""Nothing in a registry with owners changes, and nobody is refused, without an entry."""

from __future__ import annotations

import ast
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import weighbridge
from tests.adapters.age_files import IDENTITY_TEXT, RECIPIENT_TEXT
from tests.usecases.cast import RELEASE
from tests.usecases.stage import BOTH, FIRST, PRODUCTION, RULES, SECOND, THIRD
from tests.usecases.workshop import LABELS, sha256
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.usecases.cast import Cast
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Ran

Step = tuple[int, "Callable[[], Ran]", list[str]]
Tables = dict[str, list[tuple[Any, ...]]]


def dump(cast: Cast) -> Tables:
    """Read every table there is, whatever it is called."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    with closing(sqlite3.connect(cast.store / "registry.db")) as database:
        names = [name for (name,) in database.execute(query)]
        return {
            name: database.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()  # noqa: S608
            for name in names
        }


def kinds(before: Tables, after: Tables) -> list[str]:
    """Say what was appended; nothing that was there may have changed, nor anything without it."""
    assert after["entry"][: len(before["entry"])] == before["entry"]
    if before["entry"] == after["entry"]:
        assert after == before
    added = [body for _, body in after["entry"][len(before["entry"]) :]]
    return [kind.value for body in added for kind in Kind if b'"kind":"%b"' % kind.encode() in body]


def told(cast: Cast, steps: Iterator[Step]) -> set[str]:
    """Take steps, see that each is logged as it must be, and return every kind there is."""
    before = dump(cast)
    for place, (code, step, wanted) in enumerate(steps):
        ran = step()
        after = dump(cast)
        assert (place, ran.code, kinds(before, after)) == (place, code, wanted), ran.err
        before = after
    return set(cast.kinds())


def owners_at_work(stage: Stage) -> Iterator[Step]:
    """Change the control plane, be refused, and look on."""
    (stage.folder / "p.yaml").write_text(RULES.replace("production", "another"))
    (stage.folder / "e.yaml").write_text(PRODUCTION)
    publish = ("policy", "publish", "p.yaml")
    yield 1, lambda: stage.trust("cat", "sre", by="ann"), ["control.proposed"]
    yield 0, lambda: stage.trust("cat", "sre", by="ben"), ["control.applied"]
    yield 4, lambda: stage.trust("mia", "owner", by="bea"), ["control.refused"]
    yield 4, lambda: stage.revoke("ann", by="cat"), ["control.refused"]
    yield 4, lambda: stage(*publish, by="dora"), ["control.refused"]
    yield 0, lambda: stage(*publish, by=BOTH), ["control.applied"]
    changed = PRODUCTION.replace("name: production", "name: canary")
    (stage.folder / "c.yaml").write_text(changed)
    yield 4, lambda: stage("env", "apply", "c.yaml", by="dora"), ["control.refused"]
    yield 0, lambda: stage("env", "apply", "c.yaml", by=BOTH), ["control.applied"]
    yield 0, lambda: stage("env", "apply", "e.yaml", by=BOTH), []  # it is so already
    yield 4, lambda: stage("key", "trust", "--log", by="cat"), ["control.refused"]
    yield 1, lambda: stage("key", "trust", "--log", by="ann"), ["control.proposed"]
    yield 0, lambda: stage("key", "trust", "--log", by="ben"), ["control.applied"]
    why = "--reason=the year ends"
    freeze, block = ("freeze", "staging", why), ("block", THIRD, why)
    for stop in (freeze, block):
        yield 4, lambda stop=stop: stage(*stop, by="dora"), ["control.refused"]  # type: ignore[misc]
        yield 1, lambda stop=stop: stage(*stop, by="ann"), ["control.proposed"]  # type: ignore[misc]
        yield 0, lambda stop=stop: stage(*stop, by="ben"), ["control.applied"]  # type: ignore[misc]
        yield 0, lambda stop=stop: stage(*stop, by="ben"), []  # type: ignore[misc]
        lift = (*stop, "--lift")
        yield 0, lambda lift=lift: stage(*lift, by=BOTH), ["control.applied"]  # type: ignore[misc]
    yield 0, lambda: stage.revoke("cat"), ["control.applied"]


def people_at_work(stage: Stage) -> Iterator[Step]:
    """Sign, promote, approve and roll back; those who may, and those who may not."""
    nobody, ended = "max", "cat"
    said = ["act.said"]
    refused = ["act.refused"]
    yield 4, lambda: stage("sign", FIRST, by=ended), ["evidence.refused"]
    yield 4, lambda: stage.check(by=ended), ["evidence.refused"]
    yield 0, lambda: stage("sign", FIRST, by="bea"), ["evidence.added"]
    yield 4, lambda: stage.promote(FIRST, "staging", by=ended), refused
    yield 4, lambda: stage.promote(FIRST, "staging", "--observe", by=nobody), refused
    yield 0, lambda: stage.promote(FIRST, "staging", "--observe"), ["promotion.observed"]
    yield 0, lambda: stage.promote(FIRST, "staging", "--dry-run"), []
    yield 0, lambda: stage.promote(FIRST, "staging"), ["promotion.done"]
    yield 1, lambda: stage.promote(FIRST, "production"), ["promotion.blocked"]
    for act in ("approve", "withdraw", "reject"):
        more = ["--reason=no"] if act == "reject" else []
        yield 4, lambda act=act, more=more: stage.say(act, *more, by="bea"), refused  # type: ignore[misc]
        yield 4, lambda act=act, more=more: stage.say(act, *more, by=ended), refused  # type: ignore[misc]
    yield 0, lambda: stage.say("approve", by="mia"), said
    yield 0, lambda: stage.say("withdraw", by="mia"), said
    yield 0, lambda: stage.say("reject", "--reason=no", by="max"), said
    yield 4, lambda: stage.say("withdraw", by="max"), refused
    yield 4, lambda: stage.say("lift", "--reason=no", by="max"), refused
    away = ("approve", "--to=production", "--until=9d", "--reason=leave")
    yield 0, lambda: stage(*away, "--delegate-to=bea", by="mia"), said
    yield 4, lambda: stage(*away, "--delegate-to=mia", by="mia"), refused
    yield 4, lambda: stage(*away, "--delegate-to=bea", by=ended), refused
    yield 0, lambda: stage("withdraw", "--delegate-to=bea", "--to=production", by="mia"), said
    yield 0, lambda: stage.say("lift", "--reason=mended", by="mia"), said
    yield 4, lambda: stage.say("break-glass", "--reason=fire", by="mia"), refused
    watch = ("watch", "staging", "--once")
    yield 0, lambda: stage(*watch, by="carl"), []
    yield 0, lambda: stage.trust("bea", "ml-lead", by=BOTH), ["control.applied"]
    yield 4, lambda: stage(*watch, by="dora"), refused
    yield 1, lambda: stage(*watch, by="carl"), ["verdict.changed"]
    yield 1, lambda: stage(*watch, by="carl"), []
    yield 0, lambda: stage.trust("bea", "builder", by=BOTH), ["control.applied"]
    yield 0, lambda: stage(*watch, by="carl"), ["verdict.changed"]
    for release in (SECOND, THIRD):
        yield 0, lambda release=release: stage.promote(release, "staging"), ["promotion.done"]  # type: ignore[misc]
    hold = ("hold", "demo", "--in=staging", "--reason=wait")
    yield 4, lambda: stage(*hold, by="mia"), refused
    yield 0, lambda: stage(*hold, by="dora"), said
    yield 4, lambda: stage.roll_back(by=ended), refused
    yield 0, stage.roll_back, ["rollback.done"]
    yield 1, lambda: stage.roll_back("--to", THIRD), ["rollback.blocked"]
    lift = ("lift", "demo", "--in=staging", "--reason=mended")
    yield 4, lambda: stage(*lift, by="mia"), refused
    yield 0, lambda: stage(*lift, by="dora"), said
    yield 4, lambda: stage(*lift, by=ended), refused  # nothing is held any more; still he may not


def files_on_the_move(stage: Stage) -> Iterator[Step]:
    """Archive what nobody needs, bring it back, hold it, and erase it."""
    archive, place = ("registry", "archive"), f"--to={stage.folder.parent / 'archive'}"
    reason, grace = "--reason=a lawsuit", "--grace=0s"
    add, hold, erase = ((*archive, verb, THIRD) for verb in ("add", "hold", "erase"))
    control = ["control.applied"]
    yield 0, lambda: stage(*add, place, "--dry-run"), []
    yield 0, lambda: stage(*add, place, grace), ["release.archived"]
    yield 0, lambda: stage(*add, place, grace), []  # it is there already
    yield 0, lambda: stage(*archive, "restore", THIRD), ["release.restored"]
    yield 1, lambda: stage(*hold, reason, by="ann"), ["control.proposed"]
    yield 0, lambda: stage(*hold, reason, by="ben"), control
    yield 1, lambda: stage(*add, place), ["archive.refused"]
    yield 4, lambda: stage(*erase, reason, grace, by=BOTH), ["control.refused"]
    yield 0, lambda: stage(*archive, "lift", THIRD, reason, by=BOTH), control
    yield 0, lambda: stage(*erase, reason, grace, by=BOTH), [*control, "release.erased"]
    yield 1, lambda: stage(*archive, "restore", THIRD), ["archive.refused"]
    yield 0, lambda: stage(*archive, "status"), []


def damage_is_found(stage: Stage) -> Iterator[Step]:
    """Find bytes of a release changed, and find them whole again."""
    log = ("verify", FIRST, "--log")

    def found(data: bytes) -> Ran:
        stage.overwrite(sha256(LABELS), data)
        return stage(*log)

    yield 1, lambda: found(b"[]"), ["release.unverified"]
    yield 1, lambda: stage(*log), []  # it is known already
    yield 0, lambda: found(LABELS), ["release.verified"]
    yield 0, lambda: stage(*log), []


def others_look_on(stage: Stage) -> Iterator[Step]:
    """Do what changes nothing."""
    for words in (
        ("registry", "status"),
        ("registry", "gc", "--grace=0s"),
        ("registry", "fsck"),
        ("registry", "rebuild"),
        ("log", "verify", "--deep"),
        ("status", "demo"),
        ("evidence", "export", FIRST, "--to=staging", "--output=p.tar"),
        ("verify", FIRST),
    ):
        yield 0, lambda words=words: stage(*words), []  # type: ignore[misc]
    # The tree is another by now, and the version is taken.
    yield 1, lambda: stage("seal"), ["release.refused"]


@pytest.mark.slow
def test_every_step_of_a_registry_is_an_entry(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = told(stage, owners_at_work(stage))
    seen |= told(stage, people_at_work(stage))
    seen |= told(stage, damage_is_found(stage))
    seen |= told(stage, files_on_the_move(stage))
    seen |= told(stage, others_look_on(stage))
    identity = tmp_path / "identity"
    identity.write_text(f"{IDENTITY_TEXT}\n")
    identity.chmod(0o600)
    monkeypatch.setenv("WEIGHBRIDGE_AGE_IDENTITY", str(identity))
    monkeypatch.setenv("WEIGHBRIDGE_ENCRYPT_TO", RECIPIENT_TEXT)
    settled = ["store.settled", "evidence.added"]
    seen |= told(stage, iter([(0, lambda: stage("sign", FIRST, by="bea"), settled)]))
    # Before there were owners, a release was adopted: the next test. What deliveries enter, the
    # tests in `delivering` see.
    delivered = {kind for kind in Kind if kind.startswith("delivery.")}
    assert seen | {Kind.RELEASE_ADOPTED} | delivered == set(Kind)
    stage.done("log", "verify", "--deep")
    before = dump(stage)
    stage.execute("DELETE FROM store")
    assert "store" in stage("log", "verify", "--deep").out
    stage.done("registry", "rebuild")
    assert dump(stage) == before


def test_what_is_said_of_waivers_is_an_entry(stage: Stage) -> None:
    stage.rule(
        "  evidence:\n    - {type: report, signedBy: {role: checker}, noneAbove: note}\n"
        "  waivers:\n    - {rules: [GOV007], roles: [sre], longest: 30d}\n"
    )
    place = (FIRST, "--to=staging", "--reason=later")
    waive = ("waive", "GOV007", *place, "--expires=9d")
    withdraw = ("withdraw", *place, "--waiver=GOV007")
    said, refused = ["act.said"], ["act.refused"]
    steps: list[Step] = [
        (0, lambda: stage(*waive, "--dry-run"), []),
        (0, lambda: stage(*waive, "--request", by="bea"), said),
        (4, lambda: stage(*waive, "--request", by="cat"), refused),
        (4, lambda: stage(*waive, by="mia"), refused),
        (0, lambda: stage(*waive, "--grant", by="max"), said),
        (0, lambda: stage("status", "--waivers"), []),
        (4, lambda: stage(*withdraw, by="mia"), refused),
        (4, lambda: stage(*withdraw, by="cat"), refused),
        (0, lambda: stage(*withdraw, "--dry-run"), []),
        (0, lambda: stage(*withdraw, by="max"), said),
        (0, lambda: stage("log", "verify", "--deep"), []),
    ]
    assert "act.refused" in told(stage, iter(steps))


def test_what_was_there_before_the_owners_is_adopted(ownerless: Cast) -> None:
    ownerless.done("seal")
    before = dump(ownerless)
    ownerless.begin("ann", "ben", threshold=2)
    assert kinds(before, dump(ownerless)) == ["registry.initialised", "release.adopted"]
    ownerless.done("log", "verify", "--deep")
    ownerless.execute("DELETE FROM release")
    ownerless.done("registry", "rebuild")
    assert dump(ownerless)["release"] == before["release"]
    ownerless.done("show", RELEASE)


WRITERS = {"appending.py", "rebuilding.py", "schema.py", "session.py", "transaction.py"}


def test_tables_are_written_in_few_places() -> None:
    """Whoever adds one must say which entry tells of it."""
    folder = Path(weighbridge.__file__).parent / "adapters"
    found = {
        path.name
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in {"write", "write_many"}
        if isinstance(node.value, ast.Name | ast.Attribute)
        and (node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id)
        in {"session", "_session"}
    }
    assert found <= WRITERS
