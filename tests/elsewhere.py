"""A registry whose changes are made elsewhere, and weighed before they are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.ledger.drafting import Drafting
from weighbridge.model.team.account import Identity, Scope, Via
from weighbridge.model.team.change import RemoteChange
from weighbridge.usecases.accepting import take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


def person(
    name: str,
    *,
    via: Via = Via.SESSION,
    scopes: frozenset[Scope] | None = None,
    roles: Iterable[str] = (),
) -> Identity:
    held = frozenset(Scope) if scopes is None else scopes
    return Identity(person=name, via=via, scopes=held, roles=frozenset(roles), credential="s")


class Drafted(Drafting):
    """What a verb changes, as a transaction."""

    rotates = ""

    def rotate_log_key(self, key: str) -> None:
        self.rotates = key

    def change(self) -> RemoteChange:
        return RemoteChange(
            time=self.now,
            reads=self.reads,
            bindings=tuple(self.bindings),
            entries=tuple(self.drafts),
            rotates=self.rotates,
        )


class Elsewhere(EmbeddedRegistry):
    """Hands every change to `take`, as a server does."""

    def change(self, change: Callable[[Any], T]) -> T:
        with self.reading() as view:
            drafted = Drafted(view, now=self._clock())
            result = change(drafted)
        if drafted.bindings or drafted.drafts:
            people = [draft.body.get("person") for draft in drafted.drafts]
            by = person(next((one for one in people if one), "carl"))
            take(drafted.change(), by=by, registry=Beside(self))
        return result


class Beside:
    """The same registry, changed where it lies."""

    def __init__(self, registry: EmbeddedRegistry) -> None:
        self._registry = registry

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a registry has
        return getattr(self._registry, name)

    def change(self, change: Callable[[Any], T]) -> T:
        return EmbeddedRegistry.change(self._registry, change)
