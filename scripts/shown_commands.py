"""Run the commands that documents show; hold what they print against what is shown.

A block ```` ```console ```` holds commands after `$ ` (`> ` continues one) and what they print,
both streams. `...` stands for any text, on a line of its own for any lines. A block with a
`title="NAME"` is a file the reader makes. Each document begins in a folder of its own, empty or
with what `<!-- scene: NAME -->` names, and its blocks follow one another. That folder is the
reader's home, too, so that the keys he makes lie in it. The shell is bash with nobody at the
keyboard: a passphrase comes by file descriptor, as the document shows it.

`python -m scripts.shown_commands` writes anew what changed; the tests only compare.
"""

from __future__ import annotations

import functools
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from importlib import resources, util
from pathlib import Path
from typing import TYPE_CHECKING

from scripts import warm
from weighbridge.adapters.clock import utc_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
PYTHON_VERSION = "3.12.4"
"""What the environment of the documents says it is, so that outputs do not depend on ours."""
SCENE = re.compile(r"<!-- scene: (?P<name>[a-z-]+) -->")
FENCE = re.compile(r"(?ms)^```(?P<language>\w+)(?P<rest>[^\n]*)\n(?P<body>.*?)^```$")
_TITLE = re.compile(r'title="(?P<name>[^"]+)"')
_BROKEN = re.compile(r"^(error\[WB(001|900)\]|Traceback)", re.MULTILINE)
# What no two runs print alike: times, the name of a log, its root.
_CHANCE = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|(?<=weighbridge/)[0-9a-f]{16}|(?<=root )[0-9a-f]{64}"
)
_ANY_LINES = r"(?:.*\n)*?.*"
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "NO_COLOR": "1",
    "COLUMNS": "100",
    "GIT_CONFIG_GLOBAL": "no-such-gitconfig",  # nor /dev/null, which git may rename over
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2026-01-05T09:00:00Z",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_COMMITTER_DATE": "2026-01-05T09:00:00Z",
}
_TOOLS = [str(ROOT / ".tools/debian/usr/bin")]
"""Where bubblewrap and strace are that no system package need have brought."""

# The state of a reader's shell between two commands: variables, folder, last exit code.
_STEP = """\
. "$1"; cd "$PWD" || exit 97
(exit "$2")
{command}
code=$?; export -p >"$1"; exit $code
"""


class ShownError(Exception):
    """A document shows what cannot be run or must not be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block of a document.

    Attributes:
        language: First word behind the fence.
        title: Name of the file it shows, or empty.
        body: Its text.
        start: Index of the body in the document.
        end: Index behind the body.
    """

    language: str
    title: str
    body: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A command and what the document says it prints.

    Attributes:
        lines: The command as shown, prompts included.
        command: The command for a shell.
        output: What it prints.
    """

    lines: str
    command: str
    output: str


def blocks(text: str) -> Iterator[Block]:
    """List the fenced blocks of a document in their order."""
    for found in FENCE.finditer(text):
        title = _TITLE.search(found["rest"])
        yield Block(
            language=found["language"],
            title=title["name"] if title else "",
            body=found["body"],
            start=found.start("body"),
            end=found.end("body"),
        )


def commands(body: str) -> Iterator[Shown]:
    """Split a console block into its commands.

    Raises:
        ShownError: It begins with something that is no command.
    """
    before, *parts = re.split(r"^(?=\$ )", body, flags=re.MULTILINE)
    if before.strip():
        raise ShownError(f"a console block begins with a command, not with {before!r}")
    for part in parts:
        lines = part.splitlines(keepends=True)
        height = 1
        while height < len(lines) and lines[height].startswith("> "):
            height += 1
        command = "".join(line[2:] for line in lines[:height])
        yield Shown(lines="".join(lines[:height]), command=command, output="".join(lines[height:]))


def agrees(shown: str, printed: str) -> bool:
    """Say whether what was printed is what is shown; blank lines at the end do not matter."""
    lines = [_ANY_LINES if line == "..." else _line(line) for line in shown.strip("\n").split("\n")]
    return re.fullmatch("\n".join(lines), printed.strip("\n")) is not None


def _line(shown: str) -> str:
    return ".*".join(map(re.escape, shown.split("...")))


class Shell:
    """A reader's shell: commands run in order, in one folder, with a clean environment."""

    def __init__(self, root: Path, scene: str = "") -> None:
        """Begin in a folder, which is empty or holds what a scene names."""
        self.home = root / "work"
        self.home.mkdir()
        self._code = 0
        self._state = root / "state"
        self._state.write_text(f"export PWD='{self.home}'\n", encoding="utf-8")
        environment = root / "environment"
        environment.mkdir()
        (environment / "pyvenv.cfg").write_text(f"version = {PYTHON_VERSION}\n", encoding="utf-8")
        self._environment = _ENVIRONMENT | {
            "PATH": os.pathsep.join(
                [str(warm.folder()), str(Path(sys.executable).parent), *_TOOLS, os.defpath]
            ),
            "HOME": str(self.home),
            "TMPDIR": str(root),
            "VIRTUAL_ENV": str(environment),
            "GIT_CEILING_DIRECTORIES": str(root),
        }
        if scene:
            SCENES[scene](self)

    def run(self, command: str) -> str:
        """Run a command and return what it prints, with `~` for the folder it began in."""
        done = subprocess.run(
            ["bash", "-c", _STEP.format(command=command), "bash", self._state, str(self._code)],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            text=True,
            encoding="utf-8",
        )
        self._code = done.returncode
        return done.stdout.replace(str(self.home), "~")

    def make(self, name: str, content: str) -> None:
        """Write a file the reader makes, in the folder the shell is in."""
        path = self.home / self.run("pwd").strip().removeprefix("~").removeprefix("/") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _file_type_detector(shell: Shell) -> None:
    """Lay out a real model as its owner would, and beside it what stands for a copy of OSV."""
    found = util.find_spec("magika")
    if found is None or found.origin is None:
        raise FileNotFoundError("magika is not installed; it is in requirements/dev.lock")
    folder = shell.home / "file-type-detector"
    folder.mkdir()
    model = Path(found.origin).parent / "models/standard_v3_3"
    shutil.copyfile(model / "model.onnx", folder / "model.onnx")
    shutil.copyfile(model / "config.min.json", folder / "config.json")
    lock = resources.files("weighbridge.usecases.demo")
    for name in ("requirements.in", "requirements.lock"):
        (folder / name).write_bytes((lock / name).read_bytes())
    card = "# File type detector\n\nTells what a file is by its first and last kilobyte.\n"
    (folder / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    (shell.home / "advisories").mkdir()
    # Of today: older ones are findings.
    record = f'{{"id": "DEMO-1", "modified": "{utc_now()}", "affected": []}}\n'
    (shell.home / "advisories/DEMO-1.json").write_text(record, encoding="utf-8")
    _commit(shell, "file-type-detector", "A model that tells file types")


def _mlflow_project(shell: Shell) -> None:
    """Lay out a project in which MLflow has logged a model, once a process: that takes a while."""
    with tarfile.open(fileobj=io.BytesIO(_logged())) as packed:
        packed.extractall(shell.home, filter="tar")
    _commit(shell, "iris", "Train the iris classifier")


@functools.cache
def _logged() -> bytes:
    from scripts import mlflow_project  # noqa: PLC0415 - it reads documents as this does

    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=packed, mode="w") as archive:
        mlflow_project.lay_out(Path(folder))
        archive.add(folder, ".")
    return packed.getvalue()


def _after(tutorial: str) -> Callable[[Shell], None]:
    """Make the scene that a tutorial leaves behind, keys included."""

    def lay_out(shell: Shell) -> None:
        with tarfile.open(fileobj=io.BytesIO(_end_of(tutorial))) as packed:
            # Not "data", which forgets who may read a folder, and makes stored bytes writable.
            packed.extractall(shell.home, filter="tar")

    return lay_out


@functools.cache
def _end_of(tutorial: str) -> bytes:
    """Follow a tutorial once, and pack the home it ends with."""
    text = (ROOT / "docs/tutorial" / tutorial).read_text(encoding="utf-8")
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=packed, mode="w") as archive:
        shell = Shell(Path(folder), scene(text))
        for block in blocks(text):
            if block.title:
                shell.make(block.title, block.body)
            elif block.language == "console":
                for shown in commands(block.body):
                    shell.run(shown.command)
        archive.add(shell.home, ".")
    return packed.getvalue()


def _commit(shell: Shell, folder: str, message: str) -> None:
    shell.run(f"git -C {folder} init --quiet --initial-branch main")
    shell.run(f"git -C {folder} add --all")
    shell.run(f"git -C {folder} commit --quiet --message '{message}'")


SCENES = {
    "file-type-detector": _file_type_detector,
    "mlflow-project": _mlflow_project,
    "promoted-release": _after("promoting-a-release.md"),
    "signed-release": _after("signing-a-release.md"),
    "spam-filter": _after("first-weighing.md"),
}


def documents() -> list[Path]:
    """List the documents whose commands are run."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def scene(text: str) -> str:
    """Name the scene a document begins in, or nothing."""
    found = SCENE.search(text)
    return found["name"] if found else ""


def rewritten(text: str, root: Path) -> str:
    """Return a document with what its commands print now."""
    shell = Shell(root, scene(text))
    parts, place = [], 0
    for block in blocks(text):
        parts.append(text[place : block.start])
        place = block.end
        if block.title:
            shell.make(block.title, block.body)
        parts.append(_rewritten(block, shell) if block.language == "console" else block.body)
    return "".join([*parts, text[place:]])


def _rewritten(block: Block, shell: Shell) -> str:
    done = []
    for shown in commands(block.body):
        printed = shell.run(shown.command)
        if _BROKEN.search(printed):
            raise ShownError(f"not written down: {shown.command}{printed}")
        done.append(shown.lines + _brought_up_to_date(shown.output, printed))
    return "".join(done)


def _brought_up_to_date(shown: str, printed: str) -> str:
    """Take over what was printed; what was cut out of lines, beginning or end stays cut."""
    if agrees(shown, printed):
        return shown
    before, now = shown.splitlines(keepends=True), printed.splitlines(keepends=True)
    if len(before) == len(now):
        return "".join(_line_now(a, b) for a, b in zip(before, now, strict=True))
    cuts = [number for number, line in enumerate(before) if line == "...\n"]
    if cuts:
        tail = len(before) - cuts[-1] - 1
        head = [a if agrees(a, b) else b for a, b in zip(before, now[: cuts[0]], strict=False)]
        kept = [*head, *before[cuts[0] : cuts[-1] + 1], *now[len(now) - tail :]]
        if agrees("".join(kept), printed):
            return "".join(kept)
    # A line that still says what was printed stays as it is: it may leave out what is by chance.
    open_lines = [line for line in before if "..." in line.strip(".\n")]
    told = (next((a for a in open_lines if agrees(a, b)), b) for b in now)
    return "".join(line if line in open_lines else _CHANCE.sub("...", line) for line in told)


def _line_now(shown: str, printed: str) -> str:
    """Take over a line; what it left open because of chance stays open."""
    if agrees(shown, printed):
        return shown
    return _CHANCE.sub("...", printed) if "..." in shown else printed


def main() -> None:
    """Write the outputs in all documents, or those named, anew."""
    named = [Path(name).resolve() for name in sys.argv[1:]]
    for path in named or documents():
        text = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            new = rewritten(text, Path(folder))
        if new != text:
            path.write_text(new, encoding="utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
