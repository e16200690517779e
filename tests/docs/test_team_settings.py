"""The pages of settings have every key that is read, and no other; their examples are read."""

from __future__ import annotations

import re

import pytest

from scripts.reference import REFERENCE
from weighbridge.codec.server_settings import read_server_settings
from weighbridge.codec.worker_settings import read_worker_settings
from weighbridge.model.errors import SettingsError

READERS = {"server": read_server_settings, "worker": read_worker_settings}
FREE = "`[roles]`"
"""A table of keys of one's own."""


def told(whose: str) -> dict[str, list[str]]:
    text = (REFERENCE / f"{whose}-settings.md").read_text(encoding="utf-8")
    _, *sections = text.split("\n## ")
    return {
        one.partition("\n")[0]: re.findall(r"^\| `([a-z-]+)` \|", one, re.MULTILINE)
        for one in sections
    }


SECTIONS = [
    (whose, title)
    for whose in READERS
    for title in told(whose)
    if title[0] == "`" and title != FREE
]


@pytest.mark.parametrize(("whose", "title"), SECTIONS)
def test_every_key_is_told(whose: str, title: str) -> None:
    with pytest.raises(SettingsError) as caught:
        READERS[whose](title.strip("`") + "\nnothing-known = 1", "it")
    (known,) = caught.value.faults[0].help
    assert sorted(told(whose)[title]) == sorted(known.removeprefix("known: ").split(", "))


@pytest.mark.parametrize("whose", READERS)
def test_no_table_is_left_out(whose: str) -> None:
    with pytest.raises(SettingsError) as caught:
        READERS[whose]("nothing-known = 1", "it")
    (known,) = caught.value.faults[0].help
    tables = [one.strip("`[]") for one in told(whose) if one.startswith("`")]
    plain = told(whose)["At the beginning"]
    assert sorted(tables + plain) == sorted(known.removeprefix("known: ").split(", "))


@pytest.mark.parametrize(
    ("whose", "name"),
    [
        ("server", "server-settings.md"),
        ("server", "../how-to/run-a-server.md"),
        ("worker", "worker-settings.md"),
        ("worker", "../how-to/run-workers.md"),
    ],
)
def test_examples_are_read(whose: str, name: str) -> None:
    text = (REFERENCE / name).read_text(encoding="utf-8")
    examples = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert examples
    for example in examples:
        READERS[whose](example, name)
