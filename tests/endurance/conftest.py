from __future__ import annotations

from tests.usecases.conftest import (
    all_keys,
    bench,
    cast,
    committed,
    ownerless,
    run,
    set_up,
    stage,
    staged,
)

__all__ = [
    "all_keys",
    "bench",
    "cast",
    "committed",
    "ownerless",
    "run",
    "set_up",
    "stage",
    "staged",
]
