"""A file holds bytes that its format gives no place to.

## What it checks

Bytes before the beginning, behind the end and between the parts of a file, as its format has
them: a second file appended to a model, a program in front of an archive, junk behind a pickle.

## Why it matters

Readers of the format never look there, and neither do most scanners. What looks there is the
program the file was prepared for: one file can be a sound model to one reader and a script or
another pickle to the next.

## How to fix

Fetch the file again and compare its digest with where it came from. If the bytes are yours, write
the model anew with its framework, which leaves them out.

## Example

A pickle that is followed by bytes which are no pickle fails.

## References

- CWE-506, embedded malicious code: https://cwe.mitre.org/data/definitions/506.html
- Never a dill moment, Trail of Bits, on hiding payloads in model files:
  https://blog.trailofbits.com/2021/03/15/never-a-dill-moment-exploiting-machine-learning-pickle-files/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.finding import Severity
from weighbridge.rules import items
from weighbridge.rules.interface import Rule
from weighbridge.rules.reported import judge_reported, reported_examples

if TYPE_CHECKING:
    from weighbridge.rules.interface import Example

CODE = "SEC009"


def examples() -> list[Example]:
    """Show a sound pickle, and one with something behind it."""
    return reported_examples(CODE, "pickle", "bytes behind the pickle that are no pickle")


RULE = Rule(
    code=CODE,
    name="polyglot-or-hidden-payload",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge_reported(
        CODE,
        cause="something was appended to the file, or hidden in it",
        remediation="fetch the file again and compare its digest with where it came from",
    ),
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
