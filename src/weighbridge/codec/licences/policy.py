"""Hold licence expressions against a policy; the policy that ships, and reading others.

What ships denies only what no product may use: licences that forbid commercial use. Everything
else is somebody's decision, and theirs to publish.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from weighbridge.codec.licences.expressions import (
    Choice,
    Licence,
    LicenceError,
    Together,
    read_expression,
)
from weighbridge.model.licences import LicencePolicy, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from weighbridge.codec.licences.expressions import Expression

SHIPPED: Final = LicencePolicy(
    version="2026-11-28",
    allowed=[],
    denied=["CC-BY-NC*", "LicenseRef-non-commercial*", "PolyForm-Noncommercial*"],
    unknown="noted",
)
"""The policy of this version."""

_OLDER: Final = {"+": "-or-later"}


def refused(expression: Expression, policy: LicencePolicy) -> tuple[Licence, ...]:
    """Name the licences that stand in the way of using something; none if it may be used.

    Of a choice one licence that may be used is enough; of licences that hold together all must be.
    """
    if isinstance(expression, Licence):
        return () if _may_be_used(expression, policy) else (expression,)
    found = [refused(part, policy) for part in expression.of]
    if isinstance(expression, Choice) and not all(found):
        return ()
    return tuple(dict.fromkeys(licence for part in found for licence in part))


def _may_be_used(licence: Licence, policy: LicencePolicy) -> bool:
    """Judge one licence; one that is named with its exception is meant in that form alone."""
    whole = str(licence)
    names = [licence.name]
    for short, long in _OLDER.items():
        if licence.name.endswith(short):
            names.append(licence.name.removesuffix(short) + long)
    if licence.exception:
        if _among([whole], policy.denied):
            return False
        if _among([whole], policy.allowed):
            return True
    if _among(names, policy.denied):
        return False
    return not policy.allowed or _among(names, policy.allowed)


def _among(names: Iterable[str], patterns: Iterable[str]) -> bool:
    """Whether a policy names one of them; identifiers are compared without regard to case."""
    lowered = [name.lower() for name in names]
    for pattern in patterns:
        wanted = pattern.lower()
        for name in lowered:
            if name == wanted or (
                # `GPL-2.0-only*` is not meant to cover `GPL-2.0-only WITH …`.
                wanted.endswith("*") and name.startswith(wanted[:-1]) and " with " not in name
            ):
                return True
    return False


def read_policy(data: Mapping[str, object]) -> LicencePolicy:
    """Make a policy from the plain value that `LicencePolicy.data` gives.

    Raises:
        ValueError: It has other parts, one of them is of another form, or a name is no licence.
    """
    fields = LicencePolicy.__dataclass_fields__
    if data.keys() != fields.keys():
        raise ValueError("the policy has other parts than " + ", ".join(fields))
    version = data["version"]
    unknown: Unknown | None = next(
        (one for one in get_args(Unknown) if one == data["unknown"]), None
    )
    if not isinstance(version, str) or not version:
        raise ValueError("`version` of the policy is no text")
    if unknown is None:
        raise ValueError("`unknown` of the policy is none of " + ", ".join(get_args(Unknown)))
    named = {key: _names(key, data[key]) for key in ("allowed", "denied")}
    return LicencePolicy(version=version, unknown=unknown, **named)


def _names(key: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
        raise ValueError(f"`{key}` of the policy is no list of texts")
    for name in value:
        if not name.endswith("*"):
            try:
                single = not isinstance(read_expression(name), Choice | Together)
            except LicenceError as error:
                raise ValueError(f"`{key}` of the policy: {error}") from error
            if not single:
                raise ValueError(f"`{key}` of the policy: {name} is more than one licence")
    return sorted(set(value))
