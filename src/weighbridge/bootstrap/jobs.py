"""The jobs of a registry, by its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from weighbridge.adapters.jobs.dbos_jobs import DbosJobs
    from weighbridge.adapters.jobs.tables import JobTables
    from weighbridge.model.settings import Settings


def open_tables(settings: Settings) -> JobTables:
    """Open the database jobs are kept in.

    Args:
        settings: They name the registry.

    Raises:
        UnavailableError: The extra `worker` is missing.
    """
    from weighbridge.model.errors import UnavailableError

    try:
        from weighbridge.adapters.jobs.tables import JobTables, address_of
    except ModuleNotFoundError as error:
        help_ = ['pip install "weighbridge[worker]"']
        raise UnavailableError(f"{error.name} is not installed", help=help_) from error
    return JobTables(address_of(settings.registry.value))


def open_jobs(settings: Settings) -> DbosJobs:
    """Open the jobs of a registry; they are to be closed.

    Args:
        settings: They name the registry.

    Raises:
        UnavailableError: The extra `worker` is missing.
    """
    from weighbridge.adapters.jobs.dbos_jobs import DbosJobs

    return DbosJobs(open_tables(settings))
