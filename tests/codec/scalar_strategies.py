"""Scalars of every form, and what holds them."""

from __future__ import annotations

import unicodedata
from typing import Any

from hypothesis import strategies as st

LARGEST = 2**53 - 1

# The characters text may hold, with those that need an escape in JSON or YAML made frequent.
CHARACTERS = st.characters(
    exclude_categories=["Cc", "Cs", "Cn", "Co", "Zl", "Zp"]
) | st.sampled_from("\t\n\r\"'\\/#:{}[],&*!|>%@`- \ufeff😀é")
ANY_TEXT = st.text(CHARACTERS, max_size=12).filter(lambda text: text != "TODO")
TEXT = ANY_TEXT.map(lambda text: unicodedata.normalize("NFC", text)).filter(
    lambda text: text not in {"", "TODO"}
)
NAME = st.from_regex(r"[a-z0-9](?:[a-z0-9._-]{0,9}[a-z0-9])?", fullmatch=True)
KEY = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=8)
VERSION = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+!-]{0,9}", fullmatch=True).filter(
    lambda text: text != "TODO"
)
HEX = "0123456789abcdef"
DIGEST = st.text(HEX, min_size=64, max_size=64).map("sha256:{}".format)
COMMIT = st.text(HEX, min_size=40, max_size=40)
INTEGER = st.integers(-LARGEST, LARGEST)
COUNT = st.integers(0, 1_000_000_000)
DURATION = st.builds(
    "{}{}".format, st.integers(0, 10**9), st.sampled_from(["ms", "s", "m", "h", "d"])
)
TIME = st.datetimes().map(lambda moment: f"{moment.isoformat()}Z") | st.sampled_from(
    ["2026-11-22T10:00:00+05:30", "2024-02-29t23:59:59.120000-12:00"]
)
DECIMAL = st.builds("{}e{}".format, st.integers(-(10**34) + 1, 10**34 - 1), st.integers(-99, 99))
SHARE = st.integers(0, 100) | st.integers(0, 100).map("{}%".format)
OPEN_TEXTS = st.dictionaries(KEY, ANY_TEXT, max_size=3)
OPEN = st.recursive(
    st.none() | st.booleans() | INTEGER | ANY_TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abz ~/.\"'\\", max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
OF_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "string": ANY_TEXT,
    "integer": INTEGER,
    "number": DECIMAL | INTEGER,
    "boolean": st.booleans(),
    "array": st.lists(OPEN, max_size=3),
    "object": st.dictionaries(st.text("abz ~/", max_size=5), OPEN, max_size=3),
}


def section(
    required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]
) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


def named(strategy: st.SearchStrategy[dict[str, Any]], low: int = 0) -> st.SearchStrategy[Any]:
    return st.lists(strategy, min_size=low, max_size=3, unique_by=lambda member: member["name"])


def with_some(
    whole: st.SearchStrategy[dict[str, Any]], optional: dict[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    """Add at most two of many optional parts: all at once would be slow to draw."""
    names = st.lists(st.sampled_from(sorted(optional)), max_size=2, unique=True)
    more = names.flatmap(lambda chosen: section({name: optional[name] for name in chosen}))
    return st.builds(lambda left, right: {**left, **right}, whole, more)
