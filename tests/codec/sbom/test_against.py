from __future__ import annotations

from dataclasses import replace

import pytest

from weighbridge.codec.sbom.against import (
    against_lock,
    lists_packages,
    without_licence,
    without_templates,
)
from weighbridge.model.bill import Component
from weighbridge.model.lock import Lock, Pin

HASH = f"sha256:{'a' * 64}"
NUMPY = Component(
    kind="library", name="numpy", version="2.1.0", purl="pkg:pypi/numpy@2.1.0", hashes=(HASH,)
)
PIN = Pin(name="numpy", version="2.1.0", hashes=(HASH, f"sha256:{'b' * 64}"), hashed=True)


def faults(listed: list[Component], *pins: Pin) -> list[str]:
    return [one.fault for one in against_lock(listed, Lock(format="pylock", pins=pins))]


def test_a_bill_in_step_with_its_lock_has_no_fault() -> None:
    assert faults([NUMPY], PIN) == []
    assert faults([NUMPY, Component(kind="file", name="model")], PIN) == []


def test_a_package_that_is_not_pinned_and_a_pin_that_is_not_listed_are_told() -> None:
    other = replace(NUMPY, name="scipy", purl="pkg:pypi/scipy@1.0")
    assert faults([NUMPY, other], PIN) == ["not-in-lock"]
    assert faults([], PIN) == ["not-in-sbom"]
    assert faults([replace(NUMPY, purl="pkg:pypi/numpy@2.0.0")], PIN) == [
        "not-in-lock",
        "not-in-sbom",
    ]


@pytest.mark.parametrize("purl", ["pkg:pypi/NumPy@2.1", "pkg:pypi/numpy@2.1.0", "pkg:pypi/numpy"])
def test_names_and_versions_are_compared_by_meaning(purl: str) -> None:
    assert faults([replace(NUMPY, purl=purl)], PIN) == []


def test_a_local_version_is_another_version() -> None:
    built = replace(NUMPY, purl="pkg:pypi/torch@1.13.0%2Bcu117", hashes=())
    assert faults([built], Pin(name="torch", version="1.13.0")) == ["not-in-lock", "not-in-sbom"]
    assert faults([built], Pin(name="torch", version="1.13.0+cu117")) == []
    odd = replace(NUMPY, purl="pkg:pypi/numpy@not%20a%20version", hashes=())
    assert faults([odd], PIN) == ["not-in-lock", "not-in-sbom"]


def test_a_hash_the_lock_does_not_admit_is_told_where_the_lock_has_any_of_its_kind() -> None:
    assert faults([replace(NUMPY, hashes=(f"sha256:{'c' * 64}",))], PIN) == ["other-digest"]
    assert faults([replace(NUMPY, hashes=(f"sha512:{'c' * 128}",))], PIN) == []
    assert faults([NUMPY], replace(PIN, hashes=())) == []


def test_what_only_some_environments_install_may_be_left_out() -> None:
    windows = Pin(name="colorama", version="0.4.6", marker="sys_platform == 'win32'")
    extra = Pin(name="pytest", version="8.0.0", groups=("dev",))
    loose = Pin(name="loose", version=None)
    included = Pin(name="-r other.txt", version="1", source="include")
    assert faults([NUMPY], PIN, windows, extra, loose, included) == []


def test_packages_for_development_may_be_listed() -> None:
    pytest_ = replace(NUMPY, purl="pkg:pypi/pytest@8.0.0", hashes=())
    other = Lock(format="pylock", pins=(Pin(name="pytest", version="8.0.0"),))
    found = against_lock([NUMPY, pytest_], Lock(format="pylock", pins=(PIN,)), others=[other])
    assert list(found) == []


def test_only_packages_that_locks_pin_count_as_such() -> None:
    assert lists_packages([NUMPY])
    assert lists_packages([replace(NUMPY, purl="pkg:conda/numpy@1")])
    assert not lists_packages(
        [replace(NUMPY, purl="pkg:deb/debian/libc6@1"), Component(kind="", name="a")]
    )


def test_origins_are_listed_with_a_licence() -> None:
    base = Component(kind="machine-learning-model", name="hf://org/base", licensed=True)
    found = [
        one.fault
        for one in without_licence(
            [base, Component(kind="data", name="corpus")], ["hf://org/base", "corpus", "holdout"]
        )
    ]
    assert found == ["no-licence", "not-in-sbom"]


def test_chat_templates_are_pinned() -> None:
    pinned = Component(kind="file", name="template", hashes=(HASH,))
    assert list(without_templates([pinned], {"tokenizer.json: chat_template": HASH})) == []
    (found,) = without_templates([NUMPY], {"a: chat_template": f"sha256:{'d' * 64}"})
    assert (found.fault, "a: chat_template" in found.message) == ("no-template-digest", True)
