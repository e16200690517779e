"""Catalogues of rules: of this version, of earlier ones as recorded, and of rule packs."""

from __future__ import annotations

import difflib
import json
import os
import re
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import TYPE_CHECKING, Any

from weighbridge.codec.canonical import canonical_bytes
from weighbridge.codec.resolved import resolved
from weighbridge.model.errors import NotFoundError
from weighbridge.model.retirement import Retired
from weighbridge.model.rule_catalogue import CataloguedRule, RuleCatalogue
from weighbridge.model.rule_pack.reference import read_reference
from weighbridge.rules.catalogue import EXPLAINED, RETIRED
from weighbridge.usecases.rule_packs.bridge import retirement
from weighbridge.usecases.rule_packs.named import known_packs, load_pack_named, stored_pack
from weighbridge.usecases.rule_packs.sources import is_rule_pack, load_pack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from weighbridge.model.ports import Registry
    from weighbridge.model.report import RuleSet
    from weighbridge.model.rule_pack import PackRule, RulePack
    from weighbridge.rules.interface import GateRule, Rule
    from weighbridge.rules.packs import Pack

RECORDED = resources.files("weighbridge.rules") / "catalogues"
"""What `scripts/kept_catalogue.py` wrote of each version, so that its reports can be read later."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{8,64}")
_ASKS = ("forEach", "when", "expr", "parameters", "effectiveOn", "expiresOn")
_SAYS = ("title", "checks", "why", "howToFix", "references", "message")
_NAME = "weighbridge"


def find_catalogue(
    reference: str, *, current: RuleSet, registry: Callable[[], Registry], start: Path
) -> RuleCatalogue:
    """Find a catalogue of rules.

    Args:
        reference: A version of weighbridge, the digest of a rule set as reports have it, a rule
            pack (`name@version`, or as it is named where it is loaded), or the path of one.
        current: The rules of this version.
        registry: Opens the registry.
        start: The folder paths are relative to.

    Raises:
        NotFoundError: There is none.
    """
    named = read_reference(reference)
    if named is not None:
        return _of_loaded(load_pack_named(named, registry()))
    path = start / reference
    if os.path.exists(path) and is_rule_pack(path):  # noqa: PTH110 - unlike pathlib's, never raises
        written = load_pack(path, start=start)
        return catalogue_of_pack(written.pack, written.digest)
    if "@" in reference:
        opened = registry()
        known = known_packs(opened)
        if reference in known:
            return catalogue_of_pack(stored_pack(known[reference], opened), known[reference])
        raise _unknown(reference, [*known])
    versions = {current.version: shipped(current), **recorded(current.version)}
    by_digest = [one for one in versions.values() if one.digest.startswith(reference)]
    if _DIGEST.fullmatch(reference) and len(by_digest) == 1:
        return by_digest[0]
    if reference in versions:
        return versions[reference]
    raise _unknown(reference, [*versions])


def _unknown(reference: str, known: list[str]) -> NotFoundError:
    close = difflib.get_close_matches(reference, known, n=1)
    there = f"did you mean {close[0]}?" if close else f"there are: {', '.join(known) or 'none'}"
    return NotFoundError(f"there are no rules {reference}", help=[there])


def shipped(current: RuleSet) -> RuleCatalogue:
    """Return the rules of this version, whoever asks them."""
    return RuleCatalogue(
        title=f"{_NAME} {current.version}",
        digest=current.digest,
        rules={rule.code: _of_rule(rule) for rule in sorted(EXPLAINED, key=lambda one: one.code)},
        retired=RETIRED,
    )


@cache
def recorded(current: str) -> dict[str, RuleCatalogue]:
    """Return the rules of every other version there is a record of, oldest first.

    Args:
        current: This version, whose rules are known better than by a record.
    """
    found = [json.loads(file.read_bytes()) for file in RECORDED.iterdir()]
    return {
        tree["version"]: read_catalogue(tree)
        for tree in sorted(found, key=lambda tree: _numbers(tree["version"]))
        if tree["version"] != current
    }


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def write_catalogue(catalogue: RuleCatalogue) -> dict[str, Any]:
    """Write a catalogue of ours down for later versions."""
    return {
        "version": catalogue.title.removeprefix(f"{_NAME} "),
        "digest": catalogue.digest,
        "rules": [
            [rule.code, rule.name, rule.severity, rule.text, rule.judged_by]
            for rule in catalogue.rules.values()
        ],
        "retired": {
            code: [one.name, one.on, one.successor, one.reason]
            for code, one in catalogue.retired.items()
        },
    }


def read_catalogue(tree: dict[str, Any]) -> RuleCatalogue:
    """Read a catalogue that was written down."""
    return RuleCatalogue(
        title=f"{_NAME} {tree['version']}",
        digest=tree["digest"],
        rules={
            code: CataloguedRule(
                code=code, name=name, severity=severity, text=text, asks={}, judged_by=judge
            )
            for code, name, severity, text, judge in tree["rules"]
        },
        retired={
            code: Retired(name=name, on=on, successor=successor, reason=reason)
            for code, (name, on, successor, reason) in tree["retired"].items()
        },
    )


def catalogue_of_pack(pack: RulePack, digest: str) -> RuleCatalogue:
    """Return the rules of a pack that is a document."""
    rules = pack.spec.rules
    return RuleCatalogue(
        title=pack.title,
        digest=digest,
        rules={rule.code: _of_pack_rule(rule) for rule in rules if rule.retired is None},
        retired={rule.code: gone for rule in rules if (gone := retirement(rule)) is not None},
    )


def _of_loaded(pack: Pack) -> RuleCatalogue:
    return RuleCatalogue(
        title=pack.title,
        digest=pack.digest,
        rules={rule.code: _of_rule(rule) for rule in pack.rules if rule.code not in pack.retired},
        retired=pack.retired,
    )


def _of_rule(rule: Rule[Any] | GateRule) -> CataloguedRule:
    return CataloguedRule(
        code=rule.code,
        name=rule.name,
        severity=rule.severity.value,
        text=_digest(rule.text),
        asks={},
        judged_by=rule.judged_by,
    )


def _of_pack_rule(rule: PackRule) -> CataloguedRule:
    plain = resolved(rule)
    said = {word: plain[word] for word in _SAYS if word in plain}
    asks = {word: plain[word] for word in _ASKS if word in plain}
    return CataloguedRule(
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        text=_digest(canonical_bytes(said).decode()),
        asks={
            word: value if isinstance(value, str) else canonical_bytes(value).decode()
            for word, value in asks.items()
        },
    )


def _digest(text: str) -> str:
    """Shorten a text to what tells it from another; nobody is to be fooled by a collision."""
    return sha256(text.encode()).hexdigest()[:16]
