"""Many files travel as one archive, since no registry takes a manifest of them all."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.usecases.repacked import Repacked
from tests.usecases.workshop import commit

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

MANY = 1_000


@pytest.mark.slow
def test_a_directory_of_many_files_comes_back_as_it_was(bench: Bench) -> None:
    data = bench.folder / "data"
    for number in range(MANY):
        place = data / f"{number % 100:02}" / f"{number:05}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{number}\n")
    bench.edit(
        "    - {name: labels",
        "    - {name: data, role: dataset, path: data}\n    - {name: labels",
    )
    commit(bench.folder)
    digest = bench("seal").out.split()[0]
    assert bench("push", "demo@1.0.0", "oci:../layout").code == 0
    manifest = Repacked(bench.folder.parent / "layout", "1.0.0").manifest
    archives = [layer for layer in manifest.layers if layer.media_type.endswith(".tar")]
    assert [layer.media_type for layer in archives] == ["application/vnd.cncf.model.dataset.v1.tar"]
    assert len(manifest.layers) == 6
    found = bench("pull", "oci:../layout", "--registry=../other", "--output=../out")
    assert (found.code, found.out) == (0, f"{digest}  demo@1.0.0\n")
    out = bench.folder.parent / "out/data"
    assert (
        sum(1 for path in out.rglob("*.txt") if path.read_text() == f"{int(path.stem)}\n") == MANY
    )
    shutil.rmtree(bench.folder.parent / "layout")
    again = bench("push", "demo@1.0.0", "oci:../layout", "--registry=../other", "--dry-run")
    assert again.code == 0
