"""A value of the manifest is still `TODO`.

## What it checks

Every scalar of the manifest that is the text `TODO`. `weighbridge init` writes it where it cannot
know the value.

## Why it matters

`TODO` is honest: nobody has said yet what belongs there. A release cannot be sealed with it, since
a sealed manifest says everything.

## How to fix

Say it: `weighbridge set spec.model.license Apache-2.0`. Digests, sizes and the commit are filled
in by `weighbridge capture --update`. An optional key can be taken out.

## Example

    model: {name: file-type-detector, license: TODO}

fails.

## References

- SPDX licence list, for licences: https://spdx.org/licenses/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

_OBSERVED = ("digest", "size", "commit", "dirty")


def judge(at: str, _facts: Facts) -> Iterator[Judgement]:
    """Ask for the value."""
    path = items.dotted(at)
    captured = path.rpartition(".")[2] in _OBSERVED
    command = "weighbridge capture --update" if captured else f"weighbridge set {path} VALUE"
    yield Judgement(
        message=f"{path} is still TODO",
        seen="TODO",
        wanted="a value",
        remediation=(f"run `{command}`",),
    )


def examples() -> list[Example]:
    """Show a manifest without and with something left to do."""
    return [
        Example(title="nothing left", facts=sample.release(), verdict=Verdict.PASS),
        Example(
            title="a licence nobody has stated",
            facts=sample.release({"/spec/model/license": "TODO"}),
            verdict=Verdict.FAIL,
            seen="spec.model.license",
        ),
    ]


RULE = Rule(
    code="CFG009",
    name="todo-left",
    severity=Severity.ERROR,
    each=items.todos,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
