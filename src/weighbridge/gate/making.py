"""How evidence of a kind is made, for whoever is told that it is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.gate.packs import CHECK
from weighbridge.gate.parity import COMPARE, PARITY_TYPES
from weighbridge.gate.replays import REPLAY_TYPES, REPLAYING
from weighbridge.model.predicates import PROVENANCE

if TYPE_CHECKING:
    from weighbridge.model.policy import Evidence as Demand
    from weighbridge.model.policy import Spec

_COMMANDS: Final = {
    "report": "weighbridge check REF --sign --key NAME",
    **dict.fromkeys(PARITY_TYPES, COMPARE),
    **dict.fromkeys(REPLAY_TYPES, REPLAYING),
    "provenance": f"weighbridge attest REF --predicate FILE --type {PROVENANCE}",
    "rendering": "weighbridge render REF --target T --sign --key NAME",
    "drill": "weighbridge drill ENV --sign --key NAME",
}
_NAMES: Final = {"drill": "drill of this gate"}


def command_for(demand: Demand, policy: Spec, other: str = "have it made and signed again") -> str:
    """Say how evidence is made; a report for a policy with rule packs says for which."""
    if demand.type == "report" and policy.rule_packs:
        return CHECK
    return _COMMANDS.get(demand.type, other)


def called(demand: Demand) -> str:
    """Say what is demanded, where the short name of its type does not say enough."""
    return _NAMES.get(demand.type, demand.type)
