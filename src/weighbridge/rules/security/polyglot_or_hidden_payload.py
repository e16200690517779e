"""A file holds bytes that its format gives no place to, or commands where a description belongs.

## What it checks

Bytes before the beginning, behind the end and between the parts of a file, as its format has
them: a second file appended to a model, a program in front of an archive, junk behind a pickle.
And the texts in which a file tells of itself, the metadata of safetensors, GGUF and ONNX and the
values of configurations in JSON and YAML: shell commands, Python that runs something, scripts of
web pages, plain or encoded, and addresses that nobody publishes a model under: numbers instead of
a name, drop sites, programs to download, calls without encryption. Cards and other prose are not
judged by their words.

## Why it matters

Readers of the format never look there, and neither do most scanners. What looks there is the
program the file was prepared for: one file can be a sound model to one reader and a script or
another pickle to the next. No loader runs what metadata says; but somebody wrote it for a program
that does, or for a page that shows it unescaped.

## How to fix

Fetch the file again and compare its digest with where it came from. If the bytes are yours, write
the model anew with its framework, which leaves them out. If a description needs the command or
the address, move it to the card.

## Example

A pickle that is followed by bytes which are no pickle fails, and so does a safetensors file whose
metadata says `"cleanup": "rm -rf / "`.

## References

- CWE-506, embedded malicious code: https://cwe.mitre.org/data/definitions/506.html
- Never a dill moment, Trail of Bits, on hiding payloads in model files:
  https://blog.trailofbits.com/2021/03/15/never-a-dill-moment-exploiting-machine-learning-pickle-files/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.fact import observed
from weighbridge.model.finding import Severity, Threat, Verdict
from weighbridge.model.structure import CodeUse, Structure
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Judgement, Rule
from weighbridge.rules.reported import judge_reported, reported_examples
from weighbridge.rules.security.addresses import suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.rules.interface import Example

CODE = "SEC009"

_judge_bytes = judge_reported(
    CODE,
    cause="something was appended to the file, or hidden in it",
    remediation="fetch the file again and compare its digest with where it came from",
)


def judge(examined: items.Examined, facts: Facts) -> Iterator[Judgement]:
    """Report bytes that have no place, and texts that are more than words."""
    yield from _judge_bytes(examined, facts)
    file = observed(examined.file)
    for part in observed(file.structure).walk():
        inside = f"{file.path}!/{part.container}" if part.container else file.path
        for use in part.code:
            if what := _hidden(use):
                yield _found(inside, part.container, use, what)


def _hidden(use: CodeUse) -> str:
    """Say what a text hides, or nothing."""
    if use.kind == "text-command":
        return "" if _is_download_of_known(use) else use.name
    return suspicion(use.name, use.detail) if use.kind == "text-address" else ""


def _is_download_of_known(use: CodeUse) -> bool:
    """Whether it only says how to fetch something from where models are published."""
    address = use.detail.partition("://")
    scheme = address[0].rpartition(" ")[2].strip("'\"")
    whole = f"{scheme}://{address[2].partition(' ')[0]}"
    return use.name == "a download command" and not suspicion(whole, "download", strict=True)


def _found(inside: str, container: str, use: CodeUse, what: str) -> Judgement:
    return Judgement(
        message=f"a text in {inside} holds {what}",
        seen=use.detail if use.kind == "text-command" else f"{use.detail}: {use.name}",
        wanted="words that describe the model",
        cause="somebody wrote it for a program that runs or opens what a file says of itself",
        remediation=(
            "find out what it is for before any program is given this text",
            "if a description needs it, move it to the card",
        ),
        threat=Threat(level="needs-review", container=container, offset=use.offset, name=use.name),
    )


def examples() -> list[Example]:
    """Show a sound pickle, one with something behind it, and metadata with and without orders."""
    base = sample.release({"/spec/artifacts/0/format": "safetensors"})
    order = CodeUse(kind="text-command", name="a shell command", detail="cleanup: rm -rf /")
    call = CodeUse(kind="text-address", name="http://198.51.100.7/x.sh", detail="update_url")
    page = CodeUse(kind="text-address", name="https://arxiv.org/abs/1706.03762", detail="paper")
    shown: list[tuple[str, CodeUse, Verdict, str]] = [
        ("a command in the metadata", order, Verdict.FAIL, "rm -rf /"),
        ("an address of numbers", call, Verdict.FAIL, "198.51.100.7"),
        ("the address of a paper", page, Verdict.PASS, ""),
    ]
    return [
        *reported_examples(CODE, "pickle", "bytes behind the pickle that are no pickle"),
        *sample.read_as(
            base,
            [
                (title, Structure(format="safetensors", status="complete", code=(use,)), v, seen)
                for title, use, v, seen in shown
            ],
        ),
    ]


RULE = Rule(
    code=CODE,
    name="polyglot-or-hidden-payload",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
