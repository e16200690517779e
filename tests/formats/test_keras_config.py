from __future__ import annotations

import json

from weighbridge.formats.keras_config import facts


def of(config: object) -> list[tuple[str, str]] | None:
    return facts(json.dumps(config).encode(), limit=40)


def test_classes_are_listed_once() -> None:
    dense = {"class_name": "Dense", "module": "keras.layers", "registered_name": None}
    assert of({"class_name": "Sequential", "config": {"layers": [dense, dense]}}) == [
        ("keras-class", "Sequential"),
        ("keras-class", "Dense"),
    ]


def test_lambda_layers_are_named() -> None:
    old = {"class_name": "Lambda", "config": {"name": "evil", "function": ["4wE=", None, None]}}
    new = {"class_name": "__lambda__", "config": {"code": "4wE="}}
    found = of([old, new])
    assert found is not None
    assert ("keras-lambda", "evil") in found
    assert ("keras-lambda", "?") in found


def test_modules_that_are_not_keras_are_named() -> None:
    foreign = ["os", "keras_evil.layers", "builtins"]
    own = ["keras", "keras.src.layers", "tensorflow.keras.layers", "tf_keras.layers"]
    found = of([{"module": module} for module in foreign + own])
    assert found == [("keras-module", module) for module in foreign]


def test_registered_names_other_than_the_class_s_are_named() -> None:
    layer = {"class_name": "Mine", "registered_name": "pkg>Mine"}
    assert of(layer) == [("keras-class", "Mine"), ("keras-registered-name", "pkg>Mine")]
    assert of({"class_name": "Mine", "registered_name": "Mine"}) == [("keras-class", "Mine")]


def test_what_is_no_json_has_no_facts() -> None:
    assert facts(b"{", limit=9) is None
    assert facts(b"\xff", limit=9) is None
    assert facts(b"[" * 200_000, limit=9) is None
    assert facts(b'"text"', limit=9) == []


def test_what_is_kept_is_bounded() -> None:
    found = of([{"class_name": f"{n:09}" * 9} for n in range(2_000)])
    assert found is not None
    assert len(found) == 1_000
    assert {len(value) for _, value in found} == {40}
    assert facts(b'{"class_name":"\\ud800"}', limit=9) == [("keras-class", "\\ud800")]
