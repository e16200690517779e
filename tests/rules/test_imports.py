from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.rules.asking import ask, messages
from weighbridge.model.fact import ObservedFile, Unavailable
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import Pin
from weighbridge.model.structure import Status, Structure
from weighbridge.rules import module_names, sample

if TYPE_CHECKING:
    from weighbridge.model.fact import Facts
    from weighbridge.model.finding import Finding


def python(
    path: str, imports: str = "", optional: str = "", status: Status = "complete"
) -> ObservedFile:
    told = (("imports", imports), ("optional-imports", optional))
    structure = Structure(
        format="text", status=status, metadata=tuple((key, value) for key, value in told if value)
    )
    return ObservedFile(path=path, size=9, digest=sample.DIGEST, structure=structure)


def facts(*files: ObservedFile, pins: tuple[Pin, ...] = (), roots: tuple[str, ...] = ()) -> Facts:
    changes = {
        f"/spec/artifacts/{at}": {"name": f"code{at}", "role": "code", "path": file.path}
        for at, file in enumerate(files, 1)
    }
    found: dict[str, ObservedFile | Unavailable] = {file.path: file for file in files}
    locks = sample.lock(*pins, roots=roots)
    return replace(sample.release({**changes}), files=sample.file() | found, locks=locks)


def asked(*files: ObservedFile, locked: str = "", roots: str = "") -> tuple[Finding, ...]:
    pins = tuple(Pin(name=name, version="1") for name in locked.split())
    return ask("DEP015", facts(*files, pins=pins, roots=tuple(roots.split())))


@pytest.mark.parametrize(
    ("imports", "locked", "severity"),
    [
        ("PIL", "pillow", None),
        ("PIL", "numpy", Severity.WARNING),
        ("cv2", "opencv-python-headless", None),
        ("yaml", "", Severity.WARNING),
        ("torch", "", Severity.WARNING),
        ("torch", "torch", None),
        ("typing_extensions", "typing-extensions", None),
        ("google", "google-cloud-storage", None),
        ("azure", "azure-identity", None),
        ("magicword", "python-magicword", None),
        ("inhouse", "numpy", Severity.NOTE),
        ("os sys json distutils tomllib __future__", "", None),
    ],
)
def test_what_is_imported_is_locked(imports: str, locked: str, severity: Severity | None) -> None:
    found = asked(python("serve.py", imports), locked=locked)
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all(one.seen == f"import {one.subject}" for one in found)


def test_modules_of_the_release_are_not_foreign() -> None:
    files = (python("lib/features/clean.py", "features clean lib"), python("serve.py", "features"))
    assert asked(*files) == ()


def test_what_a_file_can_do_without_may_be_absent() -> None:
    assert asked(python("serve.py", "", "PIL"), locked="numpy") == ()


def test_who_imports_is_named_once_for_each_module() -> None:
    (found,) = asked(python("a.py", "PIL"), python("b.py", "PIL"))
    assert found.message == "PIL is imported by a.py, b.py, and no locked package brings it"


def test_unnamed_packages_may_bring_anything() -> None:
    line = Pin(name="-r base.txt", version=None, source="include", reference="base.txt")
    (found,) = ask("DEP015", facts(python("serve.py", "PIL"), pins=(line,)))
    assert found.verdict is Verdict.INCONCLUSIVE


def test_extras_are_not_for_development_but_dev_groups_are() -> None:
    pin = Pin(name="torch", version="1", groups=("gpu",))
    code = python("serve.py", "torch")
    assert ask("DEP015", facts(code, pins=(pin,))) == ()
    assert len(ask("DEP015", facts(code, pins=(replace(pin, groups=("dev",)),)))) == 1


def test_what_was_asked_for_and_nobody_imports_is_a_note() -> None:
    code = python("serve.py", "sklearn numpy", "yaml")
    locked = "scikit-learn numpy pyyaml flask uvicorn scipy"
    (found,) = asked(code, locked=locked, roots="scikit-learn numpy pyyaml flask uvicorn")
    assert found.message == "nothing in the release imports flask, uvicorn"
    assert found.severity is Severity.NOTE
    dev = Pin(name="pytest", version="1", groups=("dev",))
    assert ask("DEP015", facts(python("a.py", "os"), pins=(dev,), roots=("pytest",))) == ()


@pytest.mark.parametrize(
    "code",
    [
        python("serve.py", "?"),
        python("serve.py", "os", status="incomplete"),
        replace(python("serve.py"), structure=Unavailable("not examined")),
        replace(
            python("serve.py"), structure=Structure(format="text", status="complete", size=2 << 20)
        ),
    ],
)
def test_code_that_was_not_read_stays_open_and_nothing_is_called_unused(code: ObservedFile) -> None:
    (found,) = asked(code, locked="numpy", roots="numpy")
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.message == "what serve.py imports is not known"


def test_other_files_and_other_roles_are_not_asked() -> None:
    assert asked(python("README.md", "PIL")) == ()
    other = {"name": "x", "role": "dataset", "path": "x.py"}
    release = sample.release({"/spec/artifacts/1": other})
    files = sample.file() | {"x.py": python("x.py", "PIL")}
    assert messages(ask("DEP015", replace(release, files=files))) == []


def test_the_table_is_of_normalised_names() -> None:
    assert module_names.packages_of("sklearn") == {"scikit-learn"}
    assert module_names.packages_of("In_House") == {"in-house"}
    assert module_names.modules_of("pillow") == {"PIL", "pillow"}
    assert module_names.is_known("cv2")
    assert not module_names.is_known("inhouse")
