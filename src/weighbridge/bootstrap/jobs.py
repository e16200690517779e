"""The jobs of a registry, by its settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
    from weighbridge.adapters.jobs.tables import JobTables
    from weighbridge.model.settings import Settings
    from weighbridge.model.team.job_settings import JobSettings


def open_tables(settings: Settings, jobs: JobSettings) -> JobTables:
    """Open the database jobs are kept in.

    Args:
        settings: They name the registry.
        jobs: They may name a database.

    Raises:
        UnavailableError: The extra `worker` is missing.
    """
    from weighbridge.model.errors import UnavailableError

    try:
        from weighbridge.adapters.jobs.tables import JobTables, address_of
    except ModuleNotFoundError as error:
        help_ = ['pip install "weighbridge[worker]"']
        raise UnavailableError(f"{error.name} is not installed", help=help_) from error
    return JobTables(address_of(Path(settings.registry.value), jobs.database))


def open_jobs(settings: Settings, jobs: JobSettings) -> DbosJobs:
    """Open the jobs of a registry; they are to be closed.

    Args:
        settings: They name the registry.
        jobs: They may name a database.

    Raises:
        UnavailableError: The extra `worker` is missing.
    """
    from weighbridge.adapters.jobs.dbos_jobs import DbosJobs

    return DbosJobs(open_tables(settings, jobs))
