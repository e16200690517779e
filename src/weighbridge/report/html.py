"""A promotion told as a page for people who know nothing of weighbridge.

The page stands for itself: no script, nothing fetched, and a content security policy that lets
nothing in but its own style. Every word from outside is escaped; the same facts give the same
bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.model.decision import GateVerdict, Outcome
from weighbridge.model.wording import plural
from weighbridge.report.account import account_rows, input_rows
from weighbridge.report.html_controls import controls_section
from weighbridge.report.html_page import page
from weighbridge.report.html_parts import (
    badge,
    bold,
    code,
    listing,
    paragraph,
    place,
    plain,
    section,
    table,
    text,
    time,
    who,
)
from weighbridge.report.html_words import CONTENTS, MEANING, NOT_PROVEN, WHY_BELIEVED
from weighbridge.report.words import ACTS, CHANGES, EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from weighbridge.model.controls import MappedFramework
    from weighbridge.model.decision import Decision, Judged
    from weighbridge.model.pack import Told, Word
    from weighbridge.model.verification import Cosigner

_PAST = {
    "observe": "not allowed by its policy, which only observes",
    "break-glass": "not allowed by its policy: let in past it, by broken glass",
}
_OUTCOMES = {
    Outcome.MET: "met",
    Outcome.UNMET: "not met",
    Outcome.INCONCLUSIVE: "undecided",
    Outcome.WAIVED: "waived",
}


def render_told(told: Told, controls: Iterable[MappedFramework] = ()) -> str:
    """Write a promotion as a page of HTML (WHATWG HTML, UTF-8).

    Args:
        told: The promotion.
        controls: What auditors ask for, held against it.
    """
    decision = told.decision
    title = f"{decision.name} {decision.version} to {decision.environment}"
    sections = (
        _heading(told),
        CONTENTS,
        section("believe", "Why this may be believed", WHY_BELIEVED),
        section("limits", "What it does not prove", NOT_PROVEN),
        section("conditions", "What was asked of it", _conditions(decision.conditions)),
        section("left-out", "What was left out", _left_out(decision)),
        section("evidence", "What people signed about it", _evidence(told)),
        section("say", "Who had a say", _acts(told.acts)),
        section("rules", "Who made the rules", _control(told.control)),
        controls_section(controls),
        section("check", "How to check this yourself", _checking(told)),
        section("words", "What the words mean", MEANING),
    )
    return page(plain(title), "\n".join(sections))


def _heading(told: Told) -> str:
    decision = told.decision
    allowed = decision.verdict is GateVerdict.ALLOWED
    said = "allowed by its policy" if allowed else _PAST.get(told.mode, "not allowed by its policy")
    facts = [
        ("Release", text(f"{decision.name} {decision.version}")),
        ("Fingerprint of the release", code(decision.release)),
        ("Went to", text(decision.environment)),
        ("When", time(told.decided.at)),
        ("Asked for and signed by", who(told.decided)),
        ("Policy", f"{text(decision.policy)}<br>{code(decision.policy_digest)}"),
        ("Risk", text(decision.risk)),
        (
            "Took the place of",
            code(told.previous) if told.previous else "nothing: it is the first",
        ),
        ("Entry in the ledger", f"{told.decided.entry} of {text(told.log.origin)}"),
    ]
    return (
        f'<header>\n<p class="kicker">Evidence of a release</p>\n'
        f"<h1>{text(decision.name)} {text(decision.version)}"
        f" <span>to {text(decision.environment)}</span></h1>\n"
        f"<p>{badge(said, 'good' if allowed else 'bad')}</p>\n{_damaged(told)}{_summary(told)}"
        "</header>\n"
        f"{listing(facts)}"
    )


def _damaged(told: Told) -> str:
    """Tell that the release was found wrong since; nothing if it was not."""
    stop = told.unverified
    if stop is None:
        return ""
    return paragraph(
        f"{badge('found wrong since', 'bad')} What was stored of it was found to be other than what"
        f" was sealed, at {time(stop.at)} (entry {stop.entry}): {text(stop.words)}. Until all of it"
        " is read again and found in order, the gate lets it go nowhere."
    )


def _summary(told: Told) -> str:
    """Tell all of it in a few sentences."""
    decision = told.decision
    asked = len(decision.conditions)
    fine = sum(one.outcome is Outcome.MET for one in decision.conditions)
    last = {word.person: word.what for word in told.acts}
    approved = sum(what == "approve" for what in last.values())
    signed = len({word.person for word in told.evidence})
    return paragraph(
        f"A machine-learning model, {text(decision.name)} in version {text(decision.version)}, was"
        f" let into {text(decision.environment)}. {bold(told.decided.person)} asked for it. A"
        f" program held it against the policy {text(decision.policy)}:"
        f" {fine} of {plural(asked, 'condition')} met. What it was judged by was signed by"
        f" {plural(signed, 'person', 'people')}; {plural(approved, 'person', 'people')} approved."
    )


def _conditions(conditions: Sequence[Judged]) -> str:
    rows = [
        (
            badge(_OUTCOMES[one.outcome], "good" if one.outcome is Outcome.MET else "bad"),
            f"{code(one.id)}<br>{text(one.why)}",
            "<br>".join(_details(one)) or "–",
        )
        for one in conditions
    ]
    intro = "Every condition of the policy, and what came of it. Nothing was left out."
    return paragraph(intro) + table(("Outcome", "Condition", "Seen and wanted"), rows)


def _left_out(decision: Decision) -> str:
    """Tell what did not run, what somebody answers for, and what did not count."""
    rows = [(text(how), text(what), text(why)) for how, what, why in account_rows(decision)]
    if not rows:
        return paragraph("Nothing: every rule ran, and all that was said of it counted.")
    intro = (
        "Rules that did not run, findings somebody answers for by name, and what was there and did"
        " not count: who may not approve this release, papers that are too old or were replaced."
    )
    return paragraph(intro) + table(("How", "What", "Why"), rows)


def _details(one: Judged) -> Iterator[str]:
    if one.seen:
        yield f"seen: {text(one.seen)}"
    if one.wanted:
        yield f"wanted: {text(one.wanted)}"
    if one.pointer:
        yield f"at {code(one.pointer)}"
    if one.skipped:
        yield f"did not run: {text(', '.join(one.skipped))}"
    for finding in one.findings:
        yield "found: " + text(
            f"{finding.get('code', '')} {finding.get('subject', '')}"
            f" ({finding.get('severity', '')}, {finding.get('verdict', '')})"
        )


def _evidence(told: Told) -> str:
    own = told.decision.release
    rows = [
        (
            text(EVIDENCE.get(word.what, word.what))
            + ("" if word.about == own else f"<br>said of {code(word.about)}, as good for this"),
            who(word),
            time(word.at),
            place(word),
        )
        for word in told.evidence
    ]
    intro = (
        "The papers it was judged by. Each was signed by a person, or a machine of his, with a key"
        " the owners trusted at that time for that role."
    )
    headings = ("What", "Who signed it", "When", "Where it stands")
    return paragraph(intro) + table(headings, rows)


def _acts(acts: Sequence[Word]) -> str:
    if not acts:
        return paragraph("Nobody was asked: no approval was given, and nobody rejected it.")
    rows = [
        (
            who(word),
            text(ACTS.get(word.what, word.what))
            + (f"<br>“{text(word.reason)}”" if word.reason else ""),
            time(word.at),
            place(word),
        )
        for word in acts
    ]
    return table(("Who", "What was said", "When", "Where it stands"), rows)


def _control(control: Sequence[Word]) -> str:
    intro = (
        "Owners of the registry say whom to trust and what to demand; too few of them cannot."
        " These are all their decisions up to this release."
    )
    rows = [
        (
            text(word.person),
            f"{text(CHANGES.get(word.what, word.what))} {bold(word.about)}"
            + (f"<br>“{text(word.reason)}”" if word.reason else ""),
            time(word.at),
            f"entry {word.entry}",
        )
        for word in control
    ]
    headings = ("Owners", "What they did", "When", "Where it stands")
    return paragraph(intro) + table(headings, rows)


def _witness(one: Cosigner) -> str:
    return f"{bold(one.person)} as {text(one.name)}, {time(one.at)} by its own clock"


def _input(row: tuple[str, str]) -> str:
    name, digest = row
    return f"{text(name)} {code(digest)}"


def _checking(told: Told) -> str:
    log = told.log
    facts = [
        ("Ledger", f"{text(log.origin)}, {plural(log.size, 'entry', 'entries')}"),
        ("Its root", code(log.root)),
        ("The signed decision", code(told.decided.bundle)),
        ("What it was made of", "<br>".join(map(_input, input_rows(told.decision)))),
    ]
    if told.witnesses:
        facts.insert(2, ("Witnessed by", "<br>".join(map(_witness, told.witnesses))))
    return (
        "<p>This page lies in a file with all the papers it was written from. Get the public key"
        " of the ledger (<code>log.pub</code>) from somebody you trust, not from whoever gave you"
        " the file. Then, with no network and no account anywhere:</p>\n"
        "<pre>pip install weighbridge\n"
        "weighbridge evidence verify PACK --key log.pub</pre>\n"
        "<p>It checks every signature and every proof, decides again from the papers alone, and"
        " writes this page again: not one letter may differ.</p>\n"
        f"{listing(facts)}"
    )
