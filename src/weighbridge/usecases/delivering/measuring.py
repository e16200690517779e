"""One measurement: the value, what counts its samples, and how new they are; asked and judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.delivery import Reading
from weighbridge.rollout.judging import judge
from weighbridge.rollout.questions import about

if TYPE_CHECKING:
    from weighbridge.model.delivery import Measured
    from weighbridge.model.delivery_ports import Meter
    from weighbridge.rollout.questions import Question


def measure(question: Question, meter: Meter, release: str, now: int) -> Measured:
    """Ask an analysis of a release, and judge what is answered.

    Args:
        question: The analysis.
        meter: Who is asked.
        release: Digest of the release.
        now: When, in milliseconds of Unix time.
    """
    reading = Reading(
        value=meter.ask(about(question.query, release)),
        samples=tuple(meter.ask(about(one, release)) for one in question.counting),
        newest=meter.ask(about(question.newest, release)) if question.newest else None,
    )
    return judge(question, reading, now)
