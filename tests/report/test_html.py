from __future__ import annotations

import dataclasses
import re
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.base64text import write_base64
from weighbridge.model.decision import Decision, GateVerdict, Judged, Outcome
from weighbridge.model.pack import PackVerification, Told, Word
from weighbridge.model.verification import LogState, Problem
from weighbridge.report.html import render_told
from weighbridge.report.pack import pack_json, render_pack

HOSTILE = "<script>alert(1)</script>\"'&\x1b[2J\u202e<img src=x onerror=y>"
STRUCTURE = {"html", "head", "meta", "title", "style", "body", "main", "header", "section", "nav"}
TEXT = {"p", "h1", "h2", "span", "dl", "dt", "dd", "time", "code", "pre", "b", "br", "bdi", "a"}
LISTS = {"ol", "ul", "li", "details", "summary"}
TABLE = {"table", "thead", "tbody", "tr", "th", "td"}


def told(text: str = "demo") -> Told:
    """Tell a promotion in which every text is the same."""
    judged = Judged(
        id=text,
        outcome=Outcome.MET,
        why=text,
        seen=text,
        wanted=text,
        pointer=text,
        findings=({"code": text, "subject": text, "severity": text, "verdict": text},),
        skipped=(text,),
    )
    digest = "sha256:" + "1" * 64
    decision = Decision(
        verdict=GateVerdict.ALLOWED,
        environment=text,
        environment_digest=digest,
        policy=text,
        policy_digest=digest,
        name=text,
        version=text,
        release=digest,
        risk=text,
        conditions=(judged,),
        outcome={},
        outcome_digest=digest,
    )
    word = Word(
        entry=7,
        at="2026-01-02T03:04:05Z",
        person=text,
        roles=(text,),
        what=text,
        about=text,
        reason=text,
        bundle=digest,
    )
    return Told(
        decision=decision,
        mode="enforce",
        decided=word,
        generation=2,
        previous=digest,
        evidence=(word,),
        acts=(word,),
        control=(word,),
        log=LogState(origin=text, size=9, root="2" * 64),
    )


class Page(HTMLParser):
    """Lists tags and attributes of a page, and checks that tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.policy = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        values = dict(attrs)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def shape(text: str) -> tuple[set[str], set[str], list[str]]:
    page = Page(text)
    return page.tags, page.attributes, page.open


def test_the_page_is_whole_and_has_nothing_that_acts_or_fetches() -> None:
    tags, attributes, unclosed = shape(render_told(told()))
    assert unclosed == []
    assert tags <= STRUCTURE | TEXT | TABLE | LISTS
    assert attributes <= {"lang", "charset", "http-equiv", "content", "name"} | {
        "class",
        "scope",
        "datetime",
        "data-of",
        "href",
        "id",
        "open",
    }


def test_nothing_but_its_own_style_is_let_in() -> None:
    text = render_told(told())
    style = text.split("<style>")[1].split("</style>")[0]
    policy = Page(text).policy
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert f"'sha256-{write_base64(sha256(style.encode()).digest())}'" in policy
    assert "unsafe" not in policy
    assert "url(" not in style
    assert "@import" not in style


def test_links_lead_within_the_page_and_nowhere_else() -> None:
    text = render_told(told())
    found = re.findall(r'href="([^"]*)"', text)
    assert found
    assert all(f'id="{link.removeprefix("#")}"' in text for link in found)
    assert all(link.startswith("#") for link in found)


def test_hostile_names_stay_text() -> None:
    text = render_told(told(HOSTILE))
    assert shape(text) == shape(render_told(told()))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@given(st.text(alphabet=st.characters(), max_size=40))
def test_no_text_changes_the_shape_of_the_page(text: str) -> None:
    page = render_told(told(text))
    page.encode()
    assert shape(page) == shape(render_told(told()))


def test_the_same_facts_give_the_same_page() -> None:
    assert render_told(told()) == render_told(told())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"acts": ()}, "no approval was given"),
        ({"previous": ""}, "it is the first"),
        ({"generation": 2}, "allowed by its policy"),
    ],
    ids=["acts", "previous", "allowed"],
)
def test_what_is_not_there_is_said(change: dict[str, object], said: str) -> None:
    assert said in render_told(dataclasses.replace(told(), **change))  # type: ignore[arg-type]


def test_a_release_that_was_only_observed_is_not_called_allowed() -> None:
    before = told()
    decision = dataclasses.replace(before.decision, verdict=GateVerdict.DENIED)
    text = render_told(dataclasses.replace(before, decision=decision, mode="observe"))
    assert "not allowed by its policy, which only observes" in text


WRONG = Problem(code="WB137", subject=HOSTILE, message="it is missing")


@pytest.mark.parametrize("tells", [None, told()], ids=["nothing", "something"])
def test_of_a_pack_that_does_not_verify_only_the_problems_are_told(tells: Told | None) -> None:
    found = PackVerification(problems=(WRONG,), told=tells)
    text = render_pack(found)
    assert text.startswith("error[WB137]: ")
    assert text.endswith("\nnot verified: 1 problem\n")
    assert "demo" not in text
    assert "\x1b" not in text
    document = pack_json(found)
    assert (document["ok"], document["promotion"]) == (False, None)


def test_a_pack_that_verifies_is_told_to_people_and_programs() -> None:
    found = PackVerification(problems=(), told=told())
    text = render_pack(found)
    assert "  approve" not in text
    assert text.endswith(f"verified: demo@demo to demo  sha256:{'1' * 64}\n")
    document = pack_json(found)
    assert document["ok"] is True
    promotion = document["promotion"]
    assert isinstance(promotion, dict)
    assert promotion["decided"]["person"] == "demo"
    assert promotion["conditions"] == [{"id": "demo", "outcome": "met", "why": "demo"}]


def test_hostile_names_do_not_move_the_cursor() -> None:
    text = render_pack(PackVerification(problems=(), told=told(HOSTILE)))
    assert "\x1b" not in text
    assert "\u202e" not in text
