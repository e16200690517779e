from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.render.orders import HOSTILE, files_of, refused, rendered, write
from tests.tools import run_tool, tool
from tests.wheels import wheel
from weighbridge.codec.listing import listing_digest
from weighbridge.model.limits import ListingLimits
from weighbridge.model.listing import MEDIA_TYPE, ListingEntry
from weighbridge.render.directories import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.rendering import Rendering

OWN = {"implementation": platform.python_implementation().lower()}
RUNTIME = OWN | {"version": platform.python_version()}
TELL = "import json, os, sys; print(json.dumps([dict(os.environ), sys.argv[1:], os.getcwd()]))"
HOLDS = "import importlib.metadata as m; print(m.version('tiny'))"
ODD = ["it's $(touch owned).bin", "a\nb.bin", "back\\slash.bin", "-n", "é.bin", "`id`.bin"]


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class Made:
    """A small release that is really there, and the script for it."""

    def __init__(self, folder: Path, *, lock: str = "requirements", **environment: object) -> None:
        """Write files, a wheel, a lock; nothing is installed from elsewhere."""
        self.folder = folder
        self.release = folder / "re'lease $x"
        self.release.mkdir()
        self.wheels = folder / "wheels"
        self.wheel = wheel(self.wheels, "tiny", "1.0")
        known = hashlib.sha256(self.wheel.read_bytes()).hexdigest()
        locks = {
            "requirements": ("lock.txt", f"tiny==1.0 --hash=sha256:{known}\n"),
            "pylock": ("pylock.prod.toml", PYLOCK.format(path=self.wheel.name, known=known)),
            "uv": ("uv.lock", UV_LOCK.format(path=self.wheel.name, known=known)),
        }
        name, text = locks[lock]
        self.files = {name: text.encode()} | {path: path.encode() for path in ODD}
        if lock == "uv":
            self.files["pyproject.toml"] = PYPROJECT.encode()
        for path, data in self.files.items():
            (self.release / path).write_bytes(data)
        artifacts = [
            {"name": f"a{at}", "role": "weights", "path": path, "digest": digest(data)}
            for at, (path, data) in enumerate(sorted(self.files.items()))
            if path != name
        ]
        used = {"lock": name, "format": lock, "digest": digest(text.encode())}
        own: dict[str, Any] = {"runtime": RUNTIME, "system": None, "resources": None}
        self.spec: dict[str, Any] = {
            "environment": own | environment,
            "dependencies": {"runtime": used},
            "artifacts": artifacts,
            "externalServices": None,
        }

    def rendered(self, **spec: object) -> Rendering:
        return rendered("sandbox", change={"spec": self.spec | spec})

    def run(
        self, *arguments: str, path: str = "", options: tuple[str, ...] = (), **spec: object
    ) -> subprocess.CompletedProcess[str]:
        """Render the script and run it: with uv, with bwrap, without an index."""
        here = self.folder / "rendered it's"
        if not here.exists():
            write(self.rendered(**spec), here)
        return subprocess.run(
            [
                *(str(here / "replicate.sh"), "--python", sys.executable),
                *("--find-links", str(self.wheels), *options, str(self.release)),
                *(("--", *arguments) if arguments else ()),
            ],
            env={"PATH": path or programs(), "HOME": str(self.folder), "MY_TOKEN": "hu$h"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )


PYLOCK = """\
lock-version = "1.0"
created-by = "test"
requires-python = ">=3.11"
[[packages]]
name = "tiny"
version = "1.0"
wheels = [{{name = "{path}", path = "../wheels/{path}", hashes = {{sha256 = "{known}"}}}}]
"""
PYPROJECT = (
    '[project]\nname = "own"\nversion = "0"\nrequires-python = ">=3.11"\ndependencies = ["tiny"]\n'
)
UV_LOCK = """\
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "own"
version = "0"
source = {{ virtual = "." }}
dependencies = [{{ name = "tiny" }}]

[package.metadata]
requires-dist = [{{ name = "tiny" }}]

[[package]]
name = "tiny"
version = "1.0"
source = {{ registry = "../wheels" }}
wheels = [{{ path = "{path}", hash = "sha256:{known}" }}]
"""


def programs() -> str:
    """Return a path with uv and bwrap on it."""
    own = (Path(sys.executable).parent / "uv", tool("bwrap"))
    assert all(one.exists() for one in own)
    return os.pathsep.join([*(str(one.parent) for one in own), "/usr/bin", "/bin"])


def system(folder: Path, *more: str) -> str:
    """Return a path with the system's programs on it, whether uv and bwrap are of them or not."""
    links = folder / "programs"
    links.mkdir()
    for one in Path("/usr/bin").iterdir():
        if one.name not in {"uv", "bwrap"}:
            (links / one.name).symlink_to(one)
    return os.pathsep.join([*more, str(links)])


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def checked(done: Rendering, folder: Path) -> str:
    """Return what shells and shellcheck complain of; empty if of nothing."""
    script = write(done, folder) / "replicate.sh"
    syntax = subprocess.run(["sh", "-n", script], capture_output=True, text=True, check=False)
    lint = run_tool("shellcheck", str(script), LC_ALL="C.UTF-8")
    return syntax.stderr + lint.stdout + lint.stderr


def test_shells_and_their_linter_find_nothing_to_say(tmp_path: Path) -> None:
    assert checked(rendered("sandbox"), tmp_path) == ""


def test_the_linter_sees_a_word_that_is_not_quoted(tmp_path: Path) -> None:
    folder = write(rendered("sandbox"), tmp_path)
    script = folder / "replicate.sh"
    script.write_text(script.read_text().replace('mkdir "$work/own"', "mkdir $work/own"))
    assert "SC2086" in run_tool("shellcheck", str(script), LC_ALL="C.UTF-8").stdout


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


def service(**reference: str) -> list[dict[str, object]]:
    kept = {"name": "api", "endpoint": "https://api.example.com"}
    return [kept | {"auth": {"scheme": "bearer", "secretRef": reference}}]


def test_a_secret_is_taken_from_the_variable_that_holds_it(made: Made) -> None:
    named = service(provider="env", name="MY_TOKEN", key="token")
    told = made.run("python", "-c", TELL, externalServices=named)
    assert json.loads(told.stdout)[0].get("API_TOKEN") == "hu$h", told.stderr
    assert "hu$h" not in (made.folder / "rendered it's/replicate.sh").read_text()


def test_a_secret_that_is_missing_ends_it(made: Made) -> None:
    told = made.run("true", externalServices=service(provider="env", name="release"))
    assert told.returncode == 1
    assert "release is not set" in told.stderr


@pytest.mark.parametrize(
    ("reference", "place"),
    [
        ({"provider": "file", "name": "/etc/api $x"}, "/etc/api $x"),
        ({"provider": "vault", "name": "api"}, "/brought/api-secret"),
    ],
)
def test_secrets_that_are_files_are_named(
    made: Made, reference: dict[str, str], place: str
) -> None:
    options = ("--secrets", "brought")
    told = made.run("python", "-c", TELL, options=options, externalServices=service(**reference))
    assert json.loads(told.stdout)[0]["API_SECRET_FILE"].endswith(place), told.stderr


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


CHANGES: list[tuple[Mapping[str, Any], str]] = [
    ({"dependencies": {"runtime": {"format": "conda"}}}, "/spec/dependencies/runtime/format"),
    ({"dependencies": {"runtime": {"format": "uv"}}}, "/spec/dependencies/runtime/lock"),
    ({"dependencies": {"runtime": {"format": "pylock"}}}, "/spec/dependencies/runtime/lock"),
    ({"dependencies": {"runtime": {"lock": "../x"}}}, "/spec/dependencies/runtime/lock"),
    ({"dependencies": {"runtime": {"digest": None}}}, "/spec/dependencies/runtime"),
    ({"card": {"path": "/etc/passwd", "digest": digest(b"")}}, "/spec/card/path"),
    ({"environment": {"system": {"env": {"A": "\0"}}}}, "/spec/environment/system/env/A"),
    ({"environment": {"system": {"args": ["\0"]}}}, "/spec/environment/system/args"),
    ({"parameters": {"max_batch_size": {"mapsTo": {"sandbox": "x"}}}}, "/mapsTo"),
]


@pytest.mark.parametrize(("change", "pointer"), CHANGES)
def test_what_a_script_cannot_do_is_refused_with_what_would_do(
    change: Mapping[str, Any], pointer: str
) -> None:
    [(found, alternatives)] = refused(rendered("sandbox", change={"spec": change})).items()
    assert found.endswith(pointer)
    assert alternatives


def test_a_lock_the_release_has_not_is_refused() -> None:
    assert refused(rendered("sandbox", options={"lock": "dev"})) == {"": ("lock=runtime",)}


def test_what_lies_elsewhere_is_to_be_brought() -> None:
    about = {"name": "far", "role": "weights", "uri": "s3://b/w", "digest": digest(b"x")}
    done = rendered("sandbox", change={"spec": {"artifacts": [about]}})
    assert f"{digest(b'x')[7:]}  elsewhere/far\n" in files_of(done)["artifacts.sha256"]
    assert any("s3://b/w is to be brought to elsewhere/far" in one for one in done.notices)


def test_what_the_machine_has_is_said() -> None:
    amounts = {"limits": {"accelerators": [{"type": "nvidia.com/gpu", "count": 2}]}}
    done = rendered("sandbox", change={"spec": {"environment": {"resources": amounts}}})
    assert any("accelerators" in one for one in done.notices)
    assert "asks for 2 of nvidia.com/gpu" in files_of(done)["replicate.sh"]


def test_the_system_may_be_named_without_its_release(tmp_path: Path) -> None:
    change = {"spec": {"environment": {"os": {"distribution": "debian"}}}}
    done = rendered("sandbox", change=change)
    assert '"$seen" = debian ]' in files_of(done)["replicate.sh"]
    assert checked(done, tmp_path) == ""


def test_a_release_without_a_build_has_no_seeds() -> None:
    own = {"env": {"WEIGHBRIDGE_CONFIG": "/etc/own"}}
    limits = {"limits": {"cpu": None}, "requests": None}
    change = {"build": None, "environment": {"system": own, "resources": limits}}
    script = files_of(rendered("sandbox", change={"spec": change}))["replicate.sh"]
    assert "SEED" not in script
    assert "WEIGHBRIDGE_CONFIG=/etc/own" in script
    assert "CPUQuota" not in script
    seeds = {"build": {"seeds": [{"name": "python", "value": -1}]}}
    script = files_of(rendered("sandbox", change={"spec": seeds}))["replicate.sh"]
    assert "WEIGHBRIDGE_SEED_PYTHON=-1" in script
    assert "PYTHONHASHSEED" not in script
