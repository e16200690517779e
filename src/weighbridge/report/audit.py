"""What `audit` found, for people and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from weighbridge.model.advisory import Level
from weighbridge.model.wording import plural, some_of
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from weighbridge.model.advisory import AdvisoryData, Exposure
    from weighbridge.model.vex import VexStatement
    from weighbridge.report.style import Style

_SHOWN = 3
_MALICIOUS = "malicious"
_STYLES: dict[str, Style] = {
    _MALICIOUS: "error",
    Level.CRITICAL: "error",
    Level.HIGH: "error",
    Level.UNKNOWN: "error",
    Level.MEDIUM: "warning",
    Level.LOW: "warning",
    Level.NONE: "warning",
}


class Entry(Protocol):
    """A flaw of an entry of a lock."""

    @property
    def exposure(self) -> Exposure:
        """The flaw."""

    @property
    def lock(self) -> str:
        """The lock."""

    @property
    def path(self) -> tuple[str, ...]:
        """Names from something that was asked for to the entry."""

    @property
    def answered(self) -> VexStatement | None:
        """By which statement it does not count."""


class Audited(Protocol):
    """What came of an audit."""

    @property
    def data(self) -> AdvisoryData:
        """The advisories it rests on."""

    @property
    def packages(self) -> int:
        """How many entries were held against them."""

    @property
    def found(self) -> Sequence[Entry]:
        """What counts."""

    @property
    def undecided(self) -> Sequence[Entry]:
        """What may count."""

    @property
    def answered(self) -> Sequence[Entry]:
        """What does not, since somebody says so."""

    @property
    def withdrawn(self) -> Sequence[Entry]:
        """What does not, since the advisory was withdrawn."""

    @property
    def unread(self) -> Sequence[tuple[str, str]]:
        """Locks that could not be read."""


def render_audit_json(audit: Audited, *, age: int) -> str:
    """Write the `audit` shape other programs rely on.

    What was answered for, and what was withdrawn, is there if there is any.

    Args:
        audit: The outcome.
        age: Days since the newest record was changed.
    """
    shown: dict[str, Any] = {
        "schemaVersion": SCHEMA_VERSION,
        "data": {
            "digest": audit.data.digest,
            "records": audit.data.records,
            "newest": audit.data.newest,
            "ageDays": age,
        },
        "findings": [_finding(one) for one in audit.found],
        "undecidable": [
            *({**_finding(one), "why": one.exposure.why} for one in audit.undecided),
            *({"lock": path, "why": reason} for path, reason in audit.unread),
        ],
    }
    if audit.answered:
        shown["suppressed"] = [_suppressed(one) for one in audit.answered]
    if audit.withdrawn:
        shown["withdrawn"] = [_finding(one) for one in audit.withdrawn]
    return json_text(shown)


def _finding(one: Entry) -> dict[str, Any]:
    it = one.exposure
    found: dict[str, Any] = {
        "package": it.package,
        "version": it.version,
        "id": it.id,
        "aliases": list(it.aliases),
        "severity": it.level.value,
        "fixedIn": list(it.fixed_in),
        "path": list(one.path),
    }
    return {**found, "matchedAs": it.matched} if it.matched else found


def _suppressed(one: Entry) -> dict[str, Any]:
    said = one.answered
    told = {} if said is None else {"by": said.author, "at": said.at, "status": said.status.value}
    why = {} if said is None else {"why": said.why, "document": said.document}
    return {**_finding(one), **told, **why}


def render_audit_text(audit: Audited, *, age: int, styled: bool = False) -> str:
    """Write a line a flaw with what mends it below, the worst first, and the totals last.

    Args:
        audit: The outcome.
        age: Days since the newest record was changed.
        styled: Whether a terminal that shows colour looks on.
    """
    lines = list(_table(audit.found, styled=styled))
    lines += _section("cannot be told", audit.undecided, lambda one: one.exposure.why)
    lines += [f"cannot be told  {visible(path)}: {visible(why)}" for path, why in audit.unread]
    lines += _section("answered for", audit.answered, _answer)
    lines += _section("withdrawn", audit.withdrawn, lambda _: "the advisory does not count")
    flaws = len(audit.found)
    packages = len({(one.exposure.package, one.exposure.version) for one in audit.found})
    found = f"{plural(flaws, 'flaw')} in {plural(packages, 'package')}" if flaws else "no flaw"
    data = audit.data
    return "\n".join(
        [
            *lines,
            *([""] if lines else []),
            f"{found} known among {plural(audit.packages, 'entry', 'entries')}",
            (
                f"held against {plural(data.records, 'advisory', 'advisories')}, the newest of "
                f"{data.newest} ({plural(age, 'day')} ago)"
            ),
            data.digest,
            "",
        ]
    )


def _level(it: Exposure) -> str:
    return _MALICIOUS if it.is_malicious else it.level.value


def _table(found: Sequence[Entry], *, styled: bool) -> Iterator[str]:
    cells = [(_level(one.exposure), visible(_name(one.exposure))) for one in found]
    widths = [max((len(row[column]) for row in cells), default=0) for column in (0, 1)]
    for (level, name), one in zip(cells, found, strict=True):
        it = one.exposure
        shown = paint(f"{level:<{widths[0]}}", _STYLES[level], styled=styled)
        yield f"{shown}  {name:<{widths[1]}}  {visible(it.id)}  {_mended(it)}"
        yield from (f"  {visible(line)}" for line in _details(one))


def _name(it: Exposure) -> str:
    return f"{it.package} {it.version or '(no version)'}"


def _mended(it: Exposure) -> str:
    if it.is_malicious:
        return "remove it"
    return f"fixed in {visible(some_of(it.fixed_in, _SHOWN))}" if it.fixed_in else "no fix known"


def _details(one: Entry) -> Iterator[str]:
    it = one.exposure
    if it.summary:
        yield it.summary
    if it.aliases:
        yield f"also {some_of(it.aliases)}"
    if it.matched:
        yield f"{it.version} is a build of {it.matched}, which is affected"
    way = f", by way of {' > '.join(one.path)}" if len(one.path) > 1 else ""
    yield f"{one.lock}:{it.line}{way}"


def _section(title: str, found: Sequence[Entry], why: Callable[[Entry], str]) -> list[str]:
    return [
        f"{title}  {'  '.join(filter(None, (visible(_name(it)), visible(it.id))))}: {visible(said)}"
        for it, said in ((one.exposure, why(one)) for one in found)
    ]


def _answer(one: Entry) -> str:
    said = one.answered
    if said is None:
        return ""
    return f"{said.status.value} says {said.author} ({said.at}) {said.why}".rstrip()
