"""The same bytes give the same report, wherever and beside whatever they are read."""

from __future__ import annotations

import gzip
import os
import pickle
import re
import subprocess
import sys
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.fake_credentials import FURTHER
from tests.formats.samples import Member, zip_bytes
from tests.formats.wheels import wheel
from tests.tools import TOOLS
from tests.usecases.workshop import EVIL_PICKLE, WEIGHTS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
ALONE = "include-system-site-packages = false"
ABSENT = ("numpy", "onnx", "h5py", "safetensors", "httpx", "isal")
STRANGE = {
    "one hash seed, another time": {"PYTHONHASHSEED": "0", "TZ": "Pacific/Chatham"},
    "another hash seed, many threads": {"PYTHONHASHSEED": "4711", "OMP_NUM_THREADS": "7"},
    "no locale, another allocator": {"LC_ALL": "C", "PYTHONMALLOC": "malloc"},
}


def scanned(python: Path, folder: Path, *, start: Path, **variables: str) -> bytes:
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        [python, "-P", "-m", "weighbridge", "scan", "--output-format", "json", folder],
        cwd=start,
        env={**kept, "HOME": str(start), "PYTHONPATH": str(ROOT / "src"), **variables},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def suspects(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay out files whose reports name many things, in many orders."""
    folder = tmp_path_factory.mktemp("suspects")
    globals_ = [f"c{name}\nthing\n" for name in ("torch._utils", "numpy", "sklearn.svm", "zz", "a")]
    content = {
        "evil.pkl": EVIL_PICKLE,
        "many.pkl": "".join(globals_).encode() + b".",
        "sets.pkl": pickle.dumps({f"word{number}" for number in range(50)}),
        "model.safetensors": WEIGHTS,
        "secrets.yaml": "".join(f"- {text}\n" for text in FURTHER.values()).encode(),
        "packed.gz": gzip.compress(EVIL_PICKLE, mtime=0),
        "archive.zip": zip_bytes(
            *(Member(name=name, data=EVIL_PICKLE) for name in (b"b", b"../a", b"b"))
        ),
        "tiny-1.0-py3-none-any.whl": wheel(),
        "unknown.bin": bytes(range(256)) * 9,
        "größe.json": '{"größe": "'.encode() + b'\xc3\xa4"}',
    }
    for name, data in content.items():
        (folder / name).write_bytes(data)
    for path in sorted((TOOLS / "models").rglob("*.pth")):
        (folder / f"{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope="module")
def usual(suspects: Path) -> bytes:
    return scanned(Path(sys.executable), suspects, start=ROOT)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment with nothing but what weighbridge itself needs; return its Python."""
    folder = tmp_path_factory.mktemp("bare")
    packages = folder / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    packages.mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(os.path.realpath(sys.executable))
    (folder / "pyvenv.cfg").write_text(f"home = {sys.base_prefix}/bin\n{ALONE}\n", encoding="utf-8")
    for name in PINNED.findall((ROOT / "requirements/runtime.lock").read_text(encoding="utf-8")):
        files = distribution(name).files or ()
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            (packages / top).symlink_to(str(distribution(name).locate_file(top)))
    return folder / "bin/python"


@pytest.mark.parametrize("strange", STRANGE)
def test_nothing_around_it_changes_a_report(
    strange: str, suspects: Path, usual: bytes, tmp_path: Path
) -> None:
    found = scanned(Path(sys.executable), suspects, start=tmp_path, **STRANGE[strange])
    assert found.decode() == usual.decode()


def test_a_bare_environment_gives_the_same_report(
    suspects: Path, usual: bytes, bare: Path, tmp_path: Path
) -> None:
    tries = f"from importlib.util import find_spec\nprint([*map(find_spec, {ABSENT})])"
    there = subprocess.run([bare, "-c", tries], capture_output=True, check=True, text=True).stdout
    assert there.strip() == str([None] * len(ABSENT))
    assert scanned(bare, suspects, start=tmp_path).decode() == usual.decode()
