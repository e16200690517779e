"""What the script of the pipeline weighs, with what it is given, and what it never runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scripts import warm
from tests.ci.forge import TOKEN
from tests.ci.pipeline import MARK, WRITTEN
from tests.usecases.workshop import commit, git, lay_out, manifest_text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.ci.forge import Forge
    from tests.ci.pipeline import Job

OWN = "$(touch owned)`touch owned`;touch owned #${{ github.token }}"
"""What would leave a file behind if any shell ran it."""
PLANTED = 'open("owned", "w").close()\n'


@pytest.fixture
def checkout(job: Job) -> Job:
    """Be a job whose checkout holds a release, changed since the base of the pull request."""
    lay_out(job.folder)
    commit(job.folder)
    git(job.folder, "branch", "base")
    path = job.folder / "release.yaml"
    path.write_text(manifest_text().replace("team: house", "team: other"))
    commit(job.folder)
    return job


def real(job: Job) -> Job:
    """Have the real weighbridge weigh."""
    (job.here / "bin/weighbridge").unlink()
    (job.here / "bin/weighbridge").symlink_to(warm.folder() / "weighbridge")
    return job


def leftovers(job: Job) -> list[Path]:
    """List what nobody may leave behind."""
    return [*job.folder.rglob("owned"), *(job.here.parent / "temporary").iterdir()]


def test_the_exit_code_is_that_of_the_check(job: Job, shell: str) -> None:
    for code in (0, 1, 2, 3, 4, 70):
        job.says(code=code)
        assert job.run(shell).code == code
    assert job.noted("output").splitlines()[::2] == [
        f"exit-code={code}" for code in (0, 1, 2, 3, 4, 70)
    ]


def test_what_it_is_given_is_handed_on_and_nothing_else(job: Job, shell: str) -> None:
    job.run(shell)
    (few,) = job.words()
    assert [re.sub(r"=/.*/", "=", word) for word in few] == [
        "check",
        "--no-progress",
        "--color=never",
        "--output-format=github",
        "--comment=comment",
        "--comment-name=release.yaml",
        "--",
        "./release.yaml",
    ]
    job.run(
        shell,
        WEIGH_MANIFEST="models/a b",
        WEIGH_REGISTRY="/srv/a registry",
        WEIGH_FAIL_ON="warning",
        WEIGH_BASELINE="old findings.json",
        WEIGH_ENVIRONMENT="production",
    )
    many = job.words()[1]
    assert many[4:8] == [
        *("--registry=/srv/a registry", "--fail-on=warning", "--baseline=old findings.json"),
        "--for-env=production",
    ]
    assert many[-3:] == ["--comment-name=models/a-b", "--", "./models/a b"]


def test_a_folder_without_a_manifest_is_no_release(job: Job, shell: str) -> None:
    (job.folder / "models").mkdir()
    job.run(shell, WEIGH_MANIFEST="models/")
    assert job.words()[0][-1] == "./models/release.yaml"


def test_the_base_is_checked_out_beside_the_work_and_taken_away_again(
    checkout: Job, shell: str
) -> None:
    base = git(checkout.folder, "rev-parse", "base")
    before = git(checkout.folder, "status", "--porcelain")
    assert checkout.run(shell, WEIGH_BASE=base).code == 0
    assert checkout.noted("against") == manifest_text()
    assert leftovers(checkout) == []
    assert git(checkout.folder, "worktree", "list").count("\n") == 0
    assert git(checkout.folder, "status", "--porcelain") == before


def test_hooks_of_the_repository_do_not_run(checkout: Job) -> None:
    hook = checkout.folder / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{checkout.folder}/owned'\n")
    hook.chmod(0o755)
    checkout.run("dash", WEIGH_BASE="base")
    assert checkout.noted("against") != ""
    assert leftovers(checkout) == []


def test_a_base_that_is_missing_in_a_shallow_checkout_is_fetched(checkout: Job, shell: str) -> None:
    origin = checkout.folder.rename(checkout.folder.parent / "origin")
    base = git(origin, "rev-parse", "base")
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    checkout.folder.mkdir()
    git(checkout.folder, "clone", "--quiet", "--depth=1", f"file://{origin}", ".")
    found = checkout.run(shell, WEIGH_BASE=base)
    assert (found.code, checkout.noted("against")) == (0, manifest_text())


@pytest.mark.parametrize(
    ("base", "said"),
    [("e" * 40, "the base is not to be had"), ("empty", "there was no such manifest before")],
)
def test_a_base_that_cannot_be_had_is_said_and_changes_no_verdict(
    base: str, said: str, checkout: Job
) -> None:
    git(checkout.folder, "checkout", "--quiet", "--orphan", "empty")
    git(checkout.folder, "rm", "--quiet", "--cached", "-r", ".")
    git(checkout.folder, "commit", "--quiet", "--allow-empty", "--message", "x")
    git(checkout.folder, "checkout", "--quiet", "--force", "main")
    found = checkout.run("dash", WEIGH_BASE=base)
    assert found.code == 0
    assert said in found.out + found.err
    assert not any(word.startswith("--against") for word in checkout.words()[0])


def test_reports_are_put_in_their_place_when_all_are_made(job: Job, shell: str) -> None:
    job.says(code=1)
    found = job.run(shell, WEIGH_SARIF="out.sarif", WEIGH_JUNIT="no/such/folder.xml")
    assert found.code == 1
    assert (job.folder / "out.sarif").read_text() == "report\n"
    assert "could not be put where it was to go" in found.err
    assert "sarif=out.sarif\n" in job.noted("output")
    assert leftovers(job) == []


def test_the_summary_of_the_job_is_the_comment(job: Job, shell: str) -> None:
    job.run(shell, WEIGH_COMMENT="false")
    assert job.noted("summary") == WRITTEN


def test_what_programs_say_is_no_command_to_the_runner(job: Job, shell: str) -> None:
    asides = "::set-output name=a::b\n##[set-env name=x;]y\nno end of line"
    job.says(result="::error::found\n", asides=asides)
    found = job.run(shell)
    before, rest = found.out.split(asides)
    (stop,) = re.findall(r"^::stop-commands::([0-9a-f]{32})\n$", before)
    assert rest == f"\n::{stop}::\n::error::found\n"
    assert "::" not in found.err


@pytest.mark.parametrize(
    "variable",
    [
        *("WEIGH_MANIFEST", "WEIGH_BASE", "WEIGH_ENVIRONMENT", "WEIGH_REGISTRY", "WEIGH_FAIL_ON"),
        *("WEIGH_VERSION", "WEIGH_REQUIREMENTS", "WEIGH_SARIF", "WEIGH_JUNIT", "WEIGH_NAME"),
        *("WEIGH_AUTHOR", "WEIGH_BASELINE"),
    ],
)
def test_no_input_is_run(variable: str, checkout: Job, forge: Forge, shell: str) -> None:
    pip_ends_with(checkout, 0)
    checkout.run(shell, **{variable: OWN})
    checkout.run(shell, **{variable: f"-x{OWN}"})
    broken = checkout.run(shell, **{variable: f"a\n{OWN}"})
    assert broken.code == 2
    assert leftovers(checkout) == []
    assert all(one.path.startswith("/repos/acme/models/issues/") for one in forge.asked)


def test_modules_of_the_checkout_are_not_taken_for_those_of_python(
    job: Job, forge: Forge, shell: str
) -> None:
    for name in ("json.py", "sys.py", "venv.py", "pip.py", "encodings.py"):
        (job.folder / name).write_text(PLANTED)
    assert job.run(shell, PYTHONPATH=str(job.folder)).code == 0
    assert (forge.methods, leftovers(job)) == (["GET", "POST"], [])


def test_a_hostile_release_is_weighed_and_nothing_of_it_runs(
    checkout: Job, forge: Forge, shell: str
) -> None:
    evil = f"@acme/all [x](https://evil.example) <b> {OWN} ::error::"
    folder = checkout.folder / f"a{OWN.replace('/', '')}"
    folder.mkdir()
    text = manifest_text().replace("house@example.com", f"'{evil}'")
    lay_out(folder / "b", text.replace("path: labels.json", f"path: '{OWN}.json'"))
    git(checkout.folder, "checkout", "--quiet", "-b", "$(touch${IFS}owned)")
    commit(checkout.folder)
    manifest = (folder / "b/release.yaml").relative_to(checkout.folder)
    found = real(checkout).run(shell, WEIGH_MANIFEST=str(manifest), WEIGH_BASE="base")
    assert found.code in {1, 2, 3}
    (comment,) = forge.comments
    assert "**fail**" in comment["body"] or "**not weighed**" in comment["body"]
    assert leftovers(checkout) == []
    commands = [line for line in found.out.splitlines() if line.startswith("::")]
    assert all(re.match(r"::(error|warning|notice) |::(stop-commands::)?\w+", c) for c in commands)


def test_a_pull_request_is_told_what_changed_and_then_what_was_mended(
    checkout: Job, forge: Forge
) -> None:
    real(checkout)
    path = checkout.folder / "release.yaml"
    whole = path.read_text()
    path.write_text(whole.replace("contact: house@example.com", "contact: TODO"))
    commit(checkout.folder)
    base = git(checkout.folder, "rev-parse", "base")
    found = checkout.run("dash", WEIGH_BASE=base, WEIGH_SARIF="weigh.sarif")
    assert found.code == 1
    (comment,) = forge.comments
    body = comment["body"]
    assert body.startswith(f"{MARK}\n\n### weighbridge: `demo@1.0.0`\n\n**fail**: 2 errors")
    assert re.search(r"^\*\*\w+ risk\*\*: 3 changes: .+ since `demo@1.0.0`$", body, re.MULTILINE)
    step = "1. run \\`weighbridge set metadata.owner.contact VALUE\\` (`CFG009`, `GOV001`)"
    assert f"#### What would pass\n\n{step}\n" in body
    assert "| `/metadata/owner/team` | `house` | `other` |" in body
    assert re.search(r"(?m)^::error file=release.yaml,line=\d+,", found.out)
    assert '"version": "2.1.0"' in (checkout.folder / "weigh.sarif").read_text()
    (checkout.folder / "weigh.sarif").unlink()
    path.write_text(whole)
    commit(checkout.folder)
    assert checkout.run("dash", WEIGH_BASE=base).code == 0
    assert (len(forge.comments), forge.methods[-1]) == (1, "PATCH")
    assert "**pass**" in comment["body"]
    assert "What would pass" not in comment["body"]


_PIP = """\
#!/bin/sh
printf '%s\\n' "$@" >>'{here}/pip'
env >>'{here}/pip-environ'
exit {code}
"""
_VENV = """\
#!/bin/sh
case "$*" in
  '-I -m venv '*)
    mkdir -p "$4/bin"
    cp '{here}/pip-program' "$4/bin/python"
    cp '{here}/bin/weighbridge' "$4/bin/weighbridge" ;;
  *) exec '{python}' "$@" ;;
esac
"""


def pip_ends_with(job: Job, code: int) -> None:
    """Have an installation succeed or fail, without a package index."""
    python = (job.here / "bin/python3").read_text().split("exec '")[1].split("'")[0]
    job.program("python3", _VENV.format(here=job.here, python=python))
    path = job.here / "pip-program"
    path.write_text(_PIP.format(here=job.here, code=code))
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"WEIGH_VERSION": "0.1.0"}, ["weighbridge==0.1.0"]),
        ({"WEIGH_REQUIREMENTS": "a b.txt"}, ["--require-hashes", "--requirement=a b.txt"]),
    ],
)
def test_it_is_installed_as_it_is_asked_for(
    variables: dict[str, str], words: list[str], job: Job, shell: str
) -> None:
    pip_ends_with(job, 0)
    assert job.run(shell, **variables).code == 0
    start = ["-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    assert job.noted("pip").splitlines() == [*start, *words]
    assert TOKEN not in job.noted("pip-environ")
    assert leftovers(job) == []


@pytest.mark.parametrize("how", ["pip fails", "another version", "nothing is there"])
def test_what_cannot_be_installed_weighs_nothing_and_is_said(
    how: str, job: Job, forge: Forge, shell: str
) -> None:
    variables = {"WEIGH_VERSION": "9.9.9"}
    pip_ends_with(job, int(how == "pip fails"))
    if how == "another version":
        variables["WEIGH_REQUIREMENTS"] = "lock.txt"
    if how == "nothing is there":
        variables = {}
        (job.here / "bin/weighbridge").unlink()
    found = job.run(shell, **variables)
    assert found.code == 2
    assert "could not be installed" in found.err
    assert "**not weighed**" in forge.comments[0]["body"]
