"""`check --baseline FILE`: what was found before does not fail, and is counted."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from weighbridge.cli.check import Weigh
    from weighbridge.cli.console import Session
    from weighbridge.model.report import Report
    from weighbridge.model.settings import Settings
    from weighbridge.usecases.references import Named

F = TypeVar("F", bound="Callable[..., str]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Baselining:
    """What somebody asked for about a baseline of findings.

    Attributes:
        file: The baseline, if one was named.
        write: Where all that is found is recorded, if anywhere.
        prune: Whether entries of findings that are gone are taken out.
        partial: Whether not all targets are judged: then nothing is known to be gone.
    """

    file: str | None = None
    write: str | None = None
    prune: bool = False
    partial: bool = False

    def over(
        self, weigh: Weigh, session: Session, settings: Settings, *, gate: Sequence[str]
    ) -> Weigh:
        """Hold what is found against the baseline in force, if there is one.

        Args:
            weigh: Weighs a release.
            session: The run.
            settings: They may name one, too.
            gate: Environments whose rules are asked: a gate knows no baseline.

        Raises:
            UnreadableError: There is no such file.
            BaselineError: It is no baseline, or of another release.
            UsageError: What is gone is to be taken out of none.
        """
        place = settings.baseline.value
        if place and gate:
            session.hint("the baseline of the settings is not read: the gate knows none")
        if not place or gate or self.write is not None:
            if self.prune:
                raise click.UsageError("--prune-baseline is for --baseline")
            return weigh
        from weighbridge.usecases.finding_baseline import held_against, load

        kept = load(Path(place), shown=_shown(session, place))

        def held(named: Named) -> Report:
            return held_against(weigh(named), kept, whole=not self.partial)

        return held

    def keep(self, session: Session, settings: Settings, report: Report) -> Report:
        """Write a baseline anew, if that was asked for, and hold what was found against it."""
        if self.write is None and not self.prune:
            return report
        from weighbridge.model.wording import plural
        from weighbridge.usecases.finding_baseline import held_against, load, prune, record

        if self.write is not None:
            shown = _shown(session, self.write)
            kept, withheld = record(report, session.start / self.write, shown=shown)
            session.hint(
                f"recorded {plural(len(kept.baseline.findings), 'finding')} in {shown}: commit it"
            )
            if withheld:
                told = "not recorded, as a credential is not to stay where it is"
                session.hint(f"{plural(withheld, 'finding')} {told}")
        else:
            place = settings.baseline.value
            before = load(Path(place), shown=_shown(session, place))
            kept = prune(report, before)
            count = len(before.baseline.findings) - len(kept.baseline.findings)
            session.hint(f"{plural(count, 'finding')} taken out of {kept.shown}")
        return held_against(report, kept)


def _shown(session: Session, place: str) -> str:
    """Name a file as the user would from where he is."""
    return os.path.relpath(session.start / place, session.start)


def baselining(function: F) -> F:
    """Give `check` its `--baseline`, `--write-baseline` and `--prune-baseline`."""
    options = (
        click.option(
            "--baseline",
            type=click.Path(),
            metavar="FILE",
            help="Findings recorded there do not fail; only new ones do.",
        ),
        click.option(
            "--write-baseline",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            help="Record all that is found in FILE, for --baseline.",
        ),
        click.option(
            "--prune-baseline",
            is_flag=True,
            help="Take out of the baseline what is found no more; nothing is added.",
        ),
    )

    @functools.wraps(function)
    def weighing(
        *, baseline: str | None, write_baseline: str | None, prune_baseline: bool, **others: Any
    ) -> str:
        asked = Baselining(
            file=baseline,
            write=write_baseline,
            prune=prune_baseline,
            partial=bool(others["targets"]),
        )
        _refuse_with(asked, others)
        return function(baselining=asked, **others)

    for option in reversed(options):
        weighing = option(weighing)
    return weighing  # type: ignore[return-value] # click hands over what was there before, and more


def _refuse_with(asked: Baselining, others: dict[str, Any]) -> None:
    """Refuse a baseline where a gate reads the report, and what does not go together."""
    named = {
        "--baseline": asked.file is not None,
        "--write-baseline": asked.write is not None,
        "--prune-baseline": asked.prune,
    }
    given = [option for option, is_given in named.items() if is_given]
    for name, option in (("sign", "--sign"), ("environments", "--for-env")):
        if given and others[name]:
            message = f"{given[0]} does not go with {option}: the gate knows no baseline"
            raise click.UsageError(message)
    others_given = [option for option in given if option != "--write-baseline"]
    if asked.write is not None and others_given:
        raise click.UsageError(f"--write-baseline does not go with {others_given[0]}")
    for name, option in (("show_diff", "--diff"), ("targets", "--for-target")):
        if given and given != ["--baseline"] and others[name]:
            raise click.UsageError(f"{given[-1]} does not go with {option}")
