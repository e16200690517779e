from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.adapters.serving.models import logarithm, mirror
from tests.reference_servers import configuration, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.reference_servers import Running


@pytest.fixture(scope="package")
def logarithms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve a release as delivery configures it: batches of two at most, a small body."""
    folder = tmp_path_factory.mktemp("logarithm")
    given = configuration(folder / "config", {"max_batch_size": 2, "other": None})
    model = logarithm(folder / "model.onnx")
    with running(
        model,
        "--max-body=65536",
        WEIGHBRIDGE_CONFIG=str(given),
        WEIGHBRIDGE_RELEASE="sha256:abc",
        OMP_NUM_THREADS="1",
    ) as server:
        yield server


@pytest.fixture(scope="package")
def mirrors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Serve a model that answers with its inputs, with no configuration at all."""
    with running(mirror(tmp_path_factory.mktemp("mirror") / "model.onnx")) as server:
        yield server
