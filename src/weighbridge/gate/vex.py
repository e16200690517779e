"""VEX: known vulnerabilities somebody says do not count here, whose word the policy takes.

It is taken of what one rule (DEP005) finds, by what the flaw is called and in which version of
which package it is. The newest document that speaks of the flaw decides, by its place in the
ledger; one that cannot be read might be it, so none before it clears anything. Nobody's word is
taken for what he built or asked for, nor for a package that is an attack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.codec.openvex import VexError, openvex_of
from weighbridge.model.predicates import OPENVEX, RELEASE, family
from weighbridge.model.vex import newest_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.gate.case import Case, Evidence
    from weighbridge.model.vex import VexStatement

_RULE = "DEP005"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """A finding that does not count, since somebody says so.

    Attributes:
        by: The evidence he says it in.
        said: What he says.
        flaw: The flaw and the version it is in.
    """

    by: Evidence
    said: VexStatement
    flaw: str

    @property
    def told(self) -> str:
        """Who says what of which flaw."""
        why = f" ({self.said.why})" if self.said.why else ""
        return f"{self.flaw} is {self.said.status.value} by {self.by.person}{why}"


class Vex:
    """The VEX documents of a case that count, and what was of use of them.

    Attributes:
        used: The evidence that cleared something, by the digest of its statement.
    """

    def __init__(self, case: Case, known: Iterable[Evidence]) -> None:
        """Read them.

        Args:
            case: The case.
            known: The evidence about its release, oldest first.
        """
        self.used: dict[str, Evidence] = {}
        self._documents = list(_documents(case, list(known)))

    def find(self, finding: Mapping[str, Any]) -> Cleared | None:
        """Find what clears a finding, and remember that it was of use."""
        flaw = _flaw(finding) if self._documents else None
        if flaw is None:
            return None
        name, package, version, ids = flaw
        for one, statements in self._documents:
            if statements is None:
                return None
            word = newest_word(statements, ids=ids, package=package, version=version)
            if word is None:
                continue
            if not word.status.clears:
                return None
            self.used[one.statement] = one
            return Cleared(by=one, said=word, flaw=name)
        return None


def _documents(
    case: Case, known: list[Evidence]
) -> Iterator[tuple[Evidence, list[VexStatement] | None]]:
    """List the documents that count, newest first; None for one that cannot be read."""
    permitted = case.policy.vex
    if permitted is None:
        return
    roles = frozenset(permitted.roles)
    own = {one.person for one in known if one.predicate_type == RELEASE} | case.requesters
    for one in reversed(known):
        other = family(one.predicate_type) != OPENVEX
        if other or roles.isdisjoint(one.roles) or one.person in own:
            continue
        try:
            yield one, openvex_of(one.predicate)
        except VexError:
            yield one, None


def _flaw(finding: Mapping[str, Any]) -> tuple[str, str, str, frozenset[str]] | None:
    """Return how a finding calls a flaw, the package and version it is in, and all its ids."""
    threat = finding.get("threat")
    if (finding.get("code"), finding.get("verdict")) != (_RULE, "fail"):
        return None
    if not isinstance(threat, dict) or threat.get("level") != "needs-review":
        return None
    called = str(threat.get("global"))
    where, _, name = called.rpartition(" ")
    package, _, version = where.partition("==")
    aliases = threat.get("aliases")
    others = aliases if isinstance(aliases, list) else []
    ids = frozenset([name, *(one for one in others if isinstance(one, str))])
    return (called, package, version, ids) if package and name else None
