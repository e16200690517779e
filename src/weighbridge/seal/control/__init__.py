"""The control plane: what owners can change, how they say so, and whether enough of them did.

Nine rooms: a change (`change`, `key_changes`, `log_changes`, `custody_changes`, `stop_changes`),
the statement that proposes it (`proposal`), who has signed that (`authorisation`), what it makes of
the trust (`trust_changes`) and of all that owners have said (`state`).
"""

from __future__ import annotations

from weighbridge.seal.control.authorisation import Authorisation, authorise
from weighbridge.seal.control.change import Action, Change, ControlError, Obstacle
from weighbridge.seal.control.custody_changes import custody_change
from weighbridge.seal.control.key_changes import revoke_key, trust_identity, trust_key
from weighbridge.seal.control.log_changes import (
    LogRotation,
    log_rotation_of,
    rotate_log,
)
from weighbridge.seal.control.proposal import Proposal, read_proposal, write_proposal
from weighbridge.seal.control.state import ControlState, Said
from weighbridge.seal.control.stop_changes import Wish, said_in, stop_change
from weighbridge.seal.control.trust_changes import apply, initial_trust

__all__ = [
    "Action",
    "Authorisation",
    "Change",
    "ControlError",
    "ControlState",
    "LogRotation",
    "Obstacle",
    "Proposal",
    "Said",
    "Wish",
    "apply",
    "authorise",
    "custody_change",
    "initial_trust",
    "log_rotation_of",
    "read_proposal",
    "revoke_key",
    "rotate_log",
    "said_in",
    "stop_change",
    "trust_identity",
    "trust_key",
    "write_proposal",
]
