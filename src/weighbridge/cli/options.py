"""Options shared by verbs. Global ones are accepted before and after the verb."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
_OUTPUT = "weighbridge.output"
ADDED: set[str] = set()
"""Environment variables that are ours: whoever runs another program leaves them out."""


@dataclass(frozen=True, slots=True)
class Globals:
    """What was said for the whole run.

    Attributes:
        quiet: Print no hints and no progress.
        verbose: Print more, tracebacks of our bugs included.
        color: `auto`, `always` or `never`.
        progress: Whether long work may show progress.
        offline: Whether the network must not be used.
        registry: Where the registry is, if it was named.
        engine: Who reads files, if somebody was named.
    """

    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    progress: bool = True
    offline: bool = False
    registry: str | None = None
    engine: str | None = None


def given(ctx: click.Context) -> Globals:
    """Return the global options of a run, wherever on the line they stood."""
    found = ctx.find_root().obj
    return found if isinstance(found, Globals) else Globals()


def _remember(field: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        del parameter
        if value is not None:
            root = ctx.find_root()
            root.obj = replace(given(ctx), **{field: value})

    return callback


def _flag(field: str, *names: str, value: bool, help: str) -> click.Option:  # noqa: A002 - click's word
    return click.Option(
        [*names],
        is_flag=True,
        flag_value=value,
        default=None,
        type=bool,
        expose_value=False,
        callback=_remember(field),
        help=help,
    )


GLOBAL_OPTIONS: tuple[click.Option, ...] = (
    _flag("quiet", "-q", "--quiet", value=True, help="Print results only."),
    _flag("verbose", "-v", "--verbose", value=True, help="Print more."),
    click.Option(
        ["--color"],
        type=click.Choice(["auto", "always", "never"]),
        default=None,
        expose_value=False,
        callback=_remember("color"),
        help="When to use colour (also NO_COLOR).",
    ),
    _flag("progress", "--no-progress", value=False, help="Show no progress."),
    _flag("offline", "--offline", value=True, help="Never use the network."),
    click.Option(
        ["--registry"],
        metavar="PLACE",
        default=None,
        expose_value=False,
        callback=_remember("registry"),
        help="Where the registry is: a folder, postgresql://… or https://…",
    ),
    click.Option(
        ["--engine"],
        metavar="ENGINE",
        default=None,
        expose_value=False,
        callback=_remember("engine"),
        help="Who reads files: processes[:N], dask://HOST:PORT, here.",
    ),
)


class VerbGroup(click.Group):
    """A verb with verbs of its own (`rules list`); it takes the global options too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the global options."""
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *GLOBAL_OPTIONS]


class Verb(click.Command):
    """A command that takes the global options too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Add the global options behind the verb's own."""
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *GLOBAL_OPTIONS]

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Show help as wide as the group does."""
        kwargs.setdefault("max_content_width", 100)
        return super().make_context(*args, **kwargs)


def reading(*formats: str) -> Callable[[F], F]:
    """Give a verb that reads its `--output-format` (the first is the default) and `--output`."""

    def decorate(function: F) -> F:
        choice = click.option(
            "--output-format",
            type=click.Choice(formats),
            default=formats[0],
            show_default=True,
            help="Format of the result.",
        )
        output = click.option(
            "--output",
            type=click.Path(dir_okay=False),
            metavar="FILE",
            expose_value=False,
            callback=_remember_output,
            help="Write the result to a file instead of the terminal.",
        )
        return choice(output(function))

    return decorate


def _remember_output(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
    del parameter
    ctx.meta[_OUTPUT] = None if value == "-" else value


def output_of(ctx: click.Context) -> str | None:
    """Return the file a verb's result goes to, or None for standard output."""
    found: str | None = ctx.meta.get(_OUTPUT)
    return found


dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
