from __future__ import annotations

from weighbridge.model.structure import GlobalUse, Problem, Structure, TensorInfo


def structure(name: str, *members: Structure) -> Structure:
    return Structure(format="zip", status="complete", container=name, members=members)


def test_a_walk_lists_all_members_outermost_first() -> None:
    tree = structure("", structure("a", structure("a!/b")), structure("c"))
    assert [found.container for found in tree.walk()] == ["", "a", "a!/b", "c"]
    assert tree.walk()[0] is tree


def test_what_is_not_said_is_nothing() -> None:
    empty = Structure(format="unknown", status="error", reason="no such format")
    assert (empty.coverage, empty.problems, empty.globals, empty.tensors) == (0, (), (), ())
    assert not GlobalUse(module="os", name="system", offset=2).called
    assert TensorInfo(name="w", dtype="F32", shape=(2,)).offset == -1
    assert Problem(code="INT008", message="cut short").wanted == ""
