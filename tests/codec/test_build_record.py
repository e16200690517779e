"""Build records as provenance: one way to write them, and nothing else is read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.codec.build_records import whole_record
from weighbridge.codec.build_record import (
    BuildRecordError,
    provenance,
    read_build_record,
    record_of,
    write_build_record,
)
from weighbridge.codec.predicates import shape_fault
from weighbridge.model.build_record import BuildRecord
from weighbridge.model.host import Variable
from weighbridge.model.predicates import OURS, PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Callable

    Edit = tuple[tuple[str | int, ...], object]

_TEXTS = st.text(max_size=20)


@given(
    command=st.lists(_TEXTS).map(tuple), value=_TEXTS | st.none(), memory=st.integers(1, 2**53 - 1)
)
def test_what_is_written_is_read_back(
    command: tuple[str, ...], value: str | None, memory: int
) -> None:
    record = replace(
        whole_record(),
        command=command,
        environment=(Variable(name="ANY", value=value),),
        memory=memory,
    )

    assert read_build_record(write_build_record(record)) == record


def test_a_record_with_nothing_but_what_must_be_is_read_back() -> None:
    whole = whole_record()
    must = {
        "command", "working_directory", "outputs", "system", "libc", "processor", "usable", "gpus",
        "started", "finished", "witness", "cpu_milliseconds", "wall_milliseconds", "version",
    }  # fmt: skip
    bare = BuildRecord(**{name: getattr(whole, name) for name in must})

    assert read_build_record(write_build_record(bare)) == bare


def test_it_is_provenance_to_others() -> None:
    predicate = provenance(whole_record())

    assert not shape_fault(PROVENANCE, predicate)
    assert [
        one.get("name") or one["uri"]
        for one in predicate["buildDefinition"]["resolvedDependencies"]
    ] == [
        "data/a.csv",
        "/srv/b.csv",
        "pkg:pypi/numpy@2.4.0",
    ]


def _set(*way: str | int) -> Callable[[object], Edit]:
    return lambda value: (way, value)


@pytest.mark.parametrize(
    "edit",
    [
        _set("buildDefinition", "buildType")("https://example.com/other/v1"),
        _set("buildDefinition", "externalParameters", "command")("python train.py"),
        _set("buildDefinition", "externalParameters", "more")(1),
        _set("buildDefinition", "externalParameters", "outputs")(["another.json"]),
        _set("buildDefinition", "internalParameters")({"umask": 18.5}),
        _set("buildDefinition", "resolvedDependencies", 0, "digest")({}),
        _set("buildDefinition", "resolvedDependencies", 0, "annotations")({OURS: [1]}),
        _set("buildDefinition", "resolvedDependencies", 2, "annotations")({OURS: [1]}),
        _set("buildDefinition", "resolvedDependencies", 2, "uri")("pkg:pypi/other@1"),
        _set("runDetails", "metadata")({}),
        _set("runDetails", "builder", "id")("https://example.com/builder"),
        _set(OURS)([]),
        _set(OURS, "witness")("a friend"),
        _set(OURS, "exitCode")(0),
        _set(OURS, "surprise")(1),
        _set(OURS, "processor")("fast"),
        _set(OURS, "usable")("2"),
    ],
)
def test_nothing_else_is_read(edit: Edit) -> None:
    way, value = edit
    predicate = place = json.loads(write_build_record(whole_record()))
    for part in way[:-1]:
        place = place[part]
    place[way[-1]] = value

    with pytest.raises(BuildRecordError):
        record_of(predicate)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"{1", b'{"a": 1.5}'])
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    with pytest.raises(BuildRecordError):
        read_build_record(data)


def test_a_path_that_is_no_text_has_no_record() -> None:
    with pytest.raises(BuildRecordError):
        write_build_record(replace(whole_record(), command=("\udcff",)))


def test_a_record_tells_what_nobody_declared_and_what_left_the_machine() -> None:
    record = whole_record()

    assert [one.path for one in record.undeclared] == ["/srv/b.csv"]
    assert [one.address for one in record.network] == ["10.0.0.1:443"]
    assert not record.partial
