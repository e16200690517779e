from __future__ import annotations

import pytest

from tests.rules.asking import ask
from tests.rules.test_dependencies import locked, with_inputs
from weighbridge.model.finding import Relock
from weighbridge.model.lock import Pin

BARE = [Pin(name=name, version="1.0") for name in "abcdefg"]


@pytest.mark.parametrize("pins", [BARE, BARE[:2]])
def test_entries_without_a_hash_ask_for_the_same_versions_with_one(pins: list[Pin]) -> None:
    found = {finding.relock for finding in ask("DEP002", locked(*pins))}
    assert found == {Relock(lock="requirements.lock", keep=True)}


def test_a_lock_behind_its_inputs_is_to_be_made_anew() -> None:
    (finding,) = ask("DEP003", with_inputs("numpy>=2", Pin(name="numpy", version="1.26.4")))
    assert finding.relock == Relock(lock="requirements.lock")


def test_an_open_entry_is_pinned_as_installed_or_else_by_a_new_lock() -> None:
    open_end = Pin(name="numpy", version=None, specifier=">=1")
    (finding,) = ask("DEP001", locked(open_end))
    assert finding.relock == Relock(lock="requirements.lock")
    (finding,) = ask("DEP001", locked(open_end, numpy="1.26.4"))
    assert (finding.relock, len(finding.edits)) == (None, 1)
    branch = Pin(name="a", version=None, source="git", reference="https://x/a@main")
    (finding,) = ask("DEP001", locked(branch))
    assert finding.relock is None
