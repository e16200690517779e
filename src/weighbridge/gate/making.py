"""How evidence of a type is made: the commands that remedies name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.gate.replays import REPLAY_TYPES, REPLAYING
from weighbridge.model.predicates import PROVENANCE

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS: Final[Mapping[str, str]] = {
    "report": "weighbridge check REF --sign --key NAME",
    "provenance": f"weighbridge attest REF --predicate FILE --type {PROVENANCE}",
    "drill": "weighbridge drill ENV --sign --key NAME",
    **dict.fromkeys(REPLAY_TYPES, REPLAYING),
}
"""By what a policy calls the type; others are attested, whoever makes them."""
