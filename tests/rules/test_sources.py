from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.lock import LockedFile, Pin
from weighbridge.rules import sample
from weighbridge.rules.package_sources import fits, is_plain, normalised

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding

PUBLIC = "https://pypi.org/simple"
OWN = "https://packages.example.com/simple"
INTERNAL = {"name": "internal", "kind": "index", "ref": OWN, "allow": ["acme-*", "featurelib"]}
OPEN = {"name": "public", "kind": "index", "ref": PUBLIC + "/"}


def from_index(name: str, index: str = PUBLIC, **changes: Any) -> Pin:  # noqa: ANN401
    return Pin(name=name, version="1.0", index=index, hashed=True, **changes)


def asked(
    *pins: Pin,
    sources: tuple[dict[str, Any], ...] = (),
    **of_lock: Any,  # noqa: ANN401
) -> tuple[Finding, ...]:
    changes = {"/spec/dependencies/sources": list(sources)} if sources else {}
    release = sample.release({**changes})
    return ask("DEP009", replace(release, locks=sample.lock(*pins, **of_lock)))


@pytest.mark.parametrize(
    ("name", "index", "said"),
    [
        ("acme-features", OWN, ""),
        ("acme-features", "HTTPS://Packages.Example.com:443/simple/", ""),
        ("featurelib", OWN, ""),
        ("numpy", PUBLIC, ""),
        ("acme-features", PUBLIC, "belongs to the source internal and comes from"),
        ("numpy", OWN, "comes from internal, which may not give it"),
        ("numpy", "https://mirror.example.net/simple", "which no source names"),
        ("acme-x", "https://mirror.example.net/simple", "belongs to the source internal"),
    ],
)
def test_a_package_comes_from_the_source_it_belongs_to(name: str, index: str, said: str) -> None:
    found = asked(from_index(name, index, line=7), sources=(INTERNAL, OPEN))

    assert len(found) == bool(said)
    assert all(said in one.message for one in found)
    assert all(str(one.location) == "requirements.lock:7:1" for one in found)


def test_confusion_is_called_by_its_name() -> None:
    (found,) = asked(from_index("acme-features"), sources=(INTERNAL, OPEN))
    assert "dependency confusion" in found.cause
    assert (found.seen, found.wanted) == (PUBLIC, f"internal: {OWN}")


@pytest.mark.parametrize(
    ("pin", "source", "wanted"),
    [
        (
            Pin(
                name="a", version=None, source="git", reference="git+https://u:p@h.example/a.git@0f"
            ),
            {"kind": "git", "ref": "https://h.example/a"},
            Verdict.PASS,
        ),
        (
            Pin(name="a", version=None, source="git", reference="git+https://h.example/b@0f"),
            {"kind": "git", "ref": "https://h.example/a"},
            Verdict.FAIL,
        ),
        (
            Pin(name="a", version=None, source="url", reference="https://h.example/w/a.whl"),
            {"kind": "url", "ref": "https://h.example/w/"},
            Verdict.PASS,
        ),
        (
            Pin(name="a", version=None, source="url", reference="https://h.example/wheels/a.whl"),
            {"kind": "url", "ref": "https://h.example/w"},
            Verdict.FAIL,
        ),
        (
            Pin(name="a", version=None, source="path", reference="./wheels/../wheels/a.whl"),
            {"kind": "directory", "ref": "wheels"},
            Verdict.PASS,
        ),
        (
            Pin(name="a", version=None, source="editable", reference="libs/a"),
            {"kind": "directory", "ref": "."},
            Verdict.PASS,
        ),
        (
            Pin(name="a", version=None, source="path", reference="../a.whl"),
            {"kind": "directory", "ref": "."},
            Verdict.FAIL,
        ),
        (
            Pin(name="a", version=None, source="url", reference="https://pypi.org/simple"),
            {"kind": "index", "ref": PUBLIC},
            Verdict.FAIL,
        ),
        (Pin(name="-r x", version=None, source="include", reference="x"), OPEN, Verdict.PASS),
    ],
)
def test_kinds_of_places(pin: Pin, source: dict[str, Any], wanted: Verdict) -> None:
    assert verdict(asked(pin, sources=({"name": "only", **source},))) is wanted


def test_many_are_told_together() -> None:
    pins = [from_index(f"acme-{number}") for number in range(8)]
    found = asked(*pins, sources=(INTERNAL, OPEN))
    assert len(found) == 6
    assert "3 more packages come from where they may not: acme-5, acme-6, acme-7" in messages(found)


def test_where_a_lock_says_nothing_the_question_stays_open() -> None:
    (found,) = asked(from_index("numpy", ""), sources=(INTERNAL, OPEN))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert asked(from_index("numpy", ""), sources=(OPEN,), indexes=(PUBLIC,)) == ()
    found_two = asked(
        from_index("numpy", ""), sources=(OPEN,), indexes=(PUBLIC, OWN), adds_indexes=True
    )
    assert verdict(found_two) is Verdict.INCONCLUSIVE


def test_an_extra_index_may_answer_for_any_name() -> None:
    told: dict[str, Any] = {"indexes": (PUBLIC, OWN), "adds_indexes": True}
    (found,) = asked(from_index("numpy", ""), **told)
    assert "any of several indexes may answer" in found.message
    assert found.severity is Severity.WARNING

    (found,) = asked(replace(from_index("numpy", ""), hashed=False), **told)
    assert found.severity is Severity.ERROR
    assert asked(from_index("numpy"), **told) == ()


def test_plain_addresses_are_told_once_whoever_names_them() -> None:
    plain = "http://packages.example.com/simple"
    wheel = LockedFile(name="a.whl", url="http://files.example.com/a.whl")
    pins = [from_index(name, plain, files=(wheel,), line=4) for name in "ab"]
    found = asked(*pins, indexes=(plain,))
    assert [one.seen for one in found] == [
        "http://packages.example.com",
        "http://files.example.com",
    ]
    assert asked(from_index("a", "http://127.0.0.1:3141/wheels")) == ()


def test_a_credential_is_told_and_never_shown() -> None:
    (found,) = asked(credentials=(4, 9))
    assert "carries a credential" in found.message
    assert "line 4, 9" in found.seen
    assert str(found.location) == "requirements.lock:4:1"


BARE = "torch-2.6.0-cp311-cp311-linux_x86_64.whl"


@pytest.mark.parametrize(
    ("name", "index", "url", "count"),
    [
        (BARE, PUBLIC, "", 1),
        (BARE, PUBLIC, "https://files.pythonhosted.org/x/" + BARE, 1),
        (BARE, PUBLIC, "https://packages.example.com/" + BARE, 0),
        (BARE, OWN, "", 0),
        ("torch-2.6.0-cp311-cp311-manylinux_2_28_x86_64.linux_x86_64.whl", PUBLIC, "", 1),
        ("torch-2.6.0-cp311-cp311-manylinux_2_28_x86_64.whl", PUBLIC, "", 0),
        ("linux_x86_64-1-py3-none-any.whl", PUBLIC, "", 0),
        ("torch-2.6.0.tar.gz", PUBLIC, "", 0),
        ("ruff-0.17.6-py3-none-linux_armv6l.whl", PUBLIC, "", 0),
    ],
)
def test_wheels_the_public_index_does_not_take(name: str, index: str, url: str, count: int) -> None:
    pin = from_index("torch", index, files=(LockedFile(name=name, url=url),))
    assert len(asked(pin)) == count


@pytest.mark.parametrize(
    ("pattern", "name", "fit"),
    [
        ("*", "anything", True),
        ("acme-*", "acme-x", True),
        ("Acme_*", "acme-x", True),
        ("acme-*", "acme", False),
        ("*-acme", "x-acme", True),
        ("a*c*e", "abcde", True),
        ("a*e*c", "abcde", False),
        ("ab*ba", "aba", False),
        ("acme", "acme", True),
        ("acme", "acme-x", False),
        ("*a" * 40, "a" * 39, False),
        ("a.b", "a-b", True),
    ],
)
def test_patterns(pattern: str, name: str, fit: bool) -> None:  # noqa: FBT001
    assert fits(pattern, name) is fit


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("http://h.example/x", True),
        ("http://me@h.example:80", True),
        ("git+http://h.example", True),
        ("git://h.example/x", True),
        ("https://h.example", False),
        ("git+ssh://git@h.example", False),
        ("http://localhost:8080/x", False),
        ("http://127.0.0.1.example", True),
        ("./wheels", False),
        ("", False),
    ],
)
def test_plain(address: str, plain: bool) -> None:  # noqa: FBT001
    assert is_plain(address) is plain


def test_an_address_has_one_form() -> None:
    assert normalised("git+SSH://git@Host.example:22/A.git@main#x", "git") == (
        "ssh://git@host.example/A"
    )
    assert normalised("conda-forge/", "index") == "conda-forge"
    assert normalised("", "directory") == ""
