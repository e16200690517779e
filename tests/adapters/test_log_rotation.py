"""The next key of the embedded log takes its place with the commit it signed, or not at all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.adapters.test_ledger_contract import add, begin, check
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.errors import KeyFileError, RegistryError
from weighbridge.model.event import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from weighbridge.model.ports import Transaction


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[EmbeddedRegistry]:
    made = EmbeddedRegistry(tmp_path / "store", patience=20)
    begin(made)
    yield made
    made.close()


def rotate(transaction: Transaction, key: str) -> int:
    transaction.rotate_log_key(key)
    return transaction.append(Kind.RELEASE_SEALED, {"name": "rotated"})


def test_whatever_shares_the_transaction_is_signed_by_the_new_key(
    registry: EmbeddedRegistry,
) -> None:
    old = registry.log_key
    key, endorsement = registry.propose_log_key(1)
    assert registry.propose_log_key(1) == (key, endorsement)
    assert (registry.next_log_key, registry.log_key) == (key, old)

    def change(transaction: Transaction) -> int:
        transaction.append(Kind.RELEASE_SEALED, {"name": "before"})
        rotate(transaction, key)
        return transaction.append(Kind.RELEASE_SEALED, {"name": "after"})

    assert registry.change(change) == 3
    assert (registry.log_key, registry.next_log_key) == (key, "")
    assert add(registry, "a") == 4
    assert len(check(registry)) == 5


def test_a_change_that_fails_leaves_the_key_as_it_was(registry: EmbeddedRegistry) -> None:
    old, (key, _) = registry.log_key, registry.propose_log_key(1)

    def change(transaction: Transaction) -> None:
        rotate(transaction, key)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        registry.change(change)
    assert (registry.log_key, registry.next_log_key) == (old, key)
    assert add(registry, "a") == 1
    assert len(check(registry)) == 2


def test_many_append_while_one_rotates(registry: EmbeddedRegistry) -> None:
    key, _ = registry.propose_log_key(1)

    def change(number: int) -> int:
        if number == 15:
            return registry.change(lambda t: rotate(t, key))
        return add(registry, str(number))

    with ThreadPoolExecutor(8) as pool:
        indices = list(pool.map(change, range(31)))
    assert sorted(indices) == list(range(1, 32))
    assert registry.log_key == key
    assert len(check(registry)) == 32


def test_only_the_key_that_lies_there_follows(registry: EmbeddedRegistry) -> None:
    key, _ = registry.propose_log_key(1)
    (registry.root / "log.next.key").unlink()
    with pytest.raises(RegistryError, match="does not hold the key"):
        registry.change(lambda t: rotate(t, key))
    registry.propose_log_key(1)
    with pytest.raises(RegistryError, match="does not hold the key"):
        registry.change(lambda t: rotate(t, key))
    assert len(check(registry)) == 1


def test_a_lost_key_is_followed_and_nothing_else_is_appended(registry: EmbeddedRegistry) -> None:
    (registry.root / "log.key").unlink()
    key, endorsement = registry.propose_log_key(1)
    assert endorsement == ""
    with pytest.raises(RegistryError, match="is not there"):
        add(registry, "a")
    assert registry.change(lambda t: rotate(t, key)) == 1
    assert add(registry, "a") == 2
    assert len(check(registry)) == 3


def test_a_next_key_others_may_read_is_refused(registry: EmbeddedRegistry) -> None:
    key, _ = registry.propose_log_key(1)
    (registry.root / "log.next.key").chmod(0o644)
    with pytest.raises(KeyFileError, match="read by others"):
        registry.change(lambda t: rotate(t, key))
    assert registry.log_key != key


def test_without_its_public_key_a_log_has_no_name(registry: EmbeddedRegistry) -> None:
    (registry.root / "log.key").unlink()
    (registry.root / "log.pub").unlink()
    with pytest.raises(RegistryError, match="is not there"):
        registry.propose_log_key(1)
