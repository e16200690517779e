"""How `log verify` says what does not hold."""

from __future__ import annotations

from weighbridge.model.errors import LedgerError
from weighbridge.model.verification import Problem

_RESTORE = "restore the registry from a backup, and find out who could write to it"
_REBUILD = "weighbridge registry rebuild --dry-run"


def ledger_problem(
    subject: str,
    message: str,
    seen: str = "",
    wanted: str = "",
    *,
    remedies: tuple[str, ...] = (_RESTORE,),
) -> Problem:
    """Return a problem with the ledger, or with what should be as the ledger has it."""
    return Problem(
        code=LedgerError.code,
        subject=subject,
        message=message,
        seen=seen,
        wanted=wanted,
        remediation=remedies,
    )


def table_problem(table: str, seen: object, wanted: object) -> Problem:
    """Return the problem that a table holds something else than follows from the entries."""
    return ledger_problem(
        table,
        f"the registry's {table} is not what the entries say",
        repr(seen),
        repr(wanted),
        remedies=(_REBUILD, _RESTORE),
    )
