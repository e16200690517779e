"""How far code that a file holds or names can be trusted, and why.

Lists say what is harmless, by full names. Whatever is on none is to be reviewed; what is known to
run commands, write files or speak to other machines is malicious. Neither is clean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from weighbridge.model.structure import GlobalUse
from weighbridge.rules.security.pickle_globals import Trust, trust

VERSION: Final = "2026-11-28"
"""The day the lists of this package were last brought up to date."""

UNKNOWN: Final = "it is on no list of harmless code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What is thought of a piece of code.

    Attributes:
        level: `allowed`, `note` (worth knowing in a sound file), `needs-review` or `malicious`.
        why: One clause, for those who must decide.
    """

    level: Literal["allowed", "note", "needs-review", "malicious"]
    why: str = ""


ALLOWED: Final = Opinion(level="allowed")


def note(why: str) -> Opinion:
    """Say that it is worth knowing."""
    return Opinion(level="note", why=why)


def review(why: str = UNKNOWN) -> Opinion:
    """Say that somebody has to look at it."""
    return Opinion(level="needs-review", why=why)


def malicious(why: str) -> Opinion:
    """Say that it is known to do harm."""
    return Opinion(level="malicious", why=why)


def of_python(full: str, *, from_root: bool = False) -> Opinion:
    """Judge a Python name, such as `os.system`, by the lists for what pickles import.

    Args:
        full: The name.
        from_root: Whether all behind the first component is walked attribute by attribute;
            otherwise all before the last is a module.
    """
    parts = full.partition(".") if from_root else full.rpartition(".")
    found = trust(GlobalUse(module=parts[0], name=parts[2], offset=0))
    if found is Trust.ALLOWED:
        return ALLOWED
    if found is Trust.MALICIOUS:
        return malicious("it can run code, or read and write files, of the file's choosing")
    return review()
