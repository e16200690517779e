"""A registry whose changes are made elsewhere, and weighed before they are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.ledger.drafting import Drafting
from weighbridge.model.team.account import Identity, Scope, Via
from weighbridge.model.team.change import RemoteChange
from weighbridge.usecases.accepting import take

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Drafted(Drafting):
    """What a verb changes, as a transaction; its registry is beside it, the log's key is not."""

    rotates = ""

    def bind(self, name: str, version: str, digest: str) -> bool:  # type: ignore[override]
        for known, found in self.versions(name):
            if known == version:
                if found != digest:
                    from weighbridge.model.errors import BoundError

                    raise BoundError(
                        f"{name}@{version} is sealed already, with other contents",
                        seen=digest,
                        wanted=found,
                    )
                return False
        super().bind(name, version, digest)
        return True

    def rotate_log_key(self, key: str) -> None:
        self.rotates = key


class Elsewhere(EmbeddedRegistry):
    """Hands every change to `take`, as a server does."""

    def change(self, change: Callable[[Any], T]) -> T:
        with self.reading() as view:
            drafted = Drafted(view, now=self._clock())
            result = change(drafted)
            reads = drafted.reads
        if drafted.bindings or drafted.drafts:
            people = [draft.body.get("person") for draft in drafted.drafts]
            person = next((one for one in people if one), "carl")
            by = Identity(person=person, via=Via.SESSION, scopes=frozenset(Scope), credential="s")
            take(
                RemoteChange(
                    time=drafted.now,
                    reads=reads,
                    bindings=tuple(drafted.bindings),
                    entries=tuple(drafted.drafts),
                    rotates=drafted.rotates,
                ),
                by=by,
                registry=_Plain(self),
            )
        return result


class _Plain:
    """The same registry, with its own way of changing."""

    def __init__(self, registry: EmbeddedRegistry) -> None:
        self._registry = registry

    def __getattr__(self, name: str) -> Any:
        return getattr(self._registry, name)

    def change(self, change: Callable[[Any], T]) -> T:
        return EmbeddedRegistry.change(self._registry, change)
