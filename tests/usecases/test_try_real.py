"""Models people ship, tried on inputs whose answers were written down: magika and silero-vad."""

from __future__ import annotations

import json
import math
import random
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.tools import TOOLS
from tests.usecases.tried import verdicts_of
from tests.usecases.workshop import commit, manifest_text
from weighbridge.usecases.demo.stage import MODEL

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

SILERO = TOOLS / "models/silero_vad/data/silero_vad.onnx"
RATE, WINDOW, CONTEXT = 16_000, 512, 64


pytestmark = pytest.mark.usefixtures("sandbox_on_path")


def lay_out_model(folder: Path, model: bytes, golden: str, more: str = "") -> None:
    """Have the release in a folder consist of an ONNX model and its golden inputs."""
    (folder / "weights/model.safetensors").unlink()
    (folder / "weights/model.onnx").write_bytes(model)
    text = manifest_text().replace("model.safetensors", "model.onnx")
    text = text.replace("format: safetensors", "format: onnx")
    lines = text.splitlines(keepends=True)
    text = "".join(one for one in lines if not one.startswith(("      size:", "      digest:")))
    text += "    - {name: golden, role: dataset, path: golden}\n  evaluation:\n    golden:\n"
    (folder / "release.yaml").write_text(text + golden + more)
    commit(folder)


def write(folder: Path, name: str, inputs: dict[str, Any]) -> str:
    (folder / "golden").mkdir(exist_ok=True)
    (folder / "golden" / name).write_text(json.dumps(inputs))
    return f"golden/{name}"


# magika -----------------------------------------------------------------------------------------


def magika() -> tuple[bytes, dict[str, Any]]:
    """Return the model, and what it comes with."""
    spec = find_spec("magika")
    assert spec is not None, "there is no magika: run `make test`"
    assert spec.origin is not None
    folder = Path(spec.origin).parent / MODEL
    return (folder / "model.onnx").read_bytes(), json.loads(
        (folder / "config.min.json").read_text()
    )


def window(content: bytes, size: int = 1024, padding: int = 256) -> list[int]:
    """Return what magika looks at: the first and the last bytes of a file."""
    first, last = list(content.lstrip()[:size]), list(content.rstrip()[-size:])
    gap = [padding]
    return [*first, *gap * (size - len(first)), *gap * (size - len(last)), *last]


FILES = {
    "python": b"import os\n\n\ndef main() -> None:\n    print(os.getcwd())\n" * 30,
    "json": json.dumps({f"key {n}": [n, None, True] for n in range(90)}, indent=2).encode(),
    "html": b"<!doctype html><html><body><p>a</p></body></html>\n" * 40,
}


@pytest.mark.parametrize("flipped", [False, True])
def test_magika_tells_the_types_of_files_and_a_wrong_expectation_is_found(
    bench: Bench, *, flipped: bool
) -> None:
    model, config = magika()
    labels = config["target_labels_space"]
    rows = [window(content) for content in FILES.values()]
    path = write(bench.folder, "files.json", {"bytes": rows})
    expected = []
    for label in FILES:
        scores = ["0"] * len(labels)
        scores[labels.index("png" if flipped and label == "html" else label)] = "1"
        expected.append(scores)
    golden = f"""\
    - input: {path}
      expected: {{target_label: {json.dumps(expected)}}}
      tolerance: {{labelFlips: 0}}
"""
    fast = "    performance: [{percentile: 90, latency: 1m, coldStart: 5m, memory: 4Gi}]\n"
    lay_out_model(bench.folder, model, golden, fast)
    ran = bench("try", "--output-format=json")
    found = ran.json
    assert found["runner"]["name"] == "onnxruntime"
    assert found["runner"]["by"].startswith("onnxruntime ")
    assert found["runner"]["where"] == "the sandbox"
    verdicts = verdicts_of(found)
    assert verdicts.pop("golden:0") == ("fail" if flipped else "pass")
    assert set(verdicts.values()) == {"pass"}
    assert ran.code == int(flipped)
    if flipped:
        assert found["tests"][0]["seen"] == "1 of 3"


def test_a_magika_whose_weights_changed_answers_otherwise(bench: Bench) -> None:
    model, _ = magika()
    path = write(bench.folder, "python.json", {"bytes": [window(FILES["python"])]})
    score = scores_of(model, FILES["python"])
    text = ", ".join(f'"{one:.9f}"' for one in score)
    golden = f"""\
    - input: {path}
      expected: {{target_label: [[{text}]]}}
      tolerance: {{absolute: 0.0001, rank: 1}}
"""
    lay_out_model(bench.folder, model, golden)
    assert bench("try").code == 0
    middle = len(model) // 2
    spoilt = model[:middle] + bytes(4096) + model[middle + 4096 :]
    lay_out_model_again(bench.folder, spoilt)
    ran = bench("try", "--output-format=json")
    assert ran.code == 1
    assert "target_label" in ran.json["tests"][0]["message"]


def scores_of(model: bytes, content: bytes) -> list[float]:
    """Ask the model here, as its own package would."""
    session = import_module("onnxruntime").InferenceSession(model)
    (found,) = session.run(None, {"bytes": np.array([window(content)], dtype=np.int32)})
    scores: list[float] = found[0].tolist()
    return scores


def lay_out_model_again(folder: Path, model: bytes) -> None:
    """Exchange the model, and nothing that is said of it."""
    (folder / "weights/model.onnx").write_bytes(model)


# silero-vad -------------------------------------------------------------------------------------


def heard(samples: list[float]) -> dict[str, Any]:
    """Write what silero-vad is asked: a window with its context, a fresh state, the rate."""
    state = [[[0.0] * 128], [[0.0] * 128]]
    return {"input": [[0.0] * CONTEXT + samples], "state": state, "sr": RATE}


def silence() -> list[float]:
    return [0.0] * WINDOW


def noise() -> list[float]:
    chance = random.Random(7)  # noqa: S311 - noise, not a secret
    return [chance.uniform(-0.05, 0.05) for _ in range(WINDOW)]


def vowel() -> list[float]:
    """Make something like a voice: a tone of 120 Hz and its overtones."""
    tones = [(120 * k, 1 / k) for k in range(1, 20)]
    times = [n / RATE for n in range(WINDOW)]
    return [0.1 * sum(a * math.sin(2 * math.pi * f * t) for f, a in tones) for t in times]


def test_silero_vad_hears_no_voice_in_silence_and_noise(bench: Bench) -> None:
    quiet = [
        write(bench.folder, "silence.json", heard(silence())),
        write(bench.folder, "noise.json", heard(noise())),
    ]
    golden = "".join(
        f'    - {{input: {path}, expected: {{output: [["0"]]}}, tolerance: {{absolute: 0.25}}}}\n'
        for path in quiet
    )
    loud = write(bench.folder, "vowel.json", heard(vowel()))
    wrong = (
        f'    - {{input: {loud}, expected: {{output: [["-1"]]}}, tolerance: {{absolute: 0.5}}}}\n'
    )
    lay_out_model(bench.folder, SILERO.read_bytes(), golden + wrong)
    found = bench("try", "--output-format=json").json
    assert found["runner"]["name"] == "onnxruntime"
    assert verdicts_of(found) == {"golden:0": "pass", "golden:1": "pass", "golden:2": "fail"}
    assert found["tests"][2]["message"].startswith("golden/vowel.json: output[0][0] is off by ")
