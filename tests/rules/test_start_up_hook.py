"""SEC006: what is thought of what runs by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rules.asking import ask
from weighbridge.model.fact import Facts
from weighbridge.model.finding import Severity
from weighbridge.model.structure import CodeKind, CodeUse, Structure
from weighbridge.rules import sample

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding

SETUPTOOLS = (
    "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == "
    "'local'; enabled and __import__('_distutils_hack').add_shim();"
)
NAMESPACE = (
    "import sys, types, os;has_mfs = sys.version_info > (3, 5);p = os.path.join("
    "sys._getframe(1).f_locals['sitedir'], *('google',));importlib = has_mfs and "
    "__import__('importlib.util');has_mfs and __import__('importlib.machinery');"
    "m = has_mfs and sys.modules.setdefault('google', importlib.util.module_from_spec("
    "importlib.machinery.PathFinder.find_spec('google', [os.path.dirname(p)])));"
    "m = m or sys.modules.setdefault('google', types.ModuleType('google'));"
    "mp = (m or []) and m.__dict__.setdefault('__path__',[]);(p not in mp) and mp.append(p)"
)
LINE = "run when Python starts"


def found(path: str, structure: Structure) -> tuple[Finding, ...]:
    return ask("SEC006", Facts(files=sample.file(path, structure=structure)))


def level(kind: CodeKind, name: str, detail: str = "") -> str:
    use = CodeUse(kind=kind, name=name, detail=detail)
    findings = found("a.whl", Structure(format="wheel", status="complete", code=(use,)))
    if not findings:
        return "allowed"
    (finding,) = findings
    if finding.threat is None:
        assert finding.severity is Severity.NOTE
        return "note"
    return finding.threat.level


@pytest.mark.parametrize(
    ("name", "detail", "expected"),
    [
        (SETUPTOOLS, LINE, "allowed"),
        (NAMESPACE, LINE, "allowed"),
        (SETUPTOOLS + " import evil", LINE, "needs-review"),
        ("import evil", LINE, "needs-review"),
        ("sitecustomize.py", "imported when Python starts", "needs-review"),
        ("pytest11", "entry points such as a = b", "note"),
        ("setuptools.finalize_distribution_options", "entry points such as a = b", "note"),
        ("mlflow.model_flavors", "entry points such as a = b", "allowed"),
    ],
)
def test_hooks(name: str, detail: str, expected: str) -> None:
    assert level("start-up-hook", name, detail) == expected


@pytest.mark.parametrize(
    ("name", "detail", "expected"),
    [
        ("exec", "given base64.b64decode", "malicious"),
        ("eval", "given compile zlib.decompress", "malicious"),
        ("marshal.loads", "given bytes.fromhex", "malicious"),
        ("exec", "given open().read open", "needs-review"),
        ("exec", "", "needs-review"),
        ("os.system", "given a constant", "needs-review"),
        ("subprocess.run", "", "needs-review"),
        ("subprocess.run", "given the command git", "allowed"),
        ("subprocess.run", "given the command sh", "needs-review"),
        ("pip.main", "", "needs-review"),
        ("pip._internal.utils.f", "", "allowed"),
        ("urllib.request.urlopen", "given a constant", "needs-review"),
        ("urllib.request.urlopen().read", "", "needs-review"),
        ("getattr()", "", "needs-review"),
        ("os.listdir", "", "allowed"),
        ("shutil.which", "given a constant", "allowed"),
        ("ctypes.CDLL", "", "allowed"),
        ("joblib.load", "given os.path.join", "allowed"),
        ("?", "it cannot be parsed", "needs-review"),
    ],
)
def test_calls_on_import(name: str, detail: str, expected: str) -> None:
    assert level("python-call", name, detail) == expected


@pytest.mark.parametrize(
    ("path", "kind", "count"),
    [
        ("venv/evil.pth", "text", 1),
        ("weights.pth", "torch-zip", 0),
        ("lib/sitecustomize.py", "text", 1),
        ("lib/customize.py", "text", 0),
    ],
)
def test_loose_files_are_told_by_their_names(path: str, kind: str, count: int) -> None:
    assert len(found(path, Structure(format=kind, status="complete"))) == count
