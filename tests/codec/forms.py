"""Forms of values: what is accepted and what is refused of each, as YAML."""

from __future__ import annotations

from dataclasses import dataclass

_HEX = "0123456789abcdef" * 4


@dataclass(frozen=True)
class Form:
    """What may be written in fields of one form.

    Attributes:
        accepted: Values that are legal.
        refused: Values that are not.
        unseen: Values that are not either, which a JSON Schema cannot tell.
    """

    accepted: tuple[str, ...]
    refused: tuple[str, ...]
    unseen: tuple[str, ...] = ()


SECTION = Form(("null", "TODO"), ("x", "[]", "12", "true", "{no-such-key: 1}"))
REQUIRED_SECTION = Form((), (*SECTION.refused, "null", "TODO", "{}"))
TEXT = Form(
    ("plain text", '"1.10"', "'é'", '"\\ud83d\\ude00"', "NO", "12:30:45", "TODO"),
    ("1.10", "12", "true", "[a]", "{a: b}", '""'),
    ('"e\u0301"',),
)
NAME = Form(
    ("a", "a-b_c.d", '"1"', "TODO"),
    ("A", "-a", "a-", "a b", "é", '""', "1", "[a]"),
    ('"a\\n"',),  # to Python's `re`, `$` stands before a last line break, too
)
VERSION = Form(("1.2.3", '"1.10"', "v1", "2.9.0+cu117", "TODO"), ("1.10", '""', "a b", "é", "[]"))
PATH = Form(("a/b.onnx", "'e\u0301'", '"../x"', "TODO"), ('""', "1.5", "[a]"), ('"a\\0b"',))
DIGEST = Form(
    (f"sha256:{_HEX}", "TODO"),
    (f"sha256:{_HEX[:-1]}", f"sha256:{_HEX.upper()}", f"sha1:{_HEX}", _HEX, "12", '""'),
)
COMMIT = Form(("a" * 40, "b" * 64, "TODO"), ("a" * 39, "A" * 40, "main", '""', "[]"))
BOOLEAN = Form(("true", "False", "TODO"), ("yes", "NO", "on", "1", '"true"', "[]"))
COUNT = Form(("0", "7", "0x1f", "0o17", "TODO"), ("-1", "1.5", '"7"', "true", "1000000001", "x"))
SIZE = Form(("0", str(2**53 - 1), "TODO"), ("-1", "1.5", '"7"', "false", "4Gi"))
DURATION = Form(
    ("500ms", "30s", "1.5h", '"5m"', "90d", "52w", "0s", "TODO"),
    ("30", "-5m", "5 m", "5M", '""', "1h30m", "12:30", "[5m]"),
    ("99999999999999999999999999999999999999s",),
)
TIME = Form(
    ("2026-11-22T10:00:00Z", '"2026-11-22t10:00:00.5+05:30"', "TODO"),
    ("12", "[]", "1.5"),
    ("2026-11-22", "2026-11-22T10:00:00", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "now"),
)
DAY = Form(
    ("2028-03-01", '"2028-02-29"', "TODO"),
    ("12", "[]", "1.5"),
    ("2028-02-30", "2028-3-1", "20280301", "2028-03-01T00:00:00Z", "soon", "2028-W09-3"),
)
SHARE = Form(("0", "2", "25%", '"100%"', "TODO"), ("-1", "101%", "2.5", "025%", "half", "true"))
OPEN_TEXTS = Form(("{}", '{a: "", b/c: x}', "{a: 'e\u0301', '[key]': x}", "TODO"), ("{a: 1}", "x"))
OPEN_KEYS = Form((), ("{é: x}", '{"a b": x}', '{"": x}', "{a: null}", "{a: [x]}", "[a]"))
TEXTS = Form(("[]", "[a, b]", "[TODO]", "TODO"), ("[1]", "a", "{a: b}", '[""]', "[null]", "[[a]]"))


def words(*words: str) -> Form:
    return Form((*words, "TODO"), ("Nonsense", "12", '""', f"[{words[0]}]", words[0].upper()))
