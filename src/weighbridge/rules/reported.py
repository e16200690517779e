"""Judge what format readers report: every problem with a rule's code is a finding of that rule."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import Facts, Unavailable, observed
from weighbridge.model.finding import Threat, Verdict
from weighbridge.model.structure import Problem, Structure
from weighbridge.rules import sample
from weighbridge.rules.interface import Example, Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from weighbridge.rules.items import Examined


def judge_reported(
    code: str, *, cause: str, remediation: str
) -> Callable[[Examined, Facts], Iterator[Judgement]]:
    """Make the judge of a rule: it repeats the reader's problems with this code.

    Args:
        code: The rule's code.
        cause: Why such a problem probably came to be.
        remediation: What to do about it.
    """

    def judge(examined: Examined, facts: Facts) -> Iterator[Judgement]:
        del facts
        file = observed(examined.file)
        for part in observed(file.structure).walk():
            inside = f"{file.path}!/{part.container}" if part.container else file.path
            for problem in part.problems:
                if problem.code == code:
                    yield Judgement(
                        message=f"{inside}: {problem.message}",
                        seen=f"at byte {problem.offset}",
                        wanted=problem.wanted,
                        cause=cause,
                        remediation=(remediation,),
                        threat=Threat(
                            level="needs-review", container=part.container, offset=problem.offset
                        ),
                    )

    return judge


def reported_examples(code: str, format: str, message: str) -> list[Example]:  # noqa: A002 - the field's word
    """Show a sound file, one with a problem of this code, one with another, and one not read."""
    base = sample.release({"/spec/artifacts/0/format": format})
    sound = Structure(format=format, status="complete")
    found = Problem(code=code, message=message, offset=8)
    other = Problem(code="INT008", message="another rule's business", offset=8)
    return sample.read_as(
        base,
        [
            ("a sound file", sound, Verdict.PASS, ""),
            (message, replace(sound, problems=(found,)), Verdict.FAIL, message),
            ("a problem of another kind", replace(sound, problems=(other,)), Verdict.PASS, ""),
            ("a file that was not read", Unavailable("not readable"), Verdict.INCONCLUSIVE, ""),
        ],
    )
