"""Kubernetes quantities: memory becomes bytes, processor time becomes millicores."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from weighbridge.model.authoring.base import fault

_QUANTITY = re.compile(
    r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(Ki|Mi|Gi|Ti|Pi|Ei|m|k|M|G|T|P|E|[eE][-+]?[0-9]{1,2})?",
    re.ASCII,
)
_LONGEST = 64
_POWERS = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_EXPONENTS = {"m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
# Enough for the longest quantity that is read, so that no product is rounded.
_EXACT = Context(prec=_LONGEST + 128)
_SCHEMA = {
    "type": ["string", "number"],
    "minimum": 0,
    "pattern": r"^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
    r"(?:Ki|Mi|Gi|Ti|Pi|Ei|m|k|M|G|T|P|E|[eE][-+]?[0-9]{1,2})?$",
}


def _amount(value: Any) -> Decimal | None:
    """Read a quantity, or None if it is not one (k8s.io/apimachinery, resource.Quantity)."""
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    text = str(value) if is_number or isinstance(value, str) else ""
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    number, suffix = Decimal(match[1]), match[2] or ""
    if suffix in _POWERS:
        return _EXACT.multiply(number, Decimal(1024 ** _POWERS[suffix]))
    exponent = _EXPONENTS[suffix] if suffix in _EXPONENTS else int(suffix[1:])
    return _EXACT.scaleb(number, exponent)


def _whole(value: Decimal | None) -> int | None:
    return int(value) if value is not None and value == value.to_integral_value() else None


def _read_memory(value: Any) -> str:
    found = _whole(_amount(value))
    if found is None or found >= 1 << 64:
        hint = "write a number and a unit: 512Mi, 16Gi"
        wanted = "a whole number of bytes below 2**64"
        raise fault("memory", "is not an amount of memory", wanted=wanted, hint=hint)
    return str(found)


def _read_cpu(value: Any) -> str:
    amount = _amount(value)
    found = None if amount is None else _whole(_EXACT.scaleb(amount, 3))
    if found is None or found >= 1 << 53:
        hint = 'write cores or thousandths of one: "2", 0.5, 500m'
        wanted = "a whole number of millicores"
        raise fault("cpu", "is not an amount of processor time", wanted=wanted, hint=hint)
    return f"{found}m"


Memory = Annotated[str, BeforeValidator(_read_memory), WithJsonSchema(_SCHEMA)]
"""An amount of memory; in canonical form its bytes, as text."""

Cpu = Annotated[str, BeforeValidator(_read_cpu), WithJsonSchema(_SCHEMA)]
"""An amount of processor time; in canonical form its millicores, such as `500m`."""
