"""An archive is built to harm whoever unpacks it, or to show two readers two contents.

## What it checks

The archives of a release, nested ones too: members whose path leads out of the folder they are
unpacked into, members that unfold to a multiple of what an archive of their size may hold,
members that overlap, are encrypted, or have the name of another one.

## Why it matters

A member named `../../.bashrc` is written where it says. A bomb of a few kilobytes fills the disk
of the machine that serves the model. Two members of one name let the scanner read one and the
loader the other.

## How to fix

Do not unpack the file. Fetch it again from where it was published, and ask there if it is the
same: no framework writes such an archive.

## Example

A `model.pt` with two members called `model/data.pkl` fails.

## References

- CWE-22, path traversal: https://cwe.mitre.org/data/definitions/22.html
- CWE-409, data amplification: https://cwe.mitre.org/data/definitions/409.html
- ZIP application note 6.3.10: https://pkware.com/appnote
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.finding import Severity
from weighbridge.rules import items
from weighbridge.rules.interface import Rule
from weighbridge.rules.reported import judge_reported, reported_examples

if TYPE_CHECKING:
    from weighbridge.rules.interface import Example

CODE = "SEC002"


def examples() -> list[Example]:
    """Show a sound archive, and one that leads out of the folder."""
    return reported_examples(CODE, "zip", "the member `../../.bashrc` leads out of the archive")


RULE = Rule(
    code=CODE,
    name="archive-attack",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge_reported(
        CODE,
        cause="the archive was prepared by hand: no framework writes such a one",
        remediation="do not unpack it; fetch it again from where it was published",
    ),
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
