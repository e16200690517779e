"""What has the form of a credential and is none: examples of handbooks, placeholders, words.

A manifest says few things and each is meant; a release's other texts say many. There, a finding
that cries wolf makes people deaf, so what nobody would keep secret is left out here.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

_BLANKS: Final = re.compile(
    r"example|placeholder|change.?me|your[-_ ]|dummy|redacted|x{4,}|\*{3,}|\.{3,}|0{8,}",
    re.IGNORECASE,
)
_TYPED: Final = re.compile(
    r"fake|sample|insert|replace|my[-_]|1{4,}|12345678|23456789|01234567|abcdef|foobar|deadbeef"
    r"|lorem|todo|qwerty|asdf",
    re.IGNORECASE,
)
_PASSWORD_WORDS: Final = re.compile(
    r"(?:(?:a|my|the|some|user|db|root|admin|super|top|your)?[-_]?"
    r"(?:pass(?:word|wd|phrase)?|pwd|pw|secret|token|key|user(?:name)?|admin|test(?:ing)?|guest"
    r"|foo|bar|baz|hello|tiger|letmein|credentials?)[-_]?)+[\d!]{0,4}",
    re.IGNORECASE,
)
# RFC 7617 and RFC 6750 show these; the third is jwt.io's, the last opens
# Azure's emulator.
_KNOWN: Final = (
    "QWxhZGRpbjpvcGVu",
    "mF_9.B5f-4.1JqM",
    "eyJzdWIiOiIxMjM0NTY3ODkw",
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6",
)
_KEY_BODY: Final = re.compile(
    r"PRIVATE KEY(?: BLOCK)?-----(?:[\s\"'+,]|\\[nr]|<br>|[A-Za-z-]{1,20}: ?[^\r\n\\]{1,80})*"
    r"[A-Za-z0-9+/]{32}"
)
_PARTS: Final = re.compile(r"[^A-Za-z0-9]+")
_WORD: Final = re.compile(r"[A-Z]?[a-z]*|[A-Z]+|\d{1,8}|[A-Za-z]{1,20}\d{1,3}|\d{1,4}[A-Za-z]{1,4}")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_ESCAPED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_PIECES: Final = re.compile(r"[A-Z]+[a-z]*|[a-z]+|\d+")
_NUMBERS: Final = re.compile(r"\d+")
_DIGEST: Final = re.compile(
    r"(?:sha\d{1,3}|md5|blake\w{1,4})[-:=].*|\$\w{1,10}\$.*|arn:.*|data:.*|-+|ENC", re.IGNORECASE
)
_REFERENCE: Final = re.compile(r"\w+:/.*|[~.]{0,2}/.*|@.*|\$.*|%.*|!.*|--.*|\|.*|\?.*")
_REST: Final = re.compile(r"[\w+/=.-]*")
_LEAST: Final = 3.0
"""Bits a character of what was drawn by lot has, even of sixteen digits."""
_LEAST_SHORT: Final = 2.75
"""The same where there are few characters."""
_PIECE: Final = 2.8
"""Letters a word has, on average; of what was drawn by lot it is half as many."""
_SHORTEST: Final = 8
_OPAQUE_LENGTH: Final = 16
_AUTHORITY: Final = re.compile(r"://[^\s/?#@:]*:(?P<password>[^\s/?#@]+)@")
_LITERAL: Final = frozenset({"Private Key", "Encrypted Private Key"})


def is_doubtful(detector: str, text: str, match: re.Match[str]) -> bool:
    """Tell whether what has a form is nothing to keep secret.

    Args:
        detector: Whose form it has.
        text: The text.
        match: What of it has the form.
    """
    if match[0] == "PuTTY":
        return False
    if detector in _LITERAL:
        body = _KEY_BODY.search(text, match.start())
        return body is None or "EXAMPLE" in text[match.start() : body.end() + 200]
    if detector == "Basic Auth Credentials":
        authority = _AUTHORITY.search(text, match.start())
        return authority is None or _is_blank_password(authority["password"])
    word = match[0] if "://" in match[0] else text[match.start() : word_end(text, match)]
    if any(known in word for known in _KNOWN) or _BLANKS.search(word):
        return True
    before = text[max(0, match.start() - 1) : match.start()]
    longer = detector == "AWS Access Key" and len(word) > len(match[0])
    if longer or (before.isalnum() and match[0][0].isalnum() and "://" not in word):
        return True  # the middle of Base64
    return _entropy("".join(filter(str.isalnum, word))) < _LEAST


def word_end(text: str, match: re.Match[str]) -> int:
    """Return where the word ends that a match is, or begins."""
    end = _REST.match(text, match.end())
    return end.end() if end else match.end()


def _is_blank_password(password: str) -> bool:
    if _BLANKS.search(password) or _PASSWORD_WORDS.fullmatch(_ESCAPED.sub("-", password)):
        return True
    if ":" in password and "," in password:
        return True  # several hosts
    if password[:1] in "{$<%[(*" or len(set(password)) < 4:  # noqa: PLR2004 - a mask
        return True
    odd = any(not one.isalpha() for one in password)
    return len(password) < (6 if odd else 10)


def is_strong(value: str, *, quoted: bool, called: bool = False) -> bool:
    """Tell whether a value is so odd that it is neither a word nor a name of something.

    Args:
        value: The value.
        quoted: Whether it stands in quotes; other values may be names in a program.
        called: Whether a bracket follows it.
    """
    kinds = _kinds(value)
    if called or len(value) < _SHORTEST or kinds < 2 or _is_none(value):  # noqa: PLR2004
        return False
    if all(_WORD.fullmatch(part) for part in _PARTS.split(value)):
        # What is made of words and numbers; a password may be, too, and nobody can tell.
        return kinds >= 4 and bool(re.search(r"[^\w.:/-]", value))  # noqa: PLR2004 - all of them
    named = not quoted and _IDENTIFIER.fullmatch(value) is not None
    if len(value) >= _OPAQUE_LENGTH:
        return not (named and _is_camel(value)) and _entropy(value) >= _LEAST
    few = len(_NUMBERS.findall(value)) < 2  # noqa: PLR2004 - `Value2`, not `x4Rt9`
    return not (named and few) and kinds >= 3 and _entropy(value) >= _LEAST_SHORT  # noqa: PLR2004


def _is_camel(name: str) -> bool:
    """Tell whether a name is put together from words: `Ed25519PrivateKey`."""
    pieces = _PIECES.findall(name)
    return name.lower() != name and len(name) >= _PIECE * len(pieces)


def _is_none(value: str) -> bool:
    """Tell whether a value is a placeholder, a digest, or says where the true one is."""
    if not value.isascii() or not any(one.isdigit() for one in value):
        return True
    if any(form.search(value) for form in (_BLANKS, _TYPED)):
        return True
    return any(form.fullmatch(value) for form in (_PASSWORD_WORDS, _DIGEST, _REFERENCE))


def _kinds(value: str) -> int:
    """Count the kinds of characters: small and capital letters, digits, others."""
    tests = (str.islower, str.isupper, str.isdigit, lambda one: not one.isalnum())
    return sum(any(test(one) for one in value) for test in tests)


def _entropy(value: str) -> float:
    """Return the bits a character has, by how often each stands there."""
    size = len(value)
    counts = Counter(value).values()
    return -sum(count / size * math.log2(count / size) for count in counts) if size else 0.0
