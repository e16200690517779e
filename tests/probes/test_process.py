from __future__ import annotations

import os
import sys
from pathlib import Path

from tests.probes.test_host import lay_out
from weighbridge.model.fact import Unavailable
from weighbridge.probes.host.process import (
    Process,
    observe_limits,
    observe_process,
    observe_settings,
)

LIMITS = """\
Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max open files            1024                 1048576              files     
Max locked memory         67108864             unlimited            bytes     
Max things of tomorrow    1                    2                    things    
"""  # noqa: W291 - as the kernel writes it


def test_limits_go_by_the_names_compose_has(tmp_path: Path) -> None:
    root = lay_out(tmp_path, {"proc/self/limits": LIMITS, "proc/7/limits": LIMITS[:160]})
    assert observe_limits(root) == {
        "cpu": (-1, -1),
        "nofile": (1024, 1048576),
        "memlock": (67108864, -1),
    }
    assert observe_limits(root, 7) == {"cpu": (-1, -1)}
    assert isinstance(observe_limits(root, 8), Unavailable)


def test_settings_of_the_kernel_are_read_by_name(tmp_path: Path) -> None:
    files = {"proc/sys/net/core/somaxconn": "4096\n", "proc/sys/net/ipv4/conf/eth0.1/mtu": "9\n"}
    root = lay_out(tmp_path, files)
    names = ("net.core.somaxconn", "net.ipv4.conf.eth0/1.mtu", "net.core.gone")
    found = observe_settings(root, names)
    assert [found[name] for name in names[:2]] == ["4096", "9"]
    assert isinstance(found["net.core.gone"], Unavailable)


def test_a_process_is_read_as_it_was_started(tmp_path: Path) -> None:
    files = {
        "proc/7/cmdline": "serve\0--log\0\0",
        "proc/7/environ": "A=1\0B=x=y\0nothing\0",
        "proc/8/cmdline": "",
        "proc/8/environ": "",
    }
    root = lay_out(tmp_path, files)
    assert observe_process(root, 7) == Process(
        arguments=("serve", "--log", ""), variables={"A": "1", "B": "x=y"}
    )
    assert isinstance(observe_process(root, 8), Unavailable)
    assert isinstance(observe_process(root, 9), Unavailable)


def test_this_process_is_observed() -> None:
    found = observe_process(Path("/"), os.getpid())
    assert isinstance(found, Process)
    assert found.arguments[1:] == tuple(sys.orig_argv[1:])
    assert "nofile" in observe_limits(Path("/"))  # type: ignore[operator]
