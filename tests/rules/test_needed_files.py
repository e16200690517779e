from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rules.asking import ask
from weighbridge.model.fact import Facts, ObservedFile, Unavailable
from weighbridge.model.structure import FileReference, Structure, TensorInfo

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding


def weigh(
    reference: FileReference, other: ObservedFile | Unavailable | None, *, everything: bool = True
) -> tuple[Finding, ...]:
    structure = Structure(format="safetensors-index", status="complete", references=(reference,))
    files: dict[str, ObservedFile | Unavailable] = {
        "d/m.index.json": ObservedFile("d/m.index.json", 9, "sha256:00", structure)
    }
    if other is not None:
        files["d/shard"] = other
    return tuple(ask("INT008", Facts(files=files, everything=everything)))


def shard(size: int, *names: str) -> ObservedFile:
    tensors = tuple(TensorInfo(name=name, dtype="F32", shape=(1,)) for name in names)
    structure = Structure(format="safetensors", status="complete", tensors=tensors)
    return ObservedFile("d/shard", size, "sha256:01", structure)


@pytest.mark.parametrize(
    ("reference", "other", "message"),
    [
        (FileReference(path="shard"), None, "needs d/shard, which is not there"),
        (FileReference(path="shard", size=10), shard(9), "needs 10 bytes of d/shard"),
        (
            FileReference(path="shard", tensors=("a", "b")),
            shard(9, "a"),
            "needs b of d/shard, which it does not hold",
        ),
    ],
)
def test_what_is_missing_of_another_file_is_told(
    reference: FileReference, other: ObservedFile | None, message: str
) -> None:
    (found,) = weigh(reference, other)
    assert found.message == f"d/m.index.json {message}"


@pytest.mark.parametrize(
    "other", [shard(10, "a", "b"), shard(11, "b", "a", "c"), shard(10), Unavailable("gone")]
)
def test_what_is_there_or_said_elsewhere_is_not_told(other: ObservedFile | Unavailable) -> None:
    reference = FileReference(path="shard", size=10, tensors=("a", "b"))
    assert [one for one in weigh(reference, other) if "needs" in one.message] == []


def test_where_not_everything_was_looked_at_nothing_is_missing() -> None:
    assert weigh(FileReference(path="shard"), None, everything=False) == ()
