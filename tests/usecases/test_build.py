"""`build` on real small scripts: what they read, make and speak to is recorded, and nothing else.

strace is the witness, as `make tools` installed it; where the fallback is meant, it is hidden.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.tools import tool
from tests.usecases.workshop import clean_environ, command, commit
from weighbridge.codec.build_record import read_build_record
from weighbridge.model.build_record import FileGroup, Origin, Witness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench
    from weighbridge.model.build_record import BuildRecord

PYTHON = sys.executable


@pytest.fixture(autouse=True)
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have strace on the path."""
    folder = str(tool("strace").parent)
    monkeypatch.setenv("PATH", os.pathsep.join((folder, os.environ["PATH"])))


@pytest.fixture
def untraced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Have a strace on the path that may not trace."""
    (tmp_path / "bin").mkdir()
    refusing = tmp_path / "bin/strace"
    refusing.write_text("#!/bin/sh\necho 'ptrace: not permitted' >&2\nexit 1\n")
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(tmp_path / "bin"), os.environ["PATH"])))


def script(run: Bench, code: str, name: str = "train.py") -> None:
    (run.folder / name).write_text(code)


def built(run: Bench, *words: str, code: int = 0) -> BuildRecord:
    done = run("build", *words, "--record", "record.json", "--", PYTHON, "train.py")
    assert done.code == code, done.err
    return read_build_record((run.folder / "record.json").read_bytes())


def names(record: BuildRecord) -> dict[str, Origin]:
    return {one.path: one.origin for one in record.inputs}


MAKE = "open('model.txt', 'w').write('1')\n"


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


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise SystemExit(7)", "ended with exit code 7"),
        ("import os\nos.kill(os.getpid(), 9)", "was ended by SIGKILL"),
        ("", "the command did not make model.txt"),
    ],
    ids=["exit code", "signal", "no output"],
)
def test_a_build_that_fails_is_recorded_as_nothing(code: str, said: str, run: Bench) -> None:
    script(run, code)

    done = run("build", "--output", "model.txt", "--", PYTHON, "train.py")

    assert done.code == 1
    assert said in done.err
    assert not (run.folder / ".weighbridge").exists()


def test_an_output_of_before_is_not_taken_for_the_commands(run: Bench) -> None:
    (run.folder / "model.txt").write_text("old")
    script(run, "")

    done = run("build", "--output", "model.txt", "--", PYTHON, "train.py")

    assert done.code == 1
    assert "it is older than the build" in done.err


def test_a_program_that_is_not_there_is_refused(run: Bench) -> None:
    done = run("build", "--output", "model.txt", "--", "no-such-program")

    assert done.code == 2
    assert "there is no program no-such-program" in done.err


def test_a_folder_is_an_output_file_by_file(run: Bench) -> None:
    script(
        run,
        "import os\nos.makedirs('model/a')\n"
        "for name in ('b', 'a/c'): open(f'model/{name}', 'w').write(name)",
    )

    record = built(run, "--output", "model")

    assert [one.path for one in record.outputs] == ["model/b", "model/a/c"]


def test_the_record_is_kept_beside_the_registry_and_is_no_change_of_the_project(
    run: Bench,
) -> None:
    script(run, MAKE)
    commit(run.folder)

    built(run, "--output", "model.txt")

    (kept,) = (run.folder / ".weighbridge/builds").rglob("*.json")
    assert kept.read_bytes() == (run.folder / "record.json").read_bytes()
    assert (run.folder / ".weighbridge/.gitignore").read_text() == "*\n"


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


def test_streams_are_the_commands_own(run: Bench) -> None:
    script(run, f"print(input())\n{MAKE}")

    done = subprocess.run(
        command("build", "--output", "model.txt", "--", PYTHON, "train.py"),
        cwd=run.folder,
        env=clean_environ(),
        input="said\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "said\n"), done.stderr


def interrupted(run: Bench, number: int, code: str) -> subprocess.CompletedProcess[str]:
    """Send a signal to us alone once the command says that it runs."""
    script(run, code)
    with subprocess.Popen(
        command("build", "--output", "model.txt", "--", PYTHON, "train.py"),
        cwd=run.folder,
        env=clean_environ(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess("build", process.returncode, out, err)


WAIT = "import signal\nprint('ready', flush=True)\nsignal.pause()\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_is_passed_on_and_leaves_no_record(number: int, run: Bench) -> None:
    done = interrupted(run, number, WAIT)

    assert done.returncode == 130
    assert not (run.folder / ".weighbridge").exists()


def test_a_command_may_end_in_its_own_way_when_interrupted(run: Bench) -> None:
    code = (
        "import signal\nprint('ready', flush=True)\n"
        "try: signal.pause()\nexcept KeyboardInterrupt: print('tidied up', flush=True)\n"
    )

    done = interrupted(run, signal.SIGINT, code)

    assert (done.returncode, done.stdout) == (130, "tidied up\n")


def test_what_a_command_leaves_running_is_waited_for(run: Bench) -> None:
    script(
        run,
        "import subprocess\nsubprocess.Popen(['sh', '-c', 'sleep 0.3; echo late > model.txt'])\n",
    )

    record = built(run, "--output", "model.txt")

    assert [one.size for one in record.outputs] == [5]


@pytest.mark.usefixtures("untraced")
def test_without_strace_python_itself_is_the_witness_and_the_record_is_partial(
    run: Bench,
) -> None:
    (run.folder / "seen.csv").write_text("1")
    (run.folder / "hidden.bin").write_text("x")
    script(
        run,
        "import ctypes, socket, subprocess, sys\nopen('seen.csv').read()\n"
        "ctypes.CDLL(None).fopen(b'hidden.bin', b'r')\n"
        "subprocess.run([sys.executable, '-c', 'open(\"child.csv\").read()'], check=True)\n"
        f"socket.socket().connect_ex(('127.0.0.1', 9))\n{MAKE}",
    )
    (run.folder / "child.csv").write_text("2")

    done = run(
        *("build", "--output", "model.txt", "--input", "never.csv", "--record", "record.json"),
        *("--", PYTHON, "train.py"),
    )

    record = read_build_record((run.folder / "record.json").read_bytes())
    assert done.code == 0
    assert "ptrace: not permitted" in done.err
    assert record.witness is Witness.AUDIT_HOOK
    assert record.partial
    assert set(names(record)) == {"train.py", "seen.csv", "child.csv"}
    assert [one.address for one in record.connections] == ["127.0.0.1:9"]
    assert record.dead == ()
    assert record.processes == 2
    assert "error[REP001]: only what Python itself opened was seen" in done.err


@pytest.mark.usefixtures("untraced")
def test_a_python_that_does_not_look_for_the_hook_was_seen_by_nobody(run: Bench) -> None:
    script(run, MAKE)

    done = run(
        *("build", "--output", "model.txt", "--record", "record.json"),
        *("--", PYTHON, "-I", "train.py"),
    )

    record = read_build_record((run.folder / "record.json").read_bytes())
    assert record.witness is Witness.NONE
    assert record.inputs == ()
    assert "error[REP001]: nobody saw what it did" in done.err


@pytest.mark.usefixtures("untraced")
def test_a_sitecustomize_of_the_projects_own_still_runs(
    run: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run.folder / "own").mkdir()
    (run.folder / "own/sitecustomize.py").write_text("import builtins\nbuiltins.OWN = 1\n")
    path = os.pathsep.join((str(run.folder / "own"), os.environ.get("PYTHONPATH", "")))
    monkeypatch.setenv("PYTHONPATH", path)
    script(run, f"assert OWN == 1\n{MAKE}")

    record = built(run, "--output", "model.txt")

    assert record.witness is Witness.AUDIT_HOOK


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


def test_a_record_can_be_attested_as_it_is(bench: Bench) -> None:
    script(bench, MAKE)
    built(bench, "--output", "model.txt")
    bench("seal")

    done = bench("attest", "demo@1.0.0", "--predicate", "record.json", "--dry-run")

    assert done.code == 0, done.err
    assert json.loads(done.out)["predicateType"] == "https://slsa.dev/provenance/v1"


def test_check_judges_the_build_that_made_the_release(bench: Bench) -> None:
    model = "weights/model.safetensors"
    data = (bench.folder / model).read_bytes()
    (bench.folder / "extra.csv").write_text("1")
    script(bench, f"open('extra.csv').read()\nopen({model!r}, 'wb').write({data!r})\n")
    bench.edit("artifacts:", "build: {inputs: [{path: never.csv}]}\n  artifacts:")
    built(bench, "--output", model)
    commit(bench.folder)

    done = bench("check", "--output-format", "json")

    found = {(one["code"], one["subject"], one["verdict"]) for one in done.json["findings"]}
    assert ("REP007", "extra.csv", "fail") in found
    assert ("REP007", "train.py", "fail") in found
    assert ("REP010", "never.csv", "fail") in found
    assert ("REP001", "spec.build", "fail") in found
    assert "build" in {one["name"] for one in done.json["inputs"]}


def test_check_says_nothing_of_a_build_that_made_other_bytes(bench: Bench) -> None:
    script(bench, MAKE)
    built(bench, "--output", "model.txt")

    done = bench("check", "--output-format", "json")

    assert not {one["code"] for one in done.json["findings"]} & {"REP001", "REP007"}


def test_a_damaged_record_is_inconclusive(bench: Bench) -> None:
    script(bench, MAKE)
    built(bench, "--output", "model.txt")
    (kept,) = (bench.folder / ".weighbridge/builds").rglob("*.json")
    kept.write_bytes(kept.read_bytes().replace(b"model.txt", b"other.txt"))

    done = bench("check", "--output-format", "json")

    found = {(one["code"], one["verdict"]) for one in done.json["findings"]}
    assert {("REP001", "inconclusive"), ("REP007", "inconclusive")} <= found
