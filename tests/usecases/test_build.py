"""`build` on real small scripts: what they read, make and speak to is recorded, no more."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.usecases.builds import MAKE, PYTHON, built, names, path_with_strace, script
from tests.usecases.workshop import commit
from weighbridge.codec.build_record import read_build_record
from weighbridge.model.build_record import FileGroup, Origin, Witness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench


@pytest.fixture(autouse=True)
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", path_with_strace())


def test_what_a_command_reads_and_makes_is_recorded(run: Bench) -> None:
    (run.folder / "data").mkdir()
    (run.folder / "data/x.csv").write_text("1,2\n")
    (run.folder / "old.csv").write_text("")
    script(run, f"open('data/x.csv').read(); {MAKE}open('split.json', 'w').write('[]')")
    commit(run.folder)
    (run.folder / "data/late.csv").write_text("3")

    done = run(
        *("build", "--output", "model.txt", "--intermediate", "split.json", "--input", "old.csv"),
        *("--seed", "numpy=7", "--record", "record.json", "--", PYTHON, "train.py"),
    )

    record = read_build_record((run.folder / "record.json").read_bytes())
    assert done.code == 0
    assert record.command == (PYTHON, "train.py")
    assert names(record) == {"data/x.csv": Origin.SOURCE, "train.py": Origin.SOURCE}
    assert [(one.path, one.size) for one in record.outputs] == [("model.txt", 1)]
    assert [one.path for one in record.intermediates] == ["split.json"]
    assert [(one.name, one.value) for one in record.seeds] == [("numpy", 7)]
    assert record.dead == ("old.csv",)
    assert record.witness is Witness.STRACE
    assert (record.exit_code, record.working_directory, record.connections) == (0, ".", ())
    assert len(record.commit) == 40
    assert "warning[REP010]: declared and never opened: old.csv" in done.err
    assert "weighbridge attest REF --predicate record.json" in done.err


def test_the_environment_is_named_as_a_whole(run: Bench) -> None:
    script(run, f"import click\n{MAKE}")

    record = built(run, "--output", "model.txt")

    assert record.interpreter is not None
    assert record.interpreter.version == sys.version.partition(" ")[0]
    read = {one.name: one.read for one in record.packages}
    assert read["click"] > 0
    assert read["pytest"] == 0
    groups = {one.group for one in record.folded}
    assert {FileGroup.INTERPRETER, FileGroup.PACKAGES, FileGroup.SYSTEM} <= groups
    assert list(names(record)) == ["train.py"]


def test_a_file_opened_through_c_is_seen(run: Bench) -> None:
    (run.folder / "hidden.bin").write_text("x")
    script(run, f"import ctypes\nctypes.CDLL(None).fopen(b'hidden.bin', b'r')\n{MAKE}")

    record = built(run, "--output", "model.txt")

    assert names(record)["hidden.bin"] is Origin.UNDECLARED


def test_numpy_names_its_kernel_and_compilers(run: Bench) -> None:
    script(run, f"import numpy\nnumpy.save('x.npy', numpy.ones(3) @ numpy.ones((3, 3)))\n{MAKE}")

    record = built(run, "--output", "model.txt", "--output", "x.npy")

    assert any(one.kernel for one in record.blas if one.name == "openblas")
    assert {one.name for one in record.compilers} & {"GCC", "clang"}


def test_what_children_do_counts(run: Bench) -> None:
    (run.folder / "sub").mkdir()
    (run.folder / "sub/in.csv").write_text("1")
    script(
        run,
        "import subprocess\n"
        "subprocess.run(['sh', '-c', 'cat in.csv > ../model.txt'], cwd='sub', check=True)\n",
    )

    record = built(run, "--output", "model.txt")

    assert set(names(record)) == {"train.py", "sub/in.csv"}
    assert record.processes >= 3
    assert any(one.path.endswith("/cat") for one in record.programs)


def test_what_the_command_made_itself_is_no_input(run: Bench) -> None:
    script(
        run,
        "import os\nopen('step.txt', 'w').write('1')\nopen('step.txt').read()\n"
        "open('state', 'a+').close()\nopen('gone', 'w').close()\nopen('gone').close()\n"
        f"os.remove('gone')\nos.rename('step.txt', 'next.txt')\nopen('next.txt')\n{MAKE}",
    )

    record = built(run, "--output", "model.txt")

    assert set(names(record)) == {"train.py"}
    assert record.also_written == ("next.txt", "state")


def test_a_file_that_was_there_and_is_added_to_is_an_input(run: Bench) -> None:
    (run.folder / "state").write_text("old")
    script(run, f"open('state', 'a+').write('new')\n{MAKE}")

    record = built(run, "--output", "model.txt")

    assert next(one for one in record.inputs if one.path == "state").changed


def test_an_output_of_before_that_is_read_is_told(run: Bench) -> None:
    (run.folder / "model.txt").write_text("warm")
    script(run, f"open('model.txt').read()\n{MAKE}")

    record = built(run, "--output", "model.txt")

    assert names(record)["model.txt"] is Origin.UNDECLARED
    assert [one.changed for one in record.inputs] == [True, False]


def test_a_file_that_is_removed_or_unreadable_afterwards_is_told(run: Bench) -> None:
    (run.folder / "gone.csv").write_text("1")
    script(run, f"import os\nopen('gone.csv').read()\nos.remove('gone.csv')\n{MAKE}")

    done = run(
        "build", "--output", "model.txt", "--record", "record.json", "--", PYTHON, "train.py"
    )

    record = read_build_record((run.folder / "record.json").read_bytes())
    assert [one.path for one in record.unread] == ["gone.csv"]
    assert "error[REP001]: read, and not to be digested afterwards: gone.csv" in done.err


def test_every_address_is_told_and_those_beyond_the_machine_are_found(run: Bench) -> None:
    script(
        run,
        "import socket\nfor host in ('127.0.0.1', '192.0.2.1'):\n"
        "    one = socket.socket()\n    one.setblocking(False)\n    one.connect_ex((host, 9))\n"
        + MAKE,
    )

    done = run(
        "build", "--output", "model.txt", "--record", "record.json", "--", PYTHON, "train.py"
    )

    record = read_build_record((run.folder / "record.json").read_bytes())
    assert {one.address: one.local for one in record.connections} == {
        "127.0.0.1:9": True,
        "192.0.2.1:9": False,
    }
    assert "warning[REP011]: it used the network: 192.0.2.1:9" in done.err


def test_secrets_are_told_by_name_alone(run: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz")
    monkeypatch.setenv("SOMETHING", "k3j4h5k3j4h5k3j4h5kj34h5")
    monkeypatch.setenv("FOLDS", "5")
    script(run, MAKE)

    record = built(run, "--output", "model.txt")

    found = {one.name: one for one in record.environment}
    assert found["FOLDS"].value == "5"
    for name in ("AWS_SECRET_ACCESS_KEY", "SOMETHING"):
        assert found[name].value is None
        assert found[name].masked
        assert os.environ[name] not in (run.folder / "record.json").read_text()


def test_our_own_variables_are_not_the_commands(run: Bench) -> None:
    script(run, f"import os\nassert 'PYDANTIC_DISABLE_PLUGINS' not in os.environ\n{MAKE}")

    built(run, "--output", "model.txt")


def test_a_credential_on_the_command_line_is_refused_before_anything_runs(run: Bench) -> None:
    script(run, MAKE)
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"

    done = run("build", "--output", "model.txt", "--", PYTHON, "train.py", f"--token={secret}")

    assert done.code == 2
    assert secret not in done.err
    assert not (run.folder / "model.txt").exists()


def test_a_folder_is_an_output_file_by_file(run: Bench) -> None:
    script(
        run,
        "import os\nos.makedirs('model/a')\n"
        "for name in ('b', 'a/c'): open(f'model/{name}', 'w').write(name)",
    )

    record = built(run, "--output", "model")

    assert [one.path for one in record.outputs] == ["model/b", "model/a/c"]


def test_the_manifest_declares_inputs_artifacts_and_seeds(bench: Bench) -> None:
    script(
        bench,
        "for name in ('labels.json', 'data.csv', 'requirements.lock'): open(name).read()\n" + MAKE,
    )
    (bench.folder / "data.csv").write_text("1")
    with (bench.folder / "release.yaml").open("a") as file:
        file.write(
            "  build:\n    seeds: [{name: python, value: 3}]\n    inputs: [{path: data.csv}]\n"
        )

    record = built(bench, "--output", "model.txt")

    assert names(record) == {
        "data.csv": Origin.DECLARED,
        "labels.json": Origin.MANIFEST,
        "requirements.lock": Origin.MANIFEST,
        "train.py": Origin.UNDECLARED,
    }
    assert [(one.name, one.value) for one in record.seeds] == [("python", 3)]


def test_paths_are_relative_to_the_manifest_and_absolute_outside(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (bench.folder / "src").mkdir()
    (tmp_path / "elsewhere.csv").write_text("1")
    (bench.folder / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    code = f"open({str(tmp_path / 'elsewhere.csv')!r}); open('../link.csv')\n{MAKE}"
    script(bench, code, "src/train.py")
    monkeypatch.chdir(bench.folder / "src")

    done = bench("build", "--output", "model.txt", "--record", "r.json", "--", PYTHON, "train.py")

    assert done.code == 0, done.err
    record = read_build_record((bench.folder / "src/r.json").read_bytes())
    assert record.working_directory == "src"
    assert [one.path for one in record.outputs] == ["src/model.txt"]
    assert set(names(record)) == {"src/train.py", str(tmp_path / "elsewhere.csv")}


def test_a_file_that_may_not_be_read_afterwards_has_a_reason(run: Bench) -> None:
    if os.geteuid() == 0:
        # Root may read anything; a folder that is not there any more is the same to it.
        code = "import os\nopen('d/x').read()\nos.rename('d', 'e')\n"
    else:
        code = "import os\nopen('d/x').read()\nos.chmod('d/x', 0)\n"
    (run.folder / "d").mkdir()
    (run.folder / "d/x").write_text("1")
    script(run, code + MAKE)

    record = built(run, "--output", "model.txt")

    assert [(one.path, bool(one.reason)) for one in record.unread] == [("d/x", True)]


def test_ten_thousand_files_are_recorded_one_by_one(run: Bench) -> None:
    (run.folder / "data").mkdir()
    for number in range(10_000):
        (run.folder / f"data/{number}.csv").write_text(str(number))
    script(run, f"for n in range(10_000): open(f'data/{{n}}.csv').read()\n{MAKE}")

    record = built(run, "--output", "model.txt", "--input", "data")

    assert sum(one.origin is Origin.DECLARED for one in record.inputs) == 10_000
    assert (run.folder / "record.json").stat().st_size < 8 << 20
