from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.inference_server import answered, doubling, serving, tensor
from tests.usecases.stage import STAGING, condition
from tests.usecases.tried import COMMAND, GOLDEN, lay_out_tried, verdicts_of
from weighbridge.codec.predicates.table import shape_fault
from weighbridge.gate.reuse import DEPENDS_ON
from weighbridge.model.predicates import BEHAVIOUR

if TYPE_CHECKING:
    from tests.usecases.cast import Cast
    from tests.usecases.stage import Stage

RELEASE = "demo@2.0.0"
ASKS = "  evidence:\n    - {type: behaviour, maxAge: 7d, signedBy: {role: checker}}\n"
OURS = "https://weighbridge.dev/v1"


pytestmark = pytest.mark.usefixtures("sandbox_on_path")


def seal_tried(cast: Cast, golden: str = GOLDEN) -> None:
    """Seal a release that can be tried."""
    lay_out_tried(cast.folder, COMMAND, golden)
    cast.edit('"1.0.0"', '"2.0.0"')
    cast.done("seal")


def test_what_a_checker_signs_is_what_a_policy_asks_for(stage: Stage) -> None:
    seal_tried(stage)
    stage.rule(ASKS)
    stage.apply(STAGING.replace("staging@1", "own@1"))
    stage.done("sign", RELEASE, by="bea")
    assert condition(stage.ask(RELEASE, "staging"), "evidence:behaviour").outcome == "unmet"
    signed = stage.done("try", RELEASE, "--sign", by="carl")
    entry = stage.last()
    assert f"signed by carl as evidence, entry {entry['index']}" in signed.err
    assert entry["body"]["predicateType"] == BEHAVIOUR
    said = stage.predicate(entry["body"]["bundle"])
    assert shape_fault(BEHAVIOUR, said) == ""
    assert (said["result"], said["passedTests"]) == ("PASSED", ["golden:0"])
    assert said[OURS]["dependsOn"].keys() == DEPENDS_ON[BEHAVIOUR]
    assert said[OURS]["report"]["release"]["digest"] == stage.release(RELEASE)
    assert [one["name"] for one in said["configuration"]] == ["golden/one.json"]
    assert condition(stage.ask(RELEASE, "staging"), "evidence:behaviour").outcome == "met"


def test_a_trial_that_failed_is_signed_as_such_and_a_newer_one_supersedes_it(
    stage: Stage,
) -> None:
    seal_tried(stage, GOLDEN.replace("5]", "6]"))
    stage.rule(ASKS)
    stage.done("sign", RELEASE, by="bea")
    assert stage("try", RELEASE, "--sign", by="carl").code == 1
    said = stage.predicate(stage.last()["body"]["bundle"])
    assert (said["result"], said["failedTests"]) == ("FAILED", ["golden:0"])
    found = condition(stage.ask(RELEASE, "staging"), "evidence:behaviour")
    assert (found.outcome, found.seen) == ("unmet", "FAILED")


def test_what_could_not_be_tried_is_signed_as_no_pass(cast: Cast) -> None:
    seal_tried(cast, GOLDEN.replace("golden/one", "golden/none"))
    assert cast("try", RELEASE, "--sign", by="carl").code == 3
    assert cast.last()["body"]["predicateType"] == BEHAVIOUR


def test_a_builder_is_no_checker(cast: Cast) -> None:
    seal_tried(cast)
    assert cast("try", RELEASE, "--sign", by="bea").code == 4
    assert cast.last()["kind"] == "evidence.refused"


def test_what_is_not_sealed_is_tried_and_not_signed(cast: Cast) -> None:
    lay_out_tried(cast.folder, COMMAND, GOLDEN)
    entries = len(cast.entries())
    refused = cast("try", "--sign", by="carl")
    assert refused.code == 2
    assert "are not sealed" in refused.err
    assert len(cast.entries()) == entries
    seal_tried(cast)
    cast.done("try", "--sign", by="carl")


def test_a_release_of_the_same_sections_takes_the_evidence_over(stage: Stage) -> None:
    stage.rule(ASKS)
    seal_tried(stage)
    stage.done("try", RELEASE, "--sign", by="carl")
    stage.edit('"2.0.0"', '"2.0.1"')
    stage.edit("task: classification", "task: detection")
    stage.done("seal")
    stage.done("sign", "demo@2.0.1", by="bea")
    decision = stage.ask("demo@2.0.1", "staging")
    assert condition(decision, "evidence:behaviour").outcome == "met"
    assert [one["release"] for one in decision["reused"]] == [stage.release(RELEASE)]
    stage.edit("expected: {y: [2, 5]}", "expected: {y: [2, 5], z: 1}")
    stage.edit('"2.0.1"', '"2.0.2"')
    stage.done("seal")
    stage.done("sign", "demo@2.0.2", by="bea")
    decision = stage.ask("demo@2.0.2", "staging")
    assert condition(decision, "evidence:behaviour").outcome == "unmet"


# Servers ----------------------------------------------------------------------------------------


def test_what_passes_on_a_server_is_signed_as_a_warning(stage: Stage) -> None:
    seal_tried(stage)
    with serving(doubling) as url:
        found = stage.done("try", RELEASE, "--sign", f"--endpoint={url}", by="carl")
    assert (
        "run by open-inference (demo 3), on a server, from bytes nobody here has seen" in found.out
    )
    said = stage.predicate(stage.last()["body"]["bundle"])
    assert (said["result"], said["passedTests"]) == ("WARNED", [])
    assert said["warnedTests"] == ["golden:0"]


@pytest.mark.slow
def test_a_server_takes_as_many_requests_at_once_as_are_promised(cast: Cast) -> None:
    promise = """\
  performance:
    - {percentile: 50, latency: 1h, load: {concurrency: 3, rate: 500, duration: 100ms}}
    - {percentile: 50, latency: 1h, coldStart: 1h, memory: 1Ti, perReplica: true}
    - {regression: 0.1}
"""
    lay_out_tried(cast.folder, GOLDEN, promise)
    with serving(doubling) as url:
        ran = cast("try", "--output-format=json", f"--endpoint={url}", "--baseline=demo@1.0.0")
    assert ran.code == 3
    assert verdicts_of(ran.json) == {
        "golden:0": "pass",
        "performance:0": "inconclusive",
        "performance:1": "inconclusive",
        "performance:2": "inconclusive",
    }
    with serving(doubling) as url:
        ran = cast("try", "--output-format=json", f"--endpoint={url}")
    assert verdicts_of(ran.json) == {
        "golden:0": "pass",
        "performance:0:latency": "pass",
        "performance:1:latency": "inconclusive",
        "performance:1:memory": "inconclusive",
        "performance:1:cold-start": "inconclusive",
        "performance:2:regression:latency": "inconclusive",
        "performance:2:regression:throughput": "inconclusive",
    }


HOSTILE = [
    ((200, b"<html>"), 1),
    (answered(tensor("y", [2], [2, float("nan")])), 1),
    (answered(tensor("y", [1], [2])), 1),
    ((503, b""), 3),
]


def test_a_hostile_server_never_passes(cast: Cast) -> None:
    lay_out_tried(cast.folder, GOLDEN)
    codes: list[int] = []
    replies = [reply for reply, _ in HOSTILE]
    with serving(lambda _: replies[len(codes)]) as url:
        for _ in replies:
            codes += [cast("try", f"--endpoint={url}").code]
    assert codes == [code for _, code in HOSTILE]
