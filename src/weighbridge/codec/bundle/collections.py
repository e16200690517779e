"""What a policy refers to: collections of conditions, and the rules it demands."""

from __future__ import annotations

import difflib
from types import MappingProxyType
from typing import TYPE_CHECKING

from weighbridge.codec import faults
from weighbridge.codec.resolved import resolved
from weighbridge.codec.validating import read_authored
from weighbridge.model.errors import DocumentError, Fault
from weighbridge.model.location import Location, pointer
from weighbridge.model.policy import PromotionPolicy
from weighbridge.model.policy.fields import is_beside
from weighbridge.model.wording import some_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from weighbridge.model.document import Document
    from weighbridge.model.policy import Spec
    from weighbridge.model.policy.bundle import DemandedRules


def read_collection(data: bytes, file: str) -> PromotionPolicy:
    """Read a policy that is there to be included: it has conditions and demands nothing else.

    Raises:
        DocumentError: It is no policy, or demands what an inclusion would silently lose.
    """
    policy, document = read_authored(data, file, PromotionPolicy)
    found = [
        Fault(
            faults.WRONG_VALUE,
            f"spec.{key} would be lost: of an included policy only the conditions are taken",
            document.location(pointer("spec", key), key=True),
            seen=key,
            wanted="spec.conditions alone",
            help=("move it to the policies that include this one",),
        )
        for key in beside_conditions(policy)
    ]
    if found:
        raise DocumentError.from_faults(found)
    return policy


def beside_conditions(policy: PromotionPolicy) -> list[str]:
    """List the keys of what a policy demands beside its conditions."""
    return [key for key in resolved(policy).get("spec", {}) if key != "conditions"]


def reference_faults(
    policy: PromotionPolicy,
    document: Document,
    known: Mapping[str, PromotionPolicy],
    sets: Mapping[str, DemandedRules],
    places: Mapping[str, Document] = MappingProxyType({}),
) -> Iterator[Fault]:
    """Say what a policy refers to that is not there, or clashes.

    Args:
        policy: The policy.
        document: The document it was read from.
        known: Policies that can be included, by what `include` calls them.
        sets: Rule sets that can be demanded, by name.
        places: The documents those policies were read from.
    """
    spec = policy.spec
    taken: dict[str, str] = {}
    for index, name in enumerate(spec.include or ()):
        at = document.location(pointer("spec", "include", index))
        if name not in known:
            yield _no_collection(name, at, known)
            continue
        if name in (spec.include or ())[:index]:
            yield Fault(faults.WRONG_VALUE, f"{name} is included twice", at, seen=name)
        for place, condition in enumerate(known[name].spec.conditions or ()):
            if taken.setdefault(condition.id, name) != name:
                message = f"{name} and {taken[condition.id]} both have a condition {condition.id}"
                yield Fault(
                    faults.WRONG_VALUE, message, at, seen=_place(name, place, places) or name
                )
    for index, condition in enumerate(spec.conditions or ()):
        if condition.id in taken:
            at = document.location(pointer("spec", "conditions", index, "id"))
            message = f"the included {taken[condition.id]} has a condition {condition.id}, too"
            advice = "give it another id"
            yield Fault(faults.WRONG_VALUE, message, at, seen=condition.id, help=(advice,))
    own = {condition.id for condition in spec.conditions or ()}
    yield from _exception_faults(spec, document, {*taken, *own})
    if spec.demanded_rules not in sets:
        at = document.location(pointer("spec", "ruleSet"))
        name = spec.demanded_rules
        yield _unknown(f"there is no rule set {name}", at, name, sets)


def _place(name: str, index: int, places: Mapping[str, Document]) -> str:
    """Say where the id of an included condition stands; empty if in no file."""
    document = places.get(name)
    if document is None or not document.text:
        return ""
    return str(document.location(pointer("spec", "conditions", index, "id")))


def _exception_faults(spec: Spec, document: Document, known: Iterable[str]) -> Iterator[Fault]:
    """Say which exceptions are from conditions that are not there."""
    for index, exception in enumerate(spec.exceptions or ()):
        for at, name in enumerate(exception.conditions or ()):
            if name not in known:
                place = document.location(pointer("spec", "exceptions", index, "conditions", at))
                yield _unknown(f"there is no condition {name}", place, name, known)


def _no_collection(name: str, at: Location, known: Iterable[str]) -> Fault:
    message = f"there is no collection {name}"
    if is_beside(name):
        advice = f"write {name}.yaml or {name}/policy.yaml beside the policy"
    elif "@" in name:
        advice = "`weighbridge policy show` lists what is published here"
    else:
        return _unknown(message, at, name, known)
    return Fault(faults.WRONG_VALUE, message, at, seen=name, help=(advice,))


def _unknown(message: str, at: Location, name: str, known: Iterable[str]) -> Fault:
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    advice = f"did you mean `{close[0]}`?" if close else f"known here: {some_of(names) or 'none'}"
    return Fault(faults.WRONG_VALUE, message, at, seen=name, help=(advice,))
