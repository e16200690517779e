"""A refusal is an entry: it is kept, though what was asked for fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryRegistry
from weighbridge.model.errors import NotAllowedError, UsageError
from weighbridge.model.event import Kind
from weighbridge.usecases.refusing import Refused, change_or_refuse

if TYPE_CHECKING:
    from weighbridge.model.ports import Registry, Transaction

BODY = {"digest": "sha256:" + "0" * 64, "name": "fraud", "version": "1.0.0"}
ERROR = NotAllowedError("he may not")


@pytest.fixture
def registry() -> Registry:
    """Make a registry with the entry that makes it one."""
    made = MemoryRegistry()
    made.make_log_key("example.com/log")
    made.change(lambda transaction: transaction.append(Kind.REGISTRY_INITIALISED, {}))
    return made


def size(registry: Registry) -> int:
    """Count the entries."""
    with registry.reading() as view:
        return view.size


def test_what_is_refused_is_logged_and_raised(registry: Registry) -> None:
    def refuse(transaction: Transaction) -> None:
        transaction.append(Kind.RELEASE_REFUSED, BODY)
        raise Refused(ERROR)

    with pytest.raises(NotAllowedError) as raised:
        change_or_refuse(registry, refuse)
    assert raised.value is ERROR
    assert size(registry) == 2


def test_any_other_error_leaves_nothing_behind(registry: Registry) -> None:
    def fail(transaction: Transaction) -> None:
        transaction.append(Kind.RELEASE_REFUSED, BODY)
        raise UsageError("it makes no sense")

    with pytest.raises(UsageError):
        change_or_refuse(registry, fail)
    assert size(registry) == 1


def test_what_is_not_refused_is_returned(registry: Registry) -> None:
    assert change_or_refuse(registry, lambda transaction: transaction.size) == 1
