"""Where releases point, for people and programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.decision import Outcome
from weighbridge.model.pointer_state import NOTHING
from weighbridge.report.delivery import delivery_json, position_words, title
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.decision import Judged
    from weighbridge.model.delivery import Delivery
    from weighbridge.model.pointer_state import PointerState


def render_status(found: Iterable[PointerState], *, styled: bool = False) -> str:
    """Write one pointer a line, under its environment."""
    lines: list[str] = []
    last = ""
    for one in found:
        if one.environment != last:
            lines.append(paint(visible(one.environment), "strong", styled=styled))
            last = one.environment
        held = f"; held: {visible(one.held)}" if one.held else ""
        frozen = f"; frozen {visible(one.frozen)}" if one.frozen else ""
        broken = f"; glass broken and not reviewed: {visible(one.unreviewed)}"
        lines.append(
            f"  {visible(one.name)}@{visible(one.version)}  {one.release[:19]}"
            f"  generation {one.generation} since {one.since} by {visible(one.by)};"
            f" now {one.verdict.value}{_since(one)}{held}{frozen}{broken if one.unreviewed else ''}"
        )
        if one.delivery is not None:
            lines.append(f"    {_delivered(one, one.delivery)}")
        if one.why:
            lines.append(f"    {visible(one.why)}")
        for judged in one.told:
            lines.extend(_told(judged))
        lines.extend(f"    {visible(link.name)}: {visible(link.url)}" for link in one.links)
    return "".join(f"{line}\n" for line in lines)


def render_sandboxes(found: Iterable[Delivery]) -> str:
    """Write what runs here that nobody promoted, one a line."""
    lines = [f"  {title(one)} {position_words(one, {})}" for one in found]
    return "".join(f"{line}\n" for line in ["local", *lines]) if lines else ""


def _delivered(one: PointerState, delivery: Delivery) -> str:
    """Say how far what it points to has come, or what gets requests instead."""
    if delivery.release == one.release and not one.drift:
        words = position_words(delivery, {delivery.previous: delivery.previous[:19]})
        return f"delivery: {words.removeprefix('is ')}"
    serves = f"{one.drift[:19]} gets requests" if one.drift != NOTHING else "nothing runs"
    remedy = f"weighbridge deliver {visible(one.name)} --in {visible(one.environment)}"
    last = f"{visible(delivery.version)} {delivery.position.phase.value}"
    return f"drift: {serves} (the last delivery: {last}); {remedy}"


def _told(judged: Judged) -> Iterator[str]:
    """Write a condition beside the verdict: why, of what, and what helps."""
    code = judged.findings[0]["code"] if judged.findings else judged.id
    severity = "error" if judged.outcome is Outcome.UNMET else "warning"
    yield f"    {severity}[{visible(code)}]: {visible(judged.why)}"
    if judged.seen:
        yield f"      {visible(judged.seen)}"
    for step in judged.remedy:
        yield f"      = help:  {visible(step)}"


def _since(one: PointerState) -> str:
    """Say since when the verdict is another than that of the move, or that nobody has told it."""
    if one.changed == one.since:
        return ""
    return f" since {one.changed}" if one.changed else ", which is not in the ledger yet"


def status_json(found: Iterable[PointerState]) -> list[dict[str, object]]:
    """Turn pointers into the `status` shape."""
    return [
        {
            "environment": one.environment,
            "name": one.name,
            "version": one.version,
            "release": one.release,
            "generation": one.generation,
            "verdict": one.verdict.value,
            "since": one.since,
            "why": one.why or None,
            "verdictSince": one.changed or None,
            "by": one.by,
            "held": one.held or None,
            "frozen": one.frozen or None,
            "unreviewed": one.unreviewed or None,
            "drift": one.drift or None,
            "delivery": None if one.delivery is None else _delivery(one.delivery),
            "links": [{"name": link.name, "url": link.url} for link in one.links],
            "told": [
                {
                    "id": judged.id,
                    "outcome": judged.outcome.value,
                    "findings": [dict(finding) for finding in judged.findings],
                    "why": judged.why,
                    "seen": judged.seen,
                    "remedy": list(judged.remedy),
                }
                for judged in one.told
            ],
        }
        for one in found
    ]


def _delivery(delivery: Delivery) -> dict[str, object]:
    found = delivery_json(delivery)
    kept = ("release", "version", "phase", "weight", "paused", "cause", "entry")
    return {name: found[name] for name in kept}
