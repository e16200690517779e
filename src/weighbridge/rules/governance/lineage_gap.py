"""The base model or a dataset is named, but not so that it can be found again or may be used.

## What it checks

`spec.lineage.baseModel` and every entry of `spec.lineage.datasets`: a `digest` that tells which
bytes are meant, and a `license`. What the manifest does not name is not asked about; a policy can
ask for it.

## Why it matters

The licence of a base model and of its data goes on to what is made from them, and years later it
is the first thing a court, a regulator or a customer asks for. A name without a digest is whatever
bears that name today.

## How to fix

    weighbridge set spec.lineage.baseModel.digest sha256:…
    weighbridge set spec.lineage.baseModel.license Apache-2.0

The digest is that of the weights' file, or of the dataset's listing (`weighbridge digest PATH`).

## Example

    lineage: {baseModel: {ref: "hf://org/base-model", license: Apache-2.0}}

gets a warning: there is no `digest`.

## References

- SPDX licence list: https://spdx.org/licenses/
- Regulation (EU) 2024/1689 (AI Act), annex IV, 2(d): provenance of data sets
- SLSA provenance 1.0, `resolvedDependencies`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, placed, sample
from weighbridge.rules.interface import Example, Item, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.release.lineage import Origin

LINEAGE = "/spec/lineage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A model or a dataset the release was made from.

    Attributes:
        what: What it is, for people.
        origin: What the manifest says of it.
        pointer: JSON pointer of its entry.
    """

    what: str
    origin: Origin
    pointer: str


def each(facts: Facts) -> Iterator[Item[Named]]:
    """Yield the base model and every dataset, placed at its reference."""
    lineage = facts.release.spec.lineage if facts.release else None
    if lineage is None:
        return
    found = []
    if lineage.base_model is not None:
        at = f"{LINEAGE}/baseModel"
        found.append(Named(what="base model", origin=lineage.base_model, pointer=at))
    for index, dataset in enumerate(lineage.datasets or ()):
        at = f"{LINEAGE}/datasets/{index}"
        found.append(Named(what="dataset", origin=dataset, pointer=at))
    for named in found:
        where = items.place(facts, f"{named.pointer}/ref")
        yield Item(subject=named.origin.ref, location=where, value=named)


def judge(named: Named, facts: Facts) -> Iterator[Judgement]:
    """Ask which bytes are meant, and under which licence."""
    origin = named.origin
    for field, value, like, why in (
        ("digest", origin.digest, "sha256:DIGEST", "which bytes are meant"),
        ("license", origin.license, "Apache-2.0", "whether it may be used"),
    ):
        at = f"{named.pointer}/{field}"
        if value is None and not items.is_todo(facts, at):
            yield placed.against(
                facts,
                at,
                f"the {named.what} {origin.ref} has no {field}: nobody can tell {why}",
                location=items.place(facts, f"{named.pointer}/ref"),
                seen=f"no `{field}`",
                wanted=f"{field}: …",
                remediation=(placed.setting(facts, at, like),),
            )


def examples() -> list[Example]:
    """Show a lineage without a gap, and the gaps there can be."""
    base: dict[str, Any] = {
        "ref": "hf://org/base-model",
        "digest": sample.DIGEST,
        "license": "Apache-2.0",
    }
    no_digest = {key: value for key, value in base.items() if key != "digest"}
    return [
        Example(
            title="a base model with digest and licence",
            facts=sample.release({f"{LINEAGE}/baseModel": base}),
            verdict=Verdict.PASS,
        ),
        Example(
            title="a base model without a digest",
            facts=sample.release({f"{LINEAGE}/baseModel": no_digest}),
            verdict=Verdict.FAIL,
            seen="which bytes are meant",
        ),
        Example(
            title="a dataset without a licence",
            facts=sample.release(
                {f"{LINEAGE}/datasets": [{"ref": "holdout-2026-10", "digest": sample.DIGEST}]}
            ),
            verdict=Verdict.FAIL,
            seen="the dataset holdout-2026-10 has no license",
        ),
    ]


RULE = Rule(
    code="GOV006",
    name="lineage-gap",
    severity=Severity.WARNING,
    each=each,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
