from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.torch_files import archive, floats, pickled, state_file, tensor
from tests.usecases.workshop import sha256
from weighbridge.adapters.conversion.converter import SandboxedConverter
from weighbridge.adapters.sandbox.plain import LimitedProcess
from weighbridge.codec.manifest import read_release
from weighbridge.model.conversion import NotConvertedError, Proof, Rewritten
from weighbridge.model.errors import UnavailableError
from weighbridge.model.finding import Conversion, Finding, Severity, Verdict
from weighbridge.model.location import Location
from weighbridge.model.report import ReleaseName, Report, RuleSet
from weighbridge.rules import sample
from weighbridge.usecases.converting import Conversions
from weighbridge.usecases.references import Named

if TYPE_CHECKING:
    from collections.abc import Callable

    from weighbridge.model.sandbox import Confined, Ran

OLD, NEW = "model.pt", "model.safetensors"
WANTED = archive(pickled({"weight": tensor(floats("0", 1.0, 2.0), (2,))}), [floats("0", 1.0, 2.0)])


class Broken:
    """A sandbox that cannot be made."""

    name = "nowhere"
    confines = True

    def run(self, program: Confined) -> Ran:
        raise UnavailableError(program.command[0])


HONEST = SandboxedConverter([Broken(), LimitedProcess()])


@dataclass
class Tampered:
    """A converter somebody got at."""

    after: Callable[[Path, Path], object] = lambda *_: None
    proof: Callable[[Proof], Proof] = lambda proof: proof
    where = "a place nobody knows"

    def plan(self, source: str) -> Rewritten:
        return HONEST.plan(source)

    def write(self, source: str, target: str, planned: Rewritten) -> None:
        HONEST.write(source, target, planned)
        self.after(Path(source), Path(target))

    def prove(self, source: str) -> Proof:
        return self.proof(HONEST.prove(source))


def convert(folder: Path, converter: Tampered | SandboxedConverter) -> list[str]:
    """Convert the model of a folder, and return what was said of it."""
    (folder / OLD).write_bytes(WANTED)
    document = sample.release({"/spec/artifacts/0/path": OLD}).document
    assert document is not None
    release, read = read_release(document.text.encode(), "release.yaml")
    finding = Finding(
        code="SEC013",
        name="pickled-weights",
        severity=Severity.NOTE,
        verdict=Verdict.FAIL,
        subject=OLD,
        message="",
        location=Location("release.yaml"),
        conversion=Conversion(path=OLD, digest=sha256(WANTED), pointer="/spec/artifacts/0"),
    )
    report = Report(
        release=ReleaseName(name="a", version="1", digest=None),
        rule_set=RuleSet(version="1", digest="sha256:" + "0" * 64),
        findings=(finding,),
        skipped=(),
        passed=(),
        inputs=(),
        fail_on=Severity.ERROR,
    )
    conversions = Conversions(folder, converter)
    edits = conversions.edits(report, Named(release=release, document=read), write=True)
    assert bool(edits) == (folder / NEW).exists()
    return conversions.said


def flip(_source: Path, target: Path) -> None:
    data = bytearray(target.read_bytes())
    data[-1] ^= 1
    target.write_bytes(data)


def other(source: Path, _target: Path) -> None:
    source.write_bytes(state_file())


def of_another(proof: Proof) -> Proof:
    wrong = {name: (dtype, shape, "blake3:0") for name, (dtype, shape, _) in proof.tensors.items()}
    return replace(proof, tensors=wrong)


def of_one_more(proof: Proof) -> Proof:
    return replace(proof, tensors=proof.tensors | {"more": ("F32", (), "blake3:0")})


def test_an_honest_copy_is_listed(tmp_path: Path) -> None:
    assert "1 tensor proved equal" in convert(tmp_path, HONEST)[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == [OLD, NEW]


@pytest.mark.parametrize(
    ("converter", "reason"),
    [
        (Tampered(after=flip), "the copy is not what was to be written"),
        (Tampered(after=other), "it changed while it was converted"),
        (Tampered(proof=of_another), "the copy of weight is not equal to the original"),
        (Tampered(proof=of_one_more), "the copy of more is not equal to the original"),
    ],
)
def test_a_copy_that_is_not_proved_is_neither_kept_nor_listed(
    converter: Tampered, reason: str, tmp_path: Path
) -> None:
    assert convert(tmp_path, converter) == [f"{OLD} is not converted: {reason}"]
    assert [path.name for path in tmp_path.iterdir()] == [OLD]


def test_a_process_that_breaks_down_converts_nothing(tmp_path: Path) -> None:
    source = tmp_path / "gone.pt"
    source.write_bytes(b"")
    with pytest.raises(NotConvertedError, match="does not end"):
        HONEST.plan(str(source))
    source.write_bytes(WANTED)
    planned = HONEST.plan(str(source))
    with pytest.raises(NotConvertedError, match=r"did not come to its end: .*No such file"):
        HONEST.write(str(source), str(tmp_path / "no" / "where"), planned)
    (tmp_path / "new").touch()
    with pytest.raises(NotConvertedError, match="changed while it was converted"):
        HONEST.write(str(source), str(tmp_path / "new"), replace(planned, tensors=2))
