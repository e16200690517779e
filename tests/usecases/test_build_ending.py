"""How a build ends: by itself, by failing, by a signal, and with what it leaves running."""

from __future__ import annotations

import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.usecases.builds import MAKE, PYTHON, built, path_with_strace, script
from tests.usecases.workshop import clean_environ, command

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


@pytest.fixture(autouse=True)
def traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", path_with_strace())


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
        "import signal\n"
        "try: print('ready', flush=True); signal.pause()\n"
        "except KeyboardInterrupt: print('tidied up', flush=True)\n"
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
