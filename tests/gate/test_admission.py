from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.gate.admitting import answered, messages, template
from tests.server.recorded_reviews import (
    ELSEWHERE,
    FOREIGN,
    HELD,
    IMAGE,
    MODEL,
    OTHER,
    RELEASE,
    SIDECAR,
    STANDS,
    names,
    review,
)
from weighbridge.gate.admission.judge import named_releases
from weighbridge.gate.admission.workloads import KINDS
from weighbridge.model.admission import (
    RELEASE_MARK,
    Answer,
    KnownRelease,
    Place,
    Stopped,
)

if TYPE_CHECKING:
    from weighbridge.model.admission import Snapshot


def standing(release: KnownRelease) -> Snapshot:
    return replace(STANDS, releases={release.digest: release})


@pytest.mark.parametrize("name", names("admitted"))
def test_what_is_pinned_and_promoted_is_let_in(name: str) -> None:
    answer = answered(review(name))
    assert (messages(answer), answer.why, answer.remarks) == ([], "", ())
    assert answer.uid == review(name)["request"]["uid"]


def test_every_kind_with_pods_is_among_what_is_let_in() -> None:
    seen = {review(name)["request"]["kind"]["kind"] for name in names("admitted")}
    assert seen == {kind.name for kind in KINDS} - {"ReplicationController"}


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("through-configmap", "a ConfigMap holds no pods"),
        ("through-deployment-scale", "scale brings in no container"),
        ("through-deployment-scaled-down", "it starts nothing it did not start before"),
        ("through-pod-deleted", "DELETE brings in no container"),
    ],
)
def test_what_brings_nothing_in_is_let_through_and_says_why(name: str, why: str) -> None:
    assert answered(review(name)) == Answer(
        uid=review(name)["request"]["uid"], subject=answered(review(name)).subject, why=why
    )


@pytest.mark.parametrize(
    ("name", "message", "seen"),
    [
        (
            "refused-tag",
            "spec.template.spec.containers[0].image is not pinned by digest",
            "registry.example.com/ml/serving:1.1.0",
        ),
        (
            "refused-tag-of-init-container",
            "spec.initContainers[0].image is not pinned by digest",
            "docker.io/library/busybox:1.36",
        ),
        (
            "refused-ephemeral-container",
            "spec.ephemeralContainers[0].image is not pinned by digest",
            "busybox:1.28",
        ),
        (
            "refused-unpromoted",
            "demo@1.2.0 is promoted to staging, not to production",
            "production points to demo@1.1.0",
        ),
        ("refused-namespace", "production is not delivered to this namespace", "default"),
        (
            "refused-foreign-image",
            "spec.containers[1].image is no image of demo@1.1.0",
            f"registry.example.com/tools/miner@{FOREIGN}",
        ),
        (
            "refused-foreign-image-volume",
            "spec.volumes[0].image.reference is no image of demo@1.1.0",
            f"registry.example.com/other/model@{FOREIGN}",
        ),
        (
            "refused-no-annotation",
            "it does not say which release it is",
            "no annotation weighbridge.dev/release at spec.template.metadata",
        ),
        (
            "refused-label-disagrees",
            "label and annotation at metadata say different releases",
            f"label {OTHER[7:-1]}",
        ),
        (
            "refused-template-disagrees",
            "its pieces say different releases",
            f"{RELEASE}, {OTHER}",
        ),
        (
            "refused-inferenceservice-of-a-runtime",
            "spec.predictor.model.image is not pinned by digest",
            "no image: another fills it in",
        ),
        ("refused-unknown-kind", "what this kind runs is not known", "ray.io/v1 RayCluster"),
        (
            "refused-other-version",
            "it is a review of another version",
            "admission.k8s.io/v1beta1 AdmissionReview",
        ),
        (
            "refused-object-of-another-kind",
            "the object is not of the kind the request is about",
            "apps/v1 ReplicaSet",
        ),
        ("refused-containers-are-no-list", "spec.containers is no list", ""),
        ("refused-unknown-operation", "the operation is not known", "PATCH"),
    ],
)
def test_what_is_not_promoted_as_it_is_is_refused(name: str, message: str, seen: str) -> None:
    answer = answered(review(name))
    assert messages(answer) == [message]
    assert answer.faults[0].seen == seen
    assert answer.faults[0].help
    assert answer.code in {400, 403}
    assert answer.uid == review(name)["request"]["uid"]


def test_every_recorded_refusal_is_asked_for() -> None:
    marks = test_what_is_not_promoted_as_it_is_is_refused.pytestmark  # type: ignore[attr-defined]
    assert sorted(row[0] for row in marks[0].args[1]) == names("refused")


@pytest.mark.parametrize(
    ("release", "message", "help_"),
    [
        (
            replace(HELD, place=Place.ABSENT, points_to=""),
            "demo@1.1.0 is not promoted to production",
            "weighbridge promote demo@1.1.0 --to production",
        ),
        (
            replace(HELD, place=Place.LEFT, points_to="demo@1.0.0", elsewhere=("staging",)),
            "demo@1.1.0 was rolled back from in production",
            "weighbridge promote demo@1.1.0 --to production",
        ),
        (
            replace(ELSEWHERE, digest=RELEASE, elsewhere=("qa", "staging")),
            "demo@1.2.0 is promoted to qa, staging, not to production",
            "weighbridge promote demo@1.2.0 --to production",
        ),
    ],
)
def test_a_release_that_is_not_there_is_told_where_it_is(
    release: KnownRelease, message: str, help_: str
) -> None:
    answer = answered(review("admitted-deployment"), standing(release))
    assert messages(answer) == [message]
    assert answer.faults[0].help == (help_,)
    there = release.points_to or "no release of demo"
    assert answer.faults[0].seen == f"production points to {there}"


def test_a_release_nobody_knows_is_refused() -> None:
    answer = answered(review("admitted-pod"), replace(STANDS, releases={}))
    assert messages(answer) == [
        "this registry knows of no such release, and none such is promoted to production"
    ]
    assert answer.faults[0].seen == RELEASE


def test_a_release_that_is_stopped_is_refused_though_the_pointer_holds_it() -> None:
    stop = Stopped(why="is blocked", seen="it leaks", wanted="no block", help=("lift it",))
    answer = answered(review("admitted-pod"), standing(replace(HELD, stops=(stop,))))
    (fault,) = answer.faults
    assert (fault.code, fault.message) == ("WB240", "demo@1.1.0 is blocked")
    assert (fault.seen, fault.wanted, fault.help) == ("it leaks", "no block", ("lift it",))


def test_nobody_is_told_to_promote_what_is_stopped() -> None:
    stop = Stopped(why="is blocked", help=("lift it",))
    release = replace(HELD, place=Place.ABSENT, stops=(stop,))
    assert [one.help for one in answered(review("admitted-pod"), standing(release)).faults] == [
        ("lift it",),
        (),
    ]


def test_the_release_before_is_let_in_with_a_remark() -> None:
    release = replace(HELD, place=Place.BEFORE, points_to="demo@2.0.0", remarks=("it is old",))
    answer = answered(review("admitted-pod"), standing(release))
    assert answer.allowed
    assert answer.remarks == (
        "demo@1.1.0 is let in as the release before: production points to demo@2.0.0",
        "it is old",
    )


def test_where_an_environment_names_no_namespace_any_will_do() -> None:
    assert not answered(review("refused-namespace"), replace(STANDS, namespace="")).faults


def test_companions_are_those_that_were_named() -> None:
    value = review("admitted-pod-with-model-and-sidecar")
    for left, wrong in ((MODEL, "spec.initContainers[0].image"), (SIDECAR, "spec.volumes[0]")):
        answer = answered(value, replace(STANDS, companions=frozenset({left})))
        assert any(message.startswith(wrong) for message in messages(answer))


def test_a_release_without_images_runs_none() -> None:
    answer = answered(review("admitted-pod"), standing(replace(HELD, images=frozenset())))
    assert answer.faults[0].wanted == "no image: its manifest names none"


def test_all_that_is_wrong_is_said_at_once() -> None:
    value = review("refused-namespace")
    template(value)["spec"]["containers"][0]["image"] = "nginx"
    del template(value)["metadata"]["labels"][RELEASE_MARK]
    assert messages(answered(value)) == [
        "production is not delivered to this namespace",
        "label and annotation at spec.template.metadata say different releases",
        "spec.template.spec.containers[0].image is not pinned by digest",
    ]


@pytest.mark.parametrize(
    "image",
    [
        "nginx",
        f"nginx@{IMAGE[:-1]}",
        f"nginx@{IMAGE.upper()}",
        f"nginx@sha512:{'a' * 128}",
        f"@{IMAGE}",
        f"a@b@{IMAGE}",
        f"nginx@{IMAGE} ",
        f"nginx@{IMAGE}\n",
        f"nginx\u200b@{IMAGE}",
        f"{'n' * 600}@{IMAGE}",
        "",
    ],
)
def test_only_a_whole_digest_pins(image: str) -> None:
    value = review("admitted-deployment")
    template(value)["spec"]["containers"][0]["image"] = image
    (message,) = messages(answered(value))
    assert message == "spec.template.spec.containers[0].image is not pinned by digest"


@pytest.mark.parametrize("image", [f"nginx@{IMAGE}", f"nginx:1.1.0@{IMAGE}", f"h:5000/a/b@{IMAGE}"])
def test_a_digest_pins_whatever_the_name(image: str) -> None:
    value = review("admitted-deployment")
    template(value)["spec"]["containers"][0]["image"] = image
    assert answered(value).allowed


@pytest.mark.parametrize("said", ["demo@1.1.0", RELEASE[7:], RELEASE.upper(), RELEASE + "0"])
def test_a_release_is_said_by_its_whole_digest(said: str) -> None:
    value = review("admitted-deployment")
    template(value)["metadata"]["annotations"][RELEASE_MARK] = said
    del value["request"]["object"]["metadata"]["annotations"]
    value["request"]["object"]["metadata"]["labels"] = {}
    (fault,) = answered(value).faults
    assert fault.message == "the release it says it is is no release digest"
    assert named_releases(value) == ()


def updated(name: str, **changes: object) -> dict[str, Any]:
    """Make an update of what is not promoted out of a creation."""
    value = review(name)
    request = value["request"]
    request["operation"] = "UPDATE"
    request["oldObject"] = copy.deepcopy(request["object"])
    request["object"]["spec"] |= changes
    return value


def test_an_update_that_starts_more_is_judged() -> None:
    assert answered(updated("refused-unpromoted")).why
    assert answered(updated("refused-unpromoted", replicas=1)).why
    for changes in ({"replicas": 3}, {"replicas": "1"}, {"paused": True}):
        assert messages(answered(updated("refused-unpromoted", **changes))) == [
            "demo@1.2.0 is promoted to staging, not to production"
        ]
    value = updated("refused-unpromoted")
    del value["request"]["oldObject"]["metadata"]["annotations"]
    assert not answered(value).allowed
    value = updated("refused-unpromoted")
    value["request"]["oldObject"]["metadata"]["annotations"] = []
    assert not answered(value).allowed
    value = updated("refused-unpromoted")
    value["request"]["oldObject"]["spec"] = None
    assert not answered(value).allowed


def test_what_may_not_start_is_no_update_of_a_pod_that_is_debugged() -> None:
    value = review("refused-ephemeral-container")
    value["request"]["oldObject"] = value["request"]["object"]
    assert not answered(value).allowed


def test_a_rollout_may_take_its_pods_from_a_deployment() -> None:
    value = review("admitted-rollout")
    spec = value["request"]["object"]["spec"]
    del spec["template"]
    spec["workloadRef"] = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "demo"}
    assert answered(value).allowed
    del value["request"]["object"]["metadata"]["annotations"]
    assert messages(answered(value)) == ["it does not say which release it is"]


def test_the_jobs_of_a_cron_job_say_the_same_release() -> None:
    value = review("admitted-cronjob")
    about = value["request"]["object"]["spec"]["jobTemplate"]["metadata"]
    about["annotations"][RELEASE_MARK] = OTHER
    about["labels"][RELEASE_MARK] = OTHER[7:-1]
    assert messages(answered(value)) == ["its pieces say different releases"]
