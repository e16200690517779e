"""What a policy says of rule packs, before it is published: are there such packs and thresholds?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from weighbridge.codec import faults
from weighbridge.codec.rule_pack import parameter_faults
from weighbridge.model.errors import DocumentError, Fault, RulePackAlteredError, RulePackError
from weighbridge.model.location import pointer
from weighbridge.model.rule_pack.reference import NamedPack
from weighbridge.rules.catalogue import RETIRED
from weighbridge.usecases.published import published_packs
from weighbridge.usecases.rule_packs.named import load_packs, stored_pack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from weighbridge.model.document import Document
    from weighbridge.model.location import Location
    from weighbridge.model.policy import PromotionPolicy, RulePackDemand
    from weighbridge.model.policy.results import ExampleResult
    from weighbridge.model.ports import Registry
    from weighbridge.model.retirement import Retired
    from weighbridge.rules.packs import Pack

_CODE = re.compile(r"\b[A-Z]{2,4}[0-9]{3}\b")
_EXAMPLES = "tests"


def demanded_of(policy: PromotionPolicy, document: Document, registry: Registry) -> list[Pack]:
    """Load the rule packs a policy demands.

    Raises:
        OwnerlessError: The registry has no owners, so nobody published any.
        DocumentError: With every pack that is not there, and every threshold that is none of it.
        RuleError: A pack in Python raised.
    """
    wanted = policy.spec.rule_packs or []
    published = published_packs(registry) if wanted else {}
    found = [
        fault
        for index, one in enumerate(wanted)
        if one.title in published
        for fault in _unknown(one, document, index, published[one.title], registry)
    ]
    if found:
        raise DocumentError.from_faults(found)
    try:
        return load_packs(map(_named, wanted), registry)
    except (RulePackError, RulePackAlteredError) as error:
        at = document.location(pointer("spec", "rulePacks"))
        raise DocumentError.from_faults(_placed(fault, at) for fault in error.faults) from error


def _named(one: RulePackDemand) -> NamedPack:
    return NamedPack(
        name=one.name, version=one.version, digest=one.digest, parameters=one.parameters or {}
    )


def _unknown(
    one: RulePackDemand, document: Document, index: int, digest: str, registry: Registry
) -> Iterator[Fault]:
    """Say what a policy wants of a published pack that is not of it."""
    at = pointer("spec", "rulePacks", index)
    if digest != one.digest:
        yield Fault(
            faults.WRONG_VALUE,
            f"the rule pack {one.title} is published with another digest",
            document.location(f"{at}/digest"),
            seen=one.digest,
            wanted=digest,
            help=("find out who changed it, before you demand the other one",),
        )
        return
    pack = stored_pack(digest, registry)
    for keys, message, advice in parameter_faults(pack, one.parameters or {}):
        place = document.location(at + pointer("parameters", *keys), key=True)
        yield Fault(faults.WRONG_VALUE, message, place, seen=keys[-1], help=(advice,))


def _placed(fault: Fault, at: Location) -> Fault:
    return Fault(
        faults.WRONG_VALUE, fault.message, at, fault.seen, fault.wanted, fault.cause, fault.help
    )


def examples_of(packs: Sequence[Pack]) -> list[ExampleResult]:
    """Try the examples of packs in Python; those of published ones were tried before.

    Raises:
        RuleError: A rule raised.
    """
    from weighbridge.usecases.rule_packs.python import test_python_pack  # noqa: PLC0415 - few ask

    return [result for pack in packs if not pack.published for result in test_python_pack(pack)]


def retired_in(
    document: Document, packs: Sequence[Pack], ours: Mapping[str, Retired] = RETIRED
) -> Iterator[tuple[Location, str, Retired]]:
    """List the retired rules a policy names, wherever it does: in lists, keys or expressions.

    Args:
        document: The policy, as it was written.
        packs: The rule packs it demands.
        ours: What became of retired rules of ours.
    """
    gone = {**ours, **{code: one for pack in packs for code, one in pack.retired.items()}}
    for at, code in _codes(document.data.get("spec"), pointer("spec")):
        if code in gone:
            yield document.location(at), code, gone[code]


def _codes(value: Any, at: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - plain values
    """Find every code under a value, but in examples, with the pointer to where it stands."""
    if isinstance(value, str):
        for code in _CODE.findall(value):
            yield at, code
    elif isinstance(value, dict):
        for key, member in value.items():
            if key != _EXAMPLES:
                yield from ((at + pointer(key), code) for code in _CODE.findall(key))
                yield from _codes(member, at + pointer(key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _codes(member, at + pointer(index))
