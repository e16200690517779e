from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from weighbridge.cli.streams import said_color, shows_colour

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

ESC = "\x1b["
SETTERS = (("--registry", "elsewhere"), ("--registry=elsewhere",))


@pytest.mark.parametrize("words", SETTERS)
def test_global_options_stand_before_or_after_the_verb(words: tuple[str, ...], run: Bench) -> None:
    before, after = run(*words, "config"), run("config", *words)
    assert before == after
    assert f"registry = {run.folder}/elsewhere  (--registry)\n" in before.out


def test_the_option_after_the_verb_wins(run: Bench) -> None:
    assert f"{run.folder}/b  (" in run("--registry", "a", "config", "--registry", "b").out


def test_a_verb_below_a_verb_takes_them_too(run: Bench) -> None:
    plain = run("rules", "list")
    assert plain.code == 0
    assert plain == run("-q", "rules", "list") == run("rules", "-q", "list")
    assert plain == run("rules", "list", "-q")


def test_every_global_option_is_taken(run: Bench) -> None:
    words = ("-q", "-v", "--color", "never", "--no-progress", "--offline", "--registry", "r")
    assert run(*words, "config").code == run("config", *words).code == 0


@pytest.mark.parametrize(
    ("environ", "words", "coloured"),
    [
        ({}, (), False),
        ({}, ("--color", "always"), True),
        ({}, ("--color=always",), True),
        ({}, ("--color", "never"), False),
        ({"NO_COLOR": "1"}, ("--color", "always"), True),
    ],
)
def test_results_have_colour_when_asked(
    environ: dict[str, str],
    words: tuple[str, ...],
    coloured: bool,  # noqa: FBT001 - a column of the table
    bench: Bench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert (ESC in bench("check", *words).out) is coloured
    assert (ESC in bench("check", "nowhere", *words).err) is coloured
    assert (ESC in bench(*words, "scan", "labels.json").out) is coloured


class Terminal:
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "color", "wanted"),
    [
        ({}, "auto", True),
        ({"NO_COLOR": "1"}, "auto", False),
        ({"NO_COLOR": ""}, "auto", True),
        ({"TERM": "dumb"}, "auto", False),
        ({"TERM": "xterm"}, "auto", True),
        ({"NO_COLOR": "1"}, "always", True),
        ({}, "never", False),
    ],
)
def test_a_terminal_shows_colour_unless_told_otherwise(
    environ: dict[str, str],
    color: str,
    wanted: bool,  # noqa: FBT001 - a column of the table
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("TERM", raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", Terminal().isatty)
    assert shows_colour(color, sys.stdout) is wanted


def test_the_last_color_on_the_line_counts() -> None:
    assert said_color(["--color", "always", "check", "--color=never"]) == "never"
    assert said_color(["check", "--color"]) == ""
    assert said_color([]) == "auto"


def test_a_file_gets_no_colour_even_from_a_terminal(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", Terminal().isatty)
    assert ESC in bench("check").out
    assert bench("check", "--output", "report.txt").out == ""
    assert ESC not in (bench.folder / "report.txt").read_text()


def test_quiet_leaves_the_result_and_nothing_else(bench: Bench) -> None:
    loud, quiet = bench("seal", "--dry-run"), bench("seal", "--dry-run", "-q")
    assert loud.err == "nothing was stored\n"
    assert (quiet.out, quiet.err) == (loud.out, "")


def test_quiet_does_not_hide_errors(run: Bench) -> None:
    assert "error[WB102]" in run("check", "-q").err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("check", "--ignore", "REP"), 0),
        (("check", "--output-format", "json"), 0),
        (("check", "--output-format", "sarif"), 0),
        (("scan", "weights"), 0),
        (("digest", "weights"), 0),
        (("show",), 0),
        (("diff", ".", "."), 0),
        (("capture",), 0),
        (("config",), 0),
        (("rules", "list"), 0),
        (("explain", "INT001"), 0),
        (("schema",), 0),
        (("seal",), 0),
    ],
)
def test_output_puts_the_same_bytes_into_a_file(
    words: tuple[str, ...], code: int, bench: Bench
) -> None:
    printed = bench(*words)
    kept = bench(*words, "--output", "../kept.txt")
    assert printed.code == kept.code == code
    assert kept.out == ""
    assert (bench.folder / "../kept.txt").read_text() == printed.out


def test_output_to_a_dash_is_the_terminal(bench: Bench) -> None:
    assert bench("check", "--output", "-") == bench("check")


def test_output_into_no_folder_is_an_error_and_leaves_nothing(bench: Bench) -> None:
    found = bench("check", "--output", "none/such.txt")
    assert (found.code, found.out) == (3, "")
    assert "error[WB133]" in found.err
    assert not (bench.folder / "none").exists()
