from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.formats.samples import codes, messages, read, sniffed

REAL = (Path(__file__).parent / "files" / "fasttext-0.9.2.bin").read_bytes()
MAGIC = 793_712_314
CBOW, SUPERVISED = 1, 3


def arguments(
    *, dimension: int = 2, loss: int = 3, model: int = SUPERVISED, buckets: int = 1
) -> bytes:
    return struct.pack("<12id", dimension, 5, 1, 1, 5, 1, loss, model, buckets, 2, 3, 100, 0.5)


def dictionary(
    entries: tuple[tuple[bytes, int], ...] = ((b"</s>", 0), (b"word", 0), (b"__label__a", 1)),
    *,
    counts: tuple[int, int, int] | None = None,
    pruned: int = -1,
) -> bytes:
    labels = sum(kind for _, kind in entries)
    raw = struct.pack("<3i", *(counts or (len(entries), len(entries) - labels, labels)))
    raw += struct.pack("<2q", 9, pruned)
    for word, kind in entries:
        raw += word + b"\0" + struct.pack("<qB", 4, kind)
    return raw + bytes(8 * max(0, pruned))


def dense(rows: int, columns: int = 2) -> bytes:
    return struct.pack("<2q", rows, columns) + b"\x3f" * (4 * rows * columns)


def quantiser(dimension: int = 2, parts: int = 1, width: int = 2, last: int = 2) -> bytes:
    return struct.pack("<4i", dimension, parts, width, last) + bytes(4 * 256 * dimension)


def quantised(
    rows: int, columns: int = 2, *, norms: bool = False, size: int | None = None, by: bytes = b""
) -> bytes:
    raw = struct.pack("<B2qi", norms, rows, columns, rows if size is None else size)
    raw += bytes(max(0, rows if size is None else size)) + (by or quantiser())
    return raw + bytes(rows) + quantiser(1, 1, 1, 1) if norms else raw


def fasttext(  # noqa: PLR0917 - in the order they lie in
    start: bytes = b"",
    words: bytes = b"",
    first: bytes = b"",
    second: bytes = b"",
    flags: bytes = b"\0\0",
    version: int = 12,
) -> bytes:
    head = struct.pack("<2i", MAGIC, version)
    parts = (start or arguments(), words or dictionary(), flags[:1], first or dense(3))
    return head + b"".join(parts) + flags[1:] + (second or dense(1))


def test_a_dense_model_is_read() -> None:
    data = fasttext()
    found = read(data)
    assert (found.format, found.status, found.problems) == ("fasttext", "complete", ())
    assert (found.version, found.coverage) == ("12", len(data))
    first, second = found.tensors
    assert (first.name, first.dtype, first.shape, first.size) == ("input", "F32", (3, 2), 24)
    assert (second.name, second.shape, second.size) == ("output", (1, 2), 8)
    assert data[first.offset : first.offset + first.size] == b"\x3f" * 24
    assert first.digest.startswith("blake3:")
    assert dict(found.metadata) == {
        "model": "supervised",
        "loss": "softmax",
        "dimension": "2",
        "buckets": "1",
        "character-ngrams": "2 to 3",
        "word-ngrams": "1",
        "words": "2",
        "labels": "1",
    }


def test_a_model_fasttext_wrote_is_read() -> None:
    found = read(REAL)
    assert (found.status, found.problems, found.coverage) == ("complete", (), len(REAL))
    assert [tensor.shape for tensor in found.tensors] == [(19, 4), (2, 4)]
    assert ("words", "9") in found.metadata


def test_a_model_without_labels_answers_words() -> None:
    data = fasttext(arguments(model=CBOW), second=dense(2), version=11)
    found = read(data)
    assert (found.status, found.problems, found.version) == ("complete", (), "11")


def test_quantised_matrices_are_read() -> None:
    both = read(fasttext(first=quantised(3, norms=True), second=quantised(1), flags=b"\1\1"))
    assert (both.status, both.problems) == ("complete", ())
    assert [(tensor.name, tensor.shape) for tensor in both.tensors] == [
        ("input.codes", (3, 1)),
        ("input.centroids", (256, 2)),
        ("input.norms", (3,)),
        ("input.norms.centroids", (256, 1)),
        ("output.codes", (1, 1)),
        ("output.centroids", (256, 2)),
    ]
    one = read(fasttext(first=quantised(3), flags=b"\1\0"))
    assert (one.status, one.tensors[-1].name) == ("complete", "output")


def test_a_pruned_dictionary_has_fewer_rows() -> None:
    pruned = fasttext(words=dictionary(pruned=2), first=quantised(4), flags=b"\1\0")
    assert read(pruned).status == "complete"
    none_left = fasttext(words=dictionary(pruned=0), first=quantised(2), flags=b"\1\0")
    assert read(none_left).status == "complete"


def test_an_empty_model_is_a_model() -> None:
    words = dictionary(())
    empty = fasttext(arguments(buckets=0), words, quantised(0), quantised(0), b"\1\1")
    assert read(empty).status == "complete"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (fasttext(version=10), "does not begin as a model"),
        (struct.pack("<i", MAGIC), "ends inside its numbers"),
        (fasttext(arguments(dimension=0)), "has no meaning"),
        (fasttext(arguments(buckets=-1)), "has no meaning"),
        (fasttext(arguments(loss=9)), "is unknown"),
        (fasttext(arguments(model=0)), "is unknown"),
        (fasttext(words=dictionary(counts=(3, 3, 1))), "do not agree"),
        (fasttext(words=dictionary(counts=(0, 1, -1))), "do not agree"),
        (
            fasttext(words=dictionary(counts=(1 << 30, 1 << 30, 0))),
            "goes beyond the end of the file",
        ),
        (fasttext(words=dictionary(counts=(3, 1, 2))), "has 1 labels, not 2"),
        (fasttext(words=dictionary(((b"a", 2),), counts=(1, 1, 0))), "of the kind 2"),
        (fasttext(words=dictionary(pruned=2)), "not quantised"),
        (fasttext(first=dense(4)), "is 4 × 2, 3 × 2 by the model"),
        (fasttext(first=dense(3, 3)), "is 3 × 3, 3 × 2 by the model"),
        (fasttext(second=dense(2)), "the output matrix is 2 × 2"),
        (fasttext()[:-1], "output goes beyond the end"),
        (fasttext() + b"x", "1 bytes follow"),
        (fasttext(first=quantised(3, size=6), flags=b"\1\0"), "has 6 codes, 3 by its"),
        (fasttext(first=quantised(3, size=-1), flags=b"\1\0"), "has -1 codes"),
        (fasttext(first=quantised(3, by=quantiser(width=0)), flags=b"\1\0"), "does not divide"),
        (fasttext(first=quantised(3, by=quantiser(last=1)), flags=b"\1\0"), "does not divide"),
        (fasttext(first=quantised(3, by=quantiser(4)), flags=b"\1\0"), "does not divide"),
    ],
)
def test_departures_are_corrupt(data: bytes, expected: str) -> None:
    found = read(data, "fasttext")
    assert (found.status, codes(found)) == ("error", ["INT008"])
    assert expected in messages(found)


def test_a_dictionary_that_is_cut_is_corrupt() -> None:
    whole = fasttext(words=dictionary(((b"w" * 200, 0),)), first=dense(2), second=b"-")
    start = whole.index(b"www")
    for end, expected in ((start + 10, "inside a word"), (start + 205, "inside an entry")):
        assert expected in messages(read(whole[:end], "fasttext"))
    words = dictionary(pruned=2)
    head = struct.pack("<2i", MAGIC, 12) + arguments() + words[:-9]
    assert "index of what was pruned" in messages(read(head, "fasttext"))


def test_a_word_without_end_stays_unread() -> None:
    found = read(fasttext(words=dictionary(((b"w" * 5_000, 0),))))
    assert (found.status, found.problems) == ("incomplete", ())
    assert "longer than 4096" in found.reason


def test_words_are_read_across_chunks() -> None:
    many = tuple((b"word-%d" % number, 0) for number in range(5_000))
    data = fasttext(arguments(model=CBOW), dictionary(many), dense(5_001), dense(5_000))
    assert read(data).status == "complete"
    assert read(data, window=600) == read(data)


def test_other_bytes_are_not_claimed() -> None:
    assert sniffed(fasttext()) == "fasttext"
    assert sniffed(fasttext(version=13)) is None
    assert sniffed(struct.pack("<i", MAGIC)) is None
