"""What short texts of a file may be beyond words: commands, code, scripts, addresses.

Loaders run none of it. Programs that print, format or hand on what a file says of itself may, and
no description needs it. A pattern is strict enough that prose about programs does not match:
`model.eval()`, `pip install x` and `rm old.txt` are no clue.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST: Final = 256 << 10
_EXCERPT: Final = 120
_SHORTEST: Final = 6
_MOST_DECODED: Final = 64
_DECODED: Final = 64 << 10
_PRINTABLE: Final = 0.95

_SHELL: Final = (
    r"\brm\s{1,9}-[a-z]{0,9}[rf][a-z]{0,9}\s{1,9}(?:-\S{1,20}\s{1,9}){0,5}(?:[/~*$]|\.\.)"
    r"|\b(?:curl|wget)\b[^|\n]{1,300}\|\s*(?:sudo\s+)?(?:ba|z|da|k|c)?sh\b"
    r"|\bchmod\s+(?:-R\s+)?(?:[0-7]{3,4}|[ugoa]*\+[rws]*[xs])\s+\S"
    r"|\bnc(?:at)?\s{1,9}(?:-\S{1,20}\s{1,9}){0,5}-[a-z]{0,5}[ec]\b|/dev/(?:tcp|udp)/|\bbash\s+-i\b"
    r"|\bpowershell(?:\.exe)?\s{1,9}(?:-\w{1,20}\s{1,9}){0,9}-(?:e|enc|encodedcommand|nop|noprofile|w)\b"
    r"|\bmkfifo\s+/|\bcertutil\s+-urlcache|\bmshta\s+\S|\bcrontab\s+-|\bmkfs\.\w+\s+/"
    r"|\bdd\s+if=\S{1,300}\s+of=/|base64\s+(?:-d|--decode)\b|\bcat\s+/etc/\w|:\(\)\s*\{\s*:\|:&\s*\};:"
    r"|\bsudo\s+\w+\s+[-/]|/etc/(?:passwd|shadow)\b"
)
_PYTHON: Final = (
    r"\bos\.(?:system|popen|exec[lv]p?e?|spawn\w+|remove|unlink)\s*\("
    r"|\bsubprocess\.(?:call|run|Popen|check_output|check_call|getoutput|getstatusoutput)\b"
    r"|\b__import__\s*\(|\bimportlib\.import_module\s*\(|\bpty\.spawn\s*\("
    r"|\b(?:pickle|marshal|dill|cloudpickle)\.loads?\s*\(|\bctypes\.(?:CDLL|cdll|windll)\b"
    r"|(?<![\w.])(?:eval|exec|execfile)\([^)\s]|\bcompile\([^)]{1,200}['\"]exec['\"]"
    r"|\bbase64\.b64decode\s*\(|\bsocket\.socket\s*\(|\bshutil\.rmtree\s*\("
    r"|\bimport\s+(?:os|subprocess|socket|ctypes|pty|base64)\s*;"
    r"|__(?:globals|builtins|subclasses|reduce|reduce_ex|mro)__"
)
_SCRIPT: Final = (
    r"<script\b[^>]{0,300}>\s*\S|<script\b[^>]{0,300}\bsrc\s*=|\bjavascript:\s*\S"
    r"|<iframe\b[^>]{0,300}\bsrc\s*=|<\w+\b[^>]{0,300}\bon(?:error|load|click|mouseover)\s*="
    r"|\bdocument\.(?:cookie|location)\b"
)
_DOWNLOAD: Final = r"\b(?:curl|wget)\s{1,9}(?:-\S{1,99}\s{1,9}){0,9}['\"]?(?:https?|ftp)://"
_SHELL_SIGNS: Final = (
    "rm bash base64 cat certutil chmod crontab curl dd /dev/ /etc/ mkfifo mkfs mshta nc :() "
    "powershell sudo wget"
)
_PYTHON_SIGNS: Final = (
    "os. subprocess __ import pty. pickle marshal dill ctypes eval( exec( execfile( compile( "
    "b64decode socket. rmtree"
)
_SCRIPT_SIGNS: Final = "<script javascript: <iframe onerror onload onclick onmouseover document."
_PATTERNS: Final = (
    ("a shell command", _SHELL_SIGNS.split(), re.compile(_SHELL, re.IGNORECASE)),
    ("a download command", ["curl", "wget"], re.compile(_DOWNLOAD, re.IGNORECASE)),
    ("Python code", _PYTHON_SIGNS.split(), re.compile(_PYTHON)),
    ("a script", _SCRIPT_SIGNS.split(), re.compile(_SCRIPT, re.IGNORECASE)),
)
"""What is looked for, words without which it is not there, and what it looks like."""

_ADDRESS: Final = re.compile(
    r"\b((?:https?|ftps?|wss?|ldaps?|rmi)://[^\s'\"<>`|\\^{}]{1,2000})", re.IGNORECASE
)
_ESCAPED: Final = re.compile(r"(?:\\x[0-9a-fA-F]{2}){6,}")
_BASE64: Final = re.compile(r"(?<![A-Za-z0-9+/=_-])[A-Za-z0-9+/]{16,}+={0,2}+(?![A-Za-z0-9+/=_-])")
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05].*\.\Z", re.DOTALL)
_MARKS: Final = {"a program": (b"\x7fELF", b"MZ\x90\0"), "a script": (b"#!/",)}


@dataclass(frozen=True, slots=True)
class Clue:
    """One thing in a text that is more than words.

    Attributes:
        what: What it reads like.
        excerpt: The beginning of it.
    """

    what: str
    excerpt: str


def clues(text: str) -> Iterator[Clue]:
    """Yield what a text reads like beyond words, at most once each; addresses are not among it."""
    if len(text) < _SHORTEST:
        return
    text = text[:LONGEST]
    yield from _plain(text, "")
    for packed, how in _unpacked(text):
        kind = _kind(packed)
        if kind:
            yield Clue(f"{kind} in {how}", "")
        elif (inner := _readable(packed)) is not None:
            yield from _plain(inner, f" in {how}")


def addresses(text: str) -> Iterator[str]:
    """Yield the addresses a text names, each once."""
    if "://" in text:
        yield from dict.fromkeys(
            found.rstrip(".,;:!?)]") for found in _ADDRESS.findall(text[:LONGEST])
        )


def _plain(text: str, suffix: str) -> Iterator[Clue]:
    folded = text.lower()
    for what, signs, pattern in _PATTERNS:
        # Looking for words is many times faster than for what may be around them.
        found = pattern.search(text) if any(sign in folded for sign in signs) else None
        if found:
            start = found.start()
            yield Clue(what + suffix, " ".join(text[start : start + _EXCERPT].split()))


def _unpacked(text: str) -> Iterator[tuple[bytes, str]]:
    """Yield what hexadecimal escapes and base64 in a text stand for, the first few."""
    for found in islice(_ESCAPED.finditer(text), _MOST_DECODED):
        yield bytes.fromhex(found[0].replace("\\x", ""))[:_DECODED], "escapes"
    for found in islice(_BASE64.finditer(text), _MOST_DECODED):
        raw = found[0].rstrip("=")[: _DECODED * 4 // 3]
        yield binascii.a2b_base64(raw[: len(raw) // 4 * 4] + _last(raw)), "base64"


def _last(raw: str) -> str:
    """Return the last, shorter group of base64, filled up."""
    rest = raw[len(raw) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _kind(raw: bytes) -> str:
    if _PICKLE.match(raw):
        return "a pickle"
    return next((kind for kind, marks in _MARKS.items() if raw.startswith(marks)), "")


def _readable(raw: bytes) -> str | None:
    text = raw.decode("utf-8", "replace")
    good = sum(c.isprintable() or c in "\n\r\t" for c in text) - text.count("\ufffd")
    return text if text and good >= _PRINTABLE * len(text) else None
