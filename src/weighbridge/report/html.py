"""A promotion told as a page for people who know nothing of weighbridge.

The page stands for itself: no script, nothing fetched, and a content security policy that lets
nothing in but its own style. Every word from outside is escaped; the same facts give the same
bytes.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.predicates import (
    BEHAVIOUR,
    PROVENANCE,
    RELEASE,
    REPLAY,
    SBOM,
    TEST_RESULT,
    VULNERABILITIES,
)
from weighbridge.model.wording import plural
from weighbridge.report.html_page import STYLE, page
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.model.decision import Judged
    from weighbridge.model.pack import Told, Word

__all__ = ["STYLE", "render_told"]

_EVIDENCE = {
    RELEASE: "Its author signed the release",
    TEST_RESULT: "A check of the release, with its result",
    PROVENANCE: "How it was built",
    REPLAY: "It was built again and compared",
    BEHAVIOUR: "How it behaved when it was tried",
    SBOM: "What it is made of",
    VULNERABILITIES: "Known weaknesses of what it is made of",
}
_ACTS = {
    "approve": "approved",
    "withdraw": "took back what was said before",
    "reject": "rejected",
    "lift": "lifted the hold after a rollback",
}
_CHANGES = {
    "key.trust": "trusted the",
    "key.revoke": "revoked the",
    "policy.publish": "published the policy",
    "environment.apply": "set up the environment",
}
_OUTCOMES = {
    Outcome.MET: "met",
    Outcome.UNMET: "not met",
    Outcome.INCONCLUSIVE: "undecided",
    Outcome.WAIVED: "waived",
}


def render_told(told: Told) -> str:
    """Write a promotion as a page of HTML (WHATWG HTML, UTF-8)."""
    decision = told.decision
    title = f"{decision.name} {decision.version} to {decision.environment}"
    sections = (
        _heading(told),
        _section("What was asked of it", _conditions(decision.conditions)),
        _section("What people signed about it", _evidence(told)),
        _section("Who had a say", _acts(told.acts)),
        _section("Who made the rules", _control(told.control)),
        _section("How to check this yourself", _checking(told)),
    )
    return page(_text(title), "\n".join(sections))


def _heading(told: Told) -> str:
    decision = told.decision
    allowed = decision.verdict is GateVerdict.ALLOWED
    said = "allowed by its policy" if allowed else "not allowed by its policy, which only observes"
    facts = [
        ("Release", _text(f"{decision.name} {decision.version}")),
        ("Fingerprint of the release", _code(decision.release)),
        ("Went to", _text(decision.environment)),
        ("When", _time(told.decided.at)),
        ("Asked for and signed by", _who(told.decided)),
        ("Policy", f"{_text(decision.policy)} {_code(decision.policy_digest)}"),
        ("Risk", _text(decision.risk)),
        (
            "Took the place of",
            _code(told.previous) if told.previous else "nothing: it is the first",
        ),
        ("Entry in the ledger", f"{told.decided.entry} of {_text(told.log.origin)}"),
    ]
    rows = "\n".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in facts)
    return (
        f'<header>\n<p class="kicker">Evidence of a release</p>\n'
        f"<h1>{_text(decision.name)} {_text(decision.version)}"
        f" <span>to {_text(decision.environment)}</span></h1>\n"
        f"<p>{_badge(said, good=allowed)}</p>\n</header>\n<dl>\n{rows}\n</dl>"
    )


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{body}\n</section>"


def _conditions(conditions: Iterable[Judged]) -> str:
    rows = [
        (
            _badge(_OUTCOMES[one.outcome], good=one.outcome is Outcome.MET),
            f"{_code(one.id)}<br>{_text(one.why)}",
            "<br>".join(_details(one)) or "–",
        )
        for one in conditions
    ]
    intro = "<p>Every condition of the policy, and what came of it. Nothing was left out.</p>\n"
    return intro + _table(("Outcome", "Condition", "Seen and wanted"), rows)


def _details(one: Judged) -> Iterator[str]:
    if one.seen:
        yield f"seen: {_text(one.seen)}"
    if one.wanted:
        yield f"wanted: {_text(one.wanted)}"
    if one.pointer:
        yield f"at {_code(one.pointer)}"
    if one.skipped:
        yield f"did not run: {_text(', '.join(one.skipped))}"
    for finding in one.findings:
        yield "found: " + _text(
            f"{finding.get('code', '')} {finding.get('subject', '')}"
            f" ({finding.get('severity', '')}, {finding.get('verdict', '')})"
        )


def _evidence(told: Told) -> str:
    own = told.decision.release
    rows = [
        (
            _text(_EVIDENCE.get(word.what, word.what))
            + ("" if word.about == own else f"<br>said of {_code(word.about)}, as good for this"),
            _who(word),
            _time(word.at),
            _place(word),
        )
        for word in told.evidence
    ]
    return _table(("What", "Who signed it", "When", "Where it stands"), rows)


def _acts(acts: Sequence[Word]) -> str:
    if not acts:
        return "<p>Nobody was asked: no approval was given, and nobody rejected it.</p>"
    rows = [
        (
            _who(word),
            _text(_ACTS.get(word.what, word.what))
            + (f"<br>“{_text(word.reason)}”" if word.reason else ""),
            _time(word.at),
            _place(word),
        )
        for word in acts
    ]
    return _table(("Who", "What was said", "When", "Where it stands"), rows)


def _control(control: Sequence[Word]) -> str:
    intro = (
        "<p>Owners of the registry say whom to trust and what to demand; too few of them cannot."
        " These are all their decisions up to this release.</p>\n"
    )
    rows = [
        (
            _text(word.person),
            f"{_text(_CHANGES.get(word.what, word.what))} <b>{_text(word.about)}</b>",
            _time(word.at),
            f"entry {word.entry}",
        )
        for word in control
    ]
    return intro + _table(("Owners", "What they did", "When", "Where it stands"), rows)


def _checking(told: Told) -> str:
    log = told.log
    entries = plural(log.size, "entry", "entries")
    return (
        "<p>This page lies in a file with all the papers it was written from. Get the public key"
        " of the ledger (<code>log.pub</code>) from somebody you trust, not from whoever gave you"
        " the file. Then, with no network and no account anywhere:</p>\n"
        "<pre>pip install weighbridge\n"
        "weighbridge evidence verify PACK --key log.pub</pre>\n"
        "<p>It checks every signature and every proof, decides again from the papers alone, and"
        " writes this page again: not one letter may differ.</p>\n"
        "<p>It shows that these people signed these papers at these times, that the ledger held"
        " them, and that the decision follows from them. It cannot show that a person was right, or"
        " that two names are two people.</p>\n"
        f"<dl>\n<dt>Ledger</dt><dd>{_text(log.origin)}, {entries}</dd>\n"
        f"<dt>Its root</dt><dd>{_code(log.root)}</dd>\n"
        f"<dt>The signed decision</dt><dd>{_code(told.decided.bundle)}</dd>\n</dl>"
    )


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in headings)
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _badge(text: str, *, good: bool) -> str:
    return f'<span class="badge {"good" if good else "bad"}">{text}</span>'


def _who(word: Word) -> str:
    return f"<b>{_text(word.person)}</b> ({_text(', '.join(word.roles))})"


def _place(word: Word) -> str:
    return f"entry {word.entry}<br>{_code(word.bundle)}"


def _time(at: str) -> str:
    shown = at.replace("T", " ").replace("Z", " UTC")
    return f'<time datetime="{_text(at)}">{_text(shown)}</time>'


def _code(text: str) -> str:
    return f"<code>{_text(text)}</code>"


def _text(text: str) -> str:
    return escape(visible(text))
