from __future__ import annotations

from weighbridge.model.document import Document, Place, Span
from weighbridge.model.location import Location

#       123456789
TEXT = "a: {b: x}\n"
DOCUMENT = Document(
    file="f.yaml",
    text=TEXT,
    data={"a": {"b": "x"}},
    places={
        "": Place(Span(1, 1, 0, 10), None, "block"),
        "/a": Place(Span(1, 4, 3, 9), Span(1, 1, 0, 1), "flow"),
        "/a/b": Place(Span(1, 8, 7, 8), Span(1, 5, 4, 5), "plain"),
    },
)


def test_a_value_is_found_and_its_key() -> None:
    assert DOCUMENT.location("/a/b") == Location("f.yaml", 1, 8, "/a/b")
    assert DOCUMENT.location("/a/b", key=True) == Location("f.yaml", 1, 5, "/a/b")
    assert DOCUMENT.location("", key=True) == Location("f.yaml", 1, 1, "")


def test_what_is_not_there_is_where_it_would_be() -> None:
    assert DOCUMENT.location("/a/c") == Location("f.yaml", 1, 1, "/a/c")
    assert DOCUMENT.location("/a/b/c/d") == Location("f.yaml", 1, 5, "/a/b/c/d")
    assert DOCUMENT.location("/x") == Location("f.yaml", 1, 1, "/x")


def test_a_document_without_text_has_its_first_place() -> None:
    assert Document(file="f").location("/a/b") == Location("f", 1, 1, "/a/b")
    assert Document(file="f").source_text("/a") == ""


def test_the_source_text_is_cut_out_of_the_text() -> None:
    assert DOCUMENT.source_text("/a") == "{b: x}"
    assert DOCUMENT.source_text("/a/b") == "x"
    assert DOCUMENT.source_text("/a/c") == ""
