from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from weighbridge.adapters.servers.address import server_address
from weighbridge.adapters.servers.credentials import Credentials
from weighbridge.bootstrap.accounts import open_credentials
from weighbridge.model.errors import LoginError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

HERE = "https://weigh.example"


def credentials(folder: Path, **environ: str) -> Credentials:
    return Credentials(folder / "deep" / "servers.json", environ=environ)


def test_what_was_kept_is_found_under_every_way_to_write_the_address(tmp_path: Path) -> None:
    mine = credentials(tmp_path)
    assert mine.find(HERE) is None
    mine.keep(HERE, secret="wbs_1", person="ada", expires="2027-01-01T00:00:00Z")
    assert mine.find("https://WEIGH.example:443/") == "wbs_1"
    assert mine.find("https://weigh.example:8443") is None
    assert stat.S_IMODE(mine.path.stat().st_mode) == 0o600
    assert json.loads(mine.path.read_text())["servers"][HERE]["person"] == "ada"


def test_what_is_forgotten_is_gone_and_nothing_else(tmp_path: Path) -> None:
    mine = credentials(tmp_path)
    assert not mine.forget(HERE)
    mine.keep(HERE, secret="wbs_1", person="ada", expires="")
    mine.keep("http://127.0.0.1:80", secret="wbs_2", person="ada", expires="")
    assert mine.forget(HERE)
    assert not mine.forget(HERE)
    assert (mine.find(HERE), mine.find("http://127.0.0.1")) == (None, "wbs_2")


def test_two_logins_at_once_both_stay(tmp_path: Path) -> None:
    def keep(number: int) -> None:
        credentials(tmp_path).keep(f"{HERE}/{number}", secret=f"s{number}", person="", expires="")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(24)))
    assert [credentials(tmp_path).find(f"{HERE}/{n}") for n in range(24)] == [
        f"s{n}" for n in range(24)
    ]


def test_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("wbt_file\n")
    file.chmod(0o600)
    credentials(tmp_path).keep(HERE, secret="wbs_1", person="ada", expires="")
    named = {"WEIGHBRIDGE_TOKEN_FILE": str(file)}
    assert credentials(tmp_path, **named).find(HERE) == "wbt_file"
    assert credentials(tmp_path, WEIGHBRIDGE_TOKEN="wbt_1", **named).find(HERE) == "wbt_1"
    assert credentials(tmp_path, WEIGHBRIDGE_TOKEN=" ").find(HERE) == "wbs_1"


def test_a_file_others_may_read_is_refused(tmp_path: Path) -> None:
    mine = credentials(tmp_path)
    mine.keep(HERE, secret="wbs_1", person="ada", expires="")
    mine.path.chmod(0o640)
    with pytest.raises(LoginError, match="may be read by others"):
        mine.find(HERE)


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"servers": {"a": 1}}', "wbs_secret", "[" * 9999]
)
def test_a_file_that_is_no_list_of_servers_is_refused_and_not_quoted(
    tmp_path: Path, text: str
) -> None:
    mine = credentials(tmp_path)
    mine.path.parent.mkdir()
    mine.path.write_text(text)
    mine.path.chmod(0o600)
    with pytest.raises(LoginError, match="cannot be read") as found:
        mine.find(HERE)
    assert "wbs_secret" not in repr(found.value.faults)


@pytest.mark.parametrize("secret", ["a b", "a\r\nX: y", "é", "x" * 5000])
def test_nothing_that_is_not_one_word_is_sent(tmp_path: Path, secret: str) -> None:
    with pytest.raises(LoginError, match="WEIGHBRIDGE_TOKEN holds nothing") as found:
        credentials(tmp_path, WEIGHBRIDGE_TOKEN=secret).find(HERE)
    assert secret not in repr(found.value.faults)


@pytest.mark.parametrize(
    "address",
    [
        "http://weigh.example",
        "ftp://weigh.example",
        "weigh.example",
        "https://",
        "https://ada:pw@weigh.example",
        "https://weigh.example?x=1",
        "https://weigh.example:99999",
        "http://127.0.0.1.evil.example",
    ],
)
def test_nothing_is_sent_where_others_could_read_it(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError) as found:
        credentials(tmp_path, WEIGHBRIDGE_TOKEN="wbt_1").find(address)
    assert "pw" not in str(found.value)


def test_addresses_are_written_in_one_way() -> None:
    assert server_address(" http://LOCALHOST:80/a/ ") == "http://localhost/a"
    assert server_address("http://[::1]:8080") == "http://[::1]:8080"


def test_the_file_lies_beside_the_keys(tmp_path: Path) -> None:
    found = open_credentials({"WEIGHBRIDGE_KEYS": str(tmp_path / "keys")})
    assert found.path == tmp_path / "servers.json"
