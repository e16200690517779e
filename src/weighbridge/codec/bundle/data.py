"""The data of a policy: `data/NAME.json`, which its expressions see as `data.NAME`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from weighbridge.codec import faults
from weighbridge.codec.text import position
from weighbridge.model.canonical import NotCanonicalError, read_json
from weighbridge.model.errors import Fault
from weighbridge.model.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.policy.bundle import BundleLimits

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_RESERVED = re.compile(
    "as|break|const|continue|else|false|for|function|if|import|in|let|loop|namespace|null|package"
    "|return|true|var|void|while"
)
"""Words CEL's grammar keeps for itself: `data.in` could not be written."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)', re.DOTALL)


def read_data(
    data: Mapping[str, bytes], limits: BundleLimits
) -> tuple[dict[str, Any], list[Fault]]:
    """Read every data file; each fault at once."""
    size = sum(map(len, data.values()))
    if size > limits.data:
        return {}, [over("the data of the policy", "data", size, limits.data)]
    if len(data) > limits.files:
        message = f"the policy has more than {limits.files} data files"
        return {}, [Fault(faults.BUDGET, message, Location("data"), seen=str(len(data)))]
    values: dict[str, Any] = {}
    found: list[Fault] = []
    for name, content in sorted(data.items()):
        file = f"data/{name}.json"
        wrong = [*name_faults(name, file), *_number_faults(content, file)]
        try:
            values[name] = read_json(content)
        except NotCanonicalError as error:
            found += wrong or [Fault(faults.SYNTAX, str(error), _place(error, file))]
        else:
            found += wrong
    return values, found


def name_faults(name: str, file: str) -> Iterator[Fault]:
    """Refuse a name that no expression could say."""
    if not _IDENTIFIER.fullmatch(name) or _RESERVED.fullmatch(name):
        message = f"an expression cannot say data.{name}"
        wanted = "a name of letters, digits and _ that is no word of CEL"
        advice = ("rename the file",)
        yield Fault(faults.WRONG_VALUE, message, Location(file), name, wanted, help=advice)


def _number_faults(content: bytes, file: str) -> Iterator[Fault]:
    """Refuse decimals, which would go by way of a binary float, each at its place."""
    text = content.decode("utf-8", "replace")
    for match in _TOKEN.finditer(text):
        number = match["number"]
        if number is not None and not number.lstrip("-").isdecimal():
            yield Fault(
                faults.AMBIGUOUS,
                f"the decimal {number} cannot be kept exactly",
                Location(file, *position(text[: match.start()])),
                seen=number,
                help=(f'write decimals as text: "{number}"',),
            )


def _place(error: NotCanonicalError, file: str) -> Location:
    cause = error.__cause__
    if isinstance(cause, json.JSONDecodeError):
        return Location(file, cause.lineno, cause.colno)
    return Location(file)


def over(what: str, file: str, size: int, limit: int) -> Fault:
    """Say that something is over a budget."""
    return Fault(
        faults.BUDGET,
        f"{what} is too large",
        Location(file),
        seen=f"{size} bytes",
        wanted=f"at most {limit} bytes",
        help=("keep in a policy what decides, and the rest in evidence",),
    )
