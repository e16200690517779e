from __future__ import annotations

from pathlib import Path

import pytest

from tests.codec.samples import EXAMPLE
from weighbridge.codec.manifest import read_release
from weighbridge.codec.templates import read_template
from weighbridge.probes.catalogues import FolderCatalogue
from weighbridge.usecases.templates import extending

SHARED = Path(__file__).parents[3] / "shared" / "examples" / "release.yaml"
SHIPPED = Path(__file__).parents[2] / "src" / "weighbridge" / "model" / "templates"
EXTENDS = "extends: onnx-classifier@1\n"


def example() -> str:
    """The whole example as it stands beside the project, or our copy of it."""
    if SHARED.exists():
        return SHARED.read_text(encoding="utf-8")
    return EXAMPLE.replace("metadata:\n", f"{EXTENDS}metadata:\n", 1)


def test_the_example_is_valid_as_it_stands() -> None:
    catalogue = FolderCatalogue("shipped", SHIPPED)
    prepare = extending(Path(), lambda _: [catalogue])
    release, document = read_release(example().encode(), "release.yaml", prepare=prepare)
    assert release.metadata.name == "file-type-detector"
    assert release.extends == "onnx-classifier@1"
    assert document.author.text == example()
    assert [layer.file for layer in document.layers] == ["onnx-classifier@1", "release.yaml"]


def test_our_copy_says_what_it_says() -> None:
    lines = [line for line in example().splitlines() if not line.startswith(("#", "extends:"))]
    assert lines == [line for line in EXAMPLE.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_template_is_valid(path: Path) -> None:
    template, _ = read_template(path.read_bytes(), path.name)
    assert f"{template.metadata.name}@{template.metadata.version}" == path.stem
