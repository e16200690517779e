"""The settings of workers: what is no setting is refused where it stands."""

from __future__ import annotations

import pytest

from weighbridge.codec.worker_settings import read_worker_settings
from weighbridge.model.errors import SettingsError
from weighbridge.model.team.job_settings import JobSettings, ReplaySettings, WarnSettings

WHOLE = """\
checks = false
engine = "dask://cluster:8786"

[schedule]
rescan = "03:30"
warn = ""

[retry]
attempts = 3
pause = 1
longest-pause = 60.5

[replay]
allow = true
inputs = "inputs"
python = "/usr/bin/python3"
memory = 0.5
timeout = 60

[warn]
days = 30
advisories = 3

[push]
to = ["oci://images.example.com/models/*", "oci://localhost:5000/demo"]
"""


def test_all_of_them_are_read() -> None:
    assert read_worker_settings(WHOLE, "worker.toml") == JobSettings(
        checks=False,
        engine="dask://cluster:8786",
        rescan="03:30",
        warn="",
        attempts=3,
        pause=1.0,
        longest_pause=60.5,
        replay=ReplaySettings(
            allow=True,
            inputs="inputs",
            python="/usr/bin/python3",
            memory=0.5,
            timeout=60.0,
        ),
        warning=WarnSettings(days=30, advisories=3),
        destinations=("oci://images.example.com/models/*", "oci://localhost:5000/demo"),
    )


def test_without_any_nothing_of_others_runs_and_nothing_is_pushed() -> None:
    found = read_worker_settings("", "worker.toml")
    assert found == JobSettings()
    assert not found.replay.allow
    assert found.destinations == ()


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("checked = true", "'checked' is not a setting", 1),
        ("\n[replay]\nalow = true", "'alow' is not a setting of [replay]", 3),
        ("[replay]\nallow = 1", "allow is true or false", 2),
        ('[replay]\nallow = "true"', "allow is true or false", 2),
        ("[replay]\nmemory = 0", "memory is a number of GiB", 2),
        ("[replay]\ntimeout = -1", "timeout is a number of seconds", 2),
        ("[replay]\ntimeout = true", "timeout is a number of seconds", 2),
        ("replay = true", "replay is a table", 1),
        ('engine = "there"', "engine is one of processes", 1),
        ('[schedule]\nwarn = "24:00"', "warn is a time of day", 2),
        ('[schedule]\nrescan = "2:00"', "rescan is a time of day", 2),
        ("[retry]\nattempts = 0", "attempts is a whole number from 1", 2),
        ("[warn]\ndays = 1.5", "days is a whole number of days", 2),
        ("[warn]\ndays = true", "days is a whole number of days", 2),
        ('[push]\nto = "oci://a/b"', "to is a list of repositories", 2),
        ('[push]\nto = ["oci:folder"]', "to names a repository that is none", 2),
        ('[push]\nto = ["oci://a/b:tag"]', "to names repositories, without tag or digest", 2),
        ('[push]\nto = ["oci://a/*"]', "to names a repository that is none", 2),
        ('[push]\nto = ["oci://a/b*"]', "to names a repository that is none", 2),
        ("[", "worker.toml is not TOML", 1),
    ],
)
def test_what_is_no_setting_is_refused_where_it_stands(text: str, said: str, line: int) -> None:
    with pytest.raises(SettingsError) as raised:
        read_worker_settings(text, "worker.toml")
    fault = raised.value.faults[0]
    assert said in fault.message
    assert raised.value.code == "WB101"
    assert fault.location is not None
    assert (fault.location.file, fault.location.line or 1) == ("worker.toml", line)
