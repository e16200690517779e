"""Workflows of the forge: judged by zizmor and by the schema, and by what a release rests on."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.house.tree import ROOT
from tests.tools import run_tool, validator, zizmor

if TYPE_CHECKING:
    from pathlib import Path

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
USES = re.compile(r"uses: (?P<action>[\w./-]+)@(?P<commit>\S+)(?: # (?P<version>v[0-9.]+))?$")


def read(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def steps() -> list[dict[str, Any]]:
    return [
        step for path in WORKFLOWS for job in read(path)["jobs"].values() for step in job["steps"]
    ]


def judged(*paths: Path) -> subprocess.CompletedProcess[str]:
    words = ("--offline", "--no-config", "--persona=pedantic", "--no-progress", "--format=plain")
    return subprocess.run(
        [zizmor(), *words, *paths], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_zizmor_finds_nothing() -> None:
    done = judged(*WORKFLOWS, ROOT / ".github/dependabot.yml", ROOT / "action.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No findings" in done.stdout


def test_zizmor_sees_a_planted_flaw(tmp_path: Path) -> None:
    text = (ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8")
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    for place, (old, new) in enumerate(
        [
            ("pull_request:", "pull_request_target:"),
            ("run: .ci/run", 'run: echo "${{ github.head_ref }}"'),
            ("        with:\n          persist-credentials: false\n", ""),
        ]
    ):
        assert old in text
        flawed = folder / f"{place}.yml"
        flawed.write_text(text.replace(old, new), encoding="utf-8")
        assert judged(flawed).returncode != 0


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.dependabot", [ROOT / ".github/dependabot.yml"]),
    ],
)
def test_the_forge_can_read_them(schema: str, files: list[Path]) -> None:
    done = subprocess.run(
        [validator("check-jsonschema"), "--builtin-schema", schema, *files],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_by_its_commit_and_says_its_version() -> None:
    pinned: dict[str, set[tuple[str, str]]] = {}
    for path in WORKFLOWS:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "uses:" in line:
                found = USES.search(line)
                assert found is not None, line
                assert re.fullmatch(r"[0-9a-f]{40}", found["commit"]), line
                assert found["version"], line
                pinned.setdefault(found["action"], set()).add((found["commit"], found["version"]))
    assert {name for name, pins in pinned.items() if len(pins) > 1} == set()
    assert len(pinned) <= 6


def test_no_checkout_leaves_its_credentials() -> None:
    found = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert len(found) >= 4
    assert all(step["with"]["persist-credentials"] is False for step in found)


def test_jobs_may_do_no_more_than_they_are_given_and_end() -> None:
    for path in WORKFLOWS:
        workflow = read(path)
        assert workflow["permissions"] == {}
        assert "concurrency" in workflow
        for job in workflow["jobs"].values():
            assert "timeout-minutes" in job
            assert set(job["permissions"].values()) <= {"read", "write"}


def test_what_steps_run_is_sound_shell(tmp_path: Path) -> None:
    found = [step["run"] for step in steps() if "run" in step]
    assert len(found) > 5
    for place, text in enumerate(found):
        assert "${{" not in text
        script = tmp_path / f"{place}.sh"
        script.write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
        done = run_tool("shellcheck", script)
        assert done.returncode == 0, done.stdout


def test_the_gate_is_the_one_contributors_run() -> None:
    (job,) = read(ROOT / ".github/workflows/test.yml")["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    supported = re.findall(
        r"Programming Language :: Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text()
    )
    images = job["strategy"]["matrix"]["image"]
    tested = [re.fullmatch(r"python:(3\.\d+)-bookworm@sha256:[0-9a-f]{64}", one) for one in images]
    assert [one and one[1] for one in tested] == supported


def test_releases_take_nothing_from_a_cache_and_hold_no_key() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    assert "cache" not in text
    assert "secrets." not in text
    assert not [step for step in steps() if "cache" in step.get("with", {})]


def test_nothing_is_published_that_was_not_held_against_its_papers() -> None:
    jobs = read(ROOT / ".github/workflows/release.yml")["jobs"]
    assert (jobs["package"]["needs"], jobs["image"]["needs"]) == ("build", "build")
    assert jobs["build"]["needs"] == ["gate", "papers"]
    verify = [one for one in jobs["build"]["steps"] if "verify_release" in one.get("run", "")]
    upload = [one for one in jobs["build"]["steps"] if "upload-artifact" in one.get("uses", "")]
    assert jobs["build"]["steps"].index(*verify) < jobs["build"]["steps"].index(*upload)
    assert all("environment" in jobs[name] for name in ("package", "image"))
