"""Hostile manifests: each is refused at its place or read as exactly what it says."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.hostile_manifests import MANIFEST, bomb, cases
from tests.codec.samples import faults_of, place
from weighbridge.codec import faults
from weighbridge.codec.manifest import read_release
from weighbridge.codec.resolved import resolved

CASES = cases()
KNOB = "/spec/parameters/knob/value"
DECIMAL = "0.1000000000000000055511151231257827"
VALUES: dict[str, object] = {
    "Norway: NO": "NO",
    "Norway: no": "no",
    "Norway: off": "off",
    "Norway: on": "on",
    "Norway: y": "y",
    "Norway: Yes": "Yes",
    "Norway: ~": None,
    "sexagesimal": "12:30:45",
    "octal of 1.2": 8,
    "hexadecimal": 31,
    "binary of 1.1": "0b11",
    "underscores of 1.1": "1_000",
    "date of 1.1": "2026-11-22",
    "largest exact integer": 2**53 - 1,
    "decimal no float holds": DECIMAL,
    "NFD open value": "cafe\u0301",
    "NFD path": "x",
    "quoted merge key": {"<<": "kept"},
    "4 MiB of comment": "x",
    "4 MB scalar": "x" * 4_000_000,
    "4 MB of quotes": "x" * 4_000_000,
    "byte order mark": "x",
    "CRLF": "x",
    "carriage returns": "x",
    "surrogate pair": "\U0001f600",
}
FAULTS: dict[str, tuple[str, str, int]] = {
    "duplicate keys": (faults.DUPLICATE_KEY, "5:3 /metadata/name", 1),
    "many duplicate keys": (faults.WRONG_VALUE, f"17:33 {KNOB}", 2000),
    "alias bomb": (faults.BUDGET, "21:45 /a3/7", 1),
    "alias of itself": (faults.SYNTAX, f"17:37 {KNOB}/0", 1),
    "depth, lists in flow": (faults.BUDGET, f"17:93 {KNOB}{'/0' * 60}", 1),
    "depth, mappings in flow": (faults.BUDGET, f"17:273 {KNOB}{'/a' * 60}", 1),
    "depth, lists in blocks": (faults.BUDGET, f"1:129 {'/0' * 64}", 1),
    "depth, mappings in blocks": (faults.BUDGET, f"65:65 {'/a' * 64}", 1),
    "octal of 1.1": (faults.AMBIGUOUS, f"17:34 {KNOB}", 1),
    "2**53": (faults.AMBIGUOUS, f"17:34 {KNOB}", 1),
    "2**53 + 1": (faults.AMBIGUOUS, f"17:34 {KNOB}", 1),
    "integer of 100,000 digits": (faults.AMBIGUOUS, f"17:34 {KNOB}", 1),
    "not a number": (faults.AMBIGUOUS, f"17:33 {KNOB}", 1),
    "infinity": (faults.AMBIGUOUS, f"17:33 {KNOB}", 1),
    "tiny exponent": (faults.WRONG_VALUE, f"17:33 {KNOB}", 1),
    "NFD text": (faults.WRONG_VALUE, "6:17 /metadata/owner/team", 1),
    "merge key": (faults.WRONG_VALUE, f"17:33 {KNOB}", 2),
    "tag of Python": (faults.SYNTAX, f"17:33 {KNOB}", 1),
    "tag of a float": (faults.SYNTAX, f"17:33 {KNOB}", 1),
    "tag of binary": (faults.SYNTAX, f"17:33 {KNOB}", 1),
    "4 MiB and a byte": (faults.BUDGET, "1:1 ", 1),
    "UTF-16": (faults.ENCODING, "1:1 ", 1),
    "lone surrogate": (faults.SYNTAX, "17:36 ", 1),
    "surrogate in bytes": (faults.ENCODING, "17:33 ", 1),
    "NUL": (faults.ENCODING, f"17:33 {KNOB}", 1),
    "second document": (faults.SYNTAX, "18:1 ", 1),
    "YAML 1.1": (faults.SYNTAX, "1:1 ", 1),
    "no end": (faults.SYNTAX, "18:1 ", 1),
    "a tab": (faults.SYNTAX, "4:1 ", 1),
}


def read(data: bytes) -> dict[str, Any]:
    return resolved(read_release(data, "release.yaml")[0])


def test_every_case_is_told_what_becomes_of_it() -> None:
    assert {*VALUES, *FAULTS} == set(CASES)
    assert not VALUES.keys() & FAULTS.keys()


@pytest.mark.parametrize("name", VALUES)
def test_what_can_be_read_is_read_as_exactly_what_it_says(name: str) -> None:
    tree = read(CASES[name])
    value = tree["spec"]["parameters"]["knob"].get("value")
    assert type(value) is type(VALUES[name])
    # Not by `==` in the assertion itself: pytest would print ten million characters.
    is_same = value == VALUES[name]
    assert is_same
    rest = read(MANIFEST.replace("HERE", "x").encode())
    del rest["spec"]["parameters"], tree["spec"]["parameters"]
    if name == "NFD path":
        rest["spec"]["artifacts"][0]["path"] = "mode\u0301le.onnx"
    assert tree == rest


@pytest.mark.parametrize("name", FAULTS)
def test_what_cannot_is_refused_at_its_place_with_advice(name: str) -> None:
    code, where, count = FAULTS[name]
    found = faults_of(CASES[name])
    assert (found[0].code, place(found[0]), len(found)) == (code, where, count)
    assert found[0].help or found[0].wanted


@pytest.mark.parametrize("levels", [4, 10, 60])
def test_an_alias_bomb_of_any_size_is_refused_at_the_same_place(levels: int) -> None:
    assert [place(fault) for fault in faults_of(bomb(levels))] == ["21:45 /a3/7"]


def test_a_bomb_that_does_not_go_off_is_known_by_its_keys() -> None:
    assert {fault.code for fault in faults_of(bomb(3))} == {faults.UNKNOWN_KEY}
