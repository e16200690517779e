"""What kept releases out: read from signed decisions, of which each is read once.

The entry of a promotion names its decision by digest, and says no more. Those that are gone, since
nobody keeps what was archived, are counted as such.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from weighbridge.gate.covers import WAIVED
from weighbridge.model.decision import Outcome
from weighbridge.model.errors import NotFoundError
from weighbridge.model.predicates import OURS
from weighbridge.seal.bundle import read_bundle
from weighbridge.seal.dsse import EnvelopeError
from weighbridge.seal.statement import StatementError, read_statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.log_ports import LedgerView
    from weighbridge.model.ports import BlobReader

_KEPT: Final = 20_000
"""Decisions that are remembered."""
_OPEN: Final = frozenset({Outcome.UNMET.value, Outcome.INCONCLUSIVE.value})


@dataclass(frozen=True, slots=True)
class Reasons:
    """What kept a release out.

    Attributes:
        conditions: Names of the conditions that were not met, or not known to be.
        rules: Codes of the rules whose findings they rest on.
    """

    conditions: frozenset[str]
    rules: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A promotion that was not let in.

    Attributes:
        entry: Its entry.
        environment: Where.
        name: Name of the release.
        reasons: What kept it out; None if its decision is not there.
    """

    entry: int
    environment: str
    name: str
    reasons: Reasons | None


class Decisions:
    """Reads decisions, and remembers what was in them: bytes of a digest never change."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: OrderedDict[str, Reasons | None] = OrderedDict()

    def read(
        self, entries: Iterable[int], *, view: LedgerView, blobs: BlobReader
    ) -> Iterator[Blocked]:
        """Read why some promotions were not let in.

        Args:
            entries: Their entries, which were proven.
            view: The registry in which they are.
            blobs: Bytes by digest.
        """
        for index in entries:
            body = json.loads(view.entry(index))["body"]
            reasons = self._reasons(body["decision"], blobs)
            yield Blocked(
                entry=index, environment=body["environment"], name=body["name"], reasons=reasons
            )

    def _reasons(self, digest: str, blobs: BlobReader) -> Reasons | None:
        with suppress(KeyError):  # another thread may forget it meanwhile
            return self._known[digest]
        found = self._known[digest] = _read(digest, blobs)
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found


def _read(digest: str, blobs: BlobReader) -> Reasons | None:
    try:
        said = read_statement(read_bundle(blobs.read(digest)).payload).predicate[OURS]
        open_ = [one for one in said["conditions"] if one["outcome"] in _OPEN]
        rules = {
            finding["code"]
            for one in open_
            for finding in one["findings"]
            if finding.get("verdict") != WAIVED
        }
        return Reasons(frozenset(one["id"] for one in open_), frozenset(rules))
    except (EnvelopeError, KeyError, NotFoundError, StatementError, TypeError):
        return None
