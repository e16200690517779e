"""Known inputs and their answers: each is asked once (REP005)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.model.finding import Verdict
from weighbridge.model.trial import GOLDEN, NoAnswerError, Result, WrongAnswerError
from weighbridge.rules.behaviour.golden import Allowed, mismatches
from weighbridge.usecases.trying.records import RecordError, read_input

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.release.evaluation import Golden, GoldenTolerance
    from weighbridge.usecases.trying.asking import Asked
    from weighbridge.usecases.trying.placing import Placed

_LISTED = "list it as an artifact (role: dataset), so that it is sealed with the release"


class GoldenInputs:
    """The known inputs of a release.

    Attributes:
        values: What each asks; None for one that cannot be read.
        digests: Path and digest of each that was read.
    """

    def __init__(self, golden: list[Golden], placed: Placed) -> None:
        """Read all of them."""
        self._golden = golden
        self._why: dict[int, str] = {}
        self.values: list[dict[str, Any] | None] = []
        self.digests: dict[str, str] = {}
        for index, one in enumerate(golden):
            self.values.append(None)
            read = placed.read(one.input)
            if isinstance(read, str):
                self._why[index] = read
                continue
            data, self.digests[one.input] = read
            try:
                self.values[index] = read_input(data)
            except RecordError as error:
                self._why[index] = str(error)

    def judge(self, asked: Asked) -> Iterator[Result]:
        """Ask each, and hold what is answered against what is known."""
        for index, one in enumerate(self._golden):
            inputs = self.values[index]
            if inputs is None:
                why = f"the input {one.input} cannot be read: {self._why[index]}"
                yield _told(index, Verdict.INCONCLUSIVE, why, help_=(_LISTED,))
            elif not one.expected:
                why = f"nobody says what the answer to {one.input} is"
                help_ = (f"say so in spec.evaluation.golden.{index}.expected",)
                yield _told(index, Verdict.INCONCLUSIVE, why, help_=help_)
            else:
                yield _asked(index, one, inputs, asked)


def _asked(index: int, one: Golden, inputs: Mapping[str, Any], asked: Asked) -> Result:
    try:
        outputs = asked.ask(inputs).outputs
    except NoAnswerError as error:
        why = f"no answer to {one.input}: {error}"
        return _told(index, Verdict.INCONCLUSIVE, why, help_=error.help)
    except WrongAnswerError as error:
        return _told(index, Verdict.FAIL, f"no answer to {one.input}: {error}")
    found = list(mismatches(one.expected or {}, outputs, _allowed(one.tolerance)))
    if not found:
        return _told(index, Verdict.PASS, f"{one.input} is answered as expected")
    more = f", and {len(found) - 1} more" if len(found) > 1 else ""
    message = f"{one.input}: {found[0].message}{more}"
    return _told(index, Verdict.FAIL, message, seen=found[0].seen, wanted=found[0].wanted)


def _allowed(tolerance: GoldenTolerance | None) -> Allowed:
    if tolerance is None:
        return Allowed()
    return Allowed(
        absolute=_number(tolerance.absolute),
        relative=_number(tolerance.relative),
        rank=tolerance.rank or 0,
        flips=_number(tolerance.label_flips),
    )


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def _told(
    index: int,
    verdict: Verdict,
    message: str,
    *,
    seen: str = "",
    wanted: str = "",
    help_: tuple[str, ...] = (),
) -> Result:
    return Result(
        name=f"golden:{index}",
        code=GOLDEN,
        verdict=verdict,
        pointer=f"/spec/evaluation/golden/{index}",
        message=message,
        seen=seen,
        wanted=wanted,
        help=help_,
    )
