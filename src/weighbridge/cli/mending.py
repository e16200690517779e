"""What mends a release: who writes weights in another format, and who makes locks anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from weighbridge.cli.console import Session
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
