"""Manifests that were written to hurt: whoever reads them, or whoever believes what was read.

The tests say what becomes of each; the benchmark says what each costs.
"""

from __future__ import annotations

MANIFEST = """\
apiVersion: weighbridge.dev/v1
kind: ModelRelease
metadata:
  name: hostile
  version: "1.0.0"
  owner: {team: house}
spec:
  source: {}
  model: {name: hostile}
  environment:
    runtime: {implementation: cpython, version: "3.11.7"}
  dependencies:
    runtime: {lock: requirements.lock, format: requirements}
  artifacts:
    - {name: model, role: weights, path: model.onnx}
  parameters:
    knob: {type: string, value: HERE}
"""
DEPTH = 10_000
WIDTH = 10


def holding(value: str) -> bytes:
    """Write a manifest with a value in the value of a parameter of type `string`."""
    return MANIFEST.replace("HERE", value).encode("utf-8", "surrogatepass")


def typed(kind: str, value: str) -> bytes:
    """Write a manifest with a value in the value of a parameter of a type."""
    return MANIFEST.replace("string, value: HERE", f"{kind}, value: {value}").encode()


def bomb(levels: int = 10) -> bytes:
    """Write aliases that unfold to ten to the power of `levels` values."""
    lines = [f"a0: &a0 [{', '.join(['x'] * WIDTH)}]"]
    for level in range(1, levels):
        inner = ", ".join([f"*a{level - 1}"] * WIDTH)
        lines.append(f"a{level}: &a{level} [{inner}]")
    return MANIFEST.replace("HERE", "x").encode() + "\n".join(lines).encode()


def cases() -> dict[str, bytes]:
    """List all, by name."""
    plain = MANIFEST.replace("HERE", "x")
    return {
        "duplicate keys": plain.replace("  name:", "  name: a\n  name:", 1).encode(),
        "many duplicate keys": holding("{" + "a: 1, " * 2_000 + "}"),
        "alias bomb": bomb(),
        "alias of itself": holding("&a [*a]"),
        "depth, lists in flow": holding("[" * DEPTH + "]" * DEPTH),
        "depth, mappings in flow": holding("{a: " * DEPTH + "}" * DEPTH),
        "depth, lists in blocks": b"- " * DEPTH,
        "depth, mappings in blocks": "\n".join(" " * n + "a:" for n in range(DEPTH // 5)).encode(),
        **{f"Norway: {word}": holding(word) for word in ("NO", "no", "off", "on", "y", "Yes", "~")},
        "sexagesimal": holding("12:30:45"),
        "octal of 1.1": typed("integer", "010"),
        "octal of 1.2": typed("integer", "0o10"),
        "hexadecimal": typed("integer", "0x1F"),
        "binary of 1.1": holding("0b11"),
        "underscores of 1.1": holding("1_000"),
        "date of 1.1": holding("2026-11-22"),
        "largest exact integer": typed("integer", "9007199254740991"),
        "2**53": typed("integer", "9007199254740992"),
        "2**53 + 1": typed("integer", "9007199254740993"),
        "integer of 100,000 digits": typed("integer", "9" * 100_000),
        "not a number": typed("number", ".nan"),
        "infinity": typed("number", "-.inf"),
        "tiny exponent": typed("number", "1e-999999999"),
        "decimal no float holds": typed("number", "0.1000000000000000055511151231257827"),
        "NFD text": plain.replace("team: house", "team: cafe\u0301").encode(),
        "NFD open value": holding("cafe\u0301"),
        "NFD path": plain.replace("path: model.onnx", "path: mode\u0301le.onnx").encode(),
        "merge key": holding("{<<: {a: 1}}"),
        "quoted merge key": typed("object", '{"<<": "kept"}'),
        "tag of Python": holding("!!python/object/apply:os.system [id]"),
        "tag of a float": holding("!!float 1"),
        "tag of binary": holding("!!binary aGk="),
        "4 MiB and a byte": plain.encode() + b"#" * ((4 << 20) + 1 - len(plain)),
        "4 MiB of comment": plain.encode() + b"#" * ((4 << 20) - len(plain)),
        "4 MB scalar": holding("x" * 4_000_000),
        "4 MB of quotes": holding('"' + "x" * 4_000_000 + '"'),
        "byte order mark": b"\xef\xbb\xbf" + plain.encode(),
        "UTF-16": plain.encode("utf-16"),
        "CRLF": plain.replace("\n", "\r\n").encode(),
        "carriage returns": plain.replace("\n", "\r").encode(),
        "lone surrogate": holding('"\\ud800"'),
        "surrogate in bytes": holding("\ud800"),
        "surrogate pair": holding('"\\ud83d\\ude00"'),
        "NUL": holding('"\\0"'),
        "second document": plain.encode() + b"---\n" + plain.encode(),
        "YAML 1.1": b"%YAML 1.1\n---\n" + plain.encode(),
        "no end": holding('"never closed'),
        "a tab": plain.replace("  name: hostile\n", "\tname: hostile\n").encode(),
    }
