from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from tests.probes.environments import DEMO, SITE, environment, install, wheel
from tests.usecases.workshop import commit

if TYPE_CHECKING:
    import pytest

    from tests.usecases.workshop import Bench

TOKEN = "ghp_" + "a1B2" * 9


def set_up(bench: Bench) -> None:
    """Install a distribution beside a release, and have git overlook it."""
    install(environment(bench.folder / ".venv"))
    (bench.folder / ".gitignore").write_text(".venv\n.weighbridge\nwheels\n")
    commit(bench.folder)


def tamper(bench: Bench) -> None:
    (bench.folder / ".venv" / SITE / "demo/__init__.py").write_bytes(b"EVIL = 1\n")


def captured(bench: Bench, *words: str) -> dict[str, Any]:
    found = bench("capture", "--environment", "--output-format", "json", *words)
    assert (found.code, found.err) == (0, "")
    return dict(json.loads(found.out))


def test_an_environment_is_captured_with_its_machine(bench: Bench) -> None:
    set_up(bench)
    found = captured(bench)
    assert list(found) == [
        "schemaVersion", "python", "interpreter", "installed", "distributions", "departures",
        "startUp", "host", "threads", "variables",
    ]  # fmt: skip
    assert found["python"] == {"where": ".venv", "running": False}
    assert found["interpreter"]["version"] == "3.11.7"
    assert [one["standing"] for one in found["distributions"]] == ["self-consistent"]
    assert found["host"]["processor"]["architecture"]
    assert captured(bench) == found
    assert captured(bench, ".venv")["distributions"] == found["distributions"]
    assert captured(bench, ".venv/bin/python")["distributions"] == found["distributions"]


def test_people_are_told_what_departs(bench: Bench) -> None:
    set_up(bench)
    tamper(bench)
    (bench.folder / ".venv" / SITE / "evil\u202e.pth").write_text("import os\n")
    lines = bench("capture", "--environment").out.splitlines()
    assert "environment   .venv" in lines
    assert "distribution  demo 1.0  tampered, pip" in lines
    assert f"departure     changed: {SITE}/demo/__init__.py of demo" in lines
    assert f"departure     unlisted: {SITE}/evil\\u202e.pth" in lines
    assert f"start-up      {SITE}/evil\\u202e.pth of no distribution" in lines


def test_many_departures_are_cut_short_for_people(bench: Bench) -> None:
    site = environment(bench.folder / ".venv")
    install(site, rows="".join(f"demo/{number}.py,,\n" for number in range(50)))
    lines = bench("capture", "--environment").out.splitlines()
    assert sum(line.startswith("departure  ") for line in lines) == 40
    assert "departures    60 more, in the JSON" in lines


def test_without_an_environment_the_running_one_is_captured(run: Bench) -> None:
    environment(run.folder / "active")
    assert "the interpreter running weighbridge" not in captured(run, "active")["python"]["where"]
    assert run("capture", "--environment", "nowhere").code == 2
    assert "is no Python environment" in run("capture", "--environment", "nowhere").err


def test_an_environment_of_no_version_is_a_reason(run: Bench) -> None:
    (run.folder / ".venv").mkdir()
    (run.folder / ".venv/pyvenv.cfg").write_text("home = nowhere\n")
    found = captured(run)
    reason = "the pyvenv.cfg of .venv does not say the version of Python"
    assert found["python"] == found["interpreter"] == found["installed"] == {"unavailable": reason}
    assert f"environment   ({reason})" in run("capture", "--environment").out


def test_no_credential_is_shown(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    url = {"url": f"https://me:{TOKEN}@example.com/{TOKEN}"}
    site = environment(bench.folder / ".venv")
    install(site, {**DEMO, "demo-1.0.dist-info/direct_url.json": json.dumps(url).encode()})
    (site / "x.pth").write_text(f"import os; os.environ['T'] = '{TOKEN}'\n")
    monkeypatch.setenv("TZ", TOKEN)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t/of/mine")
    monkeypatch.setenv(TOKEN, "1")
    for words in ((), ("--output-format", "json")):
        found = bench("capture", "--environment", *words)
        assert found.code == 0
        assert TOKEN not in found.out + found.err
        assert "s3cr3t" not in found.out + found.err
        assert "GitHub Token" in found.out


def test_nothing_of_a_hostile_environment_is_run(bench: Bench) -> None:
    marker = bench.folder / "marker"
    evil = f"open({str(marker)!r}, 'w')\n".encode()
    site = environment(bench.folder / ".venv")
    names = ("demo/__init__.py", "sitecustomize.py", "usercustomize.py", "numpy/__init__.py")
    install(site, dict.fromkeys(names, evil))
    (site / "evil.pth").write_bytes(b"import sys; " + evil)
    python = bench.folder / ".venv/bin/python"
    python.parent.mkdir()
    python.write_text(f"#!/bin/sh\ntouch {marker}\n")
    python.chmod(0o755)
    captured(bench)
    captured(bench, ".venv/bin/python")
    bench("check", "--environment")
    assert not marker.exists()


def test_nothing_is_written_with_environment(run: Bench) -> None:
    for words in (("--update",), ("--dry-run",), ("--image", "x")):
        found = run("capture", "--environment", *words)
        assert (found.code, words[0] in found.err) == (2, True)
    for verb in ("capture", "check"):
        assert "--wheels is for --environment" in run(verb, "--wheels", ".").err


# With a release ---------------------------------------------------------------------------------


def found_by_rule(bench: Bench, *words: str) -> list[dict[str, Any]]:
    said = bench("check", "--select", "INT013", "--output-format", "json", *words).json
    return list(said["findings"])


def test_a_plain_check_skips_the_rule_where_there_is_an_environment(bench: Bench) -> None:
    said = bench("check", "--output-format", "json").json
    assert "INT013" not in {one["code"] for one in said["skipped"]}
    set_up(bench)
    said = bench("check", "--output-format", "json").json
    assert {
        "code": "INT013",
        "reason": "the files of the environment were not verified: "
        "`weighbridge check --environment`",
        "by": "no data",
    } in said["skipped"]


def test_a_check_verifies_the_environment_when_asked(bench: Bench) -> None:
    set_up(bench)
    found = bench("check", "--select", "INT013", "--environment")
    assert (found.code, "skipped[INT013]" in found.out) == (0, False)
    tamper(bench)
    (found_,) = found_by_rule(bench, "--environment")
    assert (found_["code"], found_["severity"]) == ("INT013", "error")
    assert found_["message"] == f"{SITE}/demo/__init__.py of demo changed after installation"
    assert found_["location"]["pointer"] == "/spec/environment/runtime"
    assert bench("check", "--environment", "--sign").code == 2


def test_a_rewritten_record_is_found_with_the_wheel(bench: Bench) -> None:
    set_up(bench)
    (bench.folder / "wheels").mkdir()
    (bench.folder / "wheels/demo-1.0-py3-none-any.whl").write_bytes(wheel())
    digest = hashlib.sha256(wheel()).hexdigest()
    lock = bench.folder / "requirements.lock"
    lock.write_text(f"demo==1.0 --hash=sha256:{digest}\n")
    words = ("--environment", "--wheels", "wheels")
    assert found_by_rule(bench, *words) == []
    standing = captured(bench, "--wheels", "wheels")["distributions"][0]["standing"]
    assert standing == "authentic"
    install(bench.folder / ".venv" / SITE, {"demo/__init__.py": b"EVIL = 1\n"})
    messages = [one["message"] for one in found_by_rule(bench, *words)]
    assert f"RECORD of demo is not the wheel's about {SITE}/demo/__init__.py" in messages[0]
    assert bench("check", "--environment", "--wheels", "nowhere").code == 2
