"""The words a hub, a bento or a project has for licences, as SPDX expressions."""

from __future__ import annotations

import re

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

_LONGEST = 200
_REFERENCE = re.compile(r"[A-Za-z0-9.-]{1,80}", re.ASCII)
# Words that name a family, or nothing: which licence it is, they do not say.
_TOO_LITTLE = frozenset(
    {"", "bsd", "cc", "gpl", "lgpl", "agpl", "openrail", "other", "proprietary", "unknown", "todo"}
)


def spdx(word: object, name: object = None) -> str:
    """Write a licence as an SPDX expression; empty if the words do not say which it is.

    Args:
        word: The word, such as `apache-2.0`, `llama3.1` or `other`.
        name: What the licence is called where the word is `other`.
    """
    if not isinstance(word, str) or len(word) > _LONGEST:
        return ""
    word = word.strip()
    if word.lower() in _TOO_LITTLE:
        own = name.strip() if isinstance(name, str) else ""
        if word.lower() != "other" or own.lower() in _TOO_LITTLE:
            return ""
        word = own
    try:
        return str(canonicalize_license_expression(word))
    except InvalidLicenseExpression:
        return f"LicenseRef-{word}" if _REFERENCE.fullmatch(word) else ""
