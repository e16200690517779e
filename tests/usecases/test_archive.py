"""Files of releases move to an archive and back, are held and erased; what was proven stays so."""

from __future__ import annotations

import contextlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.age_files import IDENTITY_TEXT, RECIPIENT_TEXT
from tests.adapters.memory import MemoryBlobs
from tests.usecases.cast import RELEASE
from tests.usecases.packs import exported, judged
from tests.usecases.promoted import FIRST, SECOND, promoted, promoted_folder
from tests.usecases.workshop import LABELS, LOCK, WEIGHTS, sha256
from weighbridge.adapters.placement import Wanted
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.custody import Whereabouts
from weighbridge.model.errors import (
    ArchivedError,
    CustodyError,
    RegistryError,
    SettingsError,
    UnavailableError,
    UsageError,
)
from weighbridge.model.event import Kind
from weighbridge.model.ports import NoProgress
from weighbridge.seal.control import Action, custody_change
from weighbridge.usecases.archiving.add import Added, add
from weighbridge.usecases.archiving.choosing import Bound, Wish, moment_of
from weighbridge.usecases.archiving.erase import check_erasable, erase
from weighbridge.usecases.archiving.restore import restore
from weighbridge.usecases.control import change_control
from weighbridge.usecases.custody import custody_of
from weighbridge.usecases.fsck import fsck
from weighbridge.usecases.gc import collect
from weighbridge.usecases.promote import consider
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.seal import seal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.cast import Cast
    from tests.usecases.promoted import Promoted
    from weighbridge.model.ports import BlobStore, Registry

__all__ = ["promoted", "promoted_folder"]
PAYLOAD = {sha256(WEIGHTS), sha256(LABELS)}
NAMED = Wish(named=True)
LATER = "2026-06-01T00:00:00Z"


def bound(registry: Registry, title: str) -> Bound:
    return next(one for one in (Bound(*row) for row in registry.releases()) if one.title == title)


def archived(
    registry: Registry, *titles: str, place: str, wish: Wish = NAMED, dry_run: bool = False
) -> Added:
    return add(
        [bound(registry, title) for title in titles],
        place=place,
        wish=wish,
        registry=registry,
        now=LATER,
        grace=-10,
        progress=NoProgress(),
        dry_run=dry_run,
    )


def here(registry: Registry) -> set[str]:
    """Name the payload that is in the registry's own store."""
    return {digest for digest in PAYLOAD if registry.blobs.has(digest)}


def in_place(registry: Registry, place: str) -> set[str]:
    return {held.name for held in registry.archive(place).stored()}


def kinds(registry: Registry) -> list[str]:
    with registry.reading() as view:
        return [event["kind"] for event in map(as_json, view.entries())]


def as_json(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data)
    return found


def owners(promoted: Promoted, action: Action, title: str) -> bool:
    release = bound(promoted.registry, title)
    change = custody_change(action, release.title, release.digest, reason="a lawsuit")
    signers = [promoted.key(name) for name in ("ann", "ben")]
    return change_control(change, signers=signers, registry=promoted.registry).applied


# A registry with one release nobody promoted -----------------------------------------------------


def test_the_whole_story_by_the_command_line(cast: Cast) -> None:
    place = cast.folder.parent / "archive"
    added = cast.done("registry", "archive", "add", RELEASE, f"--to={place}", "--grace=0s")
    assert added.out.splitlines()[0] == f"archived {RELEASE}  {cast.digest}"
    assert "removed here: 2 blobs" in added.out
    assert not any(cast.blob(digest).exists() for digest in PAYLOAD)
    assert cast.blob(sha256(LOCK.encode())).exists()
    shown = cast.done("show", RELEASE)
    assert f"files: archived in {place} since " in shown.out
    found = cast("verify", RELEASE)
    assert found.code == 1  # nobody has signed it, which is the worse
    assert "the files of demo@1.0.0 are archived" in found.err + found.out
    cast.done("sign", RELEASE, by="bea")
    found = cast("verify", RELEASE)
    assert (found.code, "inconclusive: demo@1.0.0" in found.out) == (3, True)
    assert "weighbridge registry archive restore demo@1.0.0" in found.out
    assert cast("check", RELEASE).code == 3
    pushed = cast("push", RELEASE, f"oci:{cast.folder.parent / 'layout'}:x")
    assert (pushed.code, "WB138" in pushed.err) == (3, True)
    for words in (
        ("registry", "fsck"),
        ("registry", "gc", "--grace=0s"),
        ("log", "verify", "--deep"),
        ("diff", RELEASE, RELEASE),
        ("history", "demo"),
    ):
        cast.done(*words)
    assert "1 sealed, 1 archived" in cast.done("registry", "status").out
    assert f"archived in {place}" in cast.done("registry", "archive", "status").out
    again = cast.done("registry", "archive", "add", RELEASE, f"--to={place}").out
    assert again.startswith(f"stays {RELEASE}: it is in {place} since ")
    assert (
        "2 files, all there"
        in cast.done("registry", "archive", "restore", RELEASE, "--dry-run").out
    )
    cast.done("registry", "archive", "restore", RELEASE)
    cast.done("verify", RELEASE)
    assert cast.kinds()[-2:] == ["evidence.added", "release.restored"]
    restored = cast.done("registry", "archive", "restore", RELEASE, "--output-format=json")
    assert restored.json["restored"][0]["place"] is None


def test_owners_hold_and_erase_by_the_command_line(cast: Cast) -> None:
    place = cast.folder.parent / "archive"
    words = ("registry", "archive")
    assert cast(*words, "hold", RELEASE, "--reason=a lawsuit", by="ann").code == 1
    cast.done(*words, "hold", RELEASE, "--reason=a lawsuit", by="ben")
    assert "files: held since" in cast.done("show", RELEASE).out
    assert "demo@1.0.0 held: a lawsuit" in cast.done("registry", "status").out
    refused = cast(*words, "add", RELEASE, f"--to={place}")
    assert (refused.code, "owners hold it since" in refused.err) == (1, True)
    assert cast.last()["body"]["reason"] == "held"
    refused = cast(*words, "erase", RELEASE, "--reason=a licence", by="ann ben")
    assert refused.code == 4
    assert cast.last()["kind"] == "control.refused"
    cast.done(*words, "lift", RELEASE, "--reason=settled", by="ann ben")
    assert cast(*words, "lift", RELEASE, "--reason=settled", by="ann ben").code == 4
    assert cast(*words, "erase", RELEASE, "--reason=", by="ann ben").code == 2
    cast.done(*words, "add", RELEASE, f"--to={place}", "--grace=0s")
    size = len(cast.entries())
    dry = cast.done(*words, "erase", RELEASE, "--reason=a licence", "--dry-run", by="ann")
    assert '"action":"payload.erase"' in dry.out
    assert len(cast.entries()) == size
    erased = cast.done(*words, "erase", RELEASE, "--reason=a licence", "--grace=0s", by="ann ben")
    assert "erased: 2 blobs of demo@1.0.0" in erased.err
    assert list(place.rglob("sha256/*/*")) == []
    shown = cast.done("show", RELEASE, "--output-format=json").json["custody"]
    assert (shown["where"], shown["by"], shown["reason"]) == ("erased", ["ann", "ben"], "a licence")
    sealed = cast("seal")
    assert (sealed.code, "were erased" in sealed.err) == (1, True)
    assert cast.last()["body"]["act"] == "seal"
    assert not any(cast.blob(digest).exists() for digest in PAYLOAD)
    restored = cast(*words, "restore", RELEASE)
    assert (restored.code, "a licence" in restored.err) == (1, True)
    assert cast("verify", RELEASE).code == 1
    cast.done("registry", "fsck")
    cast.done("registry", "gc", "--grace=0s")
    cast.done("log", "verify", "--deep")
    assert "erased by ann, ben" in cast.done(*words, "status").out


def test_without_owners_there_is_no_archive(ownerless: Cast) -> None:
    ownerless.done("seal")
    found = ownerless("registry", "archive", "add", RELEASE, "--to=../archive")
    assert (found.code, "WB134" in found.err) == (2, True)


@pytest.fixture
def registry(staged: Path, tmp_path: Path) -> EmbeddedRegistry:
    """Copy a registry with owners and one release."""
    folder = tmp_path / "one"
    shutil.copytree(staged / ".weighbridge", folder)
    return EmbeddedRegistry(folder)


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Name a place for an archive."""
    return str(tmp_path / "archive")


def test_an_archive_lies_apart_and_is_one_registrys(
    registry: EmbeddedRegistry, place: str, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(registry.root / "blobs")
    for wrong in (registry.root / "blobs", registry.root / "blobs/in", registry.root, link):
        with pytest.raises(UsageError, match="where the registry keeps its blobs"):
            archived(registry, RELEASE, place=str(wrong))
    archived(registry, RELEASE, place=place)
    other = EmbeddedRegistry(tmp_path / "other")
    other.make_log_key("example.com/other")
    with pytest.raises(RegistryError, match="another registry"):
        other.archive(place, begin=True)
    with pytest.raises(UnavailableError, match="is not there"):
        registry.archive(str(tmp_path / "nowhere"))


def spoil(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(b"something else")


@pytest.mark.parametrize(
    ("harm", "word"), [(spoil, "damaged"), (lambda path: path.unlink(), "lost")]
)
def test_what_is_lost_or_damaged_in_the_archive_is_named_and_not_taken(
    registry: EmbeddedRegistry, place: str, tmp_path: Path, harm: Callable[[Path], None], word: str
) -> None:
    archived(registry, RELEASE, place=place)
    digits = sha256(LABELS).removeprefix("sha256:")
    harm(tmp_path / "archive/sha256" / digits[:2] / digits[2:])
    release = bound(registry, RELEASE)
    for dry_run in (True, False):
        with pytest.raises(RegistryError, match=f"labels.json is .*{word}"):
            restore(release, registry=registry, progress=NoProgress(), dry_run=dry_run)
    assert sha256(LABELS) not in here(registry)
    assert custody_of(*release[::2], registry).where is Whereabouts.ARCHIVED
    archived(registry, RELEASE, place=place)
    shutil.rmtree(tmp_path / "archive")
    with pytest.raises(UnavailableError, match="is not there"):
        restore(release, registry=registry, progress=NoProgress())


class Lying(MemoryBlobs):
    """A place that forgets or changes what it takes."""

    def __init__(self, answer: bytes | None) -> None:
        super().__init__()
        self.answer = answer

    def keep(self, digest: str, data: bytes) -> None:
        del data
        if self.answer is not None:
            super().keep(digest, self.answer)


@pytest.mark.parametrize("answer", [None, b"", b"not that"])
def test_an_archive_that_lies_about_having_stored_is_not_believed(
    registry: EmbeddedRegistry, monkeypatch: pytest.MonkeyPatch, answer: bytes | None
) -> None:
    opened: Callable[..., BlobStore] = lambda *_, **__: Lying(answer)  # noqa: E731
    monkeypatch.setattr(registry, "archive", opened)
    before = kinds(registry)
    with pytest.raises(UnavailableError, match="was just put there"):
        archived(registry, RELEASE, place="memory")
    assert here(registry) == PAYLOAD
    assert kinds(registry) == before


def test_an_archive_that_forgot_meanwhile_keeps_the_copy_that_is_left(
    registry: EmbeddedRegistry, place: str, tmp_path: Path
) -> None:
    add(
        [bound(registry, RELEASE)],
        place=place,
        wish=NAMED,
        registry=registry,
        now=LATER,
        grace=86400,  # all of it was put today, and stays for now
        progress=NoProgress(),
    )
    assert here(registry) == PAYLOAD
    digits = sha256(LABELS).removeprefix("sha256:")
    (tmp_path / "archive/sha256" / digits[:2] / digits[2:]).unlink()
    found = archived(registry, RELEASE, place=place)
    assert (found.removed, found.unsure) == (1, (sha256(LABELS),))
    assert here(registry) == {sha256(LABELS)}


@pytest.mark.parametrize("calls", range(1, 9))
def test_whoever_is_killed_loses_nothing_and_the_next_run_completes(
    registry: EmbeddedRegistry, place: str, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    """Be killed at each step that writes: at a blob that arrives, the entry, a removal."""
    left = [calls]

    def dying(write: Callable[..., Any]) -> Callable[..., Any]:
        def step(*words: Any, **more: Any) -> Any:  # noqa: ANN401 - whatever the write takes
            left[0] -= 1
            if not left[0]:
                raise KeyboardInterrupt
            return write(*words, **more)

        return step

    archive = registry.archive(place, begin=True)
    with monkeypatch.context() as patch:
        patch.setattr(registry, "archive", lambda *_, **__: archive)
        for owner, name in ((archive, "_place"), (registry, "change"), (registry.blobs, "remove")):
            patch.setattr(owner, name, dying(getattr(owner, name)))
        with contextlib.suppress(KeyboardInterrupt):
            archived(registry, RELEASE, place=place)
    assert here(registry) | in_place(registry, place) >= PAYLOAD
    archived(registry, RELEASE, place=place)
    assert here(registry) == set()
    assert in_place(registry, place) == PAYLOAD
    assert kinds(registry).count("release.archived") == 1
    assert not fsck(registry, progress=NoProgress()).problems


def test_where_blobs_are_encrypted_they_are_in_the_archive_too(
    registry: EmbeddedRegistry, place: str, tmp_path: Path
) -> None:
    identity = tmp_path / "team.key"
    identity.write_text(IDENTITY_TEXT)
    identity.chmod(0o600)
    wanted = Wanted(recipients=(RECIPIENT_TEXT,), identity=str(identity))
    private = EmbeddedRegistry(registry.root, wanted=wanted)
    private.blobs.put(b"which settles it")
    with pytest.raises(SettingsError, match="encrypt-to names nobody"):
        archived(registry, RELEASE, place=place)
    archived(private, RELEASE, place=place)
    assert (here(private), in_place(private, place)) == (set(), PAYLOAD)
    assert list(Path(place).glob("sha256/*/*")) == []
    restore(bound(private, RELEASE), registry=private, progress=NoProgress())
    assert here(private) == PAYLOAD
    assert not fsck(private, progress=NoProgress()).problems


def test_sealing_the_same_bytes_brings_them_back(cast: Cast) -> None:
    place = cast.folder.parent / "archive"
    cast.done("registry", "archive", "add", RELEASE, f"--to={place}", "--grace=0s")
    cast.done("seal")
    assert cast.last()["kind"] == "release.restored"
    cast.done("registry", "fsck")
    cast.done("registry", "archive", "add", RELEASE, f"--to={place}")
    assert custody_of(RELEASE, cast.digest, cast.registry).where is Whereabouts.ARCHIVED


# Two releases that share their files, in two environments -----------------------------------------


def test_what_is_served_or_would_be_gone_back_to_stays(promoted: Promoted, place: str) -> None:
    registry = promoted.registry
    for title, words in ((FIRST, "would go back to it"), (SECOND, "points to it")):
        with pytest.raises(CustodyError, match=words):
            archived(registry, title, place=place)
        assert kinds(registry)[-1] == Kind.ARCHIVE_REFUSED
        with pytest.raises(CustodyError, match=words):
            check_erasable(bound(registry, title), registry=registry)
    size = len(kinds(registry))
    with pytest.raises(CustodyError):
        archived(registry, FIRST, place=place, dry_run=True)
    found = archived(registry, place=place, wish=Wish(older_than=1))
    assert (found.archived, len(found.staying)) == ((), 2)
    assert len(kinds(registry)) == size
    assert here(registry) == PAYLOAD


def shared(promoted: Promoted) -> EmbeddedRegistry:
    """Seal a third release of the same files, which no environment points to."""
    manifest = promoted.folder / "release.yaml"
    manifest.write_text(manifest.read_text().replace('"1.1.0"', '"1.2.0"'))
    named, _ = find_authored(None, start=promoted.folder, catalogues=lambda _: [])
    seal(named, registry=promoted.registry, environ={}, progress=NoProgress())
    return promoted.registry


THIRD = "demo@1.2.0"


def test_blobs_another_release_needs_stay_wherever_they_are(promoted: Promoted, place: str) -> None:
    registry = shared(promoted)
    found = archived(registry, THIRD, place=place)
    assert (found.removed, here(registry)) == (0, PAYLOAD)
    assert in_place(registry, place) == PAYLOAD
    release = bound(registry, THIRD)
    with pytest.raises(ArchivedError, match="are archived"):
        consider(release.digest, "staging", registry=registry)
    with pytest.raises(ArchivedError):
        promoted.promote(THIRD, "staging")
    assert kinds(registry)[-1] == Kind.ACT_REFUSED
    assert owners(promoted, Action.PAYLOAD_ERASE, THIRD)
    done = erase(release, registry=registry, grace=-10, progress=NoProgress())
    assert (done.removed, done.shared) == (0, 2)
    assert here(registry) == PAYLOAD
    with pytest.raises(CustodyError):
        promoted.promote(THIRD, "staging")
    collect(registry, grace=-10, progress=NoProgress())
    assert here(registry) == PAYLOAD
    again = erase(release, registry=registry, grace=-10, progress=NoProgress())
    assert (again.removed, kinds(registry).count("release.erased")) == (0, 1)


def test_a_hold_that_comes_between_choosing_and_moving_is_heeded(
    promoted: Promoted, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = shared(promoted)
    archive = registry.archive(place, begin=True)

    def opened(*_: object, **__: object) -> BlobStore:
        monkeypatch.undo()
        assert owners(promoted, Action.RELEASE_HOLD, THIRD)
        return archive

    monkeypatch.setattr(registry, "archive", opened)
    with pytest.raises(CustodyError, match="owners hold it"):
        archived(registry, THIRD, place=place)
    assert kinds(registry)[-1] == Kind.ARCHIVE_REFUSED
    assert custody_of(THIRD, promoted.digest(THIRD), registry).where is Whereabouts.ACTIVE


def test_erasing_what_was_signed_waits_while_it_is_held_or_an_archive_is_away(
    promoted: Promoted, place: str
) -> None:
    registry = shared(promoted)
    release = bound(registry, THIRD)
    with pytest.raises(CustodyError, match="no owner"):
        erase(release, registry=registry, grace=0, progress=NoProgress())
    archived(registry, THIRD, place=place)
    assert owners(promoted, Action.PAYLOAD_ERASE, THIRD)
    assert owners(promoted, Action.RELEASE_HOLD, THIRD)
    with pytest.raises(CustodyError, match="owners hold it"):
        erase(release, registry=registry, grace=0, progress=NoProgress())
    assert owners(promoted, Action.RELEASE_UNHOLD, THIRD)
    Path(place).rename(f"{place}.away")
    with pytest.raises(UnavailableError, match="may be left"):
        erase(release, registry=registry, grace=0, progress=NoProgress())
    Path(f"{place}.away").rename(place)
    erase(release, registry=registry, grace=0, progress=NoProgress())
    assert custody_of(THIRD, release.digest, registry).where is Whereabouts.ERASED


@pytest.mark.parametrize(
    ("wish", "leaves"),
    [
        (Wish(), False),
        (Wish(older_than=86400), True),
        (Wish(older_than=86400 * 365), False),
        (Wish(older_than=1, classes=("unpromoted",)), True),
        (Wish(older_than=1, classes=("retired", "high")), False),
    ],
)
def test_class_and_age_choose(promoted: Promoted, place: str, wish: Wish, *, leaves: bool) -> None:
    registry = shared(promoted)
    found = archived(registry, place=place, wish=wish, dry_run=True)
    assert [one.title for one in found.archived] == ([THIRD] if leaves else [])
    with registry.reading() as view:
        assert moment_of(view, registry).since[promoted.digest(THIRD)] >= "2026-03-01"


def test_a_retention_can_only_keep_longer(promoted: Promoted, place: str) -> None:
    manifest = promoted.folder / "release.yaml"
    text = manifest.read_text().rstrip() + "\n  governance: {retention: 30d}\n"
    manifest.write_text(text)
    registry = shared(promoted)
    release = bound(registry, THIRD)
    for now, older_than, leaves in (
        ("2026-03-30T00:00:00Z", None, False),
        ("2026-04-02T00:00:00Z", None, True),
        ("2026-03-30T00:00:00Z", 86400, False),
        ("2026-04-02T00:00:00Z", 86400 * 90, False),
    ):
        found = add(
            [],
            place=place,
            wish=Wish(older_than=older_than),
            registry=registry,
            now=now,
            grace=0,
            progress=NoProgress(),
            dry_run=True,
        )
        assert (release in found.archived) == leaves


def test_evidence_of_what_served_once_proves_as_much_when_its_files_are_gone(
    promoted: Promoted, place: str
) -> None:
    registry = shared(promoted)
    promoted.sign(THIRD)
    assert promoted.promote(THIRD, "staging")
    promoted.approve(THIRD, "cat", "dora")
    assert promoted.promote(THIRD, "production")
    found = archived(registry, place=place, wish=Wish(older_than=1, classes=("retired",)))
    assert [one.title for one in found.archived] == [FIRST]
    assert owners(promoted, Action.PAYLOAD_ERASE, FIRST)
    erase(bound(registry, FIRST), registry=registry, grace=-10, progress=NoProgress())
    for digest in PAYLOAD:  # which the others need: as if they did not
        assert registry.blobs.remove(digest, before=float("inf"))
    assert judged(promoted, exported(promoted, FIRST, "production")).ok
