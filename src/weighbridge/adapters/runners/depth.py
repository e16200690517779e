"""How deep an answer may be: whoever walks through it calls itself once a level."""

from __future__ import annotations

from typing import Final

from weighbridge.model.trial import WrongAnswerError

DEEPEST: Final = 32
"""Lists within lists; no tensor of NumPy's has more than 64 dimensions, and few have eight."""


def check_depth(outputs: dict[str, object]) -> None:
    """Refuse what is deeper.

    Raises:
        WrongAnswerError: It is.
    """
    level: list[object] = list(outputs.values())
    for _ in range(DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, list | dict)
            for inner in (one if isinstance(one, list) else one.values())
        ]
        if not level:
            return
    raise WrongAnswerError(f"its answer has lists within lists, more than {DEEPEST} deep")
