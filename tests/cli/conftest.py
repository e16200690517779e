from __future__ import annotations

from tests.usecases.conftest import all_keys, bench, committed, ownerless, run

__all__ = ["all_keys", "bench", "committed", "ownerless", "run"]
