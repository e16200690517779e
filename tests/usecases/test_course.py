"""The course: what is planted is found, nothing else is, and it is the same everywhere."""

from __future__ import annotations

import pickletools
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from scripts.course import PAGE, PAGES, table
from tests.usecases.workshop import commit, git
from weighbridge.adapters.clock import utc_now
from weighbridge.usecases.demo.course import made
from weighbridge.usecases.demo.course.desk import papers
from weighbridge.usecases.demo.course.faults import FAULTS
from weighbridge.usecases.demo.course.layout import LESSONS
from weighbridge.usecases.demo.course.repository import (
    committed,
    planted,
    resource,
    second,
    uncommitted,
)

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench
    from weighbridge.usecases.demo.course.faults.fault import Fault

CHECKED = [one for one in FAULTS if one.edits and one.by == "check"]
LESSON_PAGES = (
    "1-look-without-loading",
    "2-papers",
    "3-dependencies",
    "4-make-it-again",
    "5-who-says-so",
    "6-the-gate",
    "7-places",
    "8-the-auditor",
)
FIRST_COMMIT = "19d9ac02563aca1fc769e5c496772837e6a0f712"
"""Of the repository with nothing planted, on every machine."""
TODAY = "2026-01-06T00:00:00Z"


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def weigh(run: Bench, faults: tuple[Fault, ...], now: str) -> set[str]:
    """Plant faults, weigh the repository, and return the codes of what was found."""
    files = committed(faults)
    write(run.folder, files)
    commit(run.folder)
    write(run.folder, uncommitted(faults, files))
    write(run.folder.parent / "desk", papers(now))
    assert run("advisories", "update", "--from", "../desk/advisories").code == 0
    done = run("check", "--output-format", "json")
    assert [one["code"] for one in done.json["skipped"]] == ["DEP008"]
    return {one["code"] for one in done.json["findings"]}


@pytest.fixture(scope="module")
def now() -> str:
    return utc_now()


def test_nothing_is_found_where_nothing_is_planted(run: Bench, now: str) -> None:
    assert weigh(run, (), now) == set()


def test_everything_is_found_at_once(run: Bench, now: str) -> None:
    codes = {code for one in CHECKED for code in one.codes}
    assert weigh(run, planted(None), now) == codes
    assert len(FAULTS) >= 20
    assert {code[:3] for code in codes} == {"INT", "DEP", "CMP", "REP", "SEC", "CFG", "GOV"}


@pytest.mark.slow
@pytest.mark.parametrize("fault", CHECKED, ids=[one.name for one in CHECKED])
def test_each_fault_is_found_by_just_its_codes(fault: Fault, run: Bench, now: str) -> None:
    assert weigh(run, (fault,), now) == set(fault.codes)


def test_the_second_release_is_as_sound(run: Bench, now: str) -> None:
    write(run.folder, committed(()))
    commit(run.folder)
    changed = second(committed(()))
    assert {*changed} == {"release.yaml", "train.py", "model.safetensors"}
    write(run.folder, changed)
    commit(run.folder)
    write(run.folder.parent / "desk", papers(now))
    run("advisories", "update", "--from", "../desk/advisories")
    assert run("check", "--output-format", "json").json["findings"] == []


@pytest.mark.parametrize("lesson", range(1, 6))
def test_a_lesson_has_faults_of_its_own_alone(lesson: int, run: Bench) -> None:
    done = run("demo", "--course", "here/course", "--lesson", str(lesson))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("here/course/parcel-sorter  the repository")
    project = run.folder / "here/course/parcel-sorter"
    files = committed(planted(lesson))
    files.update(uncommitted(planted(lesson), files))
    found = {path.name: path.read_bytes() for path in project.iterdir() if path.is_file()}
    assert found == files
    assert [path.name for path in (run.folder / "here").iterdir()] == ["course"]


def test_the_same_commits_everywhere(
    run: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("demo", "--course", "one", "--lesson", "5").code == 0
    config = tmp_path / "gitconfig"
    config.write_text("[user]\nname = Bo\nemail = bo@example.com\n[core]\nautocrlf = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2020-01-01T00:00:00Z")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert run("demo", "--course", "two", "--lesson", "5").code == 0
    for name in ("one", "two"):
        assert git(run.folder / name / "parcel-sorter", "rev-parse", "HEAD") == FIRST_COMMIT


def test_an_empty_folder_somebody_is_in_is_filled(run: Bench) -> None:
    assert run("demo", "--course", ".").code == 0
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["desk", "parcel-sorter"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--course", "full"], "holds something already"),
        (["--course", "new", "--lesson", "9"], "there is no lesson 9"),
        (["--course", "new", "--lesson", "0"], "there is no lesson 0"),
        (["--lesson", "1"], "--lesson goes with --course"),
        (["--course", "new", "--keep", "new"], "--keep goes without --course"),
    ],
)
def test_what_cannot_be_laid_out_is_refused(words: list[str], said: str, run: Bench) -> None:
    (run.folder / "full").mkdir()
    (run.folder / "full/file").write_text("x")
    before = run.files()
    done = run("demo", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert run.files() == before


def test_what_fails_leaves_nothing_behind(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    done = run("demo", "--course", "new")
    assert (done.code, "git is not installed" in done.err) == (3, True)
    assert list(run.folder.iterdir()) == []


def test_the_pickle_can_do_no_harm() -> None:
    named = [
        argument
        for opcode, argument, _ in pickletools.genops(made.pickle_that_calls())
        if opcode.name in {"GLOBAL", "STACK_GLOBAL", "INST"}
    ]
    assert named == ["builtins print"]


@pytest.mark.parametrize(
    ("draw", "weights"), [(7, "model.safetensors"), (8, "model-1.1.0.safetensors")]
)
def test_the_training_makes_the_weights(draw: int, weights: str, tmp_path: Path) -> None:
    code = resource("train.txt").decode().replace("random.Random(7)", f"random.Random({draw})")
    write(tmp_path, {"train.py": code.encode(), "parcels.csv": resource("parcels.csv")})
    subprocess.run([sys.executable, "train.py"], cwd=tmp_path, check=True)
    assert (tmp_path / "model.safetensors").read_bytes() == resource(weights)
    assert (tmp_path / "chutes.json").read_bytes() == resource("chutes.json")


def test_what_ships_is_small() -> None:
    folder = Path(made.__file__).parent
    files = [path for path in folder.rglob("*") if "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files if path.is_file()) < 100_000


def test_the_desk_depends_on_the_day_alone() -> None:
    assert papers(TODAY) == papers(TODAY)
    assert all(b"2025-01-05" in one for path, one in papers(TODAY).items() if "last-year" in path)


def test_the_table_on_the_last_page_is_that_of_the_code() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")  # else: python -m scripts.course


@pytest.mark.parametrize("lesson", range(1, LESSONS + 1))
def test_a_lesson_shows_what_is_said_of_its_faults(lesson: int) -> None:
    text = (PAGES / f"{LESSON_PAGES[lesson - 1]}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Lesson {lesson}. ")
    assert f"--lesson {lesson}\n" in text
    shown = "".join(re.findall(r"(?ms)^```console\n(.*?)^```$", text))
    told = {code for one in FAULTS if one.lesson == lesson for code in one.codes}
    assert {code for code in told if code not in shown} <= NOT_SHOWN


NOT_SHOWN = {"REP004", "SEC005", "SEC013"}
"""What lesson 1 tells in words, where what is shown was cut."""
