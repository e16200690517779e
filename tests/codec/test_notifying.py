from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.codec.notifying import MOST, read_sinks
from weighbridge.model.errors import SettingsError
from weighbridge.model.location import Location
from weighbridge.model.notification import Sink

WEBHOOK = """
[[sink]]
name = "ops"
kind = "webhook"
url = "https://hooks.example.com/w?team=1"
secret-file = "ops.secret"
when = 'event.kind == "promotion.blocked"'
"""
FILE = "ops.secret"
CHAT = '[[sink]]\nname = "room"\nkind = "chat"\nurl = "https://chat.example.com/hook"\n'
MAIL = """
[[sink]]
name = "audit"
kind = "mail"
url = "smtp://mail.example.com:587"
from = "weighbridge@example.com"
to = ["audit@example.com", "sre@example.com"]
user = "weighbridge"
secret-file = "mail.password"
"""

MLFLOW = """\
[[sink]]
name = "models"
kind = "mlflow"
url = "https://mlflow.example.com"
"""


def test_each_kind_of_sink_is_read_with_its_place() -> None:
    ops, room, audit = read_sinks(WEBHOOK + CHAT + MAIL, "notify.toml")
    assert ops == Sink(
        name="ops",
        kind="webhook",
        url="https://hooks.example.com/w?team=1",
        when='event.kind == "promotion.blocked"',
        secret_file=FILE,
        line=2,
    )
    assert (room.kind, room.line) == ("chat", 8)
    assert audit.to == ("audit@example.com", "sre@example.com")
    assert (audit.user, audit.sender) == ("weighbridge", "weighbridge@example.com")


def test_aliases_of_mlflow_are_named_after_environments() -> None:
    plain, named = read_sinks(
        MLFLOW + MLFLOW.replace("models", "m") + 'alias = "w_{environment}"', "n"
    )
    assert (plain.alias, named.alias) == ("{environment}", "w_{environment}")


def test_an_empty_file_tells_nobody() -> None:
    assert read_sinks("", "notify.toml") == ()


def test_one_address_need_not_be_a_list() -> None:
    text = MAIL.replace('["audit@example.com", "sre@example.com"]', '"audit@example.com"')
    assert read_sinks(text, "n")[0].to == ("audit@example.com",)


def test_the_place_is_the_first_line_where_it_cannot_be_told() -> None:
    text = 'sink = [{name = "room", kind = "chat", url = "https://c.example.com"}]\n'
    assert read_sinks(text, "n")[0].line == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[sink", "is not TOML"),
        ("other = 1", r"holds tables \[\[sink\]\]"),
        ("sink = 1", r"holds tables \[\[sink\]\]"),
        ("sink = [1]", "a sink is a table"),
        (CHAT * (MOST + 1), "at most"),
        (CHAT * 2, "two sinks are called room"),
        (CHAT.replace("url", "ulr"), "a sink has no ulr"),
        (CHAT + "zzz = 1\n", "a sink has no zzz"),
        (CHAT.replace('"chat"', '"pigeon"'), "the kind of a sink"),
        (CHAT.replace('kind = "chat"\n', ""), "the kind of a sink"),
        (CHAT.replace('name = "room"\n', ""), "needs name"),
        (CHAT.replace('"room"', '"Room 1"'), "the name of a sink"),
        (CHAT.replace('"room"', '""'), "the name of a sink"),
        (CHAT.replace('"room"', "7"), "the name of a sink"),
        (CHAT + 'secret-file = "x"\n', "takes no secret-file"),
        (WEBHOOK.replace('secret-file = "ops.secret"\n', ""), "needs secret-file"),
        (MAIL.replace('user = "weighbridge"\n', ""), "needs both user and secret-file"),
        (MAIL.replace('"weighbridge@example.com"', '"weighbridge"'), "the from of a sink"),
        (MAIL.replace("sre@example.com", "sre@example.com\\nBcc: x@y.z"), "the to of a sink"),
        (MAIL.replace('["audit@example.com", "sre@example.com"]', "[]"), "the to of a sink"),
        (MAIL.replace(":587", ":587/box"), "the url of a sink"),
        (MAIL.replace("smtp:", "https:"), "the url of a sink"),
        (CHAT.replace("https:", "smtp:"), "the url of a sink"),
        (CHAT.replace("https://chat", "https://me:pass@chat"), "the url of a sink"),
        (CHAT.replace("https://chat.example.com/hook", "https://"), "the url of a sink"),
        (CHAT.replace("https://chat.example.com/hook", "https://[a"), "the url of a sink"),
        (CHAT.replace("https://chat.example.com/hook", "https://a:x/"), "the url of a sink"),
        (CHAT.replace("https:", "http:"), "in the clear"),
        (CHAT + 'alias = "x"\n', "takes no alias"),
        (MLFLOW.replace("https:", "http:"), "in the clear"),
        (MLFLOW.replace(".com", ".com/?a=b"), "the url of a sink"),
        (MLFLOW + 'alias = "latest"\n', "the alias of a sink"),
        (MLFLOW + 'alias = "v1"\n', "the alias of a sink"),
        (MLFLOW + 'alias = "{environment}/x"\n', "the alias of a sink"),
        (MLFLOW + 'alias = "{name}"\n', "the alias of a sink"),
        (MLFLOW + 'user = "ada"\n', "takes no user"),
    ],
)
def test_what_could_not_be_told_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        read_sinks(text, "notify.toml")


def test_a_misspelt_key_is_named_with_what_was_meant() -> None:
    with pytest.raises(SettingsError) as raised:
        read_sinks(CHAT.replace("url", "ulr"), "notify.toml")
    (fault,) = raised.value.faults
    assert fault.help == ("did you mean `url`?",)
    assert fault.location == Location("notify.toml", 1)


def test_this_machine_may_be_told_in_the_clear() -> None:
    text = CHAT.replace("https://chat.example.com", "http://127.0.0.1:8065")
    assert read_sinks(text, "n")[0].url == "http://127.0.0.1:8065/hook"


@given(st.text(max_size=200))
def test_no_text_makes_it_break(text: str) -> None:
    try:
        found = read_sinks(f"{CHAT}when = {text}\n", "n")
    except SettingsError:
        return
    assert len(found) >= 1
