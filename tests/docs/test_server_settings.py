"""The page of a server's settings has every key that is read, and no other; examples are read."""

from __future__ import annotations

import re

import pytest

from scripts.reference import REFERENCE
from weighbridge.codec.server_settings import read_server_settings
from weighbridge.model.errors import SettingsError

PAGE = REFERENCE / "server-settings.md"
ASKED = {
    "At the beginning": "nothing-known = 1",
    "`[oidc]`": "[oidc]\nnothing-known = 1",
    "`[[ci]]`": "[[ci]]\nnothing-known = 1",
    "`[limits]`": "[limits]\nnothing-known = 1",
    "`[scopes]`": "[scopes]\nnothing-known = 1",
    "`[proxy]`": "[proxy]\nnothing-known = 1",
    "`[telemetry]`": "[telemetry]\nnothing-known = 1",
}


def told() -> dict[str, list[str]]:
    _, *sections = PAGE.read_text(encoding="utf-8").split("\n## ")
    return {
        text.partition("\n")[0]: re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE)
        for text in sections
    }


@pytest.mark.parametrize(("title", "text"), ASKED.items(), ids=ASKED)
def test_every_key_is_told(title: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_server_settings(text, "server.toml")
    (known,) = caught.value.faults[0].help
    keys = known.removeprefix("known: ").split(", ")
    tables = [one.strip("`[]") for one in told() if one.startswith("`")] if title[0] == "A" else []
    assert sorted(told()[title] + tables) == sorted(keys)


def test_no_table_is_left_out() -> None:
    assert {*told()} == {*ASKED, "`[roles]`"}


@pytest.mark.parametrize("name", ["server-settings.md", "../how-to/run-a-server.md"])
def test_examples_are_read(name: str) -> None:
    text = (REFERENCE / name).read_text(encoding="utf-8")
    examples = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        read_server_settings(example, name)
