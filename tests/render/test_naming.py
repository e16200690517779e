from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.render.orders import release_of
from weighbridge.model.rendering import Order
from weighbridge.render.naming import (
    RELEASE_LABEL,
    dns_name,
    labels,
    metadata,
    object_name,
    release_annotations,
    resource_attributes,
)

DIGEST = "sha256:" + "0123456789abcdef" * 4
names = st.one_of(
    st.from_regex(r"[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?", fullmatch=True),
    st.text(min_size=1, max_size=80),
)


def order_of(name: str = "detector", version: str = "1.4.0", namespace: str = "") -> Order:
    about = {"name": name, "version": version, "versioning": None}
    release = release_of({"metadata": about})
    return Order(release=release, digest=DIGEST, version="1.37", namespace=namespace)


@given(names, st.integers(20, 63))
def test_a_name_is_a_label_of_dns_that_begins_with_a_letter(text: str, longest: int) -> None:
    assert re.fullmatch(r"[a-z](?:[a-z0-9-]*[a-z0-9])?", dns_name(text, longest))
    assert len(dns_name(text, longest)) <= longest


@given(names, names)
def test_two_texts_have_two_names(one: str, other: str) -> None:
    assert (dns_name(one) == dns_name(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file-type-detector", "file-type-detector"),
        ("3d-net", "x-3d-net-"),
        ("a.b", "a-b-"),
        ("---", "x-"),
        ("a" * 41, "a" * 31 + "-"),
    ],
)
def test_only_what_is_no_label_of_dns_is_changed(text: str, expected: str) -> None:
    assert re.fullmatch(f"{expected}(?:[0-9a-f]{{8}})?", dns_name(text))
    assert (dns_name(text) == text) == (expected == text)


def test_everything_says_of_which_release_it_is() -> None:
    order = order_of(namespace="ml")
    about = metadata(order, "other", labels={"a": "b"}, annotations={"c": "d"})
    assert about["name"] == "other"
    assert about["namespace"] == "ml"
    assert about["labels"] == {**labels(order), "a": "b"}
    assert about["annotations"] == {**release_annotations(order), "c": "d"}
    assert about["annotations"][RELEASE_LABEL] == DIGEST
    assert about["labels"][RELEASE_LABEL] == DIGEST.removeprefix("sha256:")[:63]
    assert resource_attributes(order)["weighbridge.release"] == DIGEST


def test_without_a_namespace_none_is_said() -> None:
    assert "namespace" not in metadata(order_of())
    assert metadata(order_of())["name"] == object_name(order_of()) == "detector"


@pytest.mark.parametrize("version", ["1.4.0", "1.4.0+gpu", "1!2.0", "a" * 100, "1.0-", "v_1"])
def test_a_version_is_a_label_of_kubernetes(version: str) -> None:
    found = labels(order_of(version=version))["app.kubernetes.io/version"]
    assert re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", found)
