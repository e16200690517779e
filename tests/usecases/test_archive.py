"""Files of a release move to an archive and back, are held and erased."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.adapters.age_files import IDENTITY_TEXT, RECIPIENT_TEXT
from tests.adapters.memory import MemoryBlobs
from tests.usecases.archives import (
    LATER,
    NAMED,
    PAYLOAD,
    archived,
    bound,
    here,
    in_place,
    kinds,
)
from tests.usecases.cast import RELEASE
from tests.usecases.workshop import LABELS, LOCK, sha256
from weighbridge.adapters.keys import KeyFolder
from weighbridge.adapters.placement import Wanted
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.custody import Whereabouts
from weighbridge.model.errors import (
    RegistryError,
    SettingsError,
    UnavailableError,
    UsageError,
)
from weighbridge.model.ports import NoProgress
from weighbridge.usecases.archiving.add import add
from weighbridge.usecases.archiving.restore import restore
from weighbridge.usecases.custody import custody_of
from weighbridge.usecases.fsck import fsck
from weighbridge.usecases.initialise import initialise

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.usecases.cast import Cast
    from weighbridge.model.ports import BlobStore


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
    assert "demo@1.0.0: its files are archived" in found.out
    cast.done("sign", RELEASE, by="bea")
    found = cast("verify", RELEASE)
    assert (found.code, "inconclusive: demo@1.0.0" in found.out) == (3, True)
    assert "weighbridge registry archive restore demo@1.0.0" in found.out
    found = cast("check", RELEASE)
    assert (found.code, f"the files of {RELEASE} are archived ({place}" in found.out) == (3, True)
    assert f"= help:  weighbridge registry archive restore {RELEASE}" in found.out
    assert "does not hold" not in found.out
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


def test_what_was_erased_and_is_young_goes_with_the_next_clearing(cast: Cast) -> None:
    words = ("registry", "archive", "erase", RELEASE, "--reason=a licence")
    erased = cast.done(*words, by="ann ben")
    assert "2 others put within the last 24h stay for now" in erased.err
    assert cast.blob(sha256(LABELS)).exists()
    cast.done("registry", "fsck")
    assert "removed: 2 blobs" in cast.done("registry", "gc", "--grace=0s").out
    assert not any(cast.blob(digest).exists() for digest in PAYLOAD)
    cast.done(*words, by="ann")  # in force, and done


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
    registry: EmbeddedRegistry, place: str, all_keys: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(registry.root / "blobs")
    for wrong in (registry.root / "blobs", registry.root / "blobs/in", registry.root, link):
        with pytest.raises(UsageError, match="where the registry keeps its blobs"):
            archived(registry, RELEASE, place=str(wrong))
    archived(registry, RELEASE, place=place)
    other = EmbeddedRegistry(tmp_path / "other")
    with pytest.raises(RegistryError, match="without a ledger"):
        other.archive(place, begin=True)
    ann = KeyFolder(all_keys).public("ann").spki_der
    initialise([("ann", ann)], threshold=1, origin="", registry=other)
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
