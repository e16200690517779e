"""Whether who calls the release now there can call this one: inputs and outputs, by name.

An input may become wider and an output narrower; nothing else that is promised may change. A new
output hurts nobody; a new input has to be given, and nobody gives it yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.migrations import as_today
from weighbridge.codec.versions import refusal
from weighbridge.model.decision import Judged, Outcome
from weighbridge.model.wording import plural, some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.gate.case import Case

ID = "signature:compatible"
_CODE = "CMP010"
_POINTER = "/spec/signature"
_ANY = -1
_SHOWN = 20

Tensors = dict[str, dict[str, Any]]


def judge_signature(case: Case) -> Iterator[Judged]:
    """Compare the signature with that of the release now there, if the policy asks."""
    if not case.policy.compares_signature:
        return
    if not case.serving:
        why = "there is no other release of its name to compare with"
        yield Judged(id=ID, outcome=Outcome.MET, why=why)
        return
    before, after = _signature(case.serving_manifest), _signature(case.manifest)
    if before is None or after is None:
        whose = "the release now there" if before is None else "the release"
        yield _open(case, f"the signature of {whose} cannot be read")
    elif not before:
        yield _met(case, "the release now there promises no inputs or outputs")
    elif not after:
        yield _open(case, "it declares no inputs or outputs, and the release now there does")
    else:
        yield _compared(case, before, after)


def _compared(case: Case, before: Mapping[str, Any], after: Mapping[str, Any]) -> Judged:
    broken = [
        *breaks("input", before.get("inputs", {}), after.get("inputs", {})),
        *breaks("output", before.get("outputs", {}), after.get("outputs", {})),
    ]
    if not broken:
        return _met(case, "who calls the release now there can call this one")
    rule = case.policy.signature
    warns = rule is not None and rule.breaking == "warn"
    return Judged(
        id=ID,
        outcome=Outcome.MET if warns else Outcome.UNMET,
        why=f"{plural(len(broken), 'change')} that callers of the release now there cannot take",
        seen=some_of([told for _, told in broken], _SHOWN),
        wanted="inputs no narrower, outputs no wider, each of the same type",
        pointer=_POINTER,
        remedy=(
            "keep the signature, or serve this under another release name and move callers first",
        ),
        findings=tuple(
            {
                "code": _CODE,
                "seen": "; ".join(told for named, told in broken if named == subject),
                "severity": "error",
                "subject": subject,
                "verdict": "fail",
            }
            for subject in dict.fromkeys(subject for subject, _ in broken)
        ),
        inputs=(case.serving,),
        warns=warns,
    )


def breaks(kind: str, before: Tensors, after: Tensors) -> Iterator[tuple[str, str]]:
    """List what breaks callers between two lists of tensors: (which, what).

    Args:
        kind: `input` or `output`.
        before: The tensors callers know, by name.
        after: Those there would be.
    """
    for name, old in before.items():
        new = after.get(name)
        subject = f"{kind} {name}"
        if new is None:
            yield subject, f"{subject} is gone"
            continue
        if new.get("dtype") != old.get("dtype"):
            yield subject, f"{subject} is {new.get('dtype')}, was {old.get('dtype')}"
        if not _fits(kind, old.get("shape"), new.get("shape")):
            was, now = (_shape(one.get("shape")) for one in (old, new))
            yield subject, f"{subject} is of shape {now}, was {was}"
    if kind == "input":
        for name in after:
            if name not in before:
                yield f"input {name}", f"input {name} is new, and nobody gives it"


def _fits(kind: str, before: object, after: object) -> bool:
    """Tell whether a shape still takes, or stays within, what another one says."""
    old, new = ([] if shape is None else shape for shape in (before, after))
    if not isinstance(old, list) or not isinstance(new, list) or len(old) != len(new):
        return False
    wide, narrow = (new, old) if kind == "input" else (old, new)
    return all(one in (_ANY, other) for one, other in zip(wide, narrow, strict=True))


def _shape(shape: object) -> str:
    return "scalar" if shape is None else str(shape)


def _signature(manifest: Mapping[str, Any] | None) -> dict[str, Tensors] | None:
    """Read a signature: tensors by name; empty if it declares none, None if it cannot be read."""
    if manifest is None or refusal(str(manifest.get("apiVersion"))) is not None:
        return None
    spec = as_today(manifest).get("spec")
    found = spec.get("signature", {}) if isinstance(spec, dict) else None
    if not isinstance(found, dict):
        return None
    sides: dict[str, Tensors] = {}
    for side in ("inputs", "outputs"):
        listed = found.get(side, [])
        if not isinstance(listed, list) or not all(
            isinstance(one, dict) and isinstance(one.get("name"), str) for one in listed
        ):
            return None
        if listed:
            sides[side] = {one["name"]: one for one in listed}
    return sides


def _met(case: Case, why: str) -> Judged:
    return Judged(id=ID, outcome=Outcome.MET, why=why, inputs=(case.serving,))


def _open(case: Case, why: str) -> Judged:
    return Judged(
        id=ID,
        outcome=Outcome.INCONCLUSIVE,
        why=why,
        pointer=_POINTER,
        remedy=("declare spec.signature: `weighbridge capture --update` fills it in",),
        inputs=(case.serving,),
    )
