from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

import weighbridge.cli.config
from weighbridge.cli.main import main
from weighbridge.model.errors import RuleError

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


class PlantedError(Exception):
    pass


def plant(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Make `weighbridge config` raise."""

    def broken(**_words: object) -> None:
        raise error.with_traceback(None)

    monkeypatch.setattr(weighbridge.cli.config.command, "callback", broken)


def test_a_bug_of_ours_has_a_report_id_and_no_traceback(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, PlantedError("secret"))
    found = run("config")
    assert (found.code, found.out) == (70, "")
    assert re.fullmatch(
        r"error\[WB001\]: weighbridge has a bug: PlantedError \(report [0-9a-f]{12}\)\n"
        r"   = help:  run it again with -v and report what it prints\n",
        found.err,
    )
    assert run("config").err == found.err


@pytest.mark.parametrize("words", [("-v", "config"), ("config", "--verbose"), ("config", "-qv")])
def test_the_traceback_comes_when_it_is_asked_for(
    words: tuple[str, ...], run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, PlantedError("details"))
    found = run(*words)
    assert found.code == 70
    assert "Traceback (most recent call last)" in found.err
    assert "PlantedError: details" in found.err


def test_a_rule_that_breaks_down_is_named(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    error = RuleError("rule X broke down")
    error.__cause__ = PlantedError()
    plant(monkeypatch, error)
    found = run("config")
    assert found.code == 70
    assert found.err.startswith("error[WB900]: rule X broke down\n")
    assert "weighbridge has a bug: PlantedError" in found.err


def test_a_verdict_nobody_knows_is_a_bug_and_never_a_pass(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weighbridge.cli.config.command, "callback", lambda **_: "perhaps")
    assert run("config").code == 70


def test_what_the_system_refuses_is_no_bug(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(monkeypatch, OSError(24, "Too many open files", "a\nb"))
    found = run("config")
    assert found.code == 3
    assert found.err.startswith("error[WB150]: the system refused: too many open files\n")
    assert "   | seen    a\n" in found.err
    assert "Traceback" in run("config", "-v").err


def test_an_interruption_is_said_and_nothing_else(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch, KeyboardInterrupt())
    found = run("config")
    assert (found.code, found.out) == (130, "")
    assert found.err.strip() == "interrupted; nothing was half written"


def test_an_interruption_that_python_wraps_is_one(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapped = RuntimeError("Error calling __set_name__ on '_proto_member' instance")
    wrapped.__cause__ = KeyboardInterrupt()
    plant(monkeypatch, wrapped)
    found = run("config")
    assert (found.code, found.err.strip()) == (130, "interrupted; nothing was half written")


def test_an_error_that_is_its_own_cause_is_shown_all_the_same(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = RuleError("rule X broke down")
    error.__cause__ = error
    plant(monkeypatch, error)
    assert run("config").err.startswith("error[WB900]: rule X broke down\n")


def test_words_are_taken_from_the_process_where_none_are_given(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["weighbridge", "rules", "list"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("CFG001")
