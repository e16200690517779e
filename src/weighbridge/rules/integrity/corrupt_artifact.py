"""The bytes of a file are not what its format, its name or the manifest says.

## What it checks

That every file, and every file within it, keeps to the standard of its format: headers, lengths,
offsets, checksums, no bytes left over. That the content is of the format the manifest declares
and of one the file's name promises. A file whose format is not known is judged only if it should
have been of a known one. That the other files a model needs (shards, external data) are as large as
it needs them, and hold the tensors it looks for there.

## Why it matters

A download that broke off loads halfway, or loads wrong numbers. Bytes behind the end of a file
are where payloads hide, and a file that two readers understand differently shows the scanner one
thing and the loader another.

## How to fix

Fetch the file again and compare its digest with where it came from. If the file is whole, correct
`format` in the manifest or the file's name.

## Example

A `model.safetensors` whose header names a tensor that ends behind the end of the file fails:
it was cut off.

## References

- safetensors format: https://huggingface.co/docs/safetensors
- ONNX IR specification: https://onnx.ai/onnx/repo-docs/IR.html
- ZIP application note 6.3.10: https://pkware.com/appnote
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.fact import ObservedFile, Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.structure import FileReference, Problem, Structure
from weighbridge.model.wording import plural, some_of
from weighbridge.rules import items, promises, sample
from weighbridge.rules.interface import Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.rules.interface import Example

CODE = "INT008"
REFETCH = "fetch the file again and compare its digest with where it came from"


def judge(examined: items.Examined, facts: Facts) -> Iterator[Judgement]:
    """Report what the format reader found wrong, and what it could not finish."""
    file = observed(examined.file)
    structure = observed(file.structure)
    for part in structure.walk():
        yield from _broken(file.path, part)
    yield from _declared(file.path, structure.format, examined.format)
    yield from _named(file.path, structure, examined.format)
    for reference in structure.references:
        yield from _needed(file.path, reference, facts)


def _broken(path: str, part: Structure) -> Iterator[Judgement]:
    inside = f"{path}!/{part.container}" if part.container else path
    found = [problem for problem in part.problems if problem.code == CODE]
    for problem in found:
        yield Judgement(
            message=f"{inside}: {problem.message}",
            seen=f"at byte {problem.offset}",
            wanted=problem.wanted,
            cause="the file was cut off, damaged or prepared",
            remediation=(REFETCH,),
        )
    if part.status == "error" and not found:
        yield Judgement(
            message=f"{inside} is not valid {part.format}: {part.reason}",
            seen=part.reason,
            wanted=f"bytes as the format {part.format} has them",
            remediation=(REFETCH,),
        )
    if part.status == "incomplete" and part.format != "unknown":
        yield Judgement(
            message=f"{inside} was not read to its end: {part.reason}",
            seen=f"{part.coverage} of {part.size} bytes read",
            cause=part.reason,
            remediation=("inspect the file by hand, or leave out what cannot be read",),
            verdict=Verdict.INCONCLUSIVE,
        )


def _declared(path: str, seen: str, word: str) -> Iterator[Judgement]:
    """Compare the content with the manifest's word; one we do not know may name text or a zip."""
    wanted = promises.by_word(word)
    comparable = bool(wanted & promises.KNOWN) or seen not in promises.UNSPECIFIC
    if wanted and comparable and seen not in wanted:
        yield Judgement(
            message=f"{path} is declared as {word} but is {_called(seen)}",
            seen=seen,
            wanted=" or ".join(sorted(wanted)),
            cause="the file is another one than was meant, or `format` is wrong",
            remediation=("correct `format` in the manifest, or fetch the right file",),
        )


def _named(path: str, structure: Structure, word: str) -> Iterator[Judgement]:
    """Compare the content with the formats the file's name stands for.

    What is of no known format was judged by the manifest's word, if there is one.
    """
    wanted = promises.by_name(structure)
    unknown = structure.format == "unknown"
    if not wanted or structure.format in wanted or (unknown and word):
        return
    names = " or ".join(sorted(wanted))
    yield Judgement(
        message=f"{path} is named like {names} but is {_called(structure.format)}",
        seen=structure.format,
        wanted=names,
        cause="it is compressed, encrypted or damaged" if unknown else "the file was renamed",
        remediation=("rename the file after its content, or state its `format`",),
        verdict=Verdict.INCONCLUSIVE if unknown else Verdict.FAIL,
    )


def _needed(path: str, reference: FileReference, facts: Facts) -> Iterator[Judgement]:
    """Hold what a file needs of another against that one, where it was looked at."""
    other = reference.beside(path)
    found = facts.files.get(other)
    is_folder = any(path.startswith(f"{other}/") for path in facts.files)
    if found is None and facts.everything and not is_folder:
        yield _lacking(path, f"{other}, which is not there", "no such file", reference)
    if not isinstance(found, ObservedFile):
        return
    if found.size < reference.size:
        what = f"{reference.size} bytes of {other}"
        yield _lacking(path, what, f"{found.size} bytes", reference)
    elif isinstance(found.structure, Structure) and found.structure.tensors:
        there = {tensor.name for tensor in found.structure.tensors}
        missing = [name for name in reference.tensors if name not in there]
        if missing:
            what = f"{some_of(missing)} of {other}, which it does not hold"
            yield _lacking(path, what, plural(len(there), "other tensor"), reference)


def _lacking(path: str, what: str, seen: str, reference: FileReference) -> Judgement:
    return Judgement(
        message=f"{path} needs {what}",
        seen=seen,
        wanted=f"{reference.path} as {path} was saved with it",
        cause="the model was saved in several files, and one is missing, cut off or another's",
        remediation=("fetch all files of the model again, from one place and version",),
    )


def _called(format: str) -> str:  # noqa: A002 - the field's own word
    return "of no known format" if format == "unknown" else format


def examples() -> list[Example]:
    """Show a sound file, a cut one, one of another format, and one too large to read."""
    release = sample.release()
    cut = Problem(code=CODE, message="tensor `w` ends behind the end of the file", offset=8)
    limit = "it has more members than the limit of 1,000,000"
    cases: list[tuple[str, Structure | Unavailable, Verdict, str]] = [
        ("a sound file", Structure(format="safetensors", status="complete"), Verdict.PASS, ""),
        (
            "a file that was cut off",
            Structure(format="safetensors", status="error", problems=(cut,)),
            Verdict.FAIL,
            "ends behind the end",
        ),
        (
            "a pickle declared as safetensors",
            Structure(format="pickle", status="complete"),
            Verdict.FAIL,
            "declared as safetensors but is pickle",
        ),
        (
            "a file that was not read to its end",
            Structure(format="safetensors", status="incomplete", reason=limit),
            Verdict.INCONCLUSIVE,
            "more members",
        ),
        (
            "a file that was not read",
            Unavailable("permission denied"),
            Verdict.INCONCLUSIVE,
            "permission denied",
        ),
    ]
    return sample.read_as(release, cases)


RULE = Rule(
    code=CODE,
    name="corrupt-artifact",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
