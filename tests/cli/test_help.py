from __future__ import annotations

import importlib
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import clean_environ, command
from weighbridge import __version__
from weighbridge.cli.group import VERBS, module_of

if TYPE_CHECKING:
    import click

    from tests.usecases.workshop import Bench

ALL_VERBS = tuple(VERBS)
GLOBAL_WORDS = ("--quiet", "--verbose", "--color", "--no-progress", "--offline", "--registry")


def test_the_verbs_are_those_of_the_design() -> None:
    design = (
        "scan check remedy init template capture set build replay seal show diff parity digest"
        " audit matrix graph sbom key registry sign try attest verify push pull"
        " promote approve withdraw reject waive hold lift break-glass freeze block"
        " rollback drill render deliver pause resume abort serve worker"
        " login logout whoami token status watch history"
        " advisories policy env evidence log explain rules schema config doctor demo"
    )
    assert list(ALL_VERBS) == design.split()


@pytest.mark.parametrize("verb", ALL_VERBS)
def test_the_line_in_the_table_is_the_summary_of_the_verb(verb: str) -> None:
    module = importlib.import_module(module_of(verb))
    found: click.Command = module.command
    assert found.name == verb
    assert found.get_short_help_str(limit=200) == VERBS[verb]


@pytest.mark.parametrize("verb", ALL_VERBS)
def test_every_verb_explains_itself_and_takes_the_global_options(verb: str, run: Bench) -> None:
    found = run(verb, "--help")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith(f"Usage: weighbridge {verb} ")
    assert VERBS[verb].split(";")[0].split("(")[0] in " ".join(found.out.split())
    for word in GLOBAL_WORDS:
        assert word in found.out


def test_the_group_lists_every_verb_without_importing_it(run: Bench) -> None:
    found = run("--help")
    assert found.code == 0
    listed = " ".join(found.out.split("Verbs:\n")[1].split())
    assert listed == " ".join(f"{verb} {line}" for verb, line in VERBS.items())


def test_no_words_at_all_show_the_help_as_an_error(run: Bench) -> None:
    found = run()
    assert (found.code, found.out) == (2, "")
    assert "Usage: weighbridge" in found.err


def test_a_verb_with_verbs_of_its_own_shows_them(run: Bench) -> None:
    found = run("rules")
    assert (found.code, found.out) == (2, "")
    assert "List every rule of this version" in " ".join(found.err.split())


@pytest.mark.parametrize(
    "words",
    [
        ("template", "list"),
        ("template", "show"),
        ("template", "new"),
        ("key", "new"),
        ("key", "list"),
        ("key", "trust"),
        ("key", "revoke"),
        ("registry", "init"),
        ("registry", "status"),
        ("registry", "fsck"),
        ("policy", "test"),
        ("policy", "publish"),
        ("policy", "show"),
        ("env", "apply"),
        ("env", "list"),
        ("evidence", "export"),
        ("evidence", "verify"),
        ("log", "show"),
        ("log", "prove"),
        ("log", "verify"),
        ("rules", "list"),
    ],
    ids=" ".join,
)
def test_a_verb_of_a_verb_explains_itself(words: tuple[str, str], run: Bench) -> None:
    found = run(*words, "--help")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith(f"Usage: weighbridge {' '.join(words)} ")
    for word in GLOBAL_WORDS:
        assert word in found.out


def test_an_unknown_verb_names_the_nearest(run: Bench) -> None:
    assert run("chekc") == run("-q", "chekc")
    found = run("chekc")
    assert (found.code, found.out) == (2, "")
    assert found.err == (
        "error[WB100]: there is no verb 'chekc'; did you mean `check`?\n"
        "   = help:  weighbridge --help\n"
        "   = more:  weighbridge explain WB100\n"
    )


def test_an_unknown_verb_like_no_other_is_just_unknown(run: Bench) -> None:
    found = run("zzzz")
    assert found.code == 2
    assert "there is no verb 'zzzz'\n" in found.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "--no-such"), "no such option '--no-such'"),
        (("--no-such", "check"), "no such option '--no-such'"),
        (("check", "a", "b"), "got unexpected extra argument (b)"),
        (("check", "--fail-on", "doom"), "invalid value for '--fail-on': 'doom' is not one of"),
        (("check", "--output-format", "xml"), "'xml' is not one of"),
        (("--color", "pink", "check"), "invalid value for '--color'"),
        (("scan",), "missing argument 'PATH...'"),
        (("diff", "a"), "missing argument 'B'"),
        (("set", "metadata.name"), "missing argument 'VALUE'"),
        (("explain",), "missing argument 'CODE|PATH'"),
        (("policy", "tset"), "no such command 'tset'"),
        (("policy", "publish"), "missing argument 'PATH'"),
        (("env", "apply"), "missing argument 'FILE'"),
        (("rules", "lsit"), "no such command 'lsit'"),
        (("log", "shwo"), "no such command 'shwo'"),
        (("registry", "init"), "missing option '--owner'"),
        (("sign",), "missing argument 'REF|PATH'"),
        (("attest", "demo@1.0.0"), "give either a predicate or a bundle"),
        (("verify",), "missing argument 'REF|PATH'"),
        (("verify", "demo@1.0.0", "--threshold", "0"), "0 is not in the range x>=1"),
        (("log", "prove", "-1"), "no such option '-1'"),
        (("schema", "Nonsense"), "'Nonsense' is not"),
        (("check", "--output", "."), "'.' is a directory"),
    ],
)
def test_what_does_not_fit_is_a_usage_error_with_help(
    words: tuple[str, ...], said: str, run: Bench
) -> None:
    found = run(*words)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error[WB100]: ")
    assert said in found.err
    assert "--help\n" in found.err


def test_the_version_is_the_same_however_it_is_asked_for(run: Bench) -> None:
    wanted = f"weighbridge {__version__}\n"
    assert run("--version").out == wanted
    assert run("-q", "--version").out == wanted


def test_the_module_runs_as_the_program_does() -> None:
    done = subprocess.run(
        command("--version"), capture_output=True, text=True, check=True, env=clean_environ()
    )
    assert done.stdout == f"weighbridge {__version__}\n"


@pytest.mark.parametrize(
    ("words", "index", "wanted"),
    [
        ("weighbridge ch", 1, ["plain,check"]),
        ("weighbridge s", 1, ["plain,scan", "plain,set", "plain,seal", "plain,show"]),
        ("weighbridge check --fail-on w", 3, ["plain,warning"]),
    ],
)
def test_the_shell_completes_verbs_and_options(words: str, index: int, wanted: list[str]) -> None:
    environ = clean_environ() | {
        "_WEIGHBRIDGE_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(index),
    }
    done = subprocess.run(command(), capture_output=True, text=True, check=False, env=environ)
    assert set(wanted) <= set(done.stdout.split())
