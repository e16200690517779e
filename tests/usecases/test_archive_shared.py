"""Releases that share files and serve: which leave, and what stays proven."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.usecases.archives import (
    PAYLOAD,
    archived,
    bound,
    here,
    in_place,
    kinds,
    owners,
)
from tests.usecases.packs import exported, judged
from tests.usecases.promoted import FIRST, SECOND, promoted, promoted_folder
from weighbridge.model.custody import Whereabouts
from weighbridge.model.errors import (
    ArchivedError,
    CustodyError,
    UnavailableError,
)
from weighbridge.model.event import Kind
from weighbridge.model.ports import NoProgress
from weighbridge.seal.control import Action
from weighbridge.usecases.archiving.add import add
from weighbridge.usecases.archiving.choosing import Wish, moment_of
from weighbridge.usecases.archiving.erase import check_erasable, erase
from weighbridge.usecases.custody import custody_of
from weighbridge.usecases.gc import collect
from weighbridge.usecases.promote import consider
from weighbridge.usecases.references import find_authored
from weighbridge.usecases.seal import seal

if TYPE_CHECKING:
    from tests.usecases.promoted import Promoted
    from weighbridge.adapters.registry import EmbeddedRegistry
    from weighbridge.model.ports import BlobStore


__all__ = ["promoted", "promoted_folder"]


@pytest.fixture
def place(tmp_path: Path) -> str:
    """Name a place for an archive."""
    return str(tmp_path / "archive")


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
