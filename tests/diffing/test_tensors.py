from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from weighbridge.diffing.tensors import tensor_changes
from weighbridge.model.change import TensorState

Tensors = list[tuple[str, TensorState]]

states = st.builds(
    TensorState,
    dtype=st.sampled_from(["F32", "F16"]),
    shape=st.sampled_from([(2,), (2, 3)]),
    size=st.sampled_from([8, 24]),
    digest=st.sampled_from([None, "sha256:a", "sha256:b"]),
)
tensors = st.lists(st.tuples(st.sampled_from(["", "a", "b", "a#2", "#1"]), states), max_size=6)


def state(digest: str | None = "sha256:a", dtype: str = "F32", size: int = 8) -> TensorState:
    return TensorState(dtype=dtype, shape=(2,), size=size, digest=digest)


def kinds(before: Tensors, after: Tensors) -> dict[str, str]:
    return {change.name: change.kind for change in tensor_changes("m", before, after).changes}


def test_tensors_are_compared_by_name_form_and_digest() -> None:
    before = [("same", state()), ("bytes", state()), ("dtype", state()), ("gone", state())]
    after = [
        ("new", state()),
        ("dtype", state(dtype="F16")),
        ("bytes", state("sha256:b")),
        ("same", state()),
    ]
    found = tensor_changes("model", before, after)
    assert (found.artifact, found.unchanged) == ("model", 1)
    assert [(change.name, change.kind) for change in found.changes] == [
        ("new", "added"),
        ("dtype", "changed"),
        ("bytes", "changed"),
        ("gone", "removed"),
    ]
    assert found.changes[0].before is None
    assert found.changes[0].after == state()
    assert (found.changes[2].before, found.changes[2].after) == (state(), state("sha256:b"))
    assert found.changes[3].after is None


def test_bytes_that_were_not_seen_are_never_unchanged() -> None:
    assert kinds([("a", state(None))], [("a", state(None))]) == {"a": "unknown"}
    assert kinds([("a", state())], [("a", state(None))]) == {"a": "unknown"}
    assert kinds([("a", state(None))], [("a", state(None, size=4))]) == {"a": "changed"}


def test_tensors_without_a_name_of_their_own_are_numbered() -> None:
    unnamed = [("", state()), ("", state()), ("a", state()), ("a", state())]
    assert kinds([], unnamed) == dict.fromkeys(["#1", "#2", "a", "a#2"], "added")
    taken = [("a#2", state()), ("a", state()), ("a", state())]
    assert kinds([], taken) == dict.fromkeys(["a#2", "a", "a#3"], "added")


@given(tensors)
def test_a_file_does_not_differ_from_itself_but_in_what_was_not_seen(found: Tensors) -> None:
    changes = tensor_changes("m", found, found)
    assert {change.kind for change in changes.changes} <= {"unknown"}
    assert len(changes.changes) == sum(one.digest is None for _, one in found)
    assert changes.unchanged + len(changes.changes) == len(found)


@given(tensors, tensors)
def test_turning_the_files_round_swaps_added_and_removed(before: Tensors, after: Tensors) -> None:
    turned = {"added": "removed", "removed": "added"}
    there, back = kinds(before, after), kinds(after, before)
    assert {name: turned.get(kind, kind) for name, kind in there.items()} == back


@given(tensors, tensors)
def test_every_tensor_is_counted(before: Tensors, after: Tensors) -> None:
    found = tensor_changes("m", before, after)
    came = sum(change.kind == "added" for change in found.changes)
    kept = sum(change.kind in {"changed", "unknown"} for change in found.changes)
    assert came + kept + found.unchanged == len(after)
