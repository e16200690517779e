"""The bytes of a policy bundle: canonical JSON that holds everything the policy refers to.

What is read back must be exactly what would be written, and as coherent as what is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.assembling import todos
from weighbridge.codec.bundle.baseline import baseline_faults
from weighbridge.codec.bundle.collections import beside_conditions, reference_faults
from weighbridge.codec.bundle.data import name_faults
from weighbridge.codec.bundle.speech import read_speech, speech_tree
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.resolved import resolved
from weighbridge.codec.validating import validate_authored
from weighbridge.model.authoring import API_VERSION
from weighbridge.model.canonical import read_json
from weighbridge.model.document import Document
from weighbridge.model.errors import DocumentError
from weighbridge.model.policy import PromotionPolicy
from weighbridge.model.policy.bundle import BundleLimits, DemandedRules, PolicyBundle
from weighbridge.model.policy.fields import is_beside
from weighbridge.model.report import RuleSet

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIA_TYPE = "application/vnd.weighbridge.policy-bundle.v1+json"
KIND = "PolicyBundle"
DEFAULT_BUNDLE_LIMITS = BundleLimits()


class BundleError(ValueError):
    """Bytes that claim to be a policy bundle are not one in canonical form."""


def bundle_bytes(bundle: PolicyBundle) -> bytes:
    """Write a bundle as the canonical bytes that are published."""
    rules = bundle.rules
    speech = {"speech": speech_tree(bundle.speech)} if bundle.speech else {}
    return canonical_bytes(
        {
            **speech,
            "apiVersion": API_VERSION,
            "kind": KIND,
            "policy": resolved(bundle.policy),
            "included": {name: resolved(policy) for name, policy in bundle.included.items()},
            "data": dict(bundle.data),
            "rules": {
                "name": rules.name,
                "version": rules.rule_set.version,
                "digest": rules.rule_set.digest,
                "codes": list(rules.codes),
            },
        }
    )


def bundle_digest(bundle: PolicyBundle) -> str:
    """Return the digest of a bundle, which environments and decisions name."""
    return digest(bundle_bytes(bundle))


def read_bundle(data: bytes, *, limits: BundleLimits = DEFAULT_BUNDLE_LIMITS) -> PolicyBundle:
    """Read a bundle back.

    Raises:
        BundleError: The bytes are not exactly what `bundle_bytes` writes of a coherent bundle.
    """
    if len(data) > limits.bundle:
        raise BundleError("the bundle is too large")
    try:
        bundle = _bundle(read_json(data))
        exact = bundle_bytes(bundle) == data
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BundleError(f"the bytes are not a policy bundle: {error}") from error
    except DocumentError as error:
        raise BundleError(f"the bundle holds no valid policy: {error}") from error
    if not exact:
        raise BundleError("the bundle is not in canonical form")
    _check_coherence(bundle)
    return bundle


def _bundle(tree: dict[str, Any]) -> PolicyBundle:
    rules = tree["rules"]
    texts = [rules["name"], rules["version"], rules["digest"], *rules["codes"]]
    if not all(isinstance(text, str) for text in texts) or not isinstance(tree["data"], dict):
        raise TypeError("a member is of another type")
    return PolicyBundle(
        policy=_policy(tree["policy"]),
        included={name: _policy(policy) for name, policy in tree["included"].items()},
        data=tree["data"],
        rules=DemandedRules(
            name=rules["name"],
            rule_set=RuleSet(version=rules["version"], digest=rules["digest"]),
            codes=tuple(rules["codes"]),
        ),
        speech=read_speech(tree.get("speech", {})),
    )


def _policy(tree: dict[str, Any]) -> PromotionPolicy:
    if not isinstance(tree, dict):
        raise TypeError("a policy is of another type")
    return validate_authored(_document(tree, "policy"), PromotionPolicy)


def _document(tree: dict[str, Any], file: str) -> Document:
    return Document(file=file, data=tree, todos=tuple(todos(tree, "")))


def _check_coherence(bundle: PolicyBundle) -> None:
    """Refuse a bundle `make_bundle` would not have made."""
    wrong = [*_list_faults(bundle)]
    for name, policy in bundle.included.items():
        if not _is_called(policy, name) or beside_conditions(policy):
            wrong.append(f"the included {name} is not a collection of that name")
    sets = {bundle.rules.name: bundle.rules}
    found = reference_faults(bundle.policy, _document({}, "policy"), bundle.included, sets)
    wrong += [fault.message for fault in found]
    document = _document({}, "policy")
    wrong += [one.message for one in baseline_faults(bundle.policy, document, bundle.data)]
    wrong += [fault.message for name in bundle.data for fault in name_faults(name, name)]
    if wrong:
        raise BundleError(f"the bundle is not coherent: {wrong[0]}")


def _is_called(policy: PromotionPolicy, name: str) -> bool:
    """Tell whether a collection may be included by a name; where files lie is not told."""
    metadata = policy.metadata
    names = {metadata.name, f"{metadata.name}@{metadata.version}"}
    return is_beside(name) or name in names


def _list_faults(bundle: PolicyBundle) -> Iterator[str]:
    if {*bundle.included} != {*(bundle.policy.spec.include or ())}:
        yield "what it includes is not what its policy includes"
    codes = list(bundle.rules.codes)
    if not codes or codes != sorted(set(codes)):
        yield "its rules are not sorted, one stands twice, or there is none"
