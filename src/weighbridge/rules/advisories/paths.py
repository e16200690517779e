"""How an entry came into a lock: `lock_paths` knows, under the name `audit` asks by."""

from __future__ import annotations

from weighbridge.rules import lock_paths

shortest_paths = lock_paths.Ways
