"""Trials for people and programs: what failed first, what passed in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.finding import Verdict
from weighbridge.model.wording import plural
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.trial import Result, Trial
    from weighbridge.report.style import Style

_STYLES: dict[Verdict, Style] = {
    Verdict.PASS: "good",
    Verdict.FAIL: "error",
    Verdict.INCONCLUSIVE: "inconclusive",
}
_WORDS = {Verdict.PASS: "pass", Verdict.FAIL: "error", Verdict.INCONCLUSIVE: "inconclusive"}
_UNDECLARED = (
    "the manifest says nothing of what it must do: nothing was tried",
    "say so in spec.evaluation: golden, metrics, performance",
)


def render_trial(trial: Trial, *, styled: bool = False) -> str:
    """Write a trial, a paragraph a test that did not pass.

    Args:
        trial: What came of it.
        styled: Whether a terminal looks on.
    """
    order = [Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS]
    results = sorted(trial.results, key=lambda one: order.index(one.verdict))
    parts = ["\n".join(_told(one, styled=styled)) for one in results]
    passed = [part for one, part in zip(results, parts, strict=True) if _passed(one)]
    others = [part for one, part in zip(results, parts, strict=True) if not _passed(one)]
    if not results:
        word = paint("inconclusive", "inconclusive", styled=styled)
        others = [f"{word}: {_UNDECLARED[0]}\n   = help:  {_UNDECLARED[1]}"]
    blocks = [*others, "\n".join(passed), _summary(trial, styled=styled)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _passed(one: Result) -> bool:
    return one.verdict is Verdict.PASS


def _told(one: Result, *, styled: bool) -> Iterator[str]:
    word = _WORDS[one.verdict]
    head = word if _passed(one) else f"{word}[{one.code}]"
    head = paint(head, _STYLES[one.verdict], styled=styled)
    seen = f" ({visible(one.seen)})" if _passed(one) and one.seen else ""
    yield f"{head}: {visible(one.name)}: {visible(one.message)}{seen}"
    if _passed(one):
        return
    yield f"  --> {one.pointer}"
    if one.wanted:
        yield f"   | wanted  {visible(one.wanted)}"
    if one.seen:
        yield f"   | seen    {visible(one.seen)}"
    yield from (f"   = help:  {visible(step)}" for step in one.help)
    yield f"   = more:  weighbridge explain {one.code}"


def _summary(trial: Trial, *, styled: bool) -> str:
    counts = dict.fromkeys(Verdict, 0)
    for one in trial.results:
        counts[one.verdict] += 1
    word = paint(trial.verdict.value, _STYLES[trial.verdict], styled=styled)
    by = f" ({visible(trial.by)})" if trial.by else ""
    beside = f", beside {visible(trial.baseline)}" if trial.baseline else ""
    return (
        f"{word}: {plural(len(trial.results), 'test')}, {counts[Verdict.PASS]} passed, "
        f"{counts[Verdict.FAIL]} failed, {counts[Verdict.INCONCLUSIVE]} inconclusive\n"
        f"  {visible(trial.name)}@{visible(trial.version)}, run by {trial.runner}{by}, "
        f"{visible(trial.where)}{beside}"
    )


def trial_values(trial: Trial) -> dict[str, object]:
    """Return the `try` shape; it holds no floats."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "release": {"name": trial.name, "version": trial.version, "digest": trial.digest},
        "verdict": trial.verdict.value,
        "runner": {
            "name": trial.runner,
            "by": visible(trial.by),
            "where": trial.where,
            "ownBytes": trial.local,
        },
        "baseline": trial.baseline or None,
        "hardware": trial.hardware or None,
        "inputs": [{"name": name, "digest": digest} for name, digest in trial.inputs],
        "tests": [_test(one) for one in trial.results],
    }


def trial_json(trial: Trial) -> str:
    """Write the `try` shape."""
    return json_text(trial_values(trial))


def _test(one: Result) -> dict[str, object]:
    return {
        "name": one.name,
        "code": one.code,
        "verdict": one.verdict.value,
        "message": visible(one.message),
        "seen": visible(one.seen),
        "wanted": one.wanted,
        "pointer": one.pointer,
        "remediation": list(one.help),
    }
