from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.rules.asking import ask, verdict
from weighbridge.model.fact import Facts
from weighbridge.model.finding import Threat, Verdict
from weighbridge.model.structure import FileReference, GlobalUse, Problem, Structure
from weighbridge.rules import sample
from weighbridge.rules.security.pickle_globals import Trust, weigh

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding

# Every global of the two files of alt-profanity-check 1.9.1, read with `pickletools`.
REAL_MODEL = [
    ("sklearn.calibration", "CalibratedClassifierCV"),
    ("sklearn.calibration", "_CalibratedClassifier"),
    ("sklearn.calibration", "_SigmoidCalibration"),
    ("sklearn.svm._classes", "LinearSVC"),
    ("sklearn.feature_extraction.text", "TfidfVectorizer"),
    ("sklearn.feature_extraction.text", "TfidfTransformer"),
    ("joblib.numpy_pickle", "NumpyArrayWrapper"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy", "float64"),
    ("numpy._core.multiarray", "scalar"),
]


def trust(module: str, name: str) -> Trust:
    return weigh(GlobalUse(module=module, name=name, offset=2)).trust


def scanned(structure: Structure) -> tuple[Finding, ...]:
    return ask("SEC001", Facts(files=sample.file("m.pkl", structure=structure)))


def pickle(*globals_: GlobalUse) -> Structure:
    return Structure(format="pickle", status="complete", globals=globals_)


@pytest.mark.parametrize(("module", "name"), REAL_MODEL)
def test_a_real_model_is_clean(module: str, name: str) -> None:
    assert trust(module, name) is Trust.ALLOWED


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("collections", "OrderedDict"),
        ("__builtin__", "set"),
        ("copy_reg", "_reconstructor"),
        ("numpy.core.multiarray", "_reconstruct"),
        ("torch._utils", "_rebuild_tensor_v2"),
        ("torch", "FloatStorage"),
        ("torch", "float32"),
        ("torch.nn.modules.linear", "Linear"),
        ("scipy.sparse._csr", "csr_matrix"),
        ("scipy.sparse.csr", "csr_matrix"),
        ("xgboost.core", "Booster"),
    ],
)
def test_what_frameworks_need_is_allowed(module: str, name: str) -> None:
    assert trust(module, name) is Trust.ALLOWED


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("nt", "system"),
        ("subprocess", "Popen"),
        ("__builtin__", "eval"),
        ("builtins", "getattr"),
        ("builtins", "getattr.__call__"),
        ("importlib._bootstrap", "_load"),
        ("_pickle", "loads"),
        ("torch", "load"),
        ("torch._inductor.codecache", "compile_file"),
        ("operator", "methodcaller"),
        ("types", "CodeType"),
        ("logging", "os.system"),
        ("sklearn.base", "os.system"),
        ("", "os.system"),
        ("os", ""),
    ],
)
def test_what_runs_code_is_malicious(module: str, name: str) -> None:
    assert trust(module, name) is Trust.MALICIOUS


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("", ""),
        ("", "system"),
        ("mylab.models", "Net"),
        ("torch_hub", "load"),
        ("collections", "OrderedDict.fromkeys"),
        ("sklearn.svm._classes", "LinearSVC.fit"),
        ("sklearn.datasets._openml", "GzipFile"),
        ("sklearn.svm", "_classes"),
        ("builtins", "type"),
        ("functools", "partial"),
        ("dill._dill", "_create_function"),
    ],
)
def test_what_is_not_on_a_list_needs_review(module: str, name: str) -> None:
    assert trust(module, name) is Trust.NEEDS_REVIEW


@given(st.sampled_from(REAL_MODEL), st.text(min_size=1, max_size=8))
def test_whatever_is_added_to_an_allowed_name_is_not_allowed(
    allowed: tuple[str, str], more: str
) -> None:
    module, name = allowed

    assert trust(module, f"{name}.{more}") is not Trust.ALLOWED
    assert trust(f"{more}.{module}", name) is not Trust.ALLOWED


def test_a_global_is_reported_once_where_it_is_used_first() -> None:
    uses = [GlobalUse(module="posix", name="system", offset=offset) for offset in (10, 20, 30)]

    (finding,) = scanned(pickle(*uses))
    assert finding.message == "loading m.pkl would import posix.system"
    assert finding.seen == "posix.system at byte 10"
    assert finding.threat == Threat(
        level="malicious", offset=10, name="posix.system", digest=sample.DIGEST
    )


def test_a_call_is_told_with_its_arguments_and_its_place() -> None:
    use = GlobalUse(
        module="posix",
        name="system",
        offset=10,
        called=True,
        at=30,
        calls=("('id > /tmp/x')", "('ls')", "('w')"),
    )
    (finding,) = scanned(pickle(use))
    assert finding.message == "loading m.pkl would call posix.system('id > /tmp/x') at byte 30"
    assert finding.seen == "posix.system at byte 10, called with ('ls') and ('w'), too"
    (finding,) = scanned(pickle(replace(use, calls=())))
    assert finding.message == "loading m.pkl would call posix.system"


def test_a_global_whose_name_is_computed_needs_review() -> None:
    (finding,) = scanned(pickle(GlobalUse(module="", name="", offset=4)))

    assert finding.threat == Threat(level="needs-review", offset=4, digest=sample.DIGEST)
    assert "could not be told" in finding.message
    assert "import" in finding.message


def test_pickles_inside_archives_are_judged() -> None:
    own = GlobalUse(module="mylab.models", name="Net", offset=4, called=True)
    member = replace(pickle(own), container="archive/data.pkl")
    outer = Structure(format="torch-zip", status="complete", members=(member,))

    (finding,) = scanned(outer)
    assert "m.pkl!/archive/data.pkl would call mylab.models.Net" in finding.message
    assert finding.threat is not None
    assert finding.threat.container == "archive/data.pkl"


@pytest.mark.parametrize("status", ["incomplete", "error"])
@pytest.mark.parametrize(
    ("format_", "wanted"),
    [
        ("pickle", Verdict.INCONCLUSIVE),
        ("torch-zip", Verdict.INCONCLUSIVE),
        ("zip", Verdict.INCONCLUSIVE),
        ("a-format-of-tomorrow", Verdict.INCONCLUSIVE),
        ("safetensors", Verdict.PASS),
        ("onnx", Verdict.PASS),
        ("unknown", Verdict.PASS),
    ],
)
def test_what_was_not_read_and_may_hold_a_pickle_is_not_clean(
    status: str, format_: str, wanted: Verdict
) -> None:
    structure = Structure(format=format_, status="complete", reason="cut")
    unread = replace(structure, status="error" if status == "error" else "incomplete")

    assert verdict(scanned(unread)) is wanted


def test_a_file_of_no_known_format_that_should_be_a_pickle_is_not_clean() -> None:
    unknown = Structure(format="unknown", status="incomplete", reason="the format is not known")
    named = replace(unknown, metadata=(("expected-format", "pickle, torch-zip"),))
    declared = sample.release({"/spec/artifacts/0/format": "joblib"})

    assert verdict(scanned(named)) is Verdict.INCONCLUSIVE
    stated = sample.release({"/spec/artifacts/0/format": "raw"})
    assert ask("SEC001", replace(stated, files=sample.file(structure=named))) == ()
    facts = replace(declared, files=sample.file(structure=unknown))
    assert verdict(ask("SEC001", facts)) is Verdict.INCONCLUSIVE
    member = replace(named, container="notes.pkl")
    outer = Structure(format="zip", status="complete", members=(member,))
    assert scanned(outer) == ()


def test_harm_is_found_in_what_was_read_of_an_incomplete_file() -> None:
    shell = GlobalUse(module="posix", name="system", offset=4, called=True)
    cut = replace(pickle(shell), status="incomplete", reason="it has too many opcodes")

    assert {found.verdict for found in scanned(cut)} == {Verdict.FAIL, Verdict.INCONCLUSIVE}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("__torch__.vad.model", "VADRNN"),
        ("__torch__.torch.nn.modules.conv.___torch_mangle_0", "Conv1d"),
        ("torch.jit._pickle", "build_intlist"),
    ],
)
def test_what_torchscript_saves_itself_is_clean(module: str, name: str) -> None:
    assert trust(module, name) is Trust.ALLOWED


def test_the_rest_of_torch_jit_is_not() -> None:
    assert trust("torch.jit", "load") is Trust.MALICIOUS
    assert trust("torch.jit._pickle", "os.system") is Trust.MALICIOUS


@pytest.mark.parametrize("code", ["SEC002", "SEC007", "SEC009"])
def test_a_problem_is_reported_by_the_rule_of_its_code_with_its_place(code: str) -> None:
    member = Structure(
        format="pickle",
        status="complete",
        container="model/data.pkl",
        problems=(Problem(code=code, message="something is there", offset=7, wanted="nothing"),),
    )
    outer = Structure(format="torch-zip", status="complete", members=(member,))
    facts = Facts(files=sample.file("m.pt", structure=outer))
    (found,) = ask(code, facts)
    assert found.message == "m.pt!/model/data.pkl: something is there"
    assert (found.seen, found.wanted) == ("at byte 7", "nothing")
    assert found.threat == Threat(
        level="needs-review", container="model/data.pkl", offset=7, digest=sample.DIGEST
    )
    for other in {"SEC002", "SEC007", "SEC009", "INT008"} - {code}:
        assert ask(other, facts) == ()


def test_loose_external_data_is_not_held_against_a_manifest_that_is_not_there() -> None:
    needed = (FileReference(path="w.data"),)
    split = Structure(format="onnx", status="complete", references=needed)
    assert ask("SEC007", Facts(files=sample.file("m.onnx", structure=split))) == ()
