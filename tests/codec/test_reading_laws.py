from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.codec.samples import PLACES
from weighbridge.codec import faults
from weighbridge.codec.reading import read_document
from weighbridge.model.errors import DocumentError, Fault

if TYPE_CHECKING:
    from weighbridge.model.document import Document


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    check_outcome(data)


YAML_LIKE = st.text(
    st.sampled_from("abc019.-+~:,[]{}\"'#&*!|>%@`?\\ud83e \t\n\r\ufeff\u00e9\u2028😀"), max_size=60
)


@given(YAML_LIKE)
def test_any_text_is_read_or_refused(text: str) -> None:
    check_outcome(text.encode())


@given(st.data())
def test_a_mutated_document_is_read_or_refused(data: st.DataObject) -> None:
    text = PLACES
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(start + 5, len(text))))
        text = text[:start] + data.draw(YAML_LIKE) + text[end:]
    check_outcome(text.encode())


def check_outcome(data: bytes) -> None:
    document, found = outcome(data)
    for fault in found:
        assert fault.code in faults.DOCUMENT_FAULTS
        assert fault.location is not None
        assert fault.location.line >= 1
        assert fault.location.column >= 1
    if document is None:
        assert found
        return
    assert document.text.encode() == data
    for at, seen in document.places.items():
        if seen.value.start == len(document.text):
            continue  # to the parser, what ends the text stands in a line of its own
        before = document.text[: seen.value.start].removeprefix("\ufeff")
        before = before.replace("\r\n", "\n").replace("\r", "\n")
        assert seen.value.line == before.count("\n") + 1, at
        assert seen.value.column == len(before) - before.rfind("\n"), at


def outcome(data: bytes) -> tuple[Document | None, tuple[Fault, ...]]:
    try:
        return read_document(data, "f.yaml"), ()
    except DocumentError as error:
        return None, error.faults


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Co", "Cn"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("aé日~/\"' :", max_size=8), inner)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abz\u00e9/~", max_size=5), JSON), st.booleans())
def test_all_json_is_read_as_json(value: dict[str, object], escaped: bool) -> None:  # noqa: FBT001 - drawn
    written = json.dumps(value, ensure_ascii=escaped)
    assume("\ufeff" not in written and "\ufffe" not in written)
    assert read_document(written.encode(), "f.yaml").data == value
