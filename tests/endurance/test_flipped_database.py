"""Any one flipped bit of a ledger's database is detected, or means nothing.

It means nothing if all that can be shown is what it was, and if the registry takes another entry
and stays whole, or refuses it in words.
"""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.endurance.flips import Shown, flipped, shown
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.errors import WeighbridgeError
from weighbridge.model.event import Kind
from weighbridge.usecases.audit import audit

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.usecases.cast import Cast

PAGE = 4096
PAGES = 9
SAMPLE = 200
ADDED = {"digest": f"sha256:{1:064x}", "name": "demo", "version": "1.0.0"}


@dataclass(frozen=True, slots=True)
class Ledger:
    """A registry at rest: everything its database holds is in one file."""

    root: Path
    good: bytes
    log_key: str
    wanted: Shown

    def put(self, data: bytes) -> EmbeddedRegistry:
        """Put a database in the place of the registry's, and open it anew."""
        path = self.root / "registry.db"
        for beside in ("-wal", "-shm"):
            path.with_name(path.name + beside).unlink(missing_ok=True)
        path.write_bytes(data)
        return EmbeddedRegistry(self.root)

    def fault_of(self, data: bytes) -> str:
        """Say what is wrong with how a changed database is taken; empty if nothing."""
        registry = self.put(data)
        if not self.shows_the_same(registry):
            return "" if self.detects(registry) else "undetected, and not what it was"
        try:
            registry.change(lambda transaction: transaction.append(Kind.RELEASE_REFUSED, ADDED))
        except WeighbridgeError:
            return ""
        finally:
            registry.close()
        told = not self.detects(EmbeddedRegistry(self.root)) or self.detects(self.put(data))
        return "" if told else "written to, and damaged only then"

    def shows_the_same(self, registry: EmbeddedRegistry) -> bool:
        try:
            return shown(registry) == self.wanted
        except WeighbridgeError:
            return False

    def detects(self, registry: EmbeddedRegistry) -> bool:
        try:
            return bool(audit(registry, log_key=self.log_key, deep=True).problems)
        except WeighbridgeError:
            return True

    def faults(self, positions: Iterable[int]) -> dict[int, str]:
        found = {place: self.fault_of(flipped(self.good, place)) for place in positions}
        return {place: fault for place, fault in found.items() if fault}


@pytest.fixture
def ledger(cast: Cast, tmp_path: Path) -> Ledger:
    """Make a small ledger: owners, a release, evidence, refusals, applied and proposed changes."""
    cast.done("sign", "demo@1.0.0", by="bea carl")
    cast("sign", "demo@1.0.0", by="dora")
    cast.trust("mia", "releaser", by="ann")
    root = tmp_path / "flipped"
    registry = cast.registry
    registry.change(lambda transaction: transaction.size)
    registry.close()  # whoever goes last leaves everything in the one file
    assert not (cast.store / "registry.db-wal").exists()
    shutil.copytree(cast.store, root)
    opened = EmbeddedRegistry(root)
    good = (root / "registry.db").read_bytes()
    assert len(good) == PAGE * PAGES
    return Ledger(root, good, opened.log_key, shown(opened))


def test_a_database_that_is_whole_is_taken_for_it(ledger: Ledger) -> None:
    assert not ledger.detects(ledger.put(ledger.good))
    assert ledger.fault_of(ledger.good) == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"release.sealed", b"release.sealeD"),
        (b'"digest":"sha256', b'"`igest":"sha256'),
        (b'"version":"1.0.0"', b'"versioo":"1.0.0"'),
        (b'"bundle":', b'"bundld":'),
    ],
)
def test_what_an_entry_says_is_told_to_be_changed(
    ledger: Ledger, before: bytes, after: bytes
) -> None:
    forged = ledger.good.replace(before, after)
    assert forged != ledger.good
    assert ledger.detects(ledger.put(forged))


def test_a_flipped_bit_is_detected_or_means_nothing(ledger: Ledger) -> None:
    positions = random.Random(3).sample(range(len(ledger.good)), SAMPLE)  # noqa: S311 - no secret
    assert ledger.faults(positions) == {}


@pytest.mark.slow
@pytest.mark.parametrize("page", range(PAGES))
def test_flipped_bytes_of_every_page_are_detected_or_mean_nothing(
    ledger: Ledger, page: int
) -> None:
    some = range(page * PAGE + page % 7, (page + 1) * PAGE, 7)  # all of them: many minutes
    assert ledger.faults(some) == {}
