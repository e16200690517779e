"""`check --comment FILE`: beside the result, one comment for a pull request."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from weighbridge.cli.console import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.model.ports import Registry
    from weighbridge.model.reading import FileReader
    from weighbridge.model.report import Report
    from weighbridge.model.settings import Settings
    from weighbridge.report.comment import Outlook, Since
    from weighbridge.usecases.references import Named

F = TypeVar("F", bound="Callable[..., str]")
_DEFAULT_NAME = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """The comment somebody asked for.

    Attributes:
        file: Where it is written.
        name: What it is called, to be found again.
        against: The release the other is compared with, if any.
    """

    file: str
    name: str
    against: str | None

    def write(
        self,
        session: Session,
        named: Named,
        report: Report,
        *,
        registry: Registry,
        settings: Settings,
        environments: Sequence[str],
    ) -> None:
        """Write what was found, what changed, and what the gates would say.

        What cannot be told is said, and changes no verdict.
        """
        from weighbridge.report.comment import render_comment

        reader = session.open_reader(settings, cached=True)
        since = None
        if self.against is not None:
            since = _since(session, self.against, named, registry=registry, reader=reader)
        outlooks = [
            _outlook(session, one, named, registry=registry, reader=reader) for one in environments
        ]
        self._keep(session, render_comment(report, name=self.name, since=since, outlooks=outlooks))

    def write_error(self, session: Session, error: WeighbridgeError) -> None:
        """Write what stood in the way: an older comment would speak of what is no longer there."""
        from weighbridge.report.comment import render_comment_of_faults

        self._keep(session, render_comment_of_faults(error.faults, name=self.name))

    def _keep(self, session: Session, text: str) -> None:
        from weighbridge.adapters.files import write_file

        write_file(session.start / self.file, text.encode())


def commenting(function: F) -> F:
    """Give a verb that weighs its `--comment`, `--comment-name` and `--against`."""
    options = (
        click.option(
            "--comment",
            "comment_file",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Write a comment for a pull request, too: verdict, changes, what would pass.",
        ),
        click.option(
            "--comment-name",
            metavar="NAME",
            default=None,
            help=f"What that comment is found again by; `{_DEFAULT_NAME}` if nothing is said.",
        ),
        click.option(
            "--against",
            metavar="REF",
            help="The release it is compared with in that comment.",
        ),
    )

    @functools.wraps(function)
    def weighing(
        *, comment_file: str | None, comment_name: str | None, against: str | None, **others: Any
    ) -> str:
        asked = _asked(comment_file, comment_name, against)
        if asked is None:
            return function(comment=None, **others)
        _refuse_with(others)
        from weighbridge.model.errors import WeighbridgeError

        try:
            return function(comment=asked, **others)
        except WeighbridgeError as error:
            asked.write_error(Session.current(), error)
            raise

    for option in reversed(options):
        weighing = option(weighing)
    return weighing  # type: ignore[return-value] # click hands over what was there before, and more


def _asked(file: str | None, name: str | None, against: str | None) -> Comment | None:
    if file is None:
        if name is not None or against is not None:
            alone = "--against" if name is None else "--comment-name"
            raise click.UsageError(f"{alone} is for --comment")
        return None
    from weighbridge.report.comment import NAMED

    called = _DEFAULT_NAME if name is None else name
    if not NAMED.fullmatch(called):
        raise click.UsageError("--comment-name is of letters, digits and ._/- alone")
    return Comment(file=file, name=called, against=against)


def _refuse_with(others: dict[str, Any]) -> None:
    """Refuse what writes no report of what is there, or is no matter of a pull request."""
    for name, option in (("fix", "--fix"), ("show_diff", "--diff"), ("sign", "--sign")):
        if others[name]:
            raise click.UsageError(f"--comment does not go with {option}")


def _since(
    session: Session, against: str, named: Named, *, registry: Registry, reader: FileReader
) -> Since:
    """Compare with another release, if that can be had."""
    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.report.comment import Since
    from weighbridge.usecases.compare import compare

    try:
        before = session.find(against, registry)
        title = f"{before.release.metadata.name}@{before.release.metadata.version}"
        found = compare(before, named, blobs=registry.blobs, environ=session.environ, reader=reader)
    except WeighbridgeError as error:
        session.hint(f"what changed could not be told: {_first(error)}")
        return Since(name="the release before", problem=_first(error))
    return Since(name=title, changes=found.changes, tensors=found.tensors)


def _outlook(
    session: Session, environment: str, named: Named, *, registry: Registry, reader: FileReader
) -> Outlook:
    """Ask the gate of an environment, if it can be asked."""
    from weighbridge.adapters.clock import utc_now
    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.report.comment import Outlook
    from weighbridge.usecases.prospects import prospect

    try:
        found = prospect(
            named,
            environment,
            registry=registry,
            environ=session.environ,
            reader=reader,
            now=utc_now(),
        )
    except WeighbridgeError as error:
        session.hint(f"the gate of {environment} could not be asked: {_first(error)}")
        return Outlook(environment=environment, problem=_first(error))
    return Outlook(
        environment=environment, decision=found.decision, sealed=found.sealed, bound=found.bound
    )


def _first(error: WeighbridgeError) -> str:
    return error.faults[0].message
