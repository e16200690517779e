"""A pull that is interrupted anywhere leaves nothing that is visible, and the next one goes on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.adapters.memory import MemoryRegistry
from tests.usecases.repacked import FILES, FORMS, tree
from weighbridge.adapters.new_folder import NewFolder
from weighbridge.adapters.oci.layout import LayoutRepository
from weighbridge.adapters.registry import EmbeddedRegistry
from weighbridge.model.errors import StorageError
from weighbridge.model.ports import NoProgress
from weighbridge.usecases.pull import pull

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.adapters.plain_folder import PlainSource
    from weighbridge.model.oci import Descriptor
    from weighbridge.model.ports import Registry
    from weighbridge.usecases.pull import Pulled


class Flaky(LayoutRepository):
    """A layout whose reader is interrupted at one of its steps."""

    def __init__(self, folder: Path, after: int) -> None:
        super().__init__(folder, name="oci:layout")
        self.left = after

    def open(self, descriptor: Descriptor) -> PlainSource:
        source = super().open(descriptor)
        read = source.read

        def counted(length: int) -> bytes:
            self.left -= 1
            if self.left == 0:
                raise KeyboardInterrupt
            return read(min(length, 300))

        source.read = counted  # type: ignore[method-assign]
        return source


def pulled(repository: LayoutRepository, form: str, registry: Registry, out: Path) -> Pulled:
    return pull(repository, form, registry=registry, progress=NoProgress(), output=NewFolder(out))


@pytest.mark.parametrize("form", FORMS)
def test_nothing_is_visible_before_all_is_there(form: str, layout: Path, tmp_path: Path) -> None:
    registry = EmbeddedRegistry(tmp_path / "registry")
    steps, found = 0, None
    while found is None:
        steps += 1
        try:
            found = pulled(Flaky(layout, steps), form, registry, tmp_path / "out/there")
        except KeyboardInterrupt:
            assert registry.releases() == []
            assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []
            assert list(registry.blobs.leftovers()) == []
    assert steps > 10
    assert found.new
    assert tree(tmp_path / "out/there").items() >= FILES.items()
    assert [name for name, _, _ in registry.releases()] == ["demo"]
    registry.close()


def test_what_was_stored_is_not_asked_for_again(layout: Path, tmp_path: Path) -> None:
    registry = MemoryRegistry()
    whole = pulled(Flaky(layout, 0), "raw", MemoryRegistry(), tmp_path / "whole").fetched
    with pytest.raises(KeyboardInterrupt):
        pulled(Flaky(layout, 12), "raw", registry, tmp_path / "out")
    again = pulled(Flaky(layout, 0), "raw", registry, tmp_path / "out")
    assert 0 < again.fetched < whole


def test_what_a_pull_counts_on_is_young_again(layout: Path, tmp_path: Path) -> None:
    registry = EmbeddedRegistry(tmp_path / "registry")
    pulled(LayoutRepository(layout, name="oci:layout"), "raw", registry, tmp_path / "one")
    old = registry.blobs.now() - 1000
    stored = [held.name for held in registry.blobs.stored()]
    for digest in stored:
        os.utime(registry.blobs.where(digest), (old, old))
    pulled(LayoutRepository(layout, name="oci:layout"), "raw", registry, tmp_path / "two")
    assert [held.name for held in registry.blobs.stored() if held.modified <= old + 1] == []
    assert len(stored) > 3
    registry.close()


def test_a_folder_that_appears_meanwhile_is_not_written_into(layout: Path, tmp_path: Path) -> None:
    registry = MemoryRegistry()
    out = tmp_path / "out"
    folder = NewFolder(out)
    out.mkdir()
    (out / "precious").write_text("precious")
    with pytest.raises(StorageError, match="could not be written"):
        pull(
            LayoutRepository(layout, name="oci:layout"),
            "raw",
            registry=registry,
            progress=NoProgress(),
            output=folder,
        )
    assert tree(out) == {"precious": b"precious"}
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".tmp"] == []
