"""A pickle would import something that is not needed to rebuild a model.

## What it checks

Every Python global that the pickles of a file import, those inside archives and inside values too:
found by reading the opcodes, never by loading. Each global is on the list of those that frameworks
need, or known to run code, or neither. What the pickle does with a global of the list is held
against what frameworks do with it: arguments, attributes it sets, calls of what a call returned.
A pickle that was not read to its end is never clean.

## Why it matters

A pickle is a program. Loading one calls whatever it names, with arguments it chooses:
`posix.system` with a shell command is nine opcodes. It runs before the first line of your code
sees the model, as the user who loads it.

## How to fix

If the global is known to run code, do not load the file; find out how it got there. Otherwise look
at what the global does, and convert the weights to safetensors if you can: they hold no program.

## Example

A file with the opcodes `GLOBAL 'posix system'` and `REDUCE` fails: loading it would call
`posix.system('id')` at the byte of `REDUCE`. `torch._utils._rebuild_tensor_v2` and
`collections.OrderedDict` pass; `_codecs.encode` does with `'latin1'`, and not with `'rot13'`.

## References

- Python, `pickle`, restricting globals: https://docs.python.org/3/library/pickle.html
- CWE-502, deserialisation of untrusted data: https://cwe.mitre.org/data/definitions/502.html
- PyTorch, `weights_only`: https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Threat, Verdict
from weighbridge.model.structure import PLAIN, GlobalUse, Structure
from weighbridge.rules import items, promises, sample
from weighbridge.rules.interface import Judgement, Rule
from weighbridge.rules.security.pickle_globals import Opinion, Trust, weigh
from weighbridge.rules.security.pickle_lists import SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.global_lists import Lists
    from weighbridge.rules.interface import Example

_WORSE = (Trust.ALLOWED, Trust.NEEDS_REVIEW, Trust.MALICIOUS)
_HARMFUL = ("do not load the file; find out where it came from",)
_UNKNOWN = (
    "look at what the global does before anybody loads the file",
    "or convert the weights to safetensors",
)

# Formats that cannot hold a pickle, however much of a file was left unread.
_NO_PICKLE = frozenset(
    {
        "gguf",
        "lightgbm",
        "onnx",
        "safetensors",
        "xgboost-binary",
        "xgboost-json",
        "xgboost-ubj",
        *PLAIN,
    }
)


def judge(examined: items.Examined, facts: Facts) -> Iterator[Judgement]:
    """Report the globals that are not on the list, and pickles that were not read."""
    file = observed(examined.file)
    structure = observed(file.structure)
    for part in structure.walk():
        yield from _globals(file.path, part, facts.lists or SHIPPED)
        if part.status != "complete" and _may_hold_pickle(part, examined):
            yield Judgement(
                message=f"{_inside(file.path, part)} was not read to its end: "
                "what it would import is not known",
                seen=f"{part.coverage} of {part.size} bytes read",
                cause=part.reason,
                remediation=("do not load the file before it can be read as a whole",),
                verdict=Verdict.INCONCLUSIVE,
            )


def _may_hold_pickle(part: Structure, examined: items.Examined) -> bool:
    """Say whether unread bytes may be a pickle; of no known format, if the file claims to be."""
    if part.format != "unknown":
        return part.format not in _NO_PICKLE
    claimed = promises.said(examined.format, part)
    return not part.container and bool(promises.PICKLES & claimed)


def _globals(path: str, part: Structure, lists: Lists) -> Iterator[Judgement]:
    """Report each global once, where it is used first, for the worst that is done with it."""
    uses: dict[tuple[str, str], list[tuple[Opinion, GlobalUse]]] = {}
    for use in part.globals:
        uses.setdefault((use.module, use.name), []).append((weigh(use, lists), use))
    for found in uses.values():
        worst, use = max(found, key=lambda one: _WORSE.index(one[0].trust))
        if worst.trust is not Trust.ALLOWED:
            yield _found(_inside(path, part), part.container, worst, use)
    for key, value in part.metadata:
        if key == "persistent-id" and part.format == "pickle":
            yield _persistent(_inside(path, part), part.container, value)


def _inside(path: str, part: Structure) -> str:
    return f"{path}!/{part.container}" if part.container else path


def _found(inside: str, container: str, opinion: Opinion, use: GlobalUse) -> Judgement:
    named = bool(use.module and use.name)
    full = f"{use.module}.{use.name}" if named else ""
    what = full or "a global whose name could not be told"
    more = ""
    if use.called:
        first, *rest = use.calls or ("",)
        what = f"call {what}{first}" + (f" at byte {use.at}" if use.calls else "")
        more = f", called with {' and '.join(rest)}, too" if rest else ""
    else:
        what = f"import {what}"
    harmful = opinion.trust is Trust.MALICIOUS
    return Judgement(
        message=f"loading {inside} would {what}",
        seen=f"{full or 'a computed global'} at byte {use.offset}{more}",
        wanted="only globals that frameworks need to rebuild a model, and as they use them",
        cause=opinion.why,
        remediation=_HARMFUL if harmful else _UNKNOWN,
        threat=Threat(
            level="malicious" if harmful else "needs-review",
            container=container,
            offset=use.offset,
            name=full,
        ),
    )


def _persistent(inside: str, container: str, identity: str) -> Judgement:
    return Judgement(
        message=f"{inside} has the persistent id {identity}, and is none of a tensor's storage",
        seen=identity,
        wanted="persistent ids of storages only",
        cause="what it stands for, only the program that loads the file knows",
        remediation=_UNKNOWN,
        threat=Threat(level="needs-review", container=container),
    )


def examples() -> list[Example]:
    """Show a harmless pickle, a shell command, an unknown global, and a pickle not read."""
    release = sample.release({"/spec/artifacts/0/format": "pickle"})
    tensor = GlobalUse(module="torch._utils", name="_rebuild_tensor_v2", offset=2, called=True)
    shell = GlobalUse(
        module="posix", name="system", offset=2, called=True, at=24, calls=("('id')",)
    )
    own = GlobalUse(module="mylab.models", name="Net", offset=2, called=True)
    codec = GlobalUse(
        module="_codecs",
        name="encode",
        offset=2,
        called=True,
        at=30,
        calls=("('cbfvk', 'rot13')",),
        arguments=(("'cbfvk'",), ("'rot13'",)),
    )
    cases: list[tuple[str, Structure | Unavailable, Verdict, str]] = [
        (
            "a tensor",
            Structure(format="pickle", status="complete", globals=(tensor,)),
            Verdict.PASS,
            "",
        ),
        (
            "a shell command",
            Structure(format="pickle", status="complete", globals=(tensor, shell)),
            Verdict.FAIL,
            "would call posix.system('id') at byte 24",
        ),
        (
            "a class of somebody's own",
            Structure(format="pickle", status="complete", globals=(own,)),
            Verdict.FAIL,
            "would call mylab.models.Net",
        ),
        (
            "a codec that is none of the frameworks'",
            Structure(format="pickle", status="complete", globals=(codec,)),
            Verdict.FAIL,
            "would call _codecs.encode",
        ),
        (
            "a pickle that was not read to its end",
            Structure(format="pickle", status="incomplete", reason="it has too many opcodes"),
            Verdict.INCONCLUSIVE,
            "not known",
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
    code="SEC001",
    name="unsafe-deserialisation",
    severity=Severity.ERROR,
    each=items.examined,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    loose=True,
)
