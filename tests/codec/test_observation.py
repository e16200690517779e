from __future__ import annotations

import json
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.observation import ObservationError, observation_bytes, read_observation
from weighbridge.model.fact import ObservedFile, PathProblem, Unavailable
from weighbridge.model.structure import (
    CodeKind,
    CodeUse,
    FileReference,
    GlobalUse,
    Problem,
    SecretUse,
    Structure,
    TensorInfo,
)

TEXT = st.text(max_size=8)
NUMBER = st.integers(-1, (1 << 63) - 1)
SIZE = st.integers(0, (1 << 63) - 1)
TENSOR = st.builds(
    TensorInfo,
    name=TEXT,
    dtype=TEXT,
    shape=st.lists(NUMBER, max_size=3).map(tuple),
    offset=NUMBER,
    size=SIZE,
    digest=TEXT,
)


def few(part: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(part, max_size=2).map(tuple)


def structures(
    members: st.SearchStrategy[Structure] | None = None,
) -> st.SearchStrategy[Structure]:
    return st.builds(
        Structure,
        format=TEXT,
        status=st.sampled_from(["complete", "incomplete", "error"]),
        reason=TEXT,
        version=TEXT,
        size=SIZE,
        coverage=SIZE,
        container=TEXT,
        problems=few(st.builds(Problem, code=TEXT, message=TEXT, offset=NUMBER, wanted=TEXT)),
        globals=few(
            st.builds(GlobalUse, module=TEXT, name=TEXT, offset=NUMBER, called=st.booleans())
        ),
        code=few(
            st.builds(
                CodeUse,
                kind=st.sampled_from(get_args(CodeKind)),
                name=TEXT,
                offset=NUMBER,
                detail=TEXT,
            )
        ),
        secrets=few(st.builds(SecretUse, detector=TEXT, offset=NUMBER, line=NUMBER, place=TEXT)),
        tensors=few(TENSOR),
        inputs=few(TENSOR),
        outputs=few(TENSOR),
        metadata=few(st.tuples(TEXT, TEXT)),
        references=few(st.builds(FileReference, path=TEXT, size=SIZE, tensors=few(TEXT))),
        members=st.just(()) if members is None else few(members),
    )


STRUCTURE = st.recursive(structures(), structures, max_leaves=4)
UNAVAILABLE = st.builds(Unavailable, TEXT, TEXT)
FOUND = st.one_of(
    UNAVAILABLE,
    st.builds(PathProblem, path=TEXT, kind=TEXT, target=TEXT),
    st.builds(
        ObservedFile,
        st.just("p"),
        SIZE,
        TEXT,
        STRUCTURE | UNAVAILABLE,
        st.none() | TEXT,
    ),
)

WHOLE = ObservedFile(
    path="p",
    size=9,
    digest="sha256:00",
    structure=Structure(
        format="x",
        status="complete",
        problems=(Problem(code="INT008", message="m"),),
        globals=(GlobalUse(module="os", name="system", offset=1, called=True),),
        code=(CodeUse(kind="keras-lambda", name="f"),),
        secrets=(SecretUse(detector="AWS Access Key"),),
        tensors=(TensorInfo(name="w", dtype="F32", shape=(1,)),),
        metadata=(("a", "b"),),
        references=(FileReference(path="q", tensors=("w",)),),
        members=(Structure(format="y", status="error"),),
    ),
)


@given(FOUND)
def test_what_was_written_is_read(found: ObservedFile | PathProblem | Unavailable) -> None:
    data = observation_bytes(found)
    assert read_observation(data, "p") == found
    assert b"\n" not in data


def test_numbers_of_more_than_64_bits_are_said_and_not_written() -> None:
    huge = TensorInfo(name="w", dtype="F32", shape=(1 << 64,))
    found = replace(WHOLE, structure=Structure(format="x", status="complete", tensors=(huge,)))
    read = read_observation(observation_bytes(found), "p")
    assert isinstance(read, ObservedFile)
    assert isinstance(read.structure, Unavailable)
    assert read.digest == found.digest


def every_change(value: object) -> list[object]:
    """Make a document wrong in one place, in every way and place."""
    wrong: list[object] = [None, -5, 1.5, "x", True, [], {}, [1], ["a", "b", "c", "d"]]
    found = [one for one in wrong if type(one) is not type(value) or value in (None, [], {})]
    if isinstance(value, dict):
        for key in value:
            found.append({name: part for name, part in value.items() if name != key})
            found += [{**value, key: part} for part in every_change(value[key])]
        found.append({**value, "more": 1})
    if isinstance(value, list):
        for place, part in enumerate(value):
            found += [[*value[:place], new, *value[place + 1 :]] for new in every_change(part)]
            found.append([*value[:place], *value[place + 1 :]])
    return found


def test_any_other_bytes_are_refused_or_mean_something_valid() -> None:
    right = json.loads(observation_bytes(WHOLE))
    refused = 0
    for value in every_change(right):
        try:
            found = read_observation(json.dumps(value).encode(), "p")
        except ObservationError:
            refused += 1
        else:
            # Such as a list that is empty instead: another observation, but a whole one.
            assert read_observation(observation_bytes(found), "p") == found
    assert refused > 300


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b'{"size":1}', b"{" * 5_000, b"nan"])
def test_bytes_of_another_kind_are_refused(data: bytes) -> None:
    with pytest.raises(ObservationError):
        read_observation(data, "p")


def test_structures_that_nest_without_end_are_refused() -> None:
    deep = Structure(format="x", status="complete")
    for _ in range(70):
        deep = Structure(format="x", status="complete", members=(deep,))
    data = observation_bytes(replace(WHOLE, structure=deep))
    with pytest.raises(ObservationError, match="too deeply"):
        read_observation(data, "p")
