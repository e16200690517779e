from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.fact import Facts, Unavailable
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.image import ImageFacts, ImageLayer, ImageMismatch
from weighbridge.model.structure import Problem, Structure
from weighbridge.rules import sample
from weighbridge.rules.items import IMAGE

GONE = Unavailable("taken away by the test", "put it back")
BASE = {
    f"{IMAGE}/base/ref": "docker.example.com/python",
    f"{IMAGE}/base/digest": sample.OTHER_DIGEST,
}
TARGETS = "/spec/compatibility/targets"


def facts(changes: dict[str, Any] | None = None, **observed: Any) -> Facts:  # noqa: ANN401
    return replace(sample.with_image(changes), images=sample.image(**observed))


def observed_as(**changes: Any) -> Facts:  # noqa: ANN401
    """Make the facts of an image some fields of which are other ones."""
    found = facts()
    image = found.images[sample.IMAGE].image
    assert not isinstance(image, Unavailable)
    changed = ImageFacts(image=replace(image, **changes), base=GONE)
    return replace(found, images={sample.IMAGE: changed})


# INT011 -----------------------------------------------------------------------------------------


def test_the_digest_of_the_manifest_or_of_its_index_will_do() -> None:
    assert ask("INT011", facts(digest=sample.OTHER_DIGEST)) == ()
    assert ask("INT011", facts()) == ()


def test_a_mismatch_is_placed_at_the_declared_digest() -> None:
    mismatch = ImageMismatch(part="config", seen="sha256:1", wanted="sha256:2")
    (finding,) = ask("INT011", facts(mismatches=(mismatch,)))

    assert (finding.seen, finding.wanted) == ("sha256:1", "sha256:2")
    assert finding.location.pointer == f"{IMAGE}/digest"
    assert finding.subject == sample.IMAGE


def test_an_image_left_to_do_is_not_asked_about() -> None:
    for at in ("ref", "digest"):
        assert ask("INT011", sample.with_image({f"{IMAGE}/{at}": "TODO"})) == ()
    assert ask("INT011", sample.release()) == ()


def test_an_image_nobody_looked_at_is_inconclusive() -> None:
    (finding,) = ask("INT011", sample.with_image())

    assert finding.verdict is Verdict.INCONCLUSIVE


def test_a_layer_that_was_not_read_is_no_pass() -> None:
    layer = ImageLayer(digest="", diff_id="", size=0, compression="")
    structure = Structure(format="oci-image", status="incomplete", reason="layer 1 is gone")
    (finding,) = ask("INT011", observed_as(layers=(layer,), structure=structure))

    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "layer 1 is gone" in finding.message


def test_an_image_without_a_configuration_is_no_pass() -> None:
    assert verdict(ask("INT011", observed_as(config=GONE))) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ((sample.DIGEST,), Verdict.PASS),
        ((sample.OTHER_DIGEST,), Verdict.FAIL),
        ((sample.DIGEST, sample.DIGEST), Verdict.FAIL),
        ((), Verdict.INCONCLUSIVE),
        (GONE, Verdict.INCONCLUSIVE),
        (Unavailable("no hint"), Verdict.INCONCLUSIVE),
    ],
)
def test_a_base_is_proven_by_the_first_layers(
    base: tuple[str, ...] | Unavailable, expected: Verdict
) -> None:
    assert verdict(ask("INT011", facts(BASE, base=base))) is expected


def test_a_base_with_more_layers_than_the_image_is_told() -> None:
    (finding,) = ask("INT011", facts(BASE, base=(sample.DIGEST, sample.OTHER_DIGEST)))

    assert finding.seen == "no such layer"
    assert finding.wanted == sample.OTHER_DIGEST


def test_a_loose_image_is_held_against_itself() -> None:
    mismatch = ImageMismatch(part="layer 3", seen="sha256:1", wanted="sha256:2")
    loose = Facts(images=facts(mismatches=(mismatch,)).images)

    assert messages(ask("INT011", loose)) == [
        f"the layer 3 of {sample.IMAGE} is not what its digest says"
    ]
    assert ask("INT011", Facts(images=sample.image())) == ()


# What is wrong with its bytes -------------------------------------------------------------------


@pytest.mark.parametrize("code", ["INT008", "SEC002", "SEC009"])
def test_what_is_wrong_with_the_bytes_is_judged_as_in_any_file(code: str) -> None:
    problem = Problem(code=code, message="it is odd", wanted="it is even")
    structure = Structure(
        format="oci-layout", status="error", reason="it is odd", problems=(problem,)
    )
    found = replace(observed_as(structure=structure), files=sample.file())

    assert any("it is odd" in one.message for one in ask(code, found))


# CMP005 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "platform", "expected"),
    [
        ({"os": "linux", "arch": "x86_64"}, ("linux", "amd64"), Verdict.PASS),
        ({"os": "linux", "arch": "i686"}, ("linux", "386"), Verdict.PASS),
        ({"os": "linux", "arch": "armv7l"}, ("linux", "arm"), Verdict.PASS),
        ({"os": "windows", "arch": "x86_64"}, ("linux", "amd64"), Verdict.FAIL),
        ({"os": "linux", "arch": "riscv64"}, ("linux", "amd64"), Verdict.FAIL),
        ({"os": "macos", "arch": "aarch64"}, ("linux", "amd64"), Verdict.PASS),
    ],
)
def test_an_image_runs_on_the_targets_of_its_platform(
    target: dict[str, str], platform: tuple[str, str], expected: Verdict
) -> None:
    declared = {TARGETS: [{"name": "edge", **target}]}

    assert verdict(ask("CMP005", facts(declared, platforms=(platform,)))) is expected


def test_the_target_that_fails_is_pointed_at() -> None:
    declared = {
        TARGETS: [
            {"name": "a", "os": "linux", "arch": "x86_64"},
            {"name": "b", "os": "linux", "arch": "s390x"},
        ]
    }
    (finding,) = ask("CMP005", facts(declared))

    assert finding.location.pointer == f"{TARGETS}/1/arch"
    assert (finding.seen, finding.wanted) == ("linux/amd64", "linux/s390x")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"kubernetes.io/arch": "amd64"}, Verdict.PASS),
        ({"kubernetes.io/os": "linux"}, Verdict.PASS),
        ({"kubernetes.io/os": "windows"}, Verdict.FAIL),
        ({"example.com/arch": "arm64"}, Verdict.PASS),
    ],
)
def test_node_selectors_say_where_it_runs(labels: dict[str, str], expected: Verdict) -> None:
    declared = {"/spec/environment/placement/nodeSelector": labels}

    assert verdict(ask("CMP005", facts(declared))) is expected


def test_an_image_of_no_known_platform_is_inconclusive() -> None:
    declared = sample.with_image({TARGETS: [{"name": "a", "os": "linux", "arch": "x86_64"}]})
    unknown = replace(declared, images=observed_as(platforms=()).images)

    assert verdict(ask("CMP005", unknown)) is Verdict.INCONCLUSIVE


def test_a_release_without_an_image_runs_anywhere() -> None:
    target = [{"name": "a", "os": "linux", "arch": "x86_64"}]

    assert ask("CMP005", sample.release({TARGETS: target})) == ()


# SEC008 -----------------------------------------------------------------------------------------


def test_hardening_is_a_warning_and_names_a_few() -> None:
    tools = tuple(f"usr/bin/tool-{number}" for number in range(9))
    (finding,) = ask("SEC008", facts(privileged=tools))

    assert finding.severity is Severity.WARNING
    assert "usr/bin/tool-0" in finding.seen
    assert "usr/bin/tool-8" not in finding.seen


@pytest.mark.parametrize("user", ["root", "0:0"])
def test_a_root_with_a_name_is_root(user: str) -> None:
    (finding,) = ask("SEC008", facts(user=user))

    assert finding.seen == f"USER {user}"


@pytest.mark.parametrize("gone", ["config", "inventory"])
def test_what_is_not_known_is_inconclusive(gone: str) -> None:
    assert verdict(ask("SEC008", observed_as(**{gone: GONE}))) is Verdict.INCONCLUSIVE


def test_a_layer_that_was_not_read_may_hold_anything() -> None:
    layer = Structure(format="layer", status="incomplete", reason="it is odd")
    structure = Structure(
        format="oci-image", status="incomplete", reason="it is odd", members=(layer,)
    )
    (finding,) = ask("SEC008", observed_as(structure=structure))

    assert finding.verdict is Verdict.INCONCLUSIVE
