"""Rule packs: read as people write them, and the canonical bytes that are published.

What is read back must be exactly what would be written.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from weighbridge.codec.assembling import todos
from weighbridge.codec.canonical import canonical_bytes, digest
from weighbridge.codec.resolved import resolved
from weighbridge.codec.validating import read_authored, validate_authored
from weighbridge.model.canonical import read_json
from weighbridge.model.document import Document
from weighbridge.model.errors import DocumentError
from weighbridge.model.rule_pack import RulePack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES = 1 << 20
"""Bytes of a pack, as it is published."""


class RulePackFormatError(ValueError):
    """Bytes that claim to be a published rule pack are not one in canonical form."""


def read_rule_pack(data: bytes, file: str) -> tuple[RulePack, Document]:
    """Read a pack as somebody wrote it.

    Raises:
        DocumentError: With every fault of it.
    """
    return read_authored(data, file, RulePack)


def rule_pack_bytes(pack: RulePack) -> bytes:
    """Write a pack as the canonical bytes that are published."""
    return canonical_bytes(resolved(pack))


def rule_pack_digest(pack: RulePack) -> str:
    """Return the digest of a pack, by which alone it is loaded."""
    return digest(rule_pack_bytes(pack))


def published_rule_pack(data: bytes) -> RulePack:
    """Read a pack that was published.

    Raises:
        RulePackFormatError: The bytes are not exactly what `rule_pack_bytes` writes of a pack.
    """
    if len(data) > MAX_BYTES:
        raise RulePackFormatError("the rule pack is too large")
    try:
        tree = read_json(data)
        document = Document(file="rule pack", data=tree, todos=tuple(todos(tree, "")))
        pack = validate_authored(document, RulePack)
        exact = rule_pack_bytes(pack) == data
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RulePackFormatError(f"the bytes are not a rule pack: {error}") from error
    except DocumentError as error:
        raise RulePackFormatError(f"the rule pack is not valid: {error}") from error
    if not exact:
        raise RulePackFormatError("the rule pack is not in canonical form")
    return pack


def parameter_faults(
    pack: RulePack, given: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Say which thresholds somebody gives that are none of the pack's.

    Yields:
        The keys that lead to it, what is wrong, and what to do.
    """
    rules = {rule.code: rule for rule in pack.spec.rules}
    for code, values in sorted(given.items()):
        if code not in rules:
            yield (code,), f"{pack.title} has no rule {code}", _meant(code, rules)
            continue
        known = rules[code].thresholds
        for name, value in sorted(values.items()):
            if name not in known:
                message = f"{code} of {pack.title} has no parameter {name}"
                yield (code, name), message, _meant(name, known)
            elif not _alike(known[name], value):
                message = f"{name} of {code} is of another type than its default"
                yield (code, name), message, f"the default is {known[name]!r}"


def _alike(default: object, value: object) -> bool:
    """Tell whether a threshold is of the type of its default, and so are members of a list."""
    if type(default) is not type(value):
        return False
    if isinstance(default, list) and isinstance(value, list) and default:
        return all(_alike(default[0], member) for member in value)
    return True


def _meant(name: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if close:
        return f"did you mean `{close[0]}`?"
    return f"there are: {', '.join(sorted(known)) or 'none'}"
