from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

START = '"""Words."""\n\nfrom __future__ import annotations\n\n'


def codes(name: str, source: str) -> set[str]:
    """Return the rules ruff says a source breaks, as if it stood under that name in the house."""
    done = subprocess.run(
        [
            Path(sys.executable).parent / "ruff",
            "check",
            "--no-cache",
            "--no-fix",
            "--output-format=concise",
            f"--stdin-filename={ROOT / name}",
            "-",
        ],
        cwd=ROOT,
        input=START + source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return {
        line.split(": ", 1)[1].split(" ")[0] for line in done.stdout.splitlines() if ".py:" in line
    }


@pytest.mark.parametrize(
    ("name", "source", "code"),
    [
        ("src/weighbridge/probes/a.py", "import pickle\n\npickle.loads(b'')\n", "TID251"),
        ("tests/probes/a.py", "from unittest.mock import Mock\n\nMock()\n", "TID251"),
        ("tests/probes/a.py", "import time\n\ntime.sleep(1)\n", "TID251"),
        ("tests/probes/a.py", "import pytest\n\npytest.skip('later')\n", "TID251"),
        ("src/weighbridge/rules/a.py", "print(1)\n", "T201"),
        ("src/weighbridge/rules/a.py", "from .b import c\n\nc()\n", "TID252"),
        ("src/weighbridge/rules/a.py", "assert 1\n", "S101"),
        ("src/weighbridge/rules/a.py", "def f() -> None:\n    pass\n", "D103"),
        ("src/weighbridge/rules/a.py", "try:\n    f()\nexcept Exception:\n    g()\n", "BLE001"),
        ("src/weighbridge/probes/a.py", "import os\n\nos.system('ls')\n", "S605"),
        ("src/weighbridge/rules/a.py", "import json\n\n\nX = 1  # noqa\n", "PGH004"),
    ],
)
def test_a_planted_fault_is_seen(name: str, source: str, code: str) -> None:
    assert code in codes(name, source)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("tests/house/a.py", "\ndef test_sum() -> None:\n    assert 40 + 2 == 42\n"),
        ("scripts/a.py", "print(1)\n"),
    ],
)
def test_what_the_house_allows_is_not_seen(name: str, source: str) -> None:
    assert codes(name, source) == set()
