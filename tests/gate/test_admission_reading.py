from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gate.admitting import answered, messages, template
from tests.server.recorded_reviews import (
    IMAGE,
    MODEL,
    OTHER,
    RELEASE,
    SIDECAR,
    names,
    review,
)
from weighbridge.gate.admission.judge import unanswerable, unjudged
from weighbridge.gate.admission.review import ReviewError
from weighbridge.gate.admission.workloads import TEMPLATES
from weighbridge.model.admission import (
    MARK_DIGITS,
    RELEASE_MARK,
)
from weighbridge.model.errors import Fault
from weighbridge.render import naming
from weighbridge.report.admission import response_json

RUNS = f"registry.example.com/ml/serving@{IMAGE}"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def served(component: object, **more: object) -> dict[str, Any]:
    value = review("admitted-inferenceservice")
    value["request"]["object"]["spec"] = {"predictor": component, **more}
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (served({"triton": {"image": RUNS}}), ""),
        (served({"model": {"image": RUNS, "storageUri": "s3://a"}}), ""),
        (served({"containers": [{"image": RUNS}]}, transformer={"containers": [{}]}), "pinned"),
        (served({"containers": [{"image": RUNS}]}, explainer={}), "spec.explainer.containers is"),
        (served({"containers": [{"image": RUNS}]}, batch={"image": "nginx"}), "spec.batch.image"),
        (served({"sklearn": {}}), "spec.predictor.sklearn.image is not pinned"),
        (served({"sklearn": "x"}), "spec.predictor.sklearn is no object"),
        (served({"workerSpec": {"containers": [{"image": "nginx"}]}}), "workerSpec.containers[0]"),
        (served({"workerSpec": {"containers": [{"image": RUNS}]}}), ""),
        (
            served(
                {
                    "containers": [{"image": RUNS}],
                    "volumes": [{"name": "m", "image": {"reference": "nginx"}}],
                }
            ),
            "spec.predictor.volumes[0].image.reference",
        ),
        (
            served({"workerSpec": {"volumes": [{"image": {"reference": "nginx"}}], "image": RUNS}}),
            "volumes[0].image.reference is not pinned",
        ),
        (served({"containers": [{"image": RUNS}], "labels": {RELEASE_MARK: "x"}}), "label and"),
    ],
)
def test_images_of_an_inference_service_are_found_wherever_they_stand(
    value: dict[str, Any], message: str
) -> None:
    found = messages(answered(value))
    assert (message in " ".join(found)) if message else found == []


def test_an_inference_service_has_a_predictor_and_no_end_of_levels() -> None:
    value = served({"containers": [{"image": RUNS}]})
    value["request"]["object"]["spec"] = {}
    assert messages(answered(value)) == ["spec has no predictor"]
    deep: object = {}
    for _ in range(40):
        deep = {"below": deep}
    (message,) = messages(answered(served({"containers": [{"image": RUNS}], "x": deep})))
    assert "nested too deep" in message


@pytest.mark.parametrize(
    ("path", "wrong", "message"),
    [
        (("kind",), None, "the request does not say of which kind the object is"),
        (("kind",), {"group": "apps"}, "the request does not say of which kind the object is"),
        (("kind", "kind"), 7, "kind is no text"),
        (("object",), [], "object is no object"),
        (("oldObject",), "x", "oldObject is no object"),
        (("object", "metadata"), None, "the object has no metadata"),
        (("object", "metadata", "namespace"), "x", "the object lies in another namespace than"),
        (("object", "spec"), None, "spec is no object"),
        (("object", "spec", "template"), None, "spec.template is no object"),
        (("object", "spec", "template", "metadata"), "x", "spec.template.metadata is no object"),
        (
            ("object", "spec", "template", "metadata", "annotations", RELEASE_MARK),
            7,
            "spec.template.metadata.annotations holds what is no text",
        ),
        (("object", "spec", "template", "spec", "containers"), None, "has no containers"),
        (
            ("object", "spec", "template", "spec", "containers"),
            [None],
            "containers[0] is no object",
        ),
        (
            ("object", "spec", "template", "spec", "containers", 0, "image"),
            {},
            "spec.template.spec.containers[0].image is no text",
        ),
        (("object", "spec", "template", "spec", "volumes"), {}, "spec.volumes is no list"),
        (("subResource",), {}, "subResource is no text"),
    ],
)
def test_what_is_malformed_is_refused_by_its_uid(
    path: tuple[str | int, ...], wrong: object, message: str
) -> None:
    value = review("admitted-deployment")
    place: Any = value["request"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = wrong
    answer = answered(value)
    assert message in messages(answer)[0]
    assert (answer.uid, answer.code) == (value["request"]["uid"], 400)
    assert answer.faults[0].code == "WB241"


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "review",
        {},
        {"request": None},
        {"request": {}},
        {"request": {"uid": ""}},
        {"request": {"uid": 7}},
        {"request": {"uid": "a b"}},
        {"request": {"uid": "a\n"}},
        {"request": {"uid": "x" * 129}},
    ],
)
def test_what_does_not_say_its_uid_cannot_be_answered(value: object) -> None:
    with pytest.raises(ReviewError):
        unjudged(value)


def test_what_cannot_be_told_is_refused() -> None:
    fault = Fault("WB135", "the ledger is damaged")
    answer = unanswerable(review("admitted-pod"), fault, code=503)
    assert (answer.allowed, answer.code, answer.faults) == (False, 503, (fault,))


def test_hostile_names_make_no_long_messages() -> None:
    value = review("admitted-deployment")
    value["request"]["name"] = "x" * 1_000_000
    value["request"]["namespace"] = "\x1b[2J" * 1_000
    value["request"]["object"]["metadata"]["namespace"] = value["request"]["namespace"]
    template(value)["spec"]["containers"][0]["image"] = "\u202e" * 1_000_000
    template(value)["metadata"]["annotations"][RELEASE_MARK] = "y" * 1_000_000
    answer = answered(value)
    assert len(answer.subject) < 200
    message = response_json(answer)["response"]["status"]["message"]
    assert len(message.encode()) <= 1_024
    assert "\x1b" not in message
    assert "\u202e" not in message


def test_marks_are_those_that_are_rendered() -> None:
    assert (RELEASE_MARK, MARK_DIGITS) == (naming.RELEASE_LABEL, naming.LABEL_DIGITS)


@given(JSON)
def test_whatever_comes_is_answered_or_is_no_review(value: object) -> None:
    try:
        answer = answered({"request": {"uid": "u", "operation": "CREATE", "object": value}})
    except ReviewError:
        return
    assert not answer.allowed


def places(value: object, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List the path of everything in a value."""
    found = [at] if at else []
    if isinstance(value, dict):
        for name, one in value.items():
            found += places(one, (*at, name))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            found += places(one, (*at, index))
    return found


def images_in(value: object) -> list[object]:
    """List every image in a value, whatever it is in."""
    found: list[object] = []
    if isinstance(value, dict):
        for name, one in value.items():
            if name in {"image", "reference"} and not isinstance(one, dict):
                found.append(one)
            found += images_in(one)
    elif isinstance(value, list):
        for one in value:
            found += images_in(one)
    return found


@st.composite
def spoilt(draw: st.DrawFn) -> dict[str, Any]:
    """Put anything in one or two places of a review that would be let in."""
    value = review(draw(st.sampled_from(names("admitted"))))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(places(value)))
        place: Any = value
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = draw(JSON | st.sampled_from([RELEASE, OTHER, RUNS, "nginx", "UPDATE"]))
    return value


@given(spoilt())
def test_nothing_is_let_in_unless_every_rule_holds(value: dict[str, Any]) -> None:
    try:
        answer = answered(value)
    except ReviewError:
        return
    if not answer.allowed or answer.why:
        return
    request = value["request"]
    thing, kind = request["object"], request["kind"]["kind"]
    assert (value["apiVersion"], request["namespace"]) == ("admission.k8s.io/v1", "serving")
    allowed = (IMAGE, MODEL, SIDECAR)
    assert all(isinstance(one, str) and one.endswith(allowed) for one in images_in(thing["spec"]))
    if kind in {"Pod", "InferenceService"}:
        about = thing["metadata"]
    else:
        (path,) = [path for known, path in TEMPLATES.items() if known.name == kind]
        pods = thing
        for name in path:
            pods = pods[name]
        about = pods["metadata"]
    assert about["annotations"][RELEASE_MARK] == RELEASE
    assert about["labels"][RELEASE_MARK] == RELEASE[7:-1]
