"""How far a registry has come on the way of its first release: one look, whatever its size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from weighbridge.model.event import read_event
from weighbridge.model.predicates import RELEASE, TEST_RESULT
from weighbridge.usecases.gathering import Gathering
from weighbridge.usecases.holders import holders
from weighbridge.usecases.places import places_after

if TYPE_CHECKING:
    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import Registry

_SUBJECT = "subject:"
_LOOKED_AT = 50
"""Pieces of evidence that are looked at: the first steps are the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstSteps:
    """What was done already.

    Attributes:
        release: `name@version` of a release that was sealed; empty if none was.
        owned: Whether it has owners.
        trusted: Roles somebody holds beside owners.
        signed: Whether a release was signed by its author.
        checked: Whether a report about one was signed.
        policy: Whether a policy was published.
        environments: Environments that were applied, sorted.
        promoted: Whether a name points to a release somewhere.
    """

    release: str = ""
    owned: bool = False
    trusted: frozenset[str] = frozenset()
    signed: bool = False
    checked: bool = False
    policy: bool = False
    environments: tuple[str, ...] = ()
    promoted: bool = False


def first_steps(registry: Registry, *, now: str) -> FirstSteps:
    """Look at a registry.

    Raises:
        LedgerError: The ledger does not prove what it says.
    """
    with registry.reading() as view:
        releases = view.releases_after(None, 1)
        release = "@".join(releases[0][:2]) if releases else ""
        if not view.size:
            return FirstSteps(release=release)
        gathering = Gathering.of(view, registry)
        kinds = _kinds(view)
        return FirstSteps(
            release=release,
            owned=True,
            trusted=frozenset(holders(gathering.state.trust, now)) - {"owner"},
            signed=RELEASE in kinds,
            checked=TEST_RESULT in kinds,
            policy=bool(gathering.state.policies),
            environments=tuple(sorted(gathering.state.environments)),
            promoted=bool(places_after(gathering, None, 1).places),
        )


def _kinds(view: LedgerView) -> set[str]:
    """Name the predicate types of the first evidence there is."""
    rows = view.topics_after((_SUBJECT, -1), _LOOKED_AT)
    indices = {index for topic, index in rows if topic.startswith(_SUBJECT)}
    events = (read_event(view.entry(index)) for index in sorted(indices))
    return {str(event.body.get("predicateType", "")) for event in events}
