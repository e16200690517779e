from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.usecases.workshop import LOCK, commit, sha256

if TYPE_CHECKING:
    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Bench

HASH = "a" * 64
PYLOCK = f"""\
lock-version = "1.0"
created-by = "by hand"
requires-python = ">=3.12"

[[packages]]
name = "numpy"
version = "2.1.0"
wheels = [
    {{ url = "https://files.example.com/numpy-2.1.0-cp312-cp312-manylinux_2_28_x86_64.whl", hashes = {{ sha256 = "{HASH}" }} }},
    {{ url = "https://files.example.com/numpy-2.1.0-cp312-cp312-macosx_14_0_arm64.whl", hashes = {{ sha256 = "{HASH}" }} }},
]

[[packages]]
name = "colorama"
version = "0.4.6"
marker = "sys_platform == 'win32'"
wheels = [
    {{ url = "https://files.example.com/colorama-0.4.6-py2.py3-none-any.whl", hashes = {{ sha256 = "{HASH}" }} }},
]
"""  # noqa: E501 - as resolvers write them
GLIBC = "linux-x86_64-glibc2.28-py3.12"
OLD = "linux-x86_64-glibc2.17-py3.12"
WINDOWS = "windows-x86_64-py3.12"
TARGETS = (
    "[{name: cloud, os: linux, arch: x86_64, libc: glibc, libcVersion: '2.28', python: '3.12'}, "
    "{name: edge, os: linux, arch: x86_64, libc: glibc, libcVersion: '2.17', python: '3.12'}]"
)


def declare(bench: Bench, *, lock: bool = True) -> None:
    """Have the release declare two targets, and a lock that names its files."""
    bench.edit("  dependencies:\n", f"  compatibility: {{targets: {TARGETS}}}\n  dependencies:\n")
    if lock:
        (bench.folder / "pylock.toml").write_text(PYLOCK)
        bench.edit(
            "{lock: requirements.lock, format: requirements", "{lock: pylock.toml, format: pylock"
        )
        bench.edit(sha256(LOCK.encode()), sha256(PYLOCK.encode()))


def test_a_lock_needs_no_manifest_and_no_registry(run: Bench) -> None:
    (run.folder / "pylock.toml").write_text(PYLOCK)

    found = run("matrix", "pylock.toml", "--target", GLIBC, "--target", OLD, "--target", WINDOWS)
    assert (found.code, found.err) == (1, "")
    assert found.out.splitlines() == [
        "pylock.toml",
        "",
        f"   1  {GLIBC}  2 yes",
        f"   2  {OLD}  1 yes, 1 no",
        f"   3  {WINDOWS}          1 yes, 1 no",
        "",
        "             1 2 3",
        "numpy 2.1.0  . x x",
        "",
        ". yes  ~ if  x no  ? unknown  - not needed there",
        "",
        "numpy 2.1.0",
        "  no on 2: its wheels need glibc 2.28 or newer",
        f"      nearest: glibc 2.28; target {GLIBC} has it",
        "  no on 3: its wheels are for Linux, not Windows",
        f"      nearest: target {GLIBC} has it",
        "",
        "2 packages on 3 targets: 4 yes, 2 no",
    ]
    assert not (run.folder / ".weighbridge").exists()


def test_verbose_lists_what_is_to_be_had_everywhere(run: Bench) -> None:
    (run.folder / "pylock.toml").write_text(PYLOCK)

    quiet = run("matrix", "pylock.toml", "--target", GLIBC)
    assert (quiet.code, "colorama" in quiet.out) == (0, False)
    assert "colorama 0.4.6  -\n" in run("matrix", "pylock.toml", "--target", GLIBC, "-v").out


def test_where_nobody_says_which_targets_common_ones_are_taken_and_named(run: Bench) -> None:
    (run.folder / "pylock.toml").write_text(PYLOCK)

    found = run("matrix", "pylock.toml", "--output-format=json")
    assert found.json["targets"] == [
        "linux-x86_64-glibc2.28-py3.12",
        "linux-aarch64-glibc2.28-py3.12",
        "linux-x86_64-musl1.2-py3.12",
        "macos14-arm64-py3.12",
        "windows-x86_64-py3.12",
    ]
    assert found.err.startswith("nobody said which targets")


def test_the_json_has_the_shape_programs_rely_on(run: Bench) -> None:
    (run.folder / "pylock.toml").write_text(PYLOCK)

    found = run("matrix", "pylock.toml", "--target", OLD, "--output-format=json").json
    assert list(found) == ["schemaVersion", "targets", "cells"]
    assert found["cells"][1] == {
        "package": "numpy",
        "version": "2.1.0",
        "target": OLD,
        "ok": "no",
        "cause": "libc",
        "nearest": "glibc 2.28",
    }


@pytest.mark.parametrize("output_format", ["text", "json", "markdown", "html"])
def test_the_exit_code_is_the_same_in_any_format(output_format: str, run: Bench) -> None:
    (run.folder / "pylock.toml").write_text(PYLOCK)
    words = ("matrix", "pylock.toml", f"--output-format={output_format}", "--target")

    assert [run(*words, target).code for target in (GLIBC, OLD)] == [0, 1]


def test_what_is_not_known_is_not_fine(run: Bench) -> None:
    (run.folder / "requirements.txt").write_text("numpy==2.1.0\n")

    found = run("matrix", "requirements.txt", "--target", GLIBC)
    assert found.code == 3
    assert "the lock (requirements) does not name its files" in found.out


def test_a_lock_of_any_name_is_told_by_its_content(run: Bench) -> None:
    uv = 'version = 1\nrequires-python = ">=3.12"\n\n[[package]]\nname = "a"\nversion = "1"\n'
    uv += 'source = { registry = "https://packages.example.com/simple" }\n'
    for name, text, code in (("a.lock", PYLOCK, 0), ("b", uv, 1), ("c.txt", "a==1\n", 3)):
        (run.folder / name).write_text(text)
        assert run("matrix", name, "--target", GLIBC).code == code


def test_groups_of_a_lock_can_be_asked_for(run: Bench) -> None:
    text = PYLOCK.replace("sys_platform == 'win32'", "'dev' in dependency_groups")
    (run.folder / "pylock.toml").write_text(text.replace("py2.py3-none-any", "py2-none-any"))

    assert run("matrix", "pylock.toml", "--target", GLIBC).code == 0
    assert run("matrix", "pylock.toml", "--target", GLIBC, "--group=dev").code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.toml"], "there is no file none.toml"),
        (["broken.toml"], "broken.toml cannot be read: broken.toml:1: is not TOML"),
        (["pylock.toml", "--target=linux-x86_64-glib2.28-py3.12"], f"did you mean `{GLIBC}`?"),
        (["release.yaml", "--target=edg"], "did you mean `edge`?"),
        (["release.yaml", "--target=nowhere"], "nowhere is not a target"),
        (["release.yaml", "--group=dev"], "--group and --extra are for a lock"),
    ],
)
def test_what_cannot_be_asked_is_refused(words: list[str], said: str, bench: Bench) -> None:
    declare(bench)
    (bench.folder / "broken.toml").write_text("lock-version =")

    found = bench("matrix", *words)
    assert (found.code, found.out) == (2, "")
    assert said in found.err


def test_a_release_is_asked_about_its_own_targets(bench: Bench) -> None:
    declare(bench)

    found = bench("matrix")
    assert found.code == 1
    assert "demo@1.0.0\n\n   1  cloud  3 yes\n   2  edge   2 yes, 1 no\n" in found.out
    assert found.err == ""
    assert bench("matrix", ".", "--target=cloud").code == 0
    assert bench("matrix", "release.yaml", f"--target={WINDOWS}").code == 1


def test_a_release_without_targets_is_asked_about_common_ones(bench: Bench) -> None:
    found = bench("matrix")

    assert found.code == 0
    assert "linux-x86_64-glibc2.28-py3." in found.out
    assert "name yours with --target" in found.err


def test_a_lock_that_is_gone_leaves_all_open(bench: Bench) -> None:
    declare(bench)
    (bench.folder / "pylock.toml").unlink()

    found = bench("matrix")
    assert found.code == 3
    assert "pylock.toml  ? ?" in found.out


def test_check_says_what_has_no_wheel_where(bench: Bench) -> None:
    declare(bench)
    commit(bench.folder)

    every = bench("check", "--select=CMP001", "--output-format=json")
    (finding,) = every.json["findings"]
    assert (every.code, finding["code"], finding["subject"]) == (1, "CMP001", "numpy")
    assert finding["message"] == (
        "numpy 2.1.0 is not to be had on target edge: its wheels need glibc 2.28 or newer"
    )
    assert finding["cause"] == "nearest: glibc 2.28; target cloud has it"
    assert (finding["location"]["file"], finding["location"]["line"]) == ("pylock.toml", 5)
    assert bench("check", "--select=CMP001", "--for-target=cloud").code == 0
    assert bench("check", "--select=CMP001", "--for-target=cloud", "--for-target=edge").code == 1


def test_check_for_a_target_that_is_not_declared_is_refused(bench: Bench) -> None:
    declare(bench)

    found = bench("check", "--for-target=clout")
    assert found.code == 2
    assert "the release declares no target 'clout'" in found.err
    assert "did you mean `cloud`?" in found.err
    assert "it declares: cloud, edge" in bench("check", "--for-target=mars").err


def test_a_sealed_release_shows_whether_its_targets_are_validated(cast: Cast) -> None:
    declare(cast, lock=False)
    cast.edit('"1.0.0"', '"1.1.0"')
    cast.done("seal")
    cast.edit('"1.1.0"', '"1.2.0"')

    def shown() -> list[str]:
        found = cast("matrix", "demo@1.1.0").out.splitlines()
        return [" ".join(line.split()[1:]) for line in found[2:4]]

    assert shown() == ["cloud 1 yes not validated", "edge 1 yes not validated"]
    made = cast.done("check", "demo@1.1.0", "--sign", "--for-target=edge", by="carl")
    assert made.err.startswith("made for edge alone\n")
    assert shown() == ["cloud 1 yes not validated", "edge 1 yes validated"]
    cast.done("check", "demo@1.1.0", "--sign", by="carl")
    assert shown() == ["cloud 1 yes validated", "edge 1 yes validated"]
    assert "validated" not in cast("matrix").out


# What else a target states ----------------------------------------------------------------------

CUDA = GLIBC + "-cuda12.4-driver{}-cc9.0"
TORCH = "torch==2.5.1+cu124\n"


def put_targets(bench: Bench, *stated: str) -> None:
    """Have the release need a build of torch for CUDA 12.4, on targets that state this of CUDA."""
    (bench.folder / "requirements.lock").write_text(TORCH)
    bench.edit(sha256(LOCK.encode()), sha256(TORCH.encode()))
    system = "os: linux, arch: x86_64, libc: glibc, libcVersion: '2.28', python: '3.12'"
    targets = ", ".join(f"{{name: t{at}, {system}{one}}}" for at, one in enumerate(stated))
    bench.edit("  dependencies:\n", f"  compatibility: {{targets: [{targets}]}}\n  dependencies:\n")


def test_a_driver_that_is_too_old_is_a_no_with_the_nearest_one(bench: Bench) -> None:
    put_targets(bench, ", cuda: {driver: '450.80.02'}", "")

    found = bench("matrix", "--output-format=json")
    driver, unstated = (one for one in found.json["cells"] if one["package"] == "cuda-driver")
    assert (found.code, driver["target"], driver["ok"]) == (1, "t0", "no")
    assert (driver["version"], driver["cause"]) == ("12.4", "cuda-driver")
    assert driver["nearest"].startswith("driver 525.60.13 or newer")
    assert (unstated["target"], unstated["ok"]) == ("t1", "unknown")
    assert bench("matrix", "--target=t1").code == 3
    assert "python 3.12 " in bench("matrix", "-v").out


def test_a_lock_alone_is_held_against_the_cuda_that_is_named(run: Bench) -> None:
    (run.folder / "requirements.txt").write_text(TORCH)

    def drivers(target: str) -> list[tuple[str, str]]:
        words = ("matrix", "requirements.txt", "--output-format=json", "--target", target)
        return [
            (one["package"], one["ok"])
            for one in run(*words).json["cells"]
            if one["package"] not in {"torch", "python"}
        ]

    assert drivers(GLIBC) == []
    assert drivers(CUDA.format("450.80")) == [
        ("cuda-driver", "no"),
        ("cuda-toolkit", "yes"),
        ("compute-capability", "yes"),
    ]
    assert drivers(CUDA.format("570.26"))[0] == ("cuda-driver", "yes")


# What the index adds ----------------------------------------------------------------------------


def keep_page(run: Bench, *, yanked: bool = False) -> None:
    files = [
        {"filename": f"numpy-2.1.0-cp312-cp312-{tag}.whl", "hashes": {"sha256": digit * 64}}
        for tag, digit in (("manylinux_2_28_x86_64", "a"), ("macosx_14_0_arm64", "b"))
    ]
    page = {
        "meta": {"api-version": "1.4"},
        "name": "numpy",
        "files": [{**file, "yanked": yanked} for file in files],
    }
    (run.folder / "pages").mkdir(exist_ok=True)
    (run.folder / "pages/numpy.json").write_text(json.dumps(page))
    assert run("advisories", "update", "--from=pages").code == 0


def test_a_requirements_lock_is_decided_by_what_the_index_knows(run: Bench) -> None:
    lock = run.folder / "requirements.txt"
    lock.write_text(f"numpy==2.1.0 --hash=sha256:{'a' * 64} --hash=sha256:{'b' * 64}\n")
    words = ("matrix", "requirements.txt", "--target", GLIBC)
    assert run(*words).code == 3

    keep_page(run)
    assert run(*words).code == 0
    assert run("matrix", "requirements.txt", "--target", OLD).code == 1
    assert (
        "its wheels are for Linux" in run("matrix", "requirements.txt", f"--target={WINDOWS}").out
    )
    keep_page(run, yanked=True)
    assert "if a yanked file will do" in run(*words).out
    lock.write_text(f"numpy==2.1.0 --hash=sha256:{'a' * 64} --hash=sha256:{'c' * 64}\n")
    assert run(*words).code == 3
