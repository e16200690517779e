"""A manifest held against what a policy expects of it, value by value (GOV004).

The baseline is data of the policy: an object of JSON pointers (RFC 6901), each with the value that
is expected there, or with a list of those that are. `null` expects nothing: the place is empty.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from weighbridge.codec.bundle.baseline import expects_values
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.location import pointer_parts
from weighbridge.model.wording import plural, some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.gate.case import Case

ID = "manifest:baseline"
CODE = "GOV004"
_SHOWN = 20
_FINDING = {"code": CODE, "severity": "warning", "verdict": "fail"}


def judge_expected(case: Case) -> Iterator[Judged]:
    """Compare the manifest with the baseline the policy names, if it names one."""
    asked = case.policy.manifest
    if asked is None:
        return
    baseline: Any = case.bundle.data.get(asked.baseline)
    if not expects_values(baseline):
        yield Judged(
            id=ID,
            outcome=Outcome.INCONCLUSIVE,
            why=f"the policy's data {asked.baseline} is no baseline of a manifest",
            remedy=("have owners publish a policy with a baseline",),
        )
        return
    off = {
        at: value for at, value in _values(case, baseline) if not _is_expected(value, baseline[at])
    }
    warns = asked.off_baseline == "warn" and bool(off)
    yield Judged(
        id=ID,
        outcome=Outcome.UNMET if off and not warns else Outcome.MET,
        why=f"{plural(len(off), 'value')} off the baseline {asked.baseline}"
        if off
        else f"as the baseline {asked.baseline} expects",
        seen=some_of([f"{at}: {_shown(value)}" for at, value in off.items()], _SHOWN),
        wanted=some_of([f"{at}: {_shown(baseline[at])}" for at in off], _SHOWN),
        pointer=next(iter(off), ""),
        remedy=(
            "write what is expected, and seal",
            f"or have owners expect this: publish a policy with another data/{asked.baseline}.json",
        )
        if off
        else (),
        findings=tuple(
            {**_FINDING, "subject": at, "seen": _shown(value)} for at, value in off.items()
        ),
        warns=warns,
    )


def _values(case: Case, baseline: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for at in sorted(baseline):
        yield at, _value(case.today, at)


def _value(tree: Any, at: str) -> Any:  # noqa: ANN401 - any value of a manifest
    """Find what stands at a pointer; None if nothing does."""
    for part in pointer_parts(at):
        if isinstance(tree, dict):
            tree = tree.get(part)
        elif isinstance(tree, list):
            tree = _member(tree, part)
        else:
            return None
    return tree


def _member(members: list[Any], part: str) -> Any:  # noqa: ANN401 - as above
    """Find a member of a list: by its name, as changes name it, or by its index."""
    for member in members:
        if isinstance(member, dict) and part in {member.get("name"), member.get("id")}:
            return member
    return members[int(part)] if part.isdecimal() and int(part) < len(members) else None


def _is_expected(value: Any, expected: Any) -> bool:  # noqa: ANN401 - as above
    """Tell whether a value is the one expected, or one of those; `true` is not 1."""
    if _same(value, expected):
        return True
    return isinstance(expected, list) and any(_same(value, one) for one in expected)


def _same(left: Any, right: Any) -> bool:  # noqa: ANN401 - as above
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def _shown(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, sort_keys=True)
