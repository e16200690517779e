"""Codes of rules: which are ours, and which an organisation may give to its own."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from weighbridge.model.authoring.base import fault
from weighbridge.model.authoring.fields import matching

RESERVED = ("CFG", "CMP", "DEP", "GOV", "INT", "REP", "SEC", "WB")
"""Beginnings of codes that are ours: of rules, and of errors."""

_CODE = re.compile(r"[A-Z]{2,4}[0-9]{3}")


def is_ours(code: str) -> bool:
    """Tell whether a code is one only weighbridge gives out."""
    return code.rstrip("0123456789") in RESERVED


def is_code(text: str) -> bool:
    """Tell whether a text has the form of a rule's code."""
    return _CODE.fullmatch(text) is not None


def _check_code(value: str) -> str:
    if not is_code(value):
        wanted = "two to four capital letters and three digits, such as SEC001 or ORG001"
        raise fault("code", "is not the code of a rule", wanted=wanted)
    return value


RuleCode = Annotated[
    str,
    AfterValidator(_check_code),
    WithJsonSchema({"type": "string", "pattern": f"^{_CODE.pattern}$"}),
]
"""The code of any rule, ours or a pack's."""

ParameterName = matching(
    r"^[A-Za-z_][A-Za-z0-9_]{0,63}$", "letters, digits and `_`, such as max_files"
)
"""A name an expression can say: `parameters.NAME`."""
