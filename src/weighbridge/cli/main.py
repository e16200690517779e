"""Run a command and turn what came of it into an exit code; no other file knows the numbers.

Imports nothing at the top but `sys`, so that `--version` and shell completion answer at once.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from weighbridge.model.errors import WeighbridgeError

EXIT_OK = 0
EXIT_CODES = {"failed": 1, "usage": 2, "unavailable": 3, "forbidden": 4, "bug": 70}
VERDICT_CODES = {"pass": 0, "fail": 1, "inconclusive": 3}
EXIT_INTERRUPTED = 130


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
    return _run(words)


def _run(words: list[str]) -> int:
    import click

    from weighbridge.cli.group import weighbridge
    from weighbridge.model.errors import WeighbridgeError

    try:
        result = weighbridge.main(args=words, prog_name="weighbridge", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        sys.stderr.write("interrupted; nothing was half written\n")
        return EXIT_INTERRUPTED
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        return _show(_as_usage_error(error), words)
    except WeighbridgeError as error:
        return _show(error, words)
    except BrokenPipeError:
        return _close_quietly()
    except Exception as error:  # noqa: BLE001 - the one place where a bug of ours becomes a report
        return _show_bug(error, words)
    return result if isinstance(result, int) else VERDICT_CODES.get(str(result), EXIT_OK)


def _as_usage_error(error: object) -> WeighbridgeError:
    """Say in our words what click found wrong with the command line."""
    import click

    from weighbridge.model.errors import UsageError

    if not isinstance(error, click.ClickException):
        return UsageError(str(error))
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if isinstance(context, click.Context) else "weighbridge"
    lowered = message[:1].lower() + message[1:]
    return UsageError(lowered, help=[f"{path} --help"])


def _show(error: WeighbridgeError, words: list[str]) -> int:
    from weighbridge.cli.console import style_stderr
    from weighbridge.report.faults import render_faults

    sys.stderr.write(render_faults(error.faults, styled=style_stderr(words)))
    if error.__cause__ is not None and error.kind == "bug":
        return _show_bug(error.__cause__, words)
    return EXIT_CODES[error.kind]


def _show_bug(error: BaseException, words: list[str]) -> int:
    """Report a bug of ours: an id to quote, the traceback only when it is asked for."""
    import hashlib
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    place = "".join(f"{frame.name}:{frame.lineno};" for frame in frames)
    report = hashlib.sha256(f"{type(error).__name__};{place}".encode()).hexdigest()[:12]
    sys.stderr.write(
        f"error[WB001]: weighbridge has a bug: {type(error).__name__} (report {report})\n"
        "   = help:  run it again with -v and report what it prints\n"
    )
    if {"-v", "--verbose"} & set(words):
        traceback.print_exception(error)
    return EXIT_CODES["bug"]


def _close_quietly() -> int:
    """End without a word when the reader of a pipe has gone."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return EXIT_OK
