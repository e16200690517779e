"""Deliveries, for people and programs: where one stands, what was measured, how it ended."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.delivery import Outcome, Phase
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.delivery import Cause, Delivery, Measured, Position, Tally
    from weighbridge.model.live import Seen, Share
    from weighbridge.report.style import Style

_OUTCOMES = {
    Outcome.SUCCESS: "success",
    Outcome.FAILURE: "failure",
    Outcome.INCONCLUSIVE: "inconclusive",
}
_STYLES: Final[Mapping[Phase, Style]] = {
    Phase.DELIVERED: "good",
    Phase.FAILED: "error",
    Phase.ROLLED_BACK: "warning",
}
_VERDICTS: Final[Mapping[Outcome, Style]] = {
    Outcome.FAILURE: "error",
    Outcome.INCONCLUSIVE: "inconclusive",
    Outcome.SUCCESS: "good",
}
_SECOND = 1000
_MINUTE = 60


def title(delivery: Delivery) -> str:
    """Name a delivery: what, where, and whether it is a sandbox."""
    mark = " (sandbox, not promoted)" if delivery.unpromoted else ""
    where = "here" if delivery.unpromoted else f"in {visible(delivery.environment)}"
    return f"{visible(delivery.name)}@{visible(delivery.version)} {where}{mark}"


def position_words(delivery: Delivery, versions: Mapping[str, str]) -> str:
    """Say in a line where a delivery stands.

    Args:
        delivery: The delivery.
        versions: Versions of releases by their digests.
    """
    position = delivery.position
    before = visible(versions.get(delivery.previous, delivery.previous))
    why = cause_words(position.cause)
    late = ", later than it may" if position.late else ""
    after = _seconds(position.since - (delivery.exposed or delivery.began))
    said = {
        Phase.PREPARING: f"is prepared, in place of {before}" if before else "is prepared",
        Phase.ROLLING_OUT: f"gets {position.weight} % of requests (step {position.step + 1})",
        Phase.WATCHING: "gets all requests, and is watched",
        Phase.ROLLING_BACK: f"is taken out: {why}",
        Phase.DELIVERED: "is delivered",
        Phase.ROLLED_BACK: f"was rolled back to {before} in {after} s{late}: {why}",
        Phase.FAILED: f"was taken out: {why}",
        Phase.STOPPED: "was ended",
    }[position.phase]
    if position.paused is not None:
        said = f"{said}; paused: {cause_words(position.paused)}"
    return said


def cause_words(cause: Cause | None) -> str:
    """Say what stopped a delivery or turned it round."""
    if cause is None:
        return "nobody said why"
    name = f" {visible(cause.name)}" if cause.name else ""
    text = f": {visible(cause.text)}" if cause.text else ""
    return f"{cause.why.value}{name}{text}"


def measured_words(measured: Measured) -> str:
    """Say in a line what a measurement came to."""
    value = _rounded(measured.value) or "no value"
    of = f" of {visible(measured.samples)} samples" if measured.samples else ""
    why = f" ({visible(measured.text)})" if measured.text else ""
    return f"{visible(measured.analysis)} {value}{of}: {_OUTCOMES[measured.outcome]}{why}"


def _rounded(value: str) -> str:
    """Write a value as people read it; the ledger has all its digits."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return visible(value)
    return f"{number:.4g}" if number.is_finite() else visible(value)


def render_delivery(
    delivery: Delivery, versions: Mapping[str, str], *, styled: bool = False
) -> str:
    """Write how a delivery ended, or where it stands."""
    style = _STYLES.get(delivery.position.phase, "strong")
    words = position_words(delivery, versions)
    return f"{title(delivery)} {paint(words, style, styled=styled)}\n"


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """Turn a delivery into the `deliver` shape."""
    position = delivery.position
    return {
        "schemaVersion": SCHEMA_VERSION,
        "environment": delivery.environment,
        "name": delivery.name,
        "version": delivery.version,
        "release": delivery.release,
        "previous": delivery.previous or None,
        "generation": delivery.generation or None,
        "unpromoted": delivery.unpromoted,
        "entry": delivery.entry,
        "strategy": delivery.strategy.value,
        "target": delivery.place.kind,
        **_position(position),
        "milliseconds": position.since - delivery.began,
        "measured": [
            {**tally.last.record(), **_counts(tally)}
            for _, tally in sorted(delivery.tallies.items())
            if tally.last is not None
        ],
    }


def _position(position: Position) -> dict[str, Any]:
    return {
        "phase": position.phase.value,
        "step": position.step,
        "weight": position.weight,
        "paused": None if position.paused is None else position.paused.record(),
        "cause": None if position.cause is None else position.cause.record(),
        "late": position.late,
    }


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "successes": tally.successes,
        "failures": tally.failures,
        "inconclusives": tally.inconclusive,
    }


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / _SECOND:.1f}"


def render_live(
    found: Iterable[Seen], versions: Mapping[str, str], *, now: int, styled: bool = False
) -> str:
    """Write a table of what is delivered: shares, how it runs, and each signal's verdict.

    Args:
        found: What is seen.
        versions: Versions of releases by their digests.
        now: When, in milliseconds of Unix time.
        styled: Whether to colour it.
    """
    lines: list[str] = []
    for one in found:
        lines.extend(_live(one, versions, now=now, styled=styled))
    return "".join(f"{line}\n" for line in lines) or "nothing was delivered there\n"


def _live(seen: Seen, versions: Mapping[str, str], *, now: int, styled: bool) -> Iterator[str]:
    delivery = seen.delivery
    words = position_words(delivery, versions)
    style = _STYLES.get(delivery.position.phase, "strong")
    yield f"{title(delivery)} {paint(words, style, styled=styled)}"
    yield f"  for {_lasting(now - delivery.position.since)}"
    if seen.problem:
        yield f"  {paint('not seen', 'inconclusive', styled=styled)}: {visible(seen.problem)}"
    for share in seen.shares:
        version = visible(versions.get(share.release, share.release[:19]))
        yield f"  {version:<12} {share.weight:>3} %  {_health(share, styled=styled)}"
        for measured in share.measured:
            yield f"    {_signal(measured, styled=styled)}"
        for mode, alert in sorted((share.firing or {}).items()):
            told = paint("firing", "error", styled=styled)
            yield f"    {visible(mode)} {told} ({visible(alert)})"


def _health(share: Share, *, styled: bool) -> str:
    if share.health is None:
        return "how it runs, its controller knows"
    if share.health.gone:
        return paint(visible(share.health.gone), "error", styled=styled)
    if share.health.ready:
        return paint("ready", "good", styled=styled)
    return paint("not ready", "warning", styled=styled)


def _signal(measured: Measured, *, styled: bool) -> str:
    value = _rounded(measured.value) or "-"
    of = f" of {visible(measured.samples)}" if measured.samples else ""
    verdict = paint(_OUTCOMES[measured.outcome], _VERDICTS[measured.outcome], styled=styled)
    why = f"  {visible(measured.text)}" if measured.text else ""
    return f"{visible(measured.analysis):<16} {value + of:<18} {verdict}{why}"


def _lasting(milliseconds: int) -> str:
    """Write how long something lasts, as people say it."""
    seconds = max(milliseconds, 0) // _SECOND
    if seconds < _MINUTE:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, _MINUTE)
    if minutes < _MINUTE:
        return f"{minutes} min {seconds} s"
    return f"{minutes // _MINUTE} h {minutes % _MINUTE} min"


def live_json(found: Iterable[Seen]) -> dict[str, Any]:
    """Turn what is seen into the `watch --live` shape."""
    return {"schemaVersion": SCHEMA_VERSION, "deliveries": [_seen_json(one) for one in found]}


def _seen_json(seen: Seen) -> dict[str, Any]:
    known = delivery_json(seen.delivery)
    del known["schemaVersion"], known["measured"]
    return {
        **known,
        "problem": seen.problem or None,
        "shares": [_share(one) for one in seen.shares],
    }


def _share(share: Share) -> dict[str, Any]:
    health = share.health
    return {
        "release": share.release,
        "weight": share.weight,
        "ready": None if health is None else health.ready,
        "gone": None if health is None else health.gone or None,
        "signals": [one.record() for one in share.measured],
        "firing": None if share.firing is None else dict(share.firing),
    }
