from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.report.samples import ATTACKED, DIGEST, FAILED, HOSTILE, PASSED, UNHASHED, UNREAD, WAIVED
from weighbridge.model.change import Change, TensorChange, TensorChanges, TensorState
from weighbridge.model.decision import Decision, GateVerdict
from weighbridge.model.errors import Fault
from weighbridge.model.finding import Severity
from weighbridge.model.report import Skip
from weighbridge.model.step import Action, Do, Step
from weighbridge.report.comment import (
    NAMED,
    ROOM,
    Outlook,
    Since,
    render_comment,
    render_comment_of_faults,
)

EVIL = (
    "/merge @org/team #1 GH-7 !2 <img src=x onerror=alert(1)> ![a](http://evil.example/b.png)"
    " [c](javascript:d) | e ``` </details> --> www.evil.example \x1b[2J\u202e\n/close\n# f"
)
INERT = {"<!-- -->", "<!-- weighbridge:release -->"}
NOTIFIES = re.compile(r"@\w|#[0-9]|GH-[0-9]", re.IGNORECASE)
FOLDS = {"<details>", "<summary>", "</summary>", "</details>"}


def change(place: str, before: str = "a", after: str = "b") -> Change:
    return Change(pointer=place, kind="changed", before=before, after=after, risk="medium")


def decision(*commands: str, text: str = "x") -> Decision:
    return Decision(
        verdict=GateVerdict.DENIED,
        name=text,
        version=text,
        release="sha256:1",
        environment=text,
        environment_digest="sha256:2",
        policy=text,
        policy_digest="sha256:3",
        risk="low",
        conditions=(),
        outcome={},
        outcome_digest="sha256:4",
        steps=tuple(
            Step(action=Action(do=Do.OTHER, command=one, people=(text,))) for one in commands
        ),
    )


def tags(text: str) -> set[str]:
    """List all HTML a reader's browser would be given that is not text."""
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")
    found: set[str] = set()
    for block in parser.parse(text):
        for token in [block, *(block.children or ())]:
            if token.type in {"html_inline", "html_block"}:
                found |= set(re.findall(r"<!--.*?-->|<[^>]*>", token.content))
            assert token.type not in {"link_open", "image"}, token
            # What GitHub and GitLab make links of once it is rendered, unless it is code.
            assert token.type != "text" or not NOTIFIES.search(token.content), token
    return found


def hostile(evil: str = EVIL) -> str:
    state = TensorState(dtype=evil, shape=(1,), size=4, digest=None)
    tensor = TensorChange(name=evil, kind="added", before=None, after=state)
    finding = replace(HOSTILE, subject=evil, message=evil, remediation=(evil,), name=evil)
    return render_comment(
        replace(ATTACKED, findings=(finding, HOSTILE)),
        name="release",
        since=Since(
            name=evil,
            changes=[change(f"/{evil}", evil, f"{evil}x")],
            tensors=[TensorChanges(artifact=evil, changes=(tensor,), unchanged=0)],
        ),
        outlooks=[
            Outlook(environment=evil, decision=decision(evil, text=evil), bound=evil),
            Outlook(environment=evil, problem=evil),
        ],
    )


def assert_inert(text: str) -> None:
    assert tags(text) <= INERT | FOLDS
    assert not [line for line in text.splitlines() if line.startswith("/")]
    assert all(line.isprintable() for line in text.splitlines())


def test_hostile_text_is_inert_wherever_it_stands() -> None:
    text = hostile()
    assert_inert(text)
    assert text.count("<details>") == text.count("\n</details>\n") == 3


@given(st.lists(st.sampled_from([*EVIL.split(), "`", "\n", " ", "\\", "|", "~~~", "<!--"])))
def test_no_mixture_of_hostile_words_gets_out(words: list[str]) -> None:
    assert_inert(hostile("".join(words)))


def test_faults_are_inert() -> None:
    text = render_comment_of_faults([Fault("WB010", EVIL, seen=EVIL, help=(EVIL,))], name="release")
    assert tags(text) <= INERT
    assert not [line for line in text.splitlines() if line.startswith("/")]
    assert "**not weighed**" in text


def test_a_comment_is_known_by_its_first_line() -> None:
    for text in (
        render_comment(PASSED, name="models/a/release.yaml"),
        render_comment_of_faults([], name="models/a/release.yaml"),
    ):
        assert text.splitlines()[0] == "<!-- weighbridge:models/a/release.yaml -->"


@pytest.mark.parametrize("name", ["", "a b", "a-->", "<", "a\n", "-x", "x" * 101, "é"])
def test_what_could_end_the_mark_is_no_name(name: str) -> None:
    assert not NAMED.fullmatch(name)


def test_a_clean_release_with_no_change_is_short() -> None:
    assert render_comment(PASSED, name="a", since=Since(name="x@1")) == (
        "<!-- weighbridge:a -->\n\n"
        "### weighbridge: `file-type-detector@1.4.0`\n\n"
        "**pass**: 2 rules over 1 input\n\n"
        "**no risk**: no differences since `x@1`\n"
    )


def test_the_riskiest_change_says_how_risky_all_are() -> None:
    every = [change("/a"), replace(change("/spec/b"), risk="high"), change("/c")]
    text = render_comment(PASSED, name="a", since=Since(name="x@1", changes=every))
    assert "**high risk**: 3 changes: 1 high, 2 medium since `x@1`" in text
    places = re.findall(r"^\| ~ \| \w+ \| `(.+?)`", text, re.MULTILINE)
    assert places == ["/spec/b", "/a", "/c"]


def test_each_remedy_is_said_once_and_only_of_what_stands_in_the_way() -> None:
    warned = replace(UNHASHED, remediation=("hash it",))
    missing = replace(DIGEST, code="INT002")
    twice = (DIGEST, replace(DIGEST, subject="other"), missing, WAIVED, warned)
    text = render_comment(replace(FAILED, findings=twice), name="a")
    steps = text.split("#### What would pass\n\n")[1].split("\n\n")[0]
    assert steps == (
        "1. run \\`weighbridge capture --update\\`, or restore the file (`INT001`, `INT002`)"
    )


def test_what_is_not_known_stands_in_the_way_too() -> None:
    unread = replace(UNREAD, remediation=("let it be read",))
    text = render_comment(replace(PASSED, findings=(unread,)), name="a")
    assert "#### What would pass\n\n1. let it be read (`DEP003`)\n" in text
    warned = replace(UNHASHED, remediation=("hash it",))
    strict = replace(PASSED, findings=(warned,), fail_on=Severity.WARNING)
    text = render_comment(strict, name="a")
    assert "1. hash it (`DEP002`)\n" in text


def test_what_the_gate_wants_is_said_with_who_can_do_it() -> None:
    asked = decision("weighbridge sign x@1 --key NAME", "wait for the window", text="mia")
    outlook = Outlook(environment="prod", decision=asked, sealed=True)
    text = render_comment(PASSED, name="a", outlooks=[outlook])
    assert text.endswith(
        "#### To `prod`\n\n"
        "**denied** under `mia`, risk low. It passes if:\n\n"
        "1. `weighbridge sign x@1 --key NAME` (mia)\n"
        "2. wait for the window (mia)\n"
    )


def test_what_is_cut_is_said_and_the_comment_fits() -> None:
    many = range(2_000)
    wide = "😀" * 300
    findings = tuple(replace(DIGEST, subject=f"file-{n}", message=wide) for n in many)
    state = TensorState(dtype="F32", shape=(1,), size=4, digest=None)
    tensor = TensorChange(name=wide, kind="added", before=None, after=state)
    text = render_comment(
        replace(
            PASSED,
            findings=findings,
            skipped=tuple(Skip(code=f"R{n}", reason=wide, by=wide) for n in many),
        ),
        name="a",
        since=Since(
            name=wide,
            changes=[change(f"/spec/{n}", wide, f"{wide}x") for n in many],
            tensors=[TensorChanges(artifact=f"{n}", changes=(tensor,), unchanged=0) for n in many],
        ),
        outlooks=[
            Outlook(environment=f"{n}", decision=decision(*(f"{m}" for m in many)))
            for n in range(9)
        ],
    )
    assert len(text.encode()) <= ROOM
    for noun in ("findings", "changes", "files", "steps", "environments", "rules"):
        (*_, left) = re.findall(rf"^([\d,]+) {noun} more not shown", text, re.MULTILINE)
        assert int(left.replace(",", "")) > 0
    assert text.count("<details>") == text.count("\n</details>")


@given(st.text("@#<é😀\u202e`|", min_size=200, max_size=300))
def test_no_text_makes_a_comment_too_long(text: str) -> None:
    outlook = Outlook(environment=text, decision=decision(text, text=text), bound=text)
    since = Since(name=text, problem=text)
    written = render_comment(
        replace(PASSED, release=replace(PASSED.release, name=text)),
        name="a",
        since=since,
        outlooks=[outlook] * 9,
    )
    assert len(written.encode()) <= ROOM
    faults = [Fault("WB010", text * 40)] * 9
    assert len(render_comment_of_faults(faults, name="a").encode()) <= ROOM
