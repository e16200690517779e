"""Drills for people and programs: what got through first, what was caught in few words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from weighbridge.model.drill import Fate
from weighbridge.model.wording import plural, some_of
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.style import paint
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.drill import Drill, Planted
    from weighbridge.report.style import Style

_WORDS: dict[str, tuple[str, Style]] = {
    "pass": ("everything was caught", "good"),
    "fail": ("something got through", "error"),
    "inconclusive": ("it cannot be told", "inconclusive"),
}


def render_drill(drill: Drill, *, styled: bool = False) -> str:
    """Write a drill, a paragraph for all that is alike.

    Args:
        drill: What came of it.
        styled: Whether a terminal looks on.
    """
    parts = [
        _families(drill, styled=styled),
        _list("got through", drill.through, "error", styled=styled),
        _list("stopped, and not for what was planted", drill.unclear, "warning", styled=styled),
        _controls(drill, styled=styled),
        _single(drill, styled=styled),
        _absent(drill, styled=styled),
        _summary(drill, styled=styled),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _families(drill: Drill, *, styled: bool) -> str:
    """Write what was caught, a family a line."""
    found: dict[str, list[Planted]] = {}
    for one in drill.planted:
        if one.fate is not Fate.ABSENT:
            found.setdefault(one.family, []).append(one)
    lines = []
    width = max(map(len, found), default=0)
    for family, planted in found.items():
        caught = [one for one in planted if one.fate is Fate.CAUGHT]
        by = dict.fromkeys(name for one in caught for name in one.by)
        style: Style = "good" if len(caught) == len(planted) else "error"
        count = paint(f"{len(caught)} of {len(planted)}", style, styled=styled)
        lines.append(f"{family:{width}}  {count} caught  by {some_of(list(by)) or 'nothing'}")
    return "\n".join(lines)


def _list(heading: str, planted: Iterable[Planted], style: Style, *, styled: bool) -> str:
    """Write faults, those together that the same thing closes, and each help once."""
    groups: dict[tuple[str, ...], list[Planted]] = {}
    for one in planted:
        groups.setdefault(one.close, []).append(one)
    told = Counter(step for close in groups for step in close)
    lines: list[str] = []
    for close, alike in groups.items():
        lines += [line for one in alike for line in _told(one, styled=styled)]
        lines += [_help(step) for step in close if told[step] == 1]
    # What is to be done after all of it, such as publishing the policy.
    lines += [_help(step) for step, times in told.items() if times > 1]
    return "\n".join([paint(heading, style, styled=styled), *lines]) if lines else ""


def _told(one: Planted, *, styled: bool) -> Iterator[str]:
    yield f"  {paint(one.name, 'strong', styled=styled)}: {one.says} ({one.verdict})"
    if one.why:
        yield f"    = seen:  {visible(one.why)}"


def _help(step: str) -> str:
    return f"    = help:  {visible(step)}"


def _controls(drill: Drill, *, styled: bool) -> str:
    """Write which acts did not pass though nothing was planted."""
    lines = [f"  {name}: {visible(why)}" for name, why in drill.controls]
    if not lines:
        return ""
    return "\n".join([paint("refused without any fault", "inconclusive", styled=styled), *lines])


def _single(drill: Drill, *, styled: bool) -> str:
    """Write what the policy says that alone stands between some faults and the environment."""
    found = {name: drill.single[name] for name in drill.switches if name in drill.single}
    lines = [
        f"  {name}: {plural(len(faults), 'fault')}: {some_of(faults)}"
        for name, faults in found.items()
    ]
    if not lines:
        return ""
    heading = paint("hang on one thing the policy says", "strong", styled=styled)
    again = f"weighbridge drill {visible(drill.environment)} --without {next(iter(found))}"
    return "\n".join([heading, *lines, f"    = help:  {again}"])


def _absent(drill: Drill, *, styled: bool) -> str:
    """Write what could not be planted, the reasons once."""
    reasons: dict[str, list[str]] = {}
    for one in drill.absent:
        reasons.setdefault(one.why, []).append(one.name)
    lines = [f"  {visible(why)}: {', '.join(names)}" for why, names in reasons.items()]
    return "\n".join([paint("not applicable", "note", styled=styled), *lines]) if lines else ""


def _summary(drill: Drill, *, styled: bool) -> str:
    """Write the verdict, and the counts it follows from."""
    tried = len(drill.planted) - len(drill.absent)
    word, style = _WORDS[drill.verdict]
    less = f", without {', '.join(drill.without)}" if drill.without else ""
    lines = [
        (
            f"{paint(word, style, styled=styled)}: {plural(tried, 'fault')} planted, "
            f"{len(drill.caught)} caught, {len(drill.through)} got through, "
            f"{len(drill.unclear)} unclear; {len(drill.absent)} not applicable"
        ),
        (
            f"  {visible(drill.title)} in {visible(drill.environment)}, under "
            f"{visible(drill.policy)}{less}, at {drill.at}"
        ),
    ]
    if drill.mode == "observe":
        lines.append("  the environment observes: what is caught there is told, and not stopped")
    return "\n".join(lines)


def drill_json(drill: Drill) -> str:
    """Write the same as the `drill` shape."""
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "environment": drill.environment,
            "release": drill.release,
            "policy": {"name": drill.policy, "digest": drill.policy_digest},
            "mode": drill.mode,
            "at": drill.at,
            "verdict": drill.verdict,
            "without": list(drill.without),
            "planted": [_planted(one) for one in drill.planted if one.fate is not Fate.ABSENT],
            "notApplicable": [
                {"name": one.name, "family": one.family, "because": one.why} for one in drill.absent
            ],
            "controls": [{"name": name, "why": why} for name, why in drill.controls],
            "hangsOn": {name: list(faults) for name, faults in drill.single.items()},
        }
    )


def _planted(one: Planted) -> dict[str, object]:
    return {
        "name": one.name,
        "caught": one.fate is Fate.CAUGHT,
        "by": ", ".join(one.by),
        "verdict": one.verdict,
        "family": one.family,
        "says": one.says,
        "fate": one.fate.value,
        "lines": [list(line) for line in one.lines],
        "hangsOn": list(one.hangs_on),
        "why": one.why,
        "close": list(one.close),
    }
