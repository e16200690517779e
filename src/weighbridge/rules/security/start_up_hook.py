"""Something runs by itself: when Python starts, or when a package is imported.

## What it checks

Wheels, and whatever else is a folder for packages: lines of `.pth` files that begin with `import`,
`sitecustomize` and `usercustomize`, entry points that other programs load without being asked, and
what the `__init__.py` and the modules at the top call when they are imported. They are parsed,
never run.

## Why it matters

A line in a `.pth` file runs in every Python process of the environment, whether the package is used
or not. Code that is fetched or unpacked on import has been how malicious packages begin their work.

## How to fix

If it runs what it decodes or fetches, do not install the package. Otherwise read what it does, and
ask its makers to do it when a function is called.

## Example

A wheel with `evil.pth` that says `import os; os.system("id")` fails. The line that setuptools
writes for its copy of distutils passes.

## References

- Python, `site` and path configuration files: https://docs.python.org/3/library/site.html
- MITRE ATT&CK T1546.018, Python start-up hooks
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Threat, Verdict
from weighbridge.model.structure import CodeUse, Structure
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule
from weighbridge.rules.security import import_trust
from weighbridge.rules.security.code_found import Kind, judge_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts

KINDS: Final = {
    "python-call": Kind(import_trust.called, "importing {inside} would call {name}"),
    "start-up-hook": Kind(import_trust.hook, "installing {inside} would have {name} run by itself"),
}
"""The kinds of code this rule judges."""

_PATHS: Final = ".pth"
_MODULES: Final = frozenset({"sitecustomize.py", "usercustomize.py"})
_TEXT: Final = "text"

_judge_code = judge_code(
    KINDS,
    wanted="nothing that runs before it is called",
    remediation="read what it does before anybody installs or imports it",
)


def judge(examined: items.Examined, facts: Facts) -> Iterator[Judgement]:
    """Report what readers found, and files whose name alone has Python run them."""
    yield from _judge_code(examined, facts)
    file = observed(examined.file)
    name = file.path.rpartition("/")[2]
    if name in _MODULES or (name.endswith(_PATHS) and observed(file.structure).format == _TEXT):
        yield Judgement(
            message=f"Python reads {file.path} whenever it starts, if it lies among its packages",
            seen=name,
            wanted="nothing that runs before it is called",
            remediation=("read what it does before anybody installs it",),
            threat=Threat(level="needs-review", name=name),
        )


def examples() -> list[Example]:
    """Show a line that runs a command, one of setuptools', entry points, and a loose file."""
    release = sample.release({"/spec/artifacts/0/format": "wheel"})

    def of(*code: CodeUse) -> Structure:
        return Structure(format="wheel", status="complete", code=code)

    line = CodeUse(kind="start-up-hook", name="import evil", detail="run when Python starts")
    decoded = CodeUse(kind="python-call", name="exec", detail="given base64.b64decode")
    looks = CodeUse(kind="python-call", name="os.listdir")
    loose = sample.file("evil.pth", structure=Structure(format="text", status="complete"))
    return [
        *sample.read_as(
            release,
            [
                ("a module that looks at a folder", of(looks), Verdict.PASS, ""),
                ("a line that is run when Python starts", of(line), Verdict.FAIL, "import evil"),
                (
                    "a module that runs what it decodes",
                    of(decoded),
                    Verdict.FAIL,
                    "would call exec",
                ),
                ("a file that was not read", Unavailable("not readable"), Verdict.INCONCLUSIVE, ""),
            ],
        ),
        Example(
            title="a loose path configuration file",
            facts=replace(sample.release({"/spec/artifacts/0/path": "evil.pth"}), files=loose),
            verdict=Verdict.FAIL,
            seen="evil.pth",
        ),
    ]


RULE = Rule(
    code="SEC006",
    name="start-up-hook",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
