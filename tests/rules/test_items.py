from __future__ import annotations

from dataclasses import replace

from weighbridge.model.fact import Facts
from weighbridge.model.location import Location
from weighbridge.rules import items, sample


def test_without_a_manifest_there_is_nothing_declared() -> None:
    facts = Facts()

    declared = (items.release, items.artifacts, items.locks, items.targets, items.todos)
    assert [list(each(facts)) for each in declared] == [[]] * len(declared)
    assert items.place(facts, "/spec") == Location("", pointer="/spec")


def test_loose_files_are_examined_in_order() -> None:
    facts = Facts(files=sample.file("b") | sample.file("a"))

    assert [(item.subject, item.location) for item in items.examined(facts)] == [
        ("a", Location("a")),
        ("b", Location("b")),
    ]


def test_a_directory_that_could_not_be_read_is_examined_as_such() -> None:
    release = sample.release({"/spec/artifacts/0/path": "model"})
    facts = Facts(
        release=release.release,
        document=release.document,
        directories={"model": items.NOT_LOOKED_AT},
    )

    (item,) = items.examined(facts)
    assert (item.subject, item.value.file) == ("model", items.NOT_LOOKED_AT)


def test_names_are_written_as_the_command_line_writes_them() -> None:
    assert items.dotted("/spec/artifacts/0/digest") == "spec.artifacts.0.digest"


def test_the_sample_can_be_changed_anywhere() -> None:
    second = {"name": "card", "role": "card", "path": "README.md"}
    facts = sample.release({"/spec/artifacts/1": second, "/metadata/risk": "high"})

    assert facts.release is not None
    assert facts.release.metadata.risk == "high"
    assert [artifact.name for artifact in facts.release.spec.artifacts] == ["model", "card"]


def test_targets_are_all_that_are_declared_or_those_asked_for() -> None:
    targets = [{"name": name, "os": "linux", "arch": "x86_64"} for name in ("cloud", "edge")]
    facts = sample.release({"/spec/compatibility/targets": targets})

    def named(facts: Facts) -> list[tuple[str, str]]:
        return [(item.subject, item.value.pointer) for item in items.targets(facts)]

    every = [("cloud", "/spec/compatibility/targets/0"), ("edge", "/spec/compatibility/targets/1")]
    assert named(facts) == every
    assert named(replace(facts, targets=("edge",))) == every[1:]
    assert named(replace(facts, targets=())) == []
