"""Refuse within a transaction: the entry that says so is kept, though what was asked for fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.model.ports import Registry, Transaction

T = TypeVar("T")


class Refused(Exception):  # noqa: N818 - it carries the error, and never leaves `change_or_refuse`
    """A refusal that was logged, on its way out of the transaction."""

    def __init__(self, error: WeighbridgeError) -> None:
        """Carry an error out; whoever raises this has logged why."""
        super().__init__(str(error))
        self.error = error


def change_or_refuse(registry: Registry, change: Callable[[Transaction], T]) -> T:
    """Run a change of a registry; one that raises `Refused` is kept, and its error raised.

    Any other error leaves nothing behind, as the registry promises.
    """

    def kept(transaction: Transaction) -> T | Refused:
        try:
            return change(transaction)
        except Refused as refused:
            return refused

    outcome = registry.change(kept)
    if isinstance(outcome, Refused):
        raise outcome.error
    return outcome
