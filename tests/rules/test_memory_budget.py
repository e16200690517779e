"""Weights and the memory they are to fit into."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.finding import Verdict
from weighbridge.rules import sample

MEMORY = "/spec/environment/resources/limits/memory"
GPUS = "/spec/environment/resources/limits/accelerators"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({MEMORY: "5Gi"}, []),
        ({MEMORY: "4920000000"}, []),
        ({MEMORY: "4919999999"}, ["warning"]),
        ({MEMORY: "4099999999"}, ["error"]),
        ({MEMORY: "TODO"}, []),
        ({GPUS: [{"type": "gpu", "count": 1}], MEMORY: "2Gi"}, ["error"]),
        ({GPUS: [{"type": "gpu", "count": 1, "memory": "2Gi"}], MEMORY: "64Gi"}, ["error"]),
        ({GPUS: [{"type": "gpu", "count": 4, "memory": "2Gi"}], MEMORY: "1Gi"}, []),
        ({"/spec/evaluation/performance": [{"memory": "1Gi"}]}, ["error"]),
        ({"/spec/artifacts/0/role": "card", MEMORY: "1Gi"}, []),
    ],
)
def test_the_weights_alone_fit_into_the_memory(changes: dict[str, Any], wanted: list[str]) -> None:
    found = ask("CMP004", sample.release(changes))
    assert [one.severity.value for one in found] == wanted


def test_the_size_of_weights_is_what_was_seen_where_none_is_stated() -> None:
    release = sample.release({"/spec/artifacts/0/size": None, MEMORY: "1Gi"})
    assert messages(ask("CMP004", replace(release, files=sample.file(size=2 << 30)))) == [
        "the weights do not fit into the limit"
    ]
    seen = {sample.MODEL: sample.directory(sample.MODEL, ["a", "b"], declared=())[sample.MODEL]}
    assert ask("CMP004", replace(release, directories=seen)) == ()
    address = sample.release(
        {"/spec/artifacts/0/path": None, "/spec/artifacts/0/size": None, MEMORY: "1Gi"}
        | {"/spec/artifacts/0/uri": "https://example.com/model"}
    )
    assert verdict(ask("CMP004", address)) is Verdict.INCONCLUSIVE
