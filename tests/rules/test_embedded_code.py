"""SEC003: what is thought of code that files hold or name."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest

from tests.rules.asking import ask
from weighbridge.model.fact import Facts
from weighbridge.model.finding import Severity
from weighbridge.model.structure import CodeKind, CodeUse, Structure
from weighbridge.rules import sample
from weighbridge.rules.security import embedded_code, start_up_hook
from weighbridge.rules.security.tensorflow_operators import named

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding

REVIVED = "made again from the graph"
CALLED = "called by its name"
EXPORTED = "exported program"


def found(*uses: CodeUse, container: str = "") -> tuple[Finding, ...]:
    structure = Structure(format="zip", status="complete", code=uses, container=container)
    return ask("SEC003", Facts(files=sample.file("m", structure=structure)))


def level(kind: CodeKind, name: str, detail: str = "") -> str:
    findings = found(CodeUse(kind=kind, name=name, detail=detail))
    if not findings:
        return "allowed"
    (finding,) = findings
    assert finding.cause
    if finding.threat is None:
        assert finding.severity is Severity.NOTE
        return "note"
    assert finding.threat.name == name
    return finding.threat.level


@pytest.mark.parametrize(
    ("name", "detail", "expected"),
    [
        ("keras.layers.Dense", "", "allowed"),
        ("Dense", "", "allowed"),
        ("keras.src.models.functional.Functional", "", "allowed"),
        ("tensorflow.python.keras.engine.functional.Functional", "", "allowed"),
        ("keras.src.ops.numpy.Matmul", "", "allowed"),
        ("__tuple__", "", "allowed"),
        ("builtins.mean_squared_error", "function", "allowed"),
        ("keras.activations.relu", "function", "allowed"),
        ("builtins.mine", "function", "needs-review"),
        ("builtins.exec", "function", "malicious"),
        ("os.system", "", "malicious"),
        ("os.system", REVIVED, "malicious"),
        ("mylab.Layer", "", "needs-review"),
        ("Custom>Adam", "", "allowed"),
        ("mylab>Adam", "", "needs-review"),
        ("MyLayer", "", "needs-review"),
        ("MyLayer", REVIVED, "allowed"),
        ("keras.layers.Dense", "registered as mylab>Dense", "needs-review"),
        ("collections.OrderedDict", "", "allowed"),
        ("keras.utils.get_file", "", "malicious"),
        ("keras.config.enable_unsafe_deserialization", "", "malicious"),
        ("keras.models.load_model", "function", "malicious"),
        ("keras.layers.TFSMLayer", "", "needs-review"),
        ("keras.layers.TorchModuleWrapper", "", "needs-review"),
        ("keras_evil.layers.Dense", "", "needs-review"),
        ("keras.os", "", "needs-review"),
        ("tensorflow.math.add", CALLED, "allowed"),
        ("tensorflow.compat.v1.transpose", CALLED, "allowed"),
        ("tensorflow.io.write_file", CALLED, "malicious"),
        ("tensorflow.py_function", CALLED, "malicious"),
        ("tensorflow.compat.v1.py_func", CALLED, "malicious"),
        ("tensorflow.raw_ops.WriteFile", CALLED, "malicious"),
        ("tensorflow.raw_ops.Add", CALLED, "allowed"),
    ],
)
def test_classes_of_keras(name: str, detail: str, expected: str) -> None:
    assert level("keras-class", name, detail) == expected


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ("bytecode that names x os system", "malicious"),
        ("bytecode that names os.path", "malicious"),
        ("bytecode that names x tf reduce_mean signal", "needs-review"),
        ("bytecode", "needs-review"),
        ("code not found", "needs-review"),
    ],
)
def test_bytecode(detail: str, expected: str) -> None:
    assert level("keras-lambda", "lam", detail) == expected


@pytest.mark.parametrize(
    ("name", "detail", "expected"),
    [
        ("AddV2", "", "allowed"),
        ("Assert", "", "allowed"),
        ("ReadFile", "", "needs-review"),
        ("WriteFile", "", "malicious"),
        ("PyFunc", "", "malicious"),
        ("Rpc", "", "malicious"),
        ("DebugIdentityV2", "", "needs-review"),
        ("SaveV2", "own saver", "allowed"),
        ("SaveV2", "", "needs-review"),
        ("RestoreV2", "", "needs-review"),
        ("InitializeTableFromTextFileV2", "own assets", "allowed"),
        ("InitializeTableFromTextFileV2", "", "needs-review"),
        ("PrintV2", "output_stream=stderr", "allowed"),
        ("PrintV2", "output_stream=file:///tmp/x", "malicious"),
        ("SentencepieceOp", "", "needs-review"),
        ("WriteFile", "own saver", "malicious"),
    ],
)
def test_operators_of_tensorflow(name: str, detail: str, expected: str) -> None:
    assert level("tensorflow-operator", name, detail) == expected


def test_tensorflow_s_operators_are_known_by_name() -> None:
    plain = ["Const", "VarHandleOp", "StatefulPartitionedCall", "XlaCallModule", "Placeholder"]
    assert {named(operator).level for operator in plain} == {"allowed"}


@pytest.mark.parametrize(
    ("name", "detail", "expected"),
    [
        ("torch.add", "", "allowed"),
        ("torch.save", "", "malicious"),
        ("torch.from_file", "", "malicious"),
        ("torch.ops.aten.add", "", "allowed"),
        ("ops.prim.RaiseException", "", "allowed"),
        ("ops.prim.rpc_async", "", "malicious"),
        ("ops.aten.save", "", "malicious"),
        ("ops.torchvision.nms", "", "allowed"),
        ("ops.image.decode_jpeg", "", "allowed"),
        ("ops.image.read_file", "", "needs-review"),
        ("ops.image.write_file", "", "malicious"),
        ("ops.mine.f", "", "needs-review"),
        ("ops.mine", "", "needs-review"),
        ("torch", "", "needs-review"),
        ("torch.nn.relu", "", "needs-review"),
        ("__torch__.torch.classes.quantized.Conv2dPackedParamsBase", "", "allowed"),
        ("__torch__.torch.classes.mine.C", "", "needs-review"),
        ("__torch__.torch.classes", "", "needs-review"),
        ("torch.ops.aten.add.Tensor", EXPORTED, "allowed"),
        ("torch.ops.higher_order.cond", EXPORTED, "allowed"),
        ("torch.ops.mine.f.default", EXPORTED, "needs-review"),
        ("torch.sym_max", EXPORTED, "allowed"),
        ("_operator.add", EXPORTED, "allowed"),
        ("math.floor", EXPORTED, "allowed"),
        ("_operator.attrgetter", EXPORTED, "malicious"),
        ("torch.hub.load", EXPORTED, "malicious"),
        ("torch.os.system", EXPORTED, "malicious"),
        ("torch.mine.f", EXPORTED, "needs-review"),
    ],
)
def test_operators_of_torch(name: str, detail: str, expected: str) -> None:
    assert level("torchscript-operator", name, detail) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("com.microsoft::FusedMatMul", "allowed"),
        ("com.microsoft.nchwc::Conv", "allowed"),
        ("com.microsoft::EPContext", "needs-review"),
        ("com.microsoft::PythonOp", "malicious"),
        ("ai.onnx.contrib::PyOp", "malicious"),
        ("ai.onnx.contrib::BertTokenizer", "needs-review"),
        ("mine::Op", "needs-review"),
    ],
)
def test_operators_of_onnx(name: str, expected: str) -> None:
    assert level("onnx-operator", name) == expected


@pytest.mark.parametrize(
    ("name", "detail", "expected"),
    [
        ("TFLite_Detection_PostProcess", "TFLite", "allowed"),
        ("FlexReadFile", "TFLite", "needs-review"),
        ("FlexWriteFile", "TFLite", "malicious"),
        ("FlexErf", "TFLite", "allowed"),
        ("Mine", "TFLite", "needs-review"),
        ("extension::Mine", "OpenVINO", "needs-review"),
        ("TFLite_Detection_PostProcess", "Core ML", "needs-review"),
    ],
)
def test_custom_operators(name: str, detail: str, expected: str) -> None:
    assert level("custom-operator", name, detail) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sklearn.pipeline.Pipeline", "allowed"),
        ("numpy.ndarray", "allowed"),
        ("numpy.log1p", "allowed"),
        ("numpy.random.PCG64", "allowed"),
        ("scipy.special._ufuncs.expit", "allowed"),
        ("builtins.NoneType", "allowed"),
        ("sklearn._loss.link.LogitLink", "allowed"),
        ("numpy.load", "malicious"),
        ("builtins.eval", "malicious"),
        ("os.system", "malicious"),
        ("__main__.Mine", "needs-review"),
        (".", "needs-review"),
    ],
)
def test_types_of_skops(name: str, expected: str) -> None:
    assert level("skops-type", name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nemo.collections.asr.modules.ConformerEncoder", "allowed"),
        ("nemo.collections.asr.models.ctc_bpe_models.EncDecCTCModelBPE", "allowed"),
        ("nemo.collections.asr.modules.os", "needs-review"),
        ("mlflow.sklearn", "allowed"),
        ("mlflow.projects", "needs-review"),
        ("os.system", "malicious"),
        ("modeling_mine.Model", "needs-review"),
    ],
)
def test_names_that_are_imported(name: str, expected: str) -> None:
    assert level("python-reference", name) == expected


@pytest.mark.parametrize(
    ("kind", "name", "detail", "expected"),
    [
        ("python-file", "handler.py", "imported by TorchServe", "needs-review"),
        ("python-file", "requirements.txt", "may be installed by TorchServe", "note"),
        ("native-code", "a.so", "1 file, in a wheel for its platform", "note"),
        ("native-code", "a.so", "1 file, in a wheel for any platform", "needs-review"),
        ("native-code", "a.so", "elf, loaded with the program", "needs-review"),
    ],
)
def test_files_of_code(kind: CodeKind, name: str, detail: str, expected: str) -> None:
    assert level(kind, name, detail) == expected


def test_each_piece_is_reported_once_with_all_its_places() -> None:
    uses = (CodeUse(kind="tensorflow-operator", name="ReadFile", offset=n) for n in (7, 9, 11))
    (finding,) = found(*uses, container="a/saved_model.pb")
    assert finding.message == "running m!/a/saved_model.pb would use the operator ReadFile"
    assert finding.seen == "ReadFile at byte 7, and 2 times more"
    assert finding.threat is not None
    assert (finding.threat.container, finding.threat.offset) == ("a/saved_model.pb", 7)


def test_a_name_with_braces_is_written_as_it_stands() -> None:
    (finding,) = found(CodeUse(kind="tensorflow-operator", name="{inside}{0}"))
    assert finding.message == "running m would use the operator {inside}{0}"


def test_every_kind_of_code_is_judged_by_a_rule() -> None:
    kinds = {kind for kind in get_args(CodeKind) if not kind.startswith(("template-", "text-"))}
    assert kinds == embedded_code.KINDS.keys() | start_up_hook.KINDS.keys()
