"""Weights are a program to be run, where a list of numbers would do.

## What it checks

Artifacts that are files of PyTorch's, in today's format or the one before 1.6, and consist of
tensors: a pickle with numbers beside it. TorchScript modules are programs on purpose and pass, and
so does a file that is known to run other code: it is not to be trusted with its numbers either.

## Why it matters

A pickle is read by running it. Safetensors holds the same tensors, is read by looking at it, and
can be opened before anybody has decided to trust it.

## How to fix

`weighbridge check --diff` shows what would become of it, `--fix` does it where nothing is lost: the
file is a dict of tensors and nothing else. It unpickles nothing, writes `NAME.safetensors` beside
the old file, proves that every tensor is equal, and lists the new file in the manifest. Whoever
loads the file must load the new one.

## Example

`model.pt`, written by `torch.save(model.state_dict(), "model.pt")`, is noted;
`model.safetensors` with the same tensors passes.

## References

- Safetensors, format: https://github.com/huggingface/safetensors#format
- PyTorch, saving and loading: https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from weighbridge.model.fact import ObservedFile, Unavailable, observed
from weighbridge.model.finding import Conversion, Severity, Verdict
from weighbridge.model.structure import GlobalUse, Structure, TensorInfo
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Judgement, Rule
from weighbridge.rules.security.pickle_globals import Trust, trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.rules.interface import Example

_FORMATS = frozenset({"torch-zip", "pickle"})


def judge(declared: items.Declared, facts: Facts) -> Iterator[Judgement]:
    """Note a file of torch's that holds tensors and no program on purpose."""
    path = declared.artifact.path
    seen = None if path is None else observed(items.weighed(facts, path))
    if not isinstance(seen, ObservedFile):
        return
    if _holds_tensors(observed(seen.structure)):
        conversion = Conversion(path=seen.path, digest=seen.digest, pointer=declared.pointer)
        # Another file than the one declared is not made the declared one by writing it anew.
        kept = facts.sealed or seen.link or declared.artifact.digest not in {None, seen.digest}
        yield Judgement(
            message=f"{seen.path} is a pickle, and its tensors need none",
            seen=observed(seen.structure).format,
            wanted="safetensors",
            cause="it was written by `torch.save`",
            remediation=("weighbridge check --fix, which converts it where nothing is lost",),
            conversion=None if kept else conversion,
        )


def _holds_tensors(structure: Structure) -> bool:
    """Whether a file is torch's, sound, and neither a program nor hostile."""
    parts = structure.walk()
    uses = [use for part in parts for use in part.globals]
    return (
        structure.format in _FORMATS
        and any(use.module.partition(".")[0] == "torch" for use in uses)
        and structure.status == "complete"
        and bool(structure.tensors)
        and not any(part.problems for part in parts)
        and not any(key == "torchscript" for key, _ in structure.metadata)
        and not any(trust(use) is Trust.MALICIOUS for use in uses)
    )


def examples() -> list[Example]:
    """Show a state dict, a module that is a program, a hostile file, and safetensors."""
    release = sample.release({"/spec/artifacts/0/format": "pytorch"})
    tensor = TensorInfo(name="data/0", dtype="FLOAT", shape=(2,), size=8)
    rebuilt = GlobalUse(module="torch._utils", name="_rebuild_tensor_v2", offset=2, called=True)
    state = Structure(format="torch-zip", status="complete", tensors=(tensor,), globals=(rebuilt,))
    script = replace(state, metadata=(("torchscript", "model/code/model.py"),))
    shell = GlobalUse(module="posix", name="system", offset=2, called=True)
    cases: list[tuple[str, Structure | Unavailable, Verdict, str]] = [
        ("a state dict", state, Verdict.FAIL, "is a pickle"),
        ("a TorchScript module", script, Verdict.PASS, ""),
        ("a file that runs a command", replace(state, globals=(rebuilt, shell)), Verdict.PASS, ""),
        ("arrays of NumPy's", replace(state, format="pickle", globals=()), Verdict.PASS, ""),
        ("safetensors", Structure(format="safetensors", status="complete"), Verdict.PASS, ""),
        (
            "a file that was not read",
            Unavailable("permission denied"),
            Verdict.INCONCLUSIVE,
            "denied",
        ),
    ]
    return sample.read_as(release, cases)


RULE = Rule(
    code="SEC013",
    name="pickled-weights",
    severity=Severity.NOTE,
    each=items.artifacts,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
    fixable=True,
)
