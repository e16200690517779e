"""Run a command and turn what came of it into an exit code; no other file knows the numbers.

Imports nothing at the top but `sys`, so that `--version` and shell completion answer at once.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


EXIT_OK = 0
EXIT_CODES = {"failed": 1, "usage": 2, "unavailable": 3, "forbidden": 4, "bug": 70}
VERDICT_CODES = {
    "pass": 0,
    "allowed": 0,
    "fail": 1,
    "denied": 1,
    "needs": 1,
    "inconclusive": 3,
}
EXIT_INTERRUPTED = 130
_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after the program's name; those of the process if None.

    Returns:
        The exit code: 0 clean, 1 findings, 2 usage, 3 inconclusive, 4 not allowed, 70 our bug,
        130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--version"]:
        from weighbridge import __version__

        sys.stdout.write(f"weighbridge {__version__}\n")
        return EXIT_OK
    try:
        return _run(words)
    except KeyboardInterrupt:
        return _show_interruption()


def _run(words: list[str]) -> int:
    import os

    import click

    from weighbridge.cli.group import weighbridge
    from weighbridge.cli.options import ADDED
    from weighbridge.cli.streams import make_writable

    make_writable()
    # Otherwise pydantic looks through all that is installed for code to run while it validates.
    if _PLUGINS not in os.environ:
        os.environ[_PLUGINS] = "__all__"
        ADDED.add(_PLUGINS)
    try:
        _demand_file_names()
        result = weighbridge.main(args=words, prog_name="weighbridge", standalone_mode=False)
        if isinstance(result, str):
            return VERDICT_CODES[result]
    except click.Abort:
        return _show_interruption()
    except Exception as error:  # noqa: BLE001 - the one place where a bug of ours becomes a report
        return _show_interruption() if _was_interrupted(error) else _show(error, words)
    return EXIT_OK if result is None else int(result)


def _was_interrupted(error: BaseException) -> bool:
    """Tell whether an interruption is behind it: making a class, Python 3.11 wraps it."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:  # an error may be its own cause
        if isinstance(cause, KeyboardInterrupt):
            return True
        seen.add(id(cause))
        cause = cause.__cause__
    return False


def _demand_file_names() -> None:
    """Refuse to run where file names cannot be those of a manifest, which are UTF-8.

    Raises:
        UsageError: Python was told to take them for something else.
    """
    seen = sys.getfilesystemencoding()
    if seen != "utf-8":
        from weighbridge.model.errors import UsageError

        help_ = ["run it with PYTHONUTF8=1, or in a UTF-8 locale such as C.UTF-8"]
        message = f"Python takes file names for {seen} here"
        raise UsageError(message, seen=seen, wanted="utf-8", help=help_)


def _show_interruption() -> int:
    from weighbridge.cli.streams import print_aside

    print_aside("interrupted; nothing was half written")
    return EXIT_INTERRUPTED


def _show(error: Exception, words: list[str]) -> int:
    """Print what stopped the run, and find its exit code."""
    import click

    from weighbridge.cli.streams import print_aside, said_color, shows_colour
    from weighbridge.model.errors import WeighbridgeError
    from weighbridge.report.faults import render_faults

    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        print_aside(error.format_message())
        return EXIT_CODES["usage"]
    shown = _as_ours(error)
    if not isinstance(shown, WeighbridgeError):
        return _show_bug(error, words)
    styled = shows_colour(said_color(words), sys.stderr)
    print_aside(render_faults(shown.faults, styled=styled).rstrip("\n"))
    if shown.kind == "bug":
        return _show_bug(error.__cause__ or error, words)
    if isinstance(error, OSError):
        _show_traceback(error, words)
    return EXIT_CODES[shown.kind]


def _as_ours(error: Exception) -> Exception:
    """Say in our words what click found wrong with the command line, or the system refused."""
    import click

    from weighbridge.model.errors import UnavailableError, UsageError

    if isinstance(error, OSError):
        reason = (error.strerror or str(error)).lower()
        seen = str(error.filename or "")
        help_ = ["run it again with -v to see where"]
        return UnavailableError(f"the system refused: {reason}", seen=seen, help=help_)
    if not isinstance(error, click.ClickException):
        return error
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    path = "weighbridge" if context is None else context.command_path
    return UsageError(message[:1].lower() + message[1:], help=[f"{path} --help"])


def _show_bug(error: BaseException, words: list[str]) -> int:
    """Report a bug of ours: an id to quote, the traceback only when it is asked for."""
    import hashlib
    import traceback

    from weighbridge.cli.streams import print_aside

    frames = traceback.extract_tb(error.__traceback__)
    place = "".join(f"{frame.name}:{frame.lineno};" for frame in frames)
    report = hashlib.sha256(f"{type(error).__name__};{place}".encode()).hexdigest()[:12]
    print_aside(
        f"error[WB001]: weighbridge has a bug: {type(error).__name__} (report {report})\n"
        "   = help:  run it again with -v and report what it prints"
    )
    _show_traceback(error, words)
    return EXIT_CODES["bug"]


def _show_traceback(error: BaseException, words: list[str]) -> None:
    """Print where an error came from, if -v asks for it."""
    import re
    import traceback

    from weighbridge.cli.streams import print_aside

    if any(word == "--verbose" or re.fullmatch("-[hqv]*v[hqv]*", word) for word in words):
        print_aside("".join(traceback.format_exception(error)).rstrip("\n"))
