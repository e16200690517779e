from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.usecases.models.signed import Signed

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


@pytest.fixture
def model(run: Bench) -> Signed:
    """A model that nobody signed yet."""
    return Signed(run)


@pytest.fixture
def signed(model: Signed) -> Signed:
    """A model with a bundle beside it."""
    assert model.sign().code == 0
    return model
