"""Who watches a build here: strace where it works, else Python's audit hook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.adapters.tracing.audit_hook import AuditHook
from weighbridge.adapters.tracing.strace import find_strace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from weighbridge.model.build_watch import Watcher


def open_watcher(environ: Mapping[str, str], notice: Callable[[str], None]) -> tuple[Watcher, str]:
    """Make who watches a build.

    Args:
        environ: Its `PATH` is where strace is looked for.
        notice: Who is told that we wait for what a command left running.

    Returns:
        The watcher, and why it is not strace; empty if it is.
    """
    found = find_strace(environ, notice)
    return (AuditHook(notice), found) if isinstance(found, str) else (found, "")
