from __future__ import annotations

from typing import Any

import pytest

from weighbridge.codec.licences.declared import declared_licence
from weighbridge.codec.licences.expressions import read_expression
from weighbridge.codec.licences.policy import SHIPPED, read_policy, refused
from weighbridge.model.fact import Distribution
from weighbridge.model.licences import LicencePolicy

CLASSPATH = "GPL-2.0-only WITH Classpath-exception-2.0"


def names(
    text: str, *, allowed: list[str] | None = None, denied: list[str] | None = None
) -> list[str]:
    policy = LicencePolicy(version="1", allowed=allowed or [], denied=denied or [])
    return [str(one) for one in refused(read_expression(text), policy)]


def test_what_ships_denies_what_no_product_may_use_and_nothing_else() -> None:
    def denied(text: str) -> bool:
        return bool(refused(read_expression(text), SHIPPED))

    assert all(map(denied, ("CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "PolyForm-Noncommercial-1.0.0")))
    assert not any(map(denied, ("MIT", "AGPL-3.0-only", "CC-BY-4.0", "LicenseRef-llama3")))


def test_of_a_choice_one_is_enough_and_together_all_must_be_allowed() -> None:
    assert names("MIT OR GPL-3.0-only", allowed=["MIT"]) == []
    assert names("MIT AND GPL-3.0-only", allowed=["MIT"]) == ["GPL-3.0-only"]
    assert names("(ISC OR GPL-3.0-only) AND MIT", allowed=["MIT"]) == ["ISC", "GPL-3.0-only"]
    assert names("MIT AND GPL-3.0-only OR ISC", denied=["GPL*"]) == []


def test_an_exception_is_judged_with_its_licence_where_the_policy_names_both() -> None:
    assert names(CLASSPATH, allowed=["GPL-2.0-only"]) == []
    assert names(CLASSPATH, allowed=[CLASSPATH]) == []
    assert names("GPL-2.0-only", allowed=[CLASSPATH]) == ["GPL-2.0-only"]
    assert names(CLASSPATH, denied=["GPL*"]) == [CLASSPATH]
    assert names(CLASSPATH, denied=["GPL*"], allowed=[CLASSPATH]) == []
    assert names(CLASSPATH, denied=[CLASSPATH], allowed=["GPL-2.0-only"]) == [CLASSPATH]


def test_identifiers_have_no_case_and_a_plus_means_or_later() -> None:
    assert names("MIT", denied=["mit"]) == ["MIT"]
    assert names("GPL-2.0+", denied=["GPL-2.0-or-later"]) == ["GPL-2.0+"]


def test_a_policy_is_read_as_it_is_written() -> None:
    assert read_policy(SHIPPED.data) == SHIPPED
    assert SHIPPED.digest.startswith("sha256:")


@pytest.mark.parametrize(
    "change",
    [
        {"version": ""},
        {"version": 1},
        {"unknown": "perhaps"},
        {"allowed": "MIT"},
        {"allowed": [1]},
        {"allowed": ["MIT OR ISC"]},
        {"denied": ["no such licence"]},
        {"more": []},
    ],
)
def test_what_is_no_policy_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="policy"):
        read_policy({**SHIPPED.data, **change})


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ({"license": "MIT"}, "MIT"),
        ({"license": "no expression", "license_text": "BSD 3-Clause"}, "BSD-3-Clause"),
        ({"license_text": "Apache License, Version 2.0"}, "Apache-2.0"),
        ({"license_text": "apache-2.0"}, "Apache-2.0"),
        ({"license_text": "BSD"}, ""),
        ({"classifiers": ("License :: OSI Approved :: MIT License",)}, "MIT"),
        (
            {
                "license_text": "BSD",
                "classifiers": ("License :: OSI Approved :: BSD License", "Topic :: Security"),
            },
            "",
        ),
        (
            {
                "classifiers": (
                    "License :: OSI Approved :: MIT License",
                    "License :: OSI Approved :: Apache Software License",
                )
            },
            "",
        ),
        ({"classifiers": ("License :: Somebody's own",)}, ""),
        ({}, ""),
    ],
)
def test_a_licence_is_known_where_one_is_named_and_not_guessed(
    fields: dict[str, Any], licence: str
) -> None:
    assert declared_licence(Distribution(name="a", version="1", **fields)) == licence
