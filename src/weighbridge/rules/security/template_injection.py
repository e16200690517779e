"""A chat template reaches beyond the conversation it should format.

## What it checks

Every template a release carries, in whatever file: the `chat_template` of a tokenizer's
configuration, a template in a file of its own, those in the metadata of GGUF, in YAML, in the
values of other configurations. Templates are parsed, never run: which attributes they take,
which functions and filters they call, what they import, and which texts they put together.

## Why it matters

A chat template is a program in Jinja. Whoever formats a conversation runs it, on the machine that
serves the model: `''.__class__.__mro__[1].__subclasses__()` leads from any text to a shell, and
CVE-2024-34359 did just that to everybody who opened a GGUF file. Sandboxes stop the steps they
know; not every program that runs templates has one.

## How to fix

If the template walks along Python's own attributes, do not load the model; find out how the
template got there. If it only does what no ordinary template does, read the line that is named:
write it with Jinja's own filters and tests, or have it reviewed.

## Example

A `tokenizer_config.json` whose template calls `cycler.__init__.__globals__.os.popen('id')` fails. A
loop over `messages` with `namespace`, `tojson`, `raise_exception` and slices passes.

## References

- CVE-2024-34359, llama-cpp-python: https://nvd.nist.gov/vuln/detail/CVE-2024-34359
- Jinja, the sandbox: https://jinja.palletsprojects.com/en/stable/sandbox/
- CWE-1336, template injection: https://cwe.mitre.org/data/definitions/1336.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Threat, Verdict
from weighbridge.model.structure import CodeUse, Problem, Structure
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Judgement, Rule
from weighbridge.rules.reported import judge_reported
from weighbridge.rules.security.template_steps import Step, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.rules.interface import Example

CODE = "SEC004"
_SHOWN = 5

_judge_broken = judge_reported(
    CODE,
    cause="it is no template, or one of a language that is not known here",
    remediation="read it before anybody formats a conversation with it",
)


def judge(examined: items.Examined, facts: Facts) -> Iterator[Judgement]:
    """Report templates that walk out, those that do what is unusual, and those nobody can read."""
    file = observed(examined.file)
    for part in observed(file.structure).walk():
        inside = f"{file.path}!/{part.container}" if part.container else file.path
        steps = [(use, step(use)) for use in part.code]
        found = [(use, one) for use, one in steps if one is not None]
        if found:
            yield _found(inside, part.container, found)
    yield from _judge_broken(examined, facts)


def _found(inside: str, container: str, found: list[tuple[CodeUse, Step]]) -> Judgement:
    found = sorted(found, key=lambda pair: not pair[1].harmful)
    harmful = found[0][1].harmful
    names = list(dict.fromkeys(one.what for _, one in found))
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    first = found[0][0]
    does = "reaches for Python itself" if harmful else "does what no ordinary template does"
    return Judgement(
        message=f"a template in {inside} {does}",
        seen=f"{', '.join(names[:_SHOWN])}{more} ({first.detail})",
        wanted="only the conversation, and Jinja's own filters and functions",
        cause=(
            "such steps lead out of the template, to commands and files"
            if harmful
            else "it was written for one program alone, or hides what it does"
        ),
        remediation=(
            ("do not load the model; find out how the template got there",)
            if harmful
            else ("read the line; write it with Jinja's own filters, or have it reviewed",)
        ),
        threat=Threat(
            level="malicious" if harmful else "needs-review",
            container=container,
            offset=first.offset,
            name=first.name,
        ),
    )


def examples() -> list[Example]:
    """Show an ordinary template, an escape, an unusual one, a broken one, and one not read."""
    base = sample.release({"/spec/artifacts/0/format": "gguf"})
    role = CodeUse(kind="template-attribute", name="role", detail="line 1 of chat_template")
    walk = CodeUse(kind="template-attribute", name="__globals__", detail="line 1 of chat_template")
    other = CodeUse(kind="template-import", name="macros.j2", detail="line 1 of chat_template")
    sound = Structure(format="gguf", status="complete", code=(role,))
    broken = Problem(code=CODE, message="chat_template is no Jinja template: `{% if %}`")
    cases: list[tuple[str, Structure | Unavailable, Verdict, str]] = [
        ("an ordinary template", sound, Verdict.PASS, ""),
        (
            "a walk to Python's own names",
            Structure(format="gguf", status="complete", code=(role, walk)),
            Verdict.FAIL,
            "__globals__",
        ),
        (
            "another template that is imported",
            Structure(format="gguf", status="complete", code=(other,)),
            Verdict.FAIL,
            "no ordinary template",
        ),
        (
            "a template that cannot be parsed",
            Structure(format="gguf", status="complete", problems=(broken,)),
            Verdict.FAIL,
            "no Jinja template",
        ),
        (
            "a file that was not read",
            Unavailable("not readable"),
            Verdict.INCONCLUSIVE,
            "not readable",
        ),
    ]
    return sample.read_as(base, cases)


RULE = Rule(
    code=CODE,
    name="template-injection",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
