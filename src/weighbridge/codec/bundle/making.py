"""From a policy and its data to a bundle: everything it refers to is resolved, once."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from weighbridge.codec.bundle.baseline import baseline_faults
from weighbridge.codec.bundle.collections import reference_faults
from weighbridge.codec.bundle.data import over, read_data
from weighbridge.codec.bundle.stored import DEFAULT_BUNDLE_LIMITS, bundle_bytes
from weighbridge.codec.resolved import resolved
from weighbridge.model.errors import DocumentError
from weighbridge.model.location import Location
from weighbridge.model.policy import PromotionPolicy
from weighbridge.model.policy.bundle import PolicyBundle

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.model.document import Document
    from weighbridge.model.policy.bundle import BundleLimits, DemandedRules
    from weighbridge.model.policy.shapes import Speech


def make_bundle(
    policy: PromotionPolicy,
    document: Document,
    *,
    data: Mapping[str, bytes],
    collections: Mapping[str, PromotionPolicy],
    rule_sets: Iterable[DemandedRules],
    speech: Speech = MappingProxyType({}),
    places: Mapping[str, Document] = MappingProxyType({}),
    limits: BundleLimits = DEFAULT_BUNDLE_LIMITS,
) -> PolicyBundle:
    """Resolve everything a policy refers to.

    Args:
        policy: The policy.
        document: The document it was read from.
        data: Bytes of the files `data/NAME.json`, by NAME.
        collections: Policies that can be included (`read_collection`), such as the baseline, by
            what `include` calls them.
        rule_sets: Rule sets that can be demanded, such as `standard`.
        speech: What its expressions are to be checked against.
        places: The documents the collections were read from, where they were.
        limits: Budgets.

    Raises:
        DocumentError: With every fault of references and data.
    """
    sets = {found.name: found for found in rule_sets}
    found = [*reference_faults(policy, document, collections, sets, places)]
    values, wrong = read_data(data, limits)
    if not wrong:
        found += baseline_faults(policy, document, values)
    if found or wrong:
        ordered = sorted(found, key=lambda fault: fault.location or Location(document.file))
        raise DocumentError.from_faults([*ordered, *wrong])
    included = {name: _settled(collections[name]) for name in policy.spec.include or ()}
    bundle = PolicyBundle(
        policy=_settled(policy),
        included=dict(sorted(included.items())),
        data=values,
        rules=sets[policy.spec.demanded_rules],
        speech=dict(sorted(speech.items())),
    )
    size = len(bundle_bytes(bundle))
    if size > limits.bundle:
        raise DocumentError.from_faults([over("the bundle", document.file, size, limits.bundle)])
    return bundle


def _settled(policy: PromotionPolicy) -> PromotionPolicy:
    """Bring a policy into its resolved form, in which equal policies are equal."""
    return PromotionPolicy.model_validate(resolved(policy))
