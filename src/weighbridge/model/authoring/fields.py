"""The scalar types of a manifest: each takes what people write and yields its canonical form."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Context, Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from weighbridge.model.authoring.base import fault

MAX_DIGITS = 34
MAX_EXPONENT = 308
MAX_INTEGER = 2**53 - 1
MAX_KEY = 253
_DAY = len("2028-03-01")

_DECIMAL = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,4})?")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)")
_DURATION_SECONDS = {
    "ms": Decimal("0.001"),
    "s": Decimal(1),
    "m": Decimal(60),
    "h": Decimal(3600),
    "d": Decimal(86400),
    "w": Decimal(604800),
}
_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)


def canonical_decimal(value: Decimal | int | str) -> str:
    """Write a decimal in its one canonical form: `1`, `0.05`, `-2.5`, `1e300`; never `-0`.

    Raises:
        PydanticCustomError: It is not a finite decimal of at most 34 digits and an exponent
            within ±308.
    """
    wanted = f"a decimal of at most {MAX_DIGITS} digits, exponent within ±{MAX_EXPONENT}"
    if not _DECIMAL.fullmatch(str(value)):
        raise fault("decimal", "is not a decimal number", wanted=wanted)
    sign, digits, exponent = Decimal(value).as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    shifted = text.rstrip("0")
    power = int(exponent) + len(text) - len(shifted)
    if not shifted:
        return "0"
    if len(shifted) > MAX_DIGITS or abs(power + len(shifted) - 1) > MAX_EXPONENT:
        raise fault("decimal", "is a decimal too long to be kept exactly", wanted=wanted)
    return ("-" if sign else "") + _place_point(shifted, power)


def _place_point(digits: str, power: int) -> str:
    """Write `digits` × 10^`power` plainly where that stays short, else with an exponent."""
    if 0 <= power <= MAX_DIGITS - len(digits):
        return digits + "0" * power
    if -MAX_DIGITS <= power < 0:
        padded = digits.rjust(-power + 1, "0")
        return f"{padded[:power]}.{padded[power:]}"
    return f"{digits}e{power}"


def _check_text(value: str) -> str:
    """Refuse text no two writers would agree on: empty, or not in Unicode normal form C."""
    if not value:
        raise fault("text", "is empty text", hint="remove the key, or say something")
    if not unicodedata.is_normalized("NFC", value):
        raise fault(
            "text",
            "is text that is not in Unicode normal form C",
            wanted=unicodedata.normalize("NFC", value),
            hint="write the composed characters: two spellings of one text give two digests",
        )
    return value


def read_decimal(value: Any) -> str:
    """Bring a decimal of a document into canonical form.

    Raises:
        PydanticCustomError: It is none.
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise fault("decimal", "is not a decimal number", wanted="a number")
    return canonical_decimal(value)


def _decimal_within(low: int, high: int | None) -> Any:
    """Make a type of decimals within bounds, both of them allowed."""
    wanted = f"a decimal of at least {low}" if high is None else f"a decimal from {low} to {high}"

    def check(value: Any) -> str:
        text = read_decimal(value)
        if Decimal(text) < low or (high is not None and Decimal(text) > high):
            raise fault("decimal", "is out of bounds", wanted=wanted)
        return text

    bounds = {"minimum": low, **({} if high is None else {"maximum": high})}
    schema = {"type": ["number", "string"], "description": f"{wanted.capitalize()}.", **bounds}
    return Annotated[str, BeforeValidator(check), WithJsonSchema(schema)]


def _read_duration(value: Any) -> str:
    hint = "write a number and a unit: 500ms, 30s, 5m, 24h, 7d"
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise fault("duration", "is not a duration", wanted="a duration", hint=hint)
    # Enough digits for the product to be exact: the context of others would round it.
    exact = Context(prec=len(match[1]) + 6)
    seconds = exact.multiply(Decimal(match[1]), _DURATION_SECONDS[match[2]])
    text = canonical_decimal(seconds)
    if "e" in text:
        raise fault("duration", "is too long or too short for a duration", wanted="a duration")
    return f"{text}s"


def _read_timestamp(value: Any) -> str:
    hint = "write it with its offset, for example 2026-11-22T10:00:00Z"
    match = _TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    try:
        moment = dt.datetime.fromisoformat(value.upper()) if match else None
        in_utc = moment.astimezone(dt.UTC) if moment else None
    except (ValueError, OverflowError):
        in_utc = None
    if in_utc is None:
        raise fault("timestamp", "is not a time", wanted="a time (RFC 3339)", hint=hint)
    text = in_utc.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    fraction = f"{in_utc.microsecond:06d}".rstrip("0")
    return f"{text}.{fraction}Z" if fraction else f"{text}Z"


def _check_day(value: str) -> str:
    """Refuse what is not a day of the calendar, `2028-03-01`."""
    try:
        found = dt.date.fromisoformat(value).isoformat() if len(value) == _DAY else ""
    except ValueError:
        found = ""
    if found != value:
        raise fault("day", "is not a day", wanted="a day such as 2028-03-01")
    return value


def _read_share(value: Any) -> int | str:
    """Read a pod count or a percentage, as Kubernetes' IntOrString."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and re.fullmatch(r"(?:100|[1-9]?[0-9])%", value):
        return value
    raise fault("share", "is neither a count nor a percentage", wanted='2 or "25%"')


def matching(pattern: str, wanted: str) -> Any:
    """Make a text type of one form (ASCII), whose fault says the form in words."""
    regex = re.compile(pattern.removesuffix("$"), re.ASCII)

    def check(value: str) -> str:
        if not regex.fullmatch(value):
            raise fault("form", "is not of the form it must have", wanted=wanted)
        return value

    schema = {"type": "string", "pattern": pattern}
    return Annotated[str, AfterValidator(check), WithJsonSchema(schema)]


Text = Annotated[
    str,
    AfterValidator(_check_text),
    Field(max_length=65_536, json_schema_extra={"minLength": 1}),
]
"""Text a person reads: not empty, in Unicode normal form C."""

Name = matching(
    r"^[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?$",
    "lower-case letters, digits, `.`, `_` and `-`, at most 128, a letter or digit at both ends",
)
"""A name that fits into `name@version`, a file name and a DNS label alike."""

Key = matching(rf"^[\x21-\x7e]{{1,{MAX_KEY}}}$", "printable ASCII without blanks")
"""A free key of an open map: ASCII, so that one order of keys is every order."""

Version = matching(
    r"^[A-Za-z0-9](?:[A-Za-z0-9._+!-]{0,126})$",
    "letters, digits, `.`, `_`, `+`, `!` and `-`, at most 127",
)
Digest = matching(r"^sha256:[0-9a-f]{64}$", "sha256: and 64 lower-case hexadecimal digits")
Commit = matching(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$", "40 or 64 lower-case hexadecimal digits")
MediaType = matching(
    r"^[\w.+-]+/[\w.+-]+(?:;[\x20-\x7e]*)?$", "a media type such as application/json"
)
Size = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Path = Annotated[str, Field(min_length=1, max_length=4096)]
"""A POSIX path relative to the manifest's folder, kept byte for byte."""

DecimalText = Annotated[
    str,
    BeforeValidator(read_decimal),
    WithJsonSchema({"type": ["number", "string"], "description": "A decimal number."}),
]
Fraction = _decimal_within(0, 1)
Percentile = _decimal_within(0, 100)
Amount = _decimal_within(0, None)
Duration = Annotated[
    str,
    BeforeValidator(_read_duration),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]+(?:\\.[0-9]+)?(?:ms|s|m|h|d|w)$"}),
]
Timestamp = Annotated[
    str, BeforeValidator(_read_timestamp), WithJsonSchema({"type": "string", "format": "date-time"})
]
Day = Annotated[
    str, AfterValidator(_check_day), WithJsonSchema({"type": "string", "format": "date"})
]
"""A day of the calendar, without a time."""

Share = Annotated[
    int | str,
    BeforeValidator(_read_share),
    WithJsonSchema(
        {"type": ["integer", "string"], "minimum": 0, "pattern": "^(?:100|[1-9]?[0-9])%$"}
    ),
]
