"""How jobs are run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySettings:
    """How a worker makes builds again; it runs what the release's author wrote.

    Attributes:
        allow: Whether it does so at all.
        inputs: Folder in which inputs lie, by path or by digest; empty for none.
        python: The Python a build finds; empty for the recorded one.
        memory: GiB a build may hold, and write.
        timeout: Seconds it may run.
    """

    allow: bool = False
    inputs: str = ""
    python: str = ""
    memory: float = 8.0
    timeout: float = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WarnSettings:
    """Of what a worker warns.

    Attributes:
        days: How many days before it ends.
        advisories: Days from which advisories are too old; 0 for never.
    """

    days: int = 14
    advisories: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSettings:
    """What workers go by.

    Attributes:
        attempts: How often a job is tried if something it needs is not to be had.
        pause: Seconds before the second attempt; each later one waits twice as long.
        longest_pause: Seconds no pause is longer than.
        rescan: When (`HH:MM`, UTC) advisories are asked about again, daily; empty for never.
        warn: When (`HH:MM`, UTC) it is told what ends soon, daily; empty for never.
        checks: Whether what is sealed is checked without anybody asking.
        engine: Who reads files, as the project's settings have it; empty for theirs.
        replay: How builds are made again.
        warning: Of what is warned.
        destinations: Repositories releases may be pushed to: `oci://HOST/NAME`, or
            `oci://HOST/PREFIX/*` for all below.
        otlp_endpoint: Where traces are sent (OTLP over HTTP); empty for nowhere.
    """

    attempts: int = 8
    pause: float = 5.0
    longest_pause: float = 600.0
    rescan: str = "02:00"
    warn: str = "06:00"
    checks: bool = True
    engine: str = ""
    replay: ReplaySettings = field(default_factory=ReplaySettings)
    warning: WarnSettings = field(default_factory=WarnSettings)
    destinations: tuple[str, ...] = ()
    otlp_endpoint: str = ""
