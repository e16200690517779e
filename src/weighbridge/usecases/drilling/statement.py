"""A drill as a statement about the release it was made with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.drill import Fate
from weighbridge.model.errors import UsageError
from weighbridge.model.predicates import DRILL
from weighbridge.seal.statement import Statement, write_statement

if TYPE_CHECKING:
    from weighbridge.model.drill import Drill


def drill_statement(drill: Drill) -> bytes:
    """Write a drill as what is signed.

    Raises:
        UsageError: Nothing came of it, so that there is nothing to be said.
    """
    if drill.controls or not drill.caught + drill.through:
        failed = ", ".join(name for name, _ in drill.controls)
        help_ = [f"weighbridge drill {drill.environment}"]
        message = "this drill proves nothing: acts without any fault were refused, too"
        raise UsageError(message, seen=failed, help=help_)
    planted = [
        {
            "by": ", ".join(one.by),
            "caught": one.fate is Fate.CAUGHT,
            "name": one.name,
            "verdict": one.verdict,
        }
        for one in drill.planted
        if one.fate is not Fate.ABSENT
    ]
    predicate = {
        "at": drill.at,
        "environment": {"digest": drill.environment_digest, "name": drill.environment},
        "notApplicable": [one.name for one in drill.absent],
        "planted": planted,
        "policy": {"digest": drill.policy_digest, "name": drill.policy},
        "result": "PASSED" if drill.verdict == "pass" else "FAILED",
    }
    subject = (drill.title, drill.release)
    return write_statement(Statement(DRILL, subjects=(subject,), predicate=predicate))
