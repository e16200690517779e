"""Which rules run: the ones selected, without the ones ignored, and who said so.

A pattern is a code (`INT001`) or the beginning of one (`SEC`, `INT0`). One that matches nothing
is a fault: it was meant to do something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.errors import Fault, SettingsError
from weighbridge.model.report import Skip
from weighbridge.rules.catalogue import RETIRED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from weighbridge.model.retirement import Retired
    from weighbridge.rules.interface import Rule

Pattern = tuple[str, str]
"""A pattern, and who or what gave it: `--ignore`, `weighbridge.toml:4`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What came of selecting.

    Attributes:
        run: The rules to run, in the order they were given.
        skips: The others, each with who left it out and why.
        faults: Patterns that match no rule.
    """

    run: tuple[Rule[Any], ...]
    skips: tuple[Skip, ...]
    faults: tuple[Fault, ...]


def select(
    rules: Iterable[Rule[Any]],
    *,
    select: Sequence[Pattern] = (),
    ignore: Sequence[Pattern] = (),
    retired: Mapping[str, Retired] = RETIRED,
) -> Selection:
    """Choose the rules to run; `ignore` outweighs `select`, and no `select` means all."""
    known = tuple(rules)
    run, skips = [], []
    for rule in known:
        skip = _skip(rule.code, select, ignore)
        if skip is None:
            run.append(rule)
        else:
            skips.append(skip)
    codes = [rule.code for rule in known]
    faults = [
        _fault(pattern, by, codes, retired)
        for pattern, by in dict.fromkeys((*select, *ignore))
        if not any(_matches(pattern, code) for code in codes)
    ]
    return Selection(run=tuple(run), skips=tuple(skips), faults=tuple(faults))


def _matches(pattern: str, code: str) -> bool:
    return bool(pattern) and code.startswith(pattern)


def _skip(code: str, select: Sequence[Pattern], ignore: Sequence[Pattern]) -> Skip | None:
    ignored = [by for pattern, by in ignore if _matches(pattern, code)]
    if ignored:
        return Skip(code=code, reason="ignored", by=ignored[0])
    if select and not any(_matches(pattern, code) for pattern, _ in select):
        by = ", ".join(dict.fromkeys(by for _, by in select))
        return Skip(code=code, reason="not selected", by=by)
    return None


def _fault(pattern: str, by: str, codes: list[str], retired: Mapping[str, Retired]) -> Fault:
    became = retired.get(pattern)
    upper = pattern.strip().upper()
    if became is not None:
        advice = became.told
    elif any(_matches(upper, code) for code in codes):
        advice = f"did you mean `{upper}`?"
    else:
        advice = "run `weighbridge rules list` to see the codes"
    return Fault(
        SettingsError.code,
        f"`{pattern}` of {by} {'is retired' if became is not None else 'matches no rule'}",
        seen=pattern,
        wanted="a code such as INT001, or the beginning of one such as INT",
        help=(advice,),
    )
