"""Who has no say in a promotion, whatever his roles: nobody judges his own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.gate.reuse import about

if TYPE_CHECKING:
    from weighbridge.gate.case import Case


def authors(case: Case) -> frozenset[str]:
    """Name who signed the release or evidence about it."""
    return frozenset(one.person for one in about(case))


def excluded(case: Case) -> dict[str, str]:
    """Say who may not approve this promotion, and why."""
    found = dict.fromkeys(sorted(authors(case)), "signed evidence about it")
    return found | dict.fromkeys(case.requesters, "asked for it")
