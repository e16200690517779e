"""What a document may cost: hostile texts are refused before they are followed."""

from __future__ import annotations

import pytest

from tests.codec.samples import place
from weighbridge.codec import faults
from weighbridge.codec.reading import read_document
from weighbridge.model.errors import DocumentError
from weighbridge.model.limits import DEFAULT_DOCUMENT_LIMITS, DocumentLimits

SMALL = DocumentLimits(size=200, depth=4, nodes=12, alias_nodes=6)


def refused(text: str, limits: DocumentLimits | None = None) -> tuple[str, str, str]:
    with pytest.raises(DocumentError) as raised:
        read_document(text.encode(), "f.yaml", limits=limits or DEFAULT_DOCUMENT_LIMITS)
    fault = raised.value.faults[0]
    assert fault.help
    return fault.code, place(fault), fault.message


@pytest.mark.parametrize("depth", [10**4, 10**5])
@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        ("[", "1:65 "),
        ("{a: ", "1:257 "),
        ("- ", "1:129 "),
        ("? ", "1:3 "),
        ("{", "1:2 "),
        ('{"a":[', "1:193 "),
    ],
)
def test_deep_collections_are_refused(opening: str, expected: str, depth: int) -> None:
    code, where, _ = refused(opening * depth)
    assert code in {faults.BUDGET, faults.SYNTAX}
    assert where.startswith(expected)


def test_a_deep_block_mapping_is_refused() -> None:
    text = "\n".join(" " * level + "a:" for level in range(2_000))
    assert refused(text) == (
        faults.BUDGET,
        "65:65 " + "/a" * 64,
        "deeper than 64 levels",
    )


def test_depth_is_counted_exactly() -> None:
    within, beyond = "a: [[[x]]]", "a: [[[[x]]]]"
    assert read_document(within.encode(), "f", limits=SMALL).data == {"a": [[["x"]]]}
    code, where, message = refused(beyond, SMALL)
    assert (code, where[:4], message) == (faults.BUDGET, "1:7 ", "deeper than 4 levels")


def test_values_are_counted_exactly() -> None:
    within = "a: [1, 2, 3, 4, 5, 6, 7, 8, 9]"
    assert len(read_document(within.encode(), "f", limits=SMALL).places) == 11
    code, where, message = refused(within.replace("]", ", 10]"), SMALL)
    assert (code, where[:5], message) == (faults.BUDGET, "1:32 ", "more than 12 values")


def test_bytes_are_counted_exactly() -> None:
    within = ("a: " + "é" * 120)[:101]
    assert len(within.encode()) == 199
    assert read_document(within.encode(), "f", limits=SMALL).data == {"a": within[3:]}
    assert refused(within + "é", SMALL) == (faults.BUDGET, "1:1 ", "the document is too large")


def test_what_aliases_repeat_is_counted_exactly() -> None:
    within = "a: &a [1, 2]\nb: [*a, *a]\n"
    assert read_document(within.encode(), "f", limits=SMALL).data["b"] == [[1, 2], [1, 2]]
    code, where, message = refused(within + "c: *a\n", SMALL)
    assert (code, where) == (faults.BUDGET, "3:4 /c")
    assert message == "aliases unfold to more than 6 values"


def test_an_alias_bomb_does_not_go_off() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 60):
        inner = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{inner}]")
    code, _, message = refused("\n".join(lines))
    assert (code, message) == (faults.BUDGET, "aliases unfold to more than 10000 values")


@pytest.mark.parametrize(
    "text",
    ['"a"' * 50_000, "&a " * 50_000, "a: " * 50_000, "!x " * 50_000, "'" * 99_999,
     "{" + "," * 50_000, "a: " + "*x" * 50_000,
     "? ? ? ? " * 20_000, "a: |" + "9" * 50_000, "%" * 50_000],
)  # fmt: skip
def test_long_nonsense_is_refused_at_once(text: str) -> None:
    code, _, _ = refused(text)
    assert code in {faults.SYNTAX, faults.BUDGET}


def test_a_large_document_is_read() -> None:
    text = "".join(f"k{number}: [{number}, text {number}]\n" for number in range(20_000))
    assert len(read_document(text.encode(), "f").data) == 20_000
