"""The shapes of what is said in statements, ours and other people's, and what is none.

One table serves who writes a statement, who takes one in, and the gate that reads it. It needs
nothing but the standard library, since verifying must not either.
"""

from __future__ import annotations

from weighbridge.codec.predicates.table import SHAPES, shape_fault

__all__ = ["SHAPES", "shape_fault"]
