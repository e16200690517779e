from __future__ import annotations

import json
import pickle
import posixpath
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.torch_files import Called, pickled
from tests.usecases.tried import (
    ASKED,
    COMMAND,
    DOUBLING,
    GOLDEN,
    lay_out_tried,
    only,
    tried,
    verdicts_of,
)
from tests.usecases.workshop import WEIGHTS
from weighbridge.usecases.trying.trying import PREFIX

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

FAST = "  performance: [{percentile: 50, latency: 1h, memory: 1Ti, coldStart: 1h}]\n"


pytestmark = pytest.mark.usefixtures("sandbox_on_path")


def test_a_release_that_does_what_it_says_passes(bench: Bench) -> None:
    lay_out_tried(bench.folder, COMMAND, GOLDEN, FAST)
    ran = tried(bench)
    assert (ran.code, ran.err) == (0, "")
    document = ran.json
    assert document["release"] == {"name": "demo", "version": "1.0.0", "digest": None}
    assert document["runner"] == {
        "name": "command",
        "by": "doubling 1",
        "where": "the sandbox",
        "ownBytes": True,
    }
    assert [one["name"] for one in document["inputs"]] == ["golden/one.json"]
    assert verdicts_of(document) == dict.fromkeys(
        [
            "golden:0",
            "performance:0:latency",
            "performance:0:memory",
            "performance:0:cold-start",
        ],
        "pass",
    )
    text = bench("try")
    assert text.code == 0
    assert "pass: golden:0: golden/one.json is answered as expected\n" in text.out
    assert "pass: 4 tests, 4 passed, 0 failed, 0 inconclusive" in text.out
    assert "run by command (doubling 1), the sandbox" in text.out


def test_a_wrong_answer_fails_with_its_place(bench: Bench) -> None:
    lay_out_tried(bench.folder, COMMAND, GOLDEN.replace("5]", "6]"))
    ran = bench("try")
    assert ran.code == 1
    assert ran.out.startswith(
        "error[REP005]: golden:0: golden/one.json: y[1] is off by 1; 1 of 2 values are\n"
        "  --> /spec/evaluation/golden/0\n"
        "   | wanted  6\n"
        "   | seen    5\n"
    )


def test_a_sealed_release_is_tried_from_its_blobs_alone(bench: Bench) -> None:
    lay_out_tried(bench.folder, COMMAND, GOLDEN)
    assert bench("seal").code == 0
    (bench.folder / "serving/answer.py").write_text("raise SystemExit(9)\n")
    (bench.folder / "golden/one.json").unlink()
    ran = tried(bench, "demo@1.0.0")
    assert (ran.code, ran.json["verdict"]) == (0, "pass")
    assert ran.json["release"]["digest"].startswith("sha256:")
    assert tried(bench).code == 3


def test_a_damaged_blob_is_not_run(bench: Bench) -> None:
    lay_out_tried(bench.folder, COMMAND, GOLDEN)
    assert bench("seal").code == 0
    (blob,) = [
        path
        for path in (bench.folder / ".weighbridge/blobs").rglob("*")
        if path.is_file() and path.read_bytes() == DOUBLING.encode()
    ]
    blob.chmod(0o600)
    blob.write_text(DOUBLING.replace("2 *", "3 *"))
    ran = tried(bench, "demo@1.0.0")
    assert ran.code == 2
    assert "answer.py is not what was sealed" in ran.err


def test_where_nothing_is_declared_nothing_passes(bench: Bench) -> None:
    lay_out_tried(bench.folder)
    assert (tried(bench).code, tried(bench).json["verdict"]) == (3, "inconclusive")
    assert "inconclusive: the manifest says nothing of what it must do" in bench("try").out


@pytest.mark.parametrize(
    ("golden", "inputs", "message"),
    [
        (GOLDEN.replace("one", "none"), ASKED, "golden/none.json cannot be read: no such file"),
        (GOLDEN.replace("golden/one", "../one"), ASKED, "is not followed (outside)"),
        (GOLDEN.replace(", expected: {y: [2, 5]}", ""), ASKED, "nobody says what the answer"),
        (GOLDEN, [1, 2], "it is no JSON object of inputs"),
        (GOLDEN, {}, "it is no JSON object of inputs"),
        (GOLDEN, {"x": [float("nan")]}, "NaN is no number"),
    ],
)
def test_an_input_nobody_can_ask_is_inconclusive(
    bench: Bench, golden: str, inputs: object, message: str
) -> None:
    lay_out_tried(bench.folder, COMMAND, golden, inputs=inputs)
    code, verdict, said = only(tried(bench))
    assert (code, verdict) == (3, "inconclusive")
    assert message in said


@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        ("[float('nan'), 5]", 1, "y[0] is no number"),
        ("[2]", 1, "y has another shape"),
        ("1 / 0", 3, "exit code 1: ZeroDivisionError"),
    ],
)
def test_a_model_that_misbehaves_never_passes(
    bench: Bench, answer: str, code: int, message: str
) -> None:
    source = DOUBLING.replace('[2 * one for one in asked["inputs"]["x"]]', answer)
    lay_out_tried(bench.folder, COMMAND, GOLDEN, FAST, code=source)
    ran = tried(bench)
    assert ran.code == code
    assert message in ran.json["tests"][0]["message"]


def test_one_that_broke_is_started_again_for_the_next_input(bench: Bench) -> None:
    two = GOLDEN.replace("golden: [", "golden: [{input: golden/bad.json, expected: {y: 1}}, ")
    lay_out_tried(bench.folder, COMMAND, two)
    (bench.folder / "golden/bad.json").write_text('{"z": 1}')
    ran = tried(bench)
    assert ran.code == 3
    assert verdicts_of(ran.json) == {"golden:0": "inconclusive", "golden:1": "pass"}


def test_who_keeps_breaking_is_asked_no_more(bench: Bench) -> None:
    many = "  golden:\n" + "    - {input: golden/one.json, expected: {y: 1}}\n" * 9
    lay_out_tried(bench.folder, COMMAND, many, code="exit(3)\n")
    ran = tried(bench)
    assert set(verdicts_of(ran.json).values()) == {"inconclusive"}
    assert len(ran.json["tests"]) == 9


@pytest.mark.parametrize(
    ("runner", "words", "message"),
    [
        ("", (), "nothing here runs a model of the format safetensors by itself"),
        ("  runner: {name: entrypoint}\n", (), "nobody says which code loads the model"),
        ("  runner: {name: command}\n", (), "there is no command"),
        ("  runner: {name: open-inference}\n", (), "nobody says where the server is"),
        ("  runner: {name: entrypoint, artifact: none}\n", (), "which artifact is loaded"),
        ("", ("--runner=lightgbm",), "lightgbm is not installed"),
    ],
)
def test_what_nobody_here_can_run_is_inconclusive_and_says_why(
    bench: Bench, runner: str, words: tuple[str, ...], message: str
) -> None:
    lay_out_tried(bench.folder, runner, GOLDEN, FAST)
    ran = tried(bench, *words)
    assert ran.code == 3
    assert message in ran.json["tests"][0]["message"]
    assert set(verdicts_of(ran.json).values()) == {"inconclusive"}
    assert all(one["remediation"] for one in ran.json["tests"])


def test_nothing_loads_what_the_threat_scan_does_not_pass(bench: Bench) -> None:
    lay_out_tried(bench.folder, GOLDEN)
    canary = bench.folder / "canary"
    harmful = Called(posixpath.__name__.replace("posixpath", "posix"), "system", f"touch {canary}")
    (bench.folder / "weights/model.safetensors").write_bytes(pickled(harmful))
    code, verdict, said = only(tried(bench, "--runner=scikit-learn"))
    assert (code, verdict) == (3, "inconclusive")
    assert "the threat scan did not pass weights/model.safetensors" in said
    assert not canary.exists()


def test_a_pickle_that_passed_is_loaded_in_the_sandbox_or_not_at_all(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out_tried(bench.folder, GOLDEN)
    (bench.folder / "weights/model.pkl").write_bytes(pickle.dumps({"weight": [0.5]}))
    bench.edit("weights/model.safetensors", "weights/model.pkl")
    monkeypatch.setenv("PATH", str(bench.folder))
    _, verdict, said = only(tried(bench))
    assert verdict == "inconclusive"
    assert "there is no sandbox here" in said


def test_code_of_the_release_loads_its_weights(bench: Bench) -> None:
    code = """
def load(path):
    size = len(open(path, "rb").read())
    return lambda inputs: {"y": [2 * one for one in inputs["x"]], "size": size}
"""
    runner = '  runner: {name: entrypoint, entrypoint: "serving.answer:load"}\n'
    golden = GOLDEN.replace("5]", f"5], size: {len(WEIGHTS)}")
    lay_out_tried(bench.folder, runner, golden, code=code)
    ran = tried(bench)
    assert ran.code == 0
    assert ran.json["runner"]["by"] == "entrypoint serving.answer:load"


def test_a_baseline_is_measured_beside_it_from_its_own_bytes(bench: Bench) -> None:
    fast = "  performance: [{percentile: 50, regression: 0.5}]\n"
    lay_out_tried(bench.folder, COMMAND, GOLDEN, fast)
    assert bench("seal").code == 0
    slow = DOUBLING.replace("    outputs", "    sum(range(3_000_000))\n    outputs")
    lay_out_tried(bench.folder, COMMAND, GOLDEN, fast, code=slow)
    ran = tried(bench, "--baseline=demo@1.0.0")
    assert ran.json["baseline"].startswith("sha256:")
    assert verdicts_of(ran.json)["performance:0:regression:latency"] == "fail"
    lay_out_tried(bench.folder, GOLDEN, fast, code=slow)
    ran = tried(bench, "--runner=command", "--baseline=demo@1.0.0")
    assert set(verdicts_of(ran.json).values()) == {"inconclusive"}


def test_a_baseline_nobody_can_run_is_none(bench: Bench) -> None:
    fast = "  performance: [{percentile: 50, regression: 0.5}]\n"
    lay_out_tried(bench.folder, GOLDEN)
    assert bench("seal").code == 0
    lay_out_tried(bench.folder, COMMAND, GOLDEN, fast)
    found = tried(bench, "--baseline=demo@1.0.0").json["tests"][1]
    assert found["verdict"] == "inconclusive"
    assert "the baseline cannot be run: " in found["message"]


def test_a_promise_made_for_another_machine_or_load_is_inconclusive(bench: Bench) -> None:
    many = """\
  performance:
    - {percentile: 50, latency: 1h, hardware: A100}
    - {percentile: 50, latency: 1h, load: {concurrency: 4}}
    - {hardware: nothing is promised}
"""
    lay_out_tried(bench.folder, COMMAND, GOLDEN, many)
    found = verdicts_of(tried(bench).json)
    assert found == {
        "golden:0": "pass",
        "performance:0:latency": "inconclusive",
        "performance:1": "inconclusive",
    }
    assert verdicts_of(tried(bench, "--hardware=A100").json)["performance:0:latency"] == "pass"


def test_a_model_that_breaks_under_load_has_not_kept_its_promise(bench: Bench) -> None:
    breaking = DOUBLING.replace("    outputs", '    assert asked["id"] < 9\n    outputs')
    lay_out_tried(bench.folder, COMMAND, GOLDEN, FAST, code=breaking)
    assert verdicts_of(tried(bench).json) == {"golden:0": "pass", "performance:0": "inconclusive"}
    lying = DOUBLING.replace('"id": asked["id"]', '"id": min(asked["id"], 9)')
    lay_out_tried(bench.folder, COMMAND, GOLDEN, FAST, code=lying)
    assert verdicts_of(tried(bench).json) == {"golden:0": "pass", "performance:0": "fail"}


def test_a_promise_with_nothing_to_ask_is_inconclusive(bench: Bench) -> None:
    lay_out_tried(bench.folder, COMMAND, FAST)
    code, verdict, said = only(tried(bench))
    assert (code, verdict) == (3, "inconclusive")
    assert "there is no known input to ask it" in said


def test_the_files_of_a_trial_are_gone_with_it(bench: Bench) -> None:
    def left() -> set[Path]:
        return set(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))

    lay_out_tried(bench.folder, COMMAND, GOLDEN)
    before = left()
    assert tried(bench).code == 0
    assert left() == before


def test_a_trial_touches_none_of_the_release_files(bench: Bench) -> None:
    meddling = "open('answer.py', 'w').close()\n" + DOUBLING
    lay_out_tried(bench.folder, COMMAND, GOLDEN, code=meddling)
    before = bench.files()
    tried(bench)
    tried(bench, "--unconfined")
    assert bench.files() == before


@pytest.mark.parametrize(
    "words",
    [
        ("--key=carl",),
        ("--endpoint=nonsense",),
        ("--endpoint=http://127.0.0.1:1/v2/models/x", "--runner=command"),
        ("--runner=abacus",),
        ("--time=0",),
    ],
)
def test_what_does_not_fit_together_is_refused(bench: Bench, words: tuple[str, ...]) -> None:
    lay_out_tried(bench.folder, COMMAND, GOLDEN)
    assert bench("try", *words).code == 2


def test_hostile_words_of_a_model_are_shown_and_not_obeyed(bench: Bench) -> None:
    loud = DOUBLING.replace("doubling 1", "\\u001b[2J\\ud800")
    lay_out_tried(bench.folder, COMMAND, GOLDEN, code=loud)
    ran = bench("try")
    assert "\x1b" not in ran.out
    assert r"\x1b[2J" in ran.out
    assert json.loads(tried(bench).out)["runner"]["by"] == r"\x1b[2J\ud800"
