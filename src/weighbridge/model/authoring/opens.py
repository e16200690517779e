"""Data of the author's own shape: what of it has a canonical form."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator

from weighbridge.model.authoring.base import Open, fault
from weighbridge.model.authoring.fields import MAX_KEY

T = TypeVar("T")


def refuse_what_has_no_form(value: Any) -> None:
    """Refuse, in data of the author's own shape, what has no canonical form.

    Only a field with a type of its own can say how a decimal is to be written; keys are ASCII,
    so that one order of them is every order.
    """
    if isinstance(value, Decimal):
        raise fault("open-decimal", "holds an unquoted decimal", hint=f'quote it: "{value}"')
    if isinstance(value, dict) and not all(key.isascii() and len(key) <= MAX_KEY for key in value):
        wanted = f"keys in ASCII, at most {MAX_KEY} characters"
        raise fault("open-key", "holds a key that is not ASCII or too long", wanted=wanted)
    if isinstance(value, list | dict):
        for member in value.values() if isinstance(value, dict) else value:
            refuse_what_has_no_form(member)


def _formed(value: T) -> T:
    refuse_what_has_no_form(value)
    return value


FORMED: Final = AfterValidator(_formed)
"""Marks a field whose data must have a canonical form."""

Tree = Annotated[dict[str, Any] | None, Open(), FORMED]
"""Data of the author's own shape, by name; None where there is none."""
