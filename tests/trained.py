"""Small models that the frameworks themselves trained, with what each answers to the same rows."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tools import training_python

PROGRAM = Path(__file__).parent / "programs" / "train_models.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """Models, and what their frameworks say.

    Attributes:
        folder: Where they lie.
        asked: Rows each was asked.
        answers: What came back: values by output, by the name of the file.
    """

    folder: Path
    asked: list[list[float]]
    answers: dict[str, dict[str, Any]]


def train(folder: Path, *names: str) -> Trained:
    """Train models; all there are if none is named."""
    folder.mkdir(exist_ok=True)
    subprocess.run([training_python(), PROGRAM, folder, *names], check=True, env={})
    return Trained(folder=folder, **json.loads((folder / "answers.json").read_text()))
