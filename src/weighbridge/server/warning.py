"""The job `warn`: what ends soon, told to those who asked, and judged again where that matters."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from weighbridge.adapters.notifying.opening import open_channel
from weighbridge.bootstrap import local_folder, open_advisories
from weighbridge.bootstrap.notifying import FILE, outbox_of, sinks_of
from weighbridge.model.errors import UnavailableError
from weighbridge.model.expiring import Ending
from weighbridge.model.team.job import JobKind, Order
from weighbridge.usecases.believed import believe
from weighbridge.usecases.jobs.expiring import expiring
from weighbridge.usecases.jobs.warning import notice_of, warn
from weighbridge.usecases.notifying import Filter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from weighbridge.model.advisory import AdvisoryData
    from weighbridge.model.expiring import Expiring
    from weighbridge.model.notification import Notice
    from weighbridge.model.ports import Registry
    from weighbridge.model.settings import Settings
    from weighbridge.model.team.job_settings import WarnSettings
    from weighbridge.server.cancelling import Cancelling

_SHOWN: Final = 200
"""What of it a job's result lists; the rest is counted."""
_DAY: Final = 86_400
_AGED: Final = frozenset({Ending.EVIDENCE, Ending.ADVISORIES})


def warn_of(
    registry: Registry,
    *,
    settings: Settings,
    environ: Mapping[str, str],
    rules: WarnSettings,
    now: str,
    watching: Cancelling,
    order: Callable[[Order], object] | None,
) -> Mapping[str, Any]:
    """Say what ends soon, tell the sinks, and have judged again what rests on data that is old.

    Args:
        registry: The registry.
        settings: They name advisories, and the folder of the sinks.
        environ: Environment variables.
        rules: Of what is warned.
        now: The time.
        watching: Ends it if it was cancelled.
        order: Has something else done; None to leave it.

    Returns:
        What ends, and how many notices arrived.

    Raises:
        UnavailableError: Somebody could not be told, or another process is telling.
    """
    watching.look()
    advisories = open_advisories(settings)
    try:
        found, notices = _look(registry, advisories.data(), rules=rules, now=now)
    finally:
        advisories.close()
    again = sorted({one.environment for one in found if one.kind in _AGED})
    if order is not None:
        for environment in again:
            key = f"{JobKind.REEVALUATE.value}:{now[:10]}:{environment}"
            about = {"environment": environment}
            order(Order(key=key, kind=JobKind.REEVALUATE, about=about))
    sent = _tell(notices, local_folder(settings, environ), now=now, watching=watching)
    return {
        "expiring": [one.entry for one in found[:_SHOWN]],
        "count": len(found),
        "again": again,
        "sent": sent,
    }


def _look(
    registry: Registry, data: AdvisoryData | None, *, rules: WarnSettings, now: str
) -> tuple[Sequence[Expiring], Sequence[Notice]]:
    with registry.reading() as view:
        if not view.size:
            return (), ()  # nobody owns it yet, and nothing ends
        found = expiring(
            view,
            registry=registry,
            now=now,
            within=f"{rules.days * _DAY}s",
            advisories=data,
            oldest=rules.advisories,
        )
        log = believe(view, log_key=registry.log_key)
        origin, index = log.checkpoint.origin, log.size - 1
    return found, [notice_of(one, origin=origin, index=index, now=now) for one in found]


def _tell(notices: Sequence[Notice], root: Path, *, now: str, watching: Cancelling) -> int:
    if not notices or not (root / FILE).is_file():
        return 0
    sinks, outbox = sinks_of(root), outbox_of(root)
    with ExitStack() as stack:
        if not stack.enter_context(outbox.alone()):
            raise UnavailableError("another process is telling; what ends is told after it")
        sent, failed = warn(
            sinks,
            notices,
            reminder=outbox,
            channel=lambda sink: open_channel(sink, root),
            wanted=Filter(sinks, str(root / FILE)),
            now=now,
            look=watching.look,
        )
    if failed:
        raise UnavailableError(f"somebody could not be warned: {', '.join(failed)}")
    return sent
