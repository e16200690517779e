from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.tools import run_tool
from weighbridge.adapters.local.haproxy import (
    SLOTS,
    Place,
    Seen,
    Server,
    changes,
    configuration,
    files,
    releases_map,
    sessions,
    states,
)
from weighbridge.adapters.local.ports import free_port, is_free

PLACE = Place(bind="127.0.0.1:8000", metrics=8405, host="detector", ready_path="/it's?a=\\d")
ONE = Server(slot="slot-1", digest="sha256:aa", port=4001, weight=9, ready=True)
TWO = Server(slot="slot-2", digest="sha256:bb", port=4002, weight=1)
EMPTY = dict.fromkeys(SLOTS, Seen(port=9, weight=0, maintained=True))
BOTH = EMPTY | {
    "slot-1": Seen(port=4001, weight=9, maintained=False),
    "slot-2": Seen(port=4002, weight=1, maintained=False),
}


@pytest.mark.parametrize("servers", [[], [ONE], [ONE, TWO]])
def test_haproxy_takes_the_configuration_without_a_warning(
    servers: list[Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in files(PLACE, servers).items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    done = run_tool("haproxy", "-c", "-f", "haproxy.cfg")
    said = [line for line in (done.stdout + done.stderr).splitlines() if "NOTICE" not in line]
    assert (done.returncode, said) == (0, ["Configuration file is valid"])


def test_what_is_not_ready_is_out_of_service_when_haproxy_starts() -> None:
    text = configuration(PLACE, [ONE, TWO])
    assert "server slot-1 127.0.0.1:4001 weight 9\n" in text
    assert "server slot-2 127.0.0.1:4002 weight 1 disabled\n" in text
    assert "server slot-3 127.0.0.1:9 weight 0 disabled\n" in text
    assert releases_map([TWO]).splitlines()[:2] == ["slot-1 none", "slot-2 sha256:bb"]


def test_nothing_is_told_that_is_so_already() -> None:
    assert changes([ONE, TWO], BOTH) == []
    assert changes([], EMPTY) == []


def test_who_gets_more_is_told_before_who_gets_nothing() -> None:
    back = [
        Server(slot="slot-1", digest="sha256:aa", port=4001, weight=0),
        Server(slot="slot-2", digest="sha256:bb", port=4002, weight=1),
    ]
    now = BOTH | {
        "slot-1": Seen(port=4001, weight=1, maintained=False),
        "slot-2": Seen(port=4002, weight=0, maintained=False),
    }
    assert changes(back, now) == [
        "set server releases/slot-2 weight 1",
        "set server releases/slot-1 weight 0",
    ]


def test_a_server_of_another_port_gets_nothing_until_it_was_asked() -> None:
    told = changes([ONE], EMPTY | {"slot-1": Seen(port=3000, weight=9, maintained=False)})
    assert told[0].endswith("state maint")
    assert told[1].endswith("weight 0")
    assert told.index("set server releases/slot-1 health down") > told.index(
        "set server releases/slot-1 state ready"
    )
    assert told[-1].endswith("weight 9")


def test_a_slot_nobody_wants_gets_nothing() -> None:
    assert changes([ONE], BOTH) == ["set server releases/slot-2 weight 0"]


@pytest.mark.parametrize("text", ["", "1\n", "1\n# be_id srv_name\n3 a b\nx", "# srv_name\nx\n"])
def test_what_haproxy_never_says_is_read_as_nothing(text: str) -> None:
    assert states(text) == {}


def test_what_haproxy_says_is_read() -> None:
    text = (
        "1\n# be_id be_name srv_id srv_name srv_admin_state srv_uweight srv_port\n"
        "3 releases 1 slot-1 0 9 4001\n3 releases 2 slot-2 5 0 9\n"
    )
    assert states(text) == {
        "slot-1": Seen(port=4001, weight=9, maintained=False),
        "slot-2": Seen(port=9, weight=0, maintained=True),
    }
    table = "# pxname,svname,qcur,scur\nreleases,slot-1,1,2\nreleases,BACKEND,0,9\n"
    assert sessions(table) == {"slot-1": 3}
    assert sessions("") == {}


def test_ports_are_none_that_connections_get() -> None:
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    found = {free_port() for _ in range(20)}
    assert len(found) > 15
    assert [one for one in found if first <= one <= last] == []
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
        assert not is_free(one.getsockname()[1])
