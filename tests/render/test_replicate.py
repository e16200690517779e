from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.render.orders import HOSTILE, files_of, write
from tests.render.replicas import HOLDS, OWN, TELL, Made, checked, digest, programs, service, system
from weighbridge.codec.listing import listing_digest
from weighbridge.model.limits import ListingLimits
from weighbridge.model.listing import MEDIA_TYPE, ListingEntry
from weighbridge.render.directories import PROGRAM


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def hostile() -> dict[str, Any]:
    return {
        "system": {
            "env": {f"T{at}": text for at, text in enumerate(HOSTILE)} | {"PATH": "/usr/bin:$(id)"},
            "ulimits": [{"name": "nofile", "soft": 64, "hard": 128}, {"name": "core", "soft": 0}],
            "threads": 3,
            "sysctls": None,
        },
        "os": {
            "distribution": "plan9",
            "release": "4",
            "packages": [{"name": "rc", "version": "1:2~x"}],
        },
        "replicate": "it's $(touch owned)\n`touch owned`; \x1b[2J\\n %s",
    }


def test_hostile_values_are_nothing_but_values(tmp_path: Path) -> None:
    made = Made(tmp_path, **hostile())
    sources = [
        {"name": "a", "kind": "index", "ref": "https://a.example.com/$(touch owned)'"},
        {"name": "b", "kind": "index", "ref": "https://b.example.com/", "allow": ["*"]},
        {"name": "c", "kind": "directory", "ref": "it's; touch owned"},
        {"name": "d", "kind": "directory", "ref": "/opt/wheels"},
        {"name": "e", "kind": "git", "ref": "https://e.example.com"},
    ]
    made.spec["dependencies"]["sources"] = sources
    assert checked(made.rendered(), tmp_path / "checked") == ""
    told = made.run("python", "-c", TELL, "it's", "$x")
    assert told.returncode == 0, told.stderr
    variables, arguments, folder = json.loads(told.stdout)
    assert [variables[f"T{at}"] for at in range(len(HOSTILE))] == HOSTILE
    assert variables["PATH"].endswith("/environment/bin:/usr/bin:$(id)")
    assert variables["OMP_NUM_THREADS"] == "3"
    assert arguments == ["it's", "$x"]
    assert folder == str(made.release)
    assert list(tmp_path.rglob("owned")) == []
    assert "it's $(touch owned)\n  `touch owned`; \\u001b[2J\\n %s" in told.stderr
    assert "not plan9 4" in told.stderr
    assert "not rc=1:2~x" in told.stderr


def test_a_command_runs_in_the_environment_of_the_release(made: Made) -> None:
    told = made.run("python", "-c", HOLDS)
    assert (told.returncode, told.stdout) == (0, "1.0\n"), told.stderr
    variables = json.loads(made.run("python", "-c", TELL).stdout)[0]
    assert variables["PYTHONHASHSEED"] == variables["WEIGHBRIDGE_SEED_PYTHON"] == "7"
    assert variables["WEIGHBRIDGE_SEED_TORCH"] == "11"
    assert variables["WEIGHBRIDGE_RELEASE"].startswith("sha256:")
    parameters = Path(variables["WEIGHBRIDGE_CONFIG"]) / "parameters.json"
    assert json.loads(parameters.read_text()) == {"max_batch_size": 32}
    assert "MY_TOKEN" not in variables
    assert made.run("sh", "-c", "exit 7").returncode == 7
    assert not list(made.folder.glob("replicate.*"))


def test_it_has_no_network_and_writes_nothing_but_what_it_may(made: Made) -> None:
    nets = "import socket; print([name for _, name in socket.if_nameindex()])"
    assert made.run("python", "-c", nets).stdout == "['lo']\n"
    output = made.folder / "out"
    output.mkdir()
    for place, code in ((made.release / "x", 1), (output / "x", 0)):
        save = f"open({str(place)!r}, 'w').write('x')"
        told = made.run("python", "-c", save, options=("--output", "out"))
        assert told.returncode == code, told.stderr
        assert place.exists() == (code == 0)
    assert made.run("true", options=("--network",)).returncode == 0
    (made.folder / "private").write_text("x")
    assert "private" not in made.run("ls", str(made.folder)).stdout


@pytest.mark.slow
def test_without_bwrap_and_uv_it_runs_too_and_says_so(made: Made) -> None:
    told = made.run("python", "-c", HOLDS, path=system(made.folder))
    assert (told.returncode, told.stdout) == (0, "1.0\n"), told.stderr
    assert "there is no bwrap" in told.stderr


@pytest.mark.parametrize("change", ["changed", "missing"])
def test_a_file_that_is_not_the_releases_ends_it(made: Made, change: str) -> None:
    victim = made.release / "a\nb.bin"
    victim.write_text("x") if change == "changed" else victim.unlink()
    told = made.run("python", "-c", "print('ran')")
    assert told.returncode == 1
    assert told.stdout == ""
    assert "weighbridge pull" in told.stderr


def test_a_wheel_that_is_not_the_locks_ends_it(made: Made) -> None:
    made.wheel.write_bytes(made.wheel.read_bytes() + b"x")
    told = made.run("python", "-c", "print('ran')")
    assert told.returncode != 0
    assert told.stdout == ""


def test_another_python_ends_it_and_how_to_get_the_right_one_is_said(tmp_path: Path) -> None:
    made = Made(tmp_path, runtime=OWN | {"version": "3.11.99"})
    assert "is not" in made.run("true").stderr
    told = subprocess.run(
        [write(made.rendered(), tmp_path / "other") / "replicate.sh", made.release],
        env={"PATH": programs()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 1
    assert f"uv python install {OWN['implementation']}@3.11.99" in told.stderr


def test_an_environment_can_be_kept_and_is_not_made_over(made: Made) -> None:
    kept = ("--environment", "kept")
    told = made.run(options=kept)
    assert told.returncode == 0, told.stderr
    assert "all is verified and made" in told.stderr
    python = made.folder / "kept/bin/python"
    said = subprocess.run([python, "-c", HOLDS], capture_output=True, text=True, check=True)
    assert said.stdout == "1.0\n"
    assert "is not empty" in made.run(options=kept).stderr


@pytest.mark.parametrize("lock", ["pylock", "uv"])
def test_locks_of_other_formats_are_installed_by_uv(lock: str, tmp_path: Path) -> None:
    made = Made(tmp_path, lock=lock)
    assert checked(made.rendered(), tmp_path / "checked") == ""
    told = made.run("python", "-c", HOLDS)
    assert (told.returncode, told.stdout) == (0, "1.0\n"), told.stderr
    (tmp_path / "rendered it's").rename(tmp_path / "before")
    without = made.run("true", path=system(tmp_path))
    assert "there is no uv here" in without.stderr


def test_a_directory_is_verified_by_its_listing(made: Made) -> None:
    inside = {"b/c.bin": b"x" * 5, "a.bin": b"", "é ü/$x": b"y"}
    for path, data in inside.items():
        place = made.release / "folder" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    entries = [
        ListingEntry(path=path, size=len(data), digest=digest(data))
        for path, data in inside.items()
    ]
    about = {"name": "f", "role": "weights", "path": "folder", "mediaType": MEDIA_TYPE}
    made.spec["artifacts"].append(about | {"digest": listing_digest(entries)})
    assert made.run("true").returncode == 0
    (made.release / "folder/more").write_text("x")
    assert "folders of the release" in made.run("true").stderr
    (made.release / "folder/more").unlink()
    (made.release / "folder/link").symlink_to("a.bin")
    assert "neither a file nor a folder" in made.run("true").stderr


def test_the_listing_of_very_many_files_has_the_digest_weighbridge_takes(tmp_path: Path) -> None:
    for at in range(7):
        (tmp_path / f"f{at}").write_text("x" * at)
    entries = [ListingEntry(path=f"f{at}", size=at, digest=digest(b"x" * at)) for at in range(7)]
    wanted = listing_digest(entries, limits=ListingLimits(page=3))
    space: dict[str, Any] = {"__name__": "directories"}
    exec(compile(PROGRAM.replace("10_000", "3"), "directories.py", "exec"), space)  # noqa: S102
    assert space["known"](space["listing"](str(tmp_path))) == wanted


def test_a_secret_is_taken_from_the_variable_that_holds_it(made: Made) -> None:
    named = service(provider="env", name="MY_TOKEN", key="token")
    told = made.run("python", "-c", TELL, externalServices=named)
    assert json.loads(told.stdout)[0].get("API_TOKEN") == "hu$h", told.stderr
    assert "hu$h" not in (made.folder / "rendered it's/replicate.sh").read_text()


def test_a_secret_that_is_missing_ends_it(made: Made) -> None:
    told = made.run("true", externalServices=service(provider="env", name="release"))
    assert told.returncode == 1
    assert "release is not set" in told.stderr


@pytest.mark.parametrize("provider", ["file", "vault"])
def test_secrets_that_are_files_are_read_by_the_command(made: Made, provider: str) -> None:
    kept = made.folder / "brought/api-secret"
    kept.parent.mkdir()
    kept.write_text("hu$h")
    named = service(provider=provider, name=str(kept) if provider == "file" else "api")
    options = ("--secrets", "brought") if provider == "vault" else ()
    reads = 'cat "$API_SECRET_FILE"'
    assert made.run("sh", "-c", reads, options=options, externalServices=named).stdout == "hu$h"


def test_limits_of_processes_hold_in_it(tmp_path: Path) -> None:
    limits = [{"name": "nofile", "soft": 64, "hard": 128}, {"name": "core", "soft": -1, "hard": -1}]
    made = Made(tmp_path, system={"ulimits": limits[:1], "sysctls": None})
    ask = "import resource as r; print(r.getrlimit(r.RLIMIT_NOFILE))"
    told = made.run("python", "-c", ask)
    assert told.stdout == "(64, 128)\n", told.stderr
    endless = made.rendered(environment={"system": {"ulimits": limits[1:]}})
    assert "--core=unlimited:unlimited" in files_of(endless)["replicate.sh"]


@pytest.mark.parametrize(("value", "code"), [("", 0), ("-7", 1)])
def test_a_setting_of_the_kernel_that_differs_ends_it(
    tmp_path: Path, value: str, code: int
) -> None:
    name = "net.ipv4.ip_local_port_range"
    seen = Path(f"/proc/sys/{name.replace('.', '/')}").read_text().strip()
    made = Made(tmp_path, system={"sysctls": [{"name": name, "value": value or seen}]})
    told = made.run("true")
    assert told.returncode == code, told.stderr
    assert ("sysctl -w" in told.stderr) == bool(code)


def test_processor_time_and_memory_are_limited_where_systemd_runs(tmp_path: Path) -> None:
    amounts = {"limits": {"cpu": "125m", "memory": "64Mi"}}
    made = Made(tmp_path, resources=amounts)
    assert "are not limited" in made.run("true").stderr
    fake = tmp_path / "fake"
    fake.mkdir()
    (fake / "systemd-run").write_text(
        f'#!/bin/sh\necho "$*" >>{tmp_path}/calls\n'
        'while [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n'
    )
    (fake / "systemd-run").chmod(0o755)
    told = made.run("true", path=f"{fake}{os.pathsep}{programs()}")
    assert "are not limited" not in told.stderr
    scope = "-p CPUQuota=12.5% -p MemoryMax=67108864"
    assert scope in (tmp_path / "calls").read_text()


def test_help_says_the_steps(made: Made) -> None:
    told = made.run(options=("--help",))
    assert told.returncode == 0
    assert "usage: replicate.sh" in told.stdout
    assert "Use the holdout of October." in told.stdout


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("--nonsense",), 2, "usage"),
        (("one",), 1, "two folders"),
        (("--output", "nowhere"), 1, "is no folder"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(
    made: Made, options: tuple[str, ...], code: int, word: str
) -> None:
    told = made.run(options=options)
    assert told.returncode == code
    assert word in told.stderr


def test_a_call_without_a_folder_is_refused(made: Made) -> None:
    script = write(made.rendered(), made.folder / "alone") / "replicate.sh"
    for arguments, code in (((), 2), (("--python",), 1), (("nowhere",), 1)):
        told = subprocess.run(
            [script, *arguments], capture_output=True, text=True, check=False, cwd=made.folder
        )
        assert told.returncode == code, told.stderr
