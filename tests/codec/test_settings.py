from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.settings import KEYS, read_settings
from weighbridge.model.errors import SettingsError
from weighbridge.model.finding import Severity
from weighbridge.model.settings import Setting, Settings


def read(text: str = "", environ: dict[str, str] | None = None, **flags: object) -> Settings:
    named = {key.replace("_", "-"): value for key, value in flags.items()}
    return read_settings(
        text,
        "weighbridge.toml",
        environ=environ or {},
        flags=named,
        registry="/project/.weighbridge",
    )


def test_without_a_word_the_defaults_are_in_force() -> None:
    assert read() == Settings(registry=Setting("/project/.weighbridge"))
    assert read(select=(), ignore=None).select == Setting((), "default")
    assert read().fail_on == Setting(Severity.ERROR, "default")


FILE = """\
# settings
registry = "store"

select = ["INT", " SEC001,SEC002 "]
"fail-on" = "warning"
ignore = "CFG009, GOV"
"""


def test_every_value_knows_its_line() -> None:
    assert read(FILE) == Settings(
        registry=Setting("store", "weighbridge.toml:2"),
        select=Setting(("INT", "SEC001", "SEC002"), "weighbridge.toml:4"),
        ignore=Setting(("CFG009", "GOV"), "weighbridge.toml:6"),
        fail_on=Setting(Severity.WARNING, "weighbridge.toml:5"),
    )


def test_the_environment_goes_before_the_file_and_flags_before_both() -> None:
    environ = {
        "WEIGHBRIDGE_FAIL_ON": "note",
        "WEIGHBRIDGE_SELECT": "INT,SEC",
        "WEIGHBRIDGE_IGNORE": "",
        "WEIGHBRIDGE_HOME": "/elsewhere/other",
    }
    seen = read(FILE, environ, select=("DEP",), fail_on=None)
    assert seen.registry == Setting("/elsewhere/other", "WEIGHBRIDGE_HOME")
    assert seen.select == Setting(("DEP",), "--select")
    assert seen.ignore == Setting(("CFG009", "GOV"), "weighbridge.toml:6")
    assert seen.fail_on == Setting(Severity.NOTE, "WEIGHBRIDGE_FAIL_ON")
    exact = read("", {**environ, "WEIGHBRIDGE_REGISTRY": "/named"})
    assert exact.registry == Setting("/named", "WEIGHBRIDGE_REGISTRY")
    assert read("", environ, registry="/flag").registry == Setting("/flag", "--registry")


@pytest.mark.parametrize(
    ("text", "message", "line", "help_"),
    [
        ("a = 1\nregistry = 'x'\n", "'a' is not a setting", 1, "known: registry, select"),
        ("\n\nselct = []\n", "'selct' is not a setting", 3, "did you mean `select`?"),
        (
            "# ignored\n\n[ignores]\nx = 1\n",
            "'ignores' is not a setting",
            3,
            "did you mean `ignore`",
        ),
        ("ignore = []\nignored = []\n", "'ignored' is not a setting", 2, "did you mean `ignore`?"),
        ("registry = 1\n", "registry is a path", 1, ""),
        ("registry = ''\n", "registry is a path", 1, ""),
        ("select = 1\n", "select is a list of rule codes", 1, ""),
        ("x.y = 1\n", "'x' is not a setting", 1, "known: "),
        ("select = [1]\n", "select is a list of rule codes", 1, ""),
        ("ignore = {}\n", "ignore is a list of rule codes", 1, ""),
        ("fail-on = 'fatal'\n", "fail-on is one of error, warning, note", 1, ""),
        ("\nfail-on = ['error']\n", "fail-on is one of error, warning, note", 2, ""),
        ("fail-on = 2026-11-22\n", "fail-on is one of error, warning, note", 1, ""),
        ("= 1\n", "weighbridge.toml is not TOML", 1, ""),
        ("a = " + "[" * 100_000, "weighbridge.toml is not TOML", 1, ""),
    ],
)
def test_what_is_no_setting_is_refused_at_its_line(
    text: str, message: str, line: int, help_: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        read(text)
    (fault,) = raised.value.faults
    assert fault.message.startswith(message)
    assert fault.location is not None
    assert (fault.location.file, fault.location.line) == ("weighbridge.toml", line)
    assert "".join(fault.help).startswith(help_)


def test_a_wrong_variable_and_a_wrong_flag_are_named() -> None:
    with pytest.raises(SettingsError) as raised:
        read("", {"WEIGHBRIDGE_FAIL_ON": "never"})
    assert str(raised.value.faults[0].location) == "WEIGHBRIDGE_FAIL_ON:1:1"
    assert raised.value.faults[0].seen == "never"
    with pytest.raises(SettingsError) as raised:
        read("", {}, fail_on="never")
    assert str(raised.value.faults[0].location) == "--fail-on:1:1"


@given(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["error", "a,b", ""]), max_size=4))
def test_any_environment_is_read_or_refused(values: dict[str, Any]) -> None:
    environ = {f"WEIGHBRIDGE_{key.upper().replace('-', '_')}": values[key] for key in values}
    wrong = values.get("fail-on") == "a,b" or values.get("engine") or values.get("links")
    if wrong:
        with pytest.raises(SettingsError):
            read("", environ)
    else:
        assert read("", environ).fail_on.value is Severity.ERROR


def test_links_are_a_table_in_the_file_and_words_in_the_environment() -> None:
    text = '[links]\ntempo = "https://t.example/{query}"\nloki = "https://l.example/a,b"\n'
    wanted = ("loki=https://l.example/a,b", "tempo=https://t.example/{query}")
    assert read(text).links == Setting(wanted, "weighbridge.toml:1")
    environ = {"WEIGHBRIDGE_LINKS": "loki=https://l.example/a,b  any=http://x.example"}
    seen = read(text, environ).links
    assert seen.value == ("loki=https://l.example/a,b", "any=http://x.example")


@pytest.mark.parametrize(
    "text",
    [
        "links = 1",
        'links = ["loki"]',
        'links = {loki = "javascript:alert(1)"}',
        'links = {"Loki!" = "https://x.example"}',
        'links = {loki = "https://x.example/a b"}',
        'links = {loki = {url = "https://x.example"}}',
    ],
)
def test_links_that_are_no_addresses_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="links are addresses"):
        read(text)
