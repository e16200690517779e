"""Small projects whose builds are recorded as people record them, and made again."""

from __future__ import annotations

import os
import random
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.tools import tool, tool_environment
from weighbridge.adapters.replaying.opening import open_site
from weighbridge.adapters.tracing.choosing import open_watcher
from weighbridge.model.rebuilding import Budget
from weighbridge.usecases.build import Order, build
from weighbridge.usecases.replaying.environment import recorded_python
from weighbridge.usecases.replaying.materials import Places
from weighbridge.usecases.replaying.replay import Task, replay

if TYPE_CHECKING:
    from weighbridge.model.build_record import BuildRecord
    from weighbridge.model.rebuilding import Factor
    from weighbridge.model.replayed_build import Replay

SCRIPTS = Path(__file__).parent / "scripts"
WORDS = ("model", "data", "weigh", "bridge", "gate", "seal")
SMALL = Budget(memory=1 << 30, seconds=120)


def building_environment(python: Path) -> dict[str, str]:
    """Return the environment builds run in: no setting of whoever runs the tests."""
    return {"PATH": f"{python.parent}:{tool('strace').parent}:/usr/bin:/bin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A folder with a script and data to train on.

    Attributes:
        folder: The folder.
        python: The Python it trains with.
    """

    folder: Path
    python: Path = Path(sys.executable)

    def record(
        self,
        *outputs: str,
        command: tuple[str, ...] = ("python", "train.py"),
        intermediates: tuple[str, ...] = (),
        environ: dict[str, str] | None = None,
    ) -> BuildRecord:
        """Run the build and record it."""
        around = building_environment(self.python) | (environ or {})
        watcher, _ = open_watcher(tool_environment() | {"PATH": around["PATH"]}, print)
        order = Order(
            command=command,
            outputs=outputs,
            intermediates=intermediates,
            inputs=("train.py", "data"),
            folder=self.folder,
        )
        return build(order, watcher=watcher, environ=around, version="0")

    def replay(
        self,
        record: BuildRecord,
        *,
        perturbed: bool = False,
        only: tuple[Factor, ...] = (),
        budget: Budget = SMALL,
        places: Places | None = None,
    ) -> Replay:
        """Make a build again."""
        environ = tool_environment() | {"PATH": f"{tool('bwrap').parent}:{os.environ['PATH']}"}
        python = recorded_python(record, environ)
        task = Task(
            record=record,
            title="project",
            places=places or Places(root=self.folder),
            perturbed=perturbed,
            only=only,
            budget=budget,
        )
        with open_site(environ, python, wheels=None, record=record) as site:
            known = replace(task, python=site.python, known=site.known)
            return replay(known, rebuilder=site.rebuilder)


def laid_out(folder: Path, script: str, *, python: Path = Path(sys.executable)) -> Project:
    """Make a project around one of the scripts, or around the text of one.

    Beside it lies a folder with a file that nobody declares.
    """
    project = folder / "project"
    (project / "data").mkdir(parents=True)
    (folder / "hidden").mkdir()
    (folder / "hidden" / "bias.txt").write_text("0.5")
    if script.endswith(".py"):
        shutil.copy(SCRIPTS / script, project / "train.py")
    else:
        (project / "train.py").write_text(script)
    dice = random.Random(1)  # noqa: S311 - the same rows each time
    for name in "abc":
        rows = [
            ",".join([*(str(dice.random()) for _ in range(4)), str(dice.randint(0, 1))])
            for _ in range(20)
        ]
        (project / "data" / f"{name}.csv").write_text("\n".join(rows))
    (project / "data" / "text.txt").write_text(" ".join(dice.choices(WORDS, k=300)))
    return Project(folder=project, python=python)
