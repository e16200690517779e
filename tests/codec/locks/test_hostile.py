"""Whatever the bytes: a lock, or a `LockSyntaxError`, in time that grows with their number."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.locks.samples import CONDA, CONDA_LIST, PYLOCK, REQUIREMENTS, UV, VIA
from weighbridge.codec.locks import LIMITS, READERS, LockSyntaxError, read_lock
from weighbridge.codec.locks.inputs import input_names, read_inputs

if TYPE_CHECKING:
    from weighbridge.model.lock import Lock

SAMPLES = {
    "pylock": [PYLOCK],
    "requirements": [REQUIREMENTS, VIA],
    "uv": [UV],
    "conda": [CONDA, CONDA_LIST],
}
PIECES = [
    b"[",
    b"]",
    b'"',
    b"'",
    b"=",
    b"{",
    b"}",
    b"\n",
    b"\\\n",
    b"#",
    b"\0",
    b"\xff",
    b"-r",
    b";",
    b"  ",
    b"- ",
    b"*a",
    b"&a",
    b"!!",
    b"@EXPLICIT\n",
    b"\xf0\x9f\x98\x80",
    b"\xc2\x85",
    b"9" * 5000,
]
MUTATIONS = 2000


def lock_or_refusal(data: bytes, kind: str) -> Lock | None:
    try:
        return read_lock(data, kind, "lock")
    except LockSyntaxError as error:
        assert 1 <= error.line <= data.count(b"\n") + data.count(b"\r") + 1  # noqa: PT017
        return None


@given(st.binary(max_size=400), st.sampled_from(sorted(READERS)))
def test_any_bytes(data: bytes, kind: str) -> None:
    lock = lock_or_refusal(data, kind)
    assert lock is None or lock.format == kind


@given(st.text(max_size=400), st.sampled_from(sorted(READERS)))
def test_any_text(text: str, kind: str) -> None:
    lock = lock_or_refusal(text.encode("utf-8", "replace"), kind)
    assert lock is None or lock.format == kind


@given(
    st.sampled_from(sorted(READERS)),
    st.lists(
        st.tuples(
            st.integers(0, 4000),
            st.integers(0, 12),
            st.one_of(st.binary(max_size=4), st.sampled_from(PIECES)),
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_changed_locks(kind: str, edits: list[tuple[int, int, bytes]]) -> None:
    data = SAMPLES[kind][0].encode()
    for place, length, put in edits:
        at = place % len(data)
        data = data[:at] + put + data[at + length :]
    lock = lock_or_refusal(data, kind)
    assert lock is None or all(pin.line <= data.count(b"\n") + 1 for pin in lock.pins)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Change a lock in one to four places: a piece put in, bytes taken out, a part repeated."""
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(len(data) + 1), chance.choice((0, 1, 3, 40, 400))
        put = chance.choice([*PIECES, chance.randbytes(3), data[at : at + length] * 2])
        data = data[:at] + put + data[at + length :]
    return data


@pytest.mark.parametrize("kind", sorted(READERS))
def test_two_thousand_mutations_of_each_format(kind: str) -> None:
    chance = random.Random(f"locks {kind}")  # noqa: S311 - the same mutations every time
    samples = [sample.encode() for sample in SAMPLES[kind]]
    refused = 0
    for number in range(MUTATIONS):
        data = mutated(samples[number % len(samples)], chance)
        refused += lock_or_refusal(data, kind) is None
    assert 0 < refused < MUTATIONS


@given(st.binary(max_size=300), st.sampled_from(["pyproject.toml", "a.in"]))
def test_any_input(data: bytes, file: str) -> None:
    assert input_names(b"# uv pip compile " + data, "a.lock", "requirements")
    try:
        found = read_inputs(data, file, groups=True)
    except LockSyntaxError as error:
        assert error.file == file  # noqa: PT017
    else:
        assert all(one.file == file for one in found)


@pytest.mark.parametrize("kind", sorted(READERS))
def test_size_is_limited(kind: str) -> None:
    with pytest.raises(LockSyntaxError, match="is larger than 16 MiB"):
        read_lock(b"#" * (LIMITS.size + 1), kind, "lock")


@pytest.mark.parametrize("kind", sorted(READERS))
def test_text_is_utf_8(kind: str) -> None:
    with pytest.raises(LockSyntaxError, match="lock:2: is not UTF-8"):
        read_lock(b"# \n# \xff", kind, "lock")


@pytest.mark.parametrize("kind", ["uv", "pylock"])
def test_entries_are_limited(kind: str) -> None:
    key = {"uv": "package", "pylock": "packages"}[kind]
    data = f"version = 1\nlock-version = '1.0'\n{key} = [{'{},' * (LIMITS.entries + 1)}]".encode()
    with pytest.raises(LockSyntaxError, match="more than 20000 packages"):
        read_lock(data, kind, "lock")


@pytest.mark.parametrize("kind", ["poetry", ""])
def test_other_formats_are_refused(kind: str) -> None:
    with pytest.raises(LockSyntaxError, match="locks are not read by this version"):
        read_lock(b"", kind, "lock")


@pytest.mark.parametrize(
    "text",
    [
        "a" + " " * 300_000 + "!",
        "a @ " + "x" * 300_000,
        "a==1 ; " + "(" * 300_000,
        "a==1 " + "--hash=" * 50_000,
        "-e " + "a" * 300_000,
        "/" + "a" * 300_000,
        "https://h/" + "#egg=" * 60_000,
        "a" * 300_000,
        "\\\n" * 100_000,
        "x = " + '"\\"' * 100_000 + "." * 300,
        "x = '" + "a" * 300_000,
        "." * 300_000,
        "-r " + "'\"" * 100_000,
        "-r '" + '"' * 300_000,
        "a # " + " #" * 100_000,
        "a==1 # via " + "b" * 300_000 + "!",
        "a==1 # via\n" + "#   b\n" * 50_000,
        "a://" * 100_000,
        "a" * 300_000 + "://@",
        "@EXPLICIT\nhttps://h/a/" + "-" * 300_000 + ".conda",
        "a: " + "[" * 100_000,
        "x: &a [1]\ny: [" + "*a," * 50_000 + "]",
        "version: 1\npackage: [" + "{}," * 100_000 + "]",
    ],
)
def test_no_text_takes_long(text: str) -> None:
    for kind in READERS:
        assert lock_or_refusal(text.encode(), kind) is None or kind == "requirements"
