"""What mends a release: who writes weights in another format, and who makes locks anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.cli.check import Weigh
    from weighbridge.cli.console import Session
    from weighbridge.model.report import Report
    from weighbridge.usecases.converting import Conversions
    from weighbridge.usecases.references import Named
    from weighbridge.usecases.remedying.relocking import Relocks


def conversions_of(session: Session, path: Path) -> Conversions:
    """Make who converts the weights of a release.

    Args:
        session: The run.
        path: The manifest.
    """
    from weighbridge.bootstrap import open_converter
    from weighbridge.usecases.converting import Conversions

    return Conversions(path.parent, open_converter(session.environ), session.reader())


def relocks_of(session: Session, named: Named, path: Path, targets: Sequence[str] = ()) -> Relocks:
    """Make who mends the locks of a release.

    Args:
        session: The run.
        named: The release.
        path: Its manifest.
        targets: Names of the targets it is mended for; none for all it declares.
    """
    from weighbridge.bootstrap import open_resolver
    from weighbridge.usecases.remedying.looking import advised, on_targets
    from weighbridge.usecases.remedying.means import Means
    from weighbridge.usecases.remedying.relocking import Relocks

    settings = session.settings(path.parent)
    means = Means(
        resolver=open_resolver(settings, environ=session.environ, offline=session.globals.offline),
        looks=on_targets(named.release, targets),
        affected=advised(session.advisories(settings)),
    )
    return Relocks(path.parent, means)


def _authored(named: Named) -> Path:
    from weighbridge.model.errors import UsageError

    if named.path is None:
        message = "a sealed release cannot be changed"
        raise UsageError(message, help=["name the manifest file it was sealed from"])
    return named.path


def show_remedies(session: Session, named: Named, weigh: Weigh, targets: tuple[str, ...]) -> str:
    """Show what mending would change, and change nothing."""
    from weighbridge.model.wording import plural
    from weighbridge.usecases.fix import remedies

    path = _authored(named)
    report, conversions = weigh(named), conversions_of(session, path)
    relocks = relocks_of(session, named, path, targets)
    changes = remedies(
        report,
        named,
        path,
        prepare=session.preparing(path.parent),
        conversions=conversions,
        relocks=relocks,
    )
    session.result("".join(change.diff() for change in changes))
    _say(session, conversions, relocks)
    session.hint(f"{plural(len(changes), 'file')} would be changed by `weighbridge check --fix`")
    return report.verdict.value


def mend(session: Session, named: Named, weigh: Weigh, targets: tuple[str, ...]) -> Report:
    """Apply safe remedies, and weigh again."""
    from weighbridge.model.wording import plural
    from weighbridge.usecases.fix import fix

    path = _authored(named)
    conversions, relocks = conversions_of(session, path), relocks_of(session, named, path, targets)
    changes, report = fix(
        named,
        path,
        weigh,
        prepare=session.preparing(path.parent),
        conversions=conversions,
        relocks=relocks,
    )
    for change in changes:
        session.hint(change.diff())
    _say(session, conversions, relocks)
    session.hint(f"{plural(len(changes), 'change')} made" if changes else "nothing to fix safely")
    return report


def _say(session: Session, conversions: Conversions, relocks: Relocks) -> None:
    from weighbridge.report.remedy import told

    for said in conversions.said:
        session.hint(said)
    for mending in relocks.mendings.values():
        session.hint(told(mending))
