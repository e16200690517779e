"""A fold that is remembered is the one that is made anew, and of this registry alone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, cast

import pytest

from tests.usecases.cast import Clock
from tests.usecases.promoted import Promoted, promoted, promoted_folder
from weighbridge.adapters.keys import KeyFolder
from weighbridge.model.errors import LedgerError, NotFoundError
from weighbridge.seal.control import Wish, trust_key
from weighbridge.usecases.believed import believe, control_state
from weighbridge.usecases.folds import Folds, RememberedRegistry
from weighbridge.usecases.stopping import freezing

__all__ = ["promoted", "promoted_folder"]

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.ports import Registry
    from weighbridge.seal.control import ControlState


def state_of(registry: Registry) -> ControlState:
    with registry.reading() as view:
        return control_state(believe(view, log_key=registry.log_key), registry.blobs)


def remembered(story: Promoted, folds: Folds) -> ControlState:
    return state_of(cast("Registry", RememberedRegistry(story.registry, folds)))


def test_it_goes_on_from_what_is_known(promoted: Promoted) -> None:
    folds = Folds()
    assert remembered(promoted, folds) == state_of(promoted.registry)
    for reason in ("one", "two"):
        wish = Wish(reason=reason)
        lift = reason == "two"
        promoted.owners(freezing("staging", wish, lift=lift, registry=promoted.registry))
        spki = promoted.keys.public("mia").spki_der
        promoted.owners(trust_key(spki, person="mia", roles=[f"role-{reason}"]))
        assert remembered(promoted, folds) == state_of(promoted.registry)
    assert remembered(promoted, folds) == state_of(promoted.registry)


def test_what_is_known_of_another_registry_is_not_used(
    promoted: Promoted, promoted_folder: Path, all_keys: Path, tmp_path: Path
) -> None:
    shutil.copytree(promoted_folder, tmp_path / "other")
    other = Promoted(tmp_path / "other", KeyFolder(all_keys), Clock("2026-03-01T00:00:00Z"))
    folds = Folds()
    for story, person in ((promoted, "mia"), (other, "nora")):
        spki = story.keys.public("mia").spki_der
        story.owners(trust_key(spki, person=person, roles=["ml-lead"]))
    for story in (promoted, other, promoted):
        assert remembered(story, folds) == state_of(story.registry)
    assert remembered(promoted, folds) != remembered(other, folds)
    other.registry.close()


def test_an_older_moment_is_folded_anew(promoted: Promoted, promoted_folder: Path) -> None:
    folds = Folds()
    spki = promoted.keys.public("mia").spki_der
    promoted.owners(trust_key(spki, person="mia", roles=["ml-lead"]))
    newer = remembered(promoted, folds)
    old = Promoted(promoted_folder, promoted.keys, Clock("2026-03-01T00:00:00Z"))
    assert remembered(old, folds) == state_of(old.registry) != newer
    old.registry.close()


def test_the_first_fold_is_as_strict(promoted: Promoted) -> None:
    with promoted.registry.reading() as view:
        log = believe(view, log_key=promoted.registry.log_key)
        digests = [digest for _, event in log.control[1:] for digest in event.body["bundles"]]
    name = digests[0].removeprefix("sha256:")
    (promoted.folder / ".weighbridge/blobs/sha256" / name[:2] / name[2:]).unlink()
    with pytest.raises((LedgerError, NotFoundError)):
        remembered(promoted, Folds())


def test_nothing_is_changed_through_it(promoted: Promoted) -> None:
    registry = cast("Registry", RememberedRegistry(promoted.registry, Folds()))
    with pytest.raises(AttributeError, match="only reads"):
        registry.change(lambda transaction: transaction.size)
