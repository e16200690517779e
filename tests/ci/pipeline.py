"""A job of a pipeline: a checkout, the programs of its machine, and the variables it is given."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.usecases.workshop import GIT, Ran

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "ci/weigh.sh"
SHELLS = ("dash", "bash")
MARK = "<!-- weighbridge:release.yaml -->"
WRITTEN = f"{MARK}\n\n### weighbridge: `demo@1.0.0`\n\n**pass**: é `$(touch owned)`\n"

_WEIGHBRIDGE = """\
#!/bin/sh
printf '%s\\0' "$@" >>'{here}/words'
printf '\\n' >>'{here}/words'
env >'{here}/environ'
for word do
  case $word in
    --comment=*) [ ! -e '{here}/comment' ] || cp '{here}/comment' "${{word#*=}}" ;;
    --output=*) echo report >"${{word#*=}}" ;;
    --against=*) cp -r "${{word#*=}}" '{here}/against' ;;
  esac
done
cat '{here}/result'
cat '{here}/asides' >&2
exit "$(cat '{here}/code')"
"""
_CURL = """\
#!/bin/sh
printf '%s\\n' "$@" >>'{here}/curl-words'
env >>'{here}/curl-words'
exec '{curl}' "$@"
"""
_PYTHON = """\
#!/bin/sh
env >>'{here}/python-environ'
exec '{python}' "$@"
"""


@dataclass
class Job:
    """A job; its weighbridge says what the test has it say, unless the real one is asked for.

    Attributes:
        folder: The checkout.
        here: Where the stand-ins note what they were told.
        environ: The variables.
    """

    folder: Path
    here: Path
    environ: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, root: Path) -> Job:
        """Lay out a machine with its programs, and an empty checkout."""
        job = cls(root / "checkout", root / "machine")
        temporary = root / "temporary"
        for folder in (job.folder, job.here / "bin", temporary):
            folder.mkdir(parents=True)
        curl = shutil.which("curl")
        for name, text in (("weighbridge", _WEIGHBRIDGE), ("curl", _CURL), ("python3", _PYTHON)):
            job.program(name, text.format(here=job.here, curl=curl, python=sys.executable))
        job.says()
        job.environ = {
            "PATH": f"{job.here / 'bin'}:{os.defpath}",
            "HOME": str(job.here),
            "TMPDIR": str(temporary),
            **GIT,
        }
        return job

    def program(self, name: str, text: str) -> None:
        """Put a program on the path."""
        path = self.here / "bin" / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)

    def says(
        self, comment: str | None = WRITTEN, *, code: int = 0, result: str = "", asides: str = ""
    ) -> None:
        """Have the stand-in for weighbridge say something."""
        for name, text in (("code", str(code)), ("result", result), ("asides", asides)):
            (self.here / name).write_text(text, encoding="utf-8")
        (self.here / "comment").unlink(missing_ok=True)
        if comment is not None:
            (self.here / "comment").write_text(comment, encoding="utf-8")

    def run(self, shell: str, *, script: str | None = None, **variables: str) -> Ran:
        """Run the script, or the text of one."""
        words = [str(SCRIPT)] if script is None else ["-c", script]
        done = subprocess.run(
            [shell, *words],
            cwd=self.folder,
            env={**self.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def noted(self, name: str) -> str:
        """Return what a stand-in noted, or nothing."""
        path = self.here / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def words(self) -> list[list[str]]:
        """List the words weighbridge was called with, each time."""
        return [call.rstrip("\0").split("\0") for call in self.noted("words").splitlines()]
