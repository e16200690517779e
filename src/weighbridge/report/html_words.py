"""What the page about a promotion says to everybody, whatever the promotion."""

from __future__ import annotations

from weighbridge.report.html_parts import listing

CONTENTS = (
    "<nav>\n"
    + "\n".join(
        f'<a href="#{name}">{title}</a>'
        for name, title in (
            ("believe", "Why believe it"),
            ("limits", "Limits"),
            ("conditions", "Conditions"),
            ("left-out", "Left out"),
            ("evidence", "Evidence"),
            ("say", "Approvals"),
            ("rules", "Rules"),
            ("controls", "Controls"),
            ("check", "Check it"),
            ("words", "Words"),
        )
    )
    + "\n</nav>"
)
WHY_BELIEVED = """<ol>
<li>Everything told here was written down when it happened, in a ledger: a list that is only ever
added to. Whoever changes, drops or inserts a line afterwards changes the fingerprint of the whole
list, and that was signed.</li>
<li>Every paper was signed by a named person with a key of his own. Who may sign what is decided by
the owners of the registry, several of them together, and that is in the ledger, too.</li>
<li>The decision is not a matter of opinion: a program made it from these papers by the policy
below, and anybody who runs it on them again comes to the same one, letter by letter.</li>
<li>You need not take this page's word for it. It is made from the papers beside it, and the check
<a href="#check">below</a> makes it again and compares.</li>
</ol>"""
NOT_PROVEN = """<ul>
<li>That anybody was right. It shows who said what, and when; not that it was wise.</li>
<li>That two names are two people. Who hands one person two keys can pass for two.</li>
<li>That nothing came later: a key may have been revoked since, or the release rolled back. Ask for
today's state of the ledger.</li>
<li>That the ledger is the only one. Whoever holds its private key could keep another for other
eyes; that shows when two of them are compared, or when witnesses sign it.</li>
<li>That the model does good. It shows which tests and limits it was held against.</li>
</ul>"""
MEANING = listing(
    (
        ("Release", "One version of a model with everything it needs, described in one document."),
        (
            "Fingerprint",
            "A number made of some bytes (SHA-256): nobody can find others with the same one.",
        ),
        ("Policy", "What an environment demands before a release may enter it."),
        (
            "Environment",
            "A place where releases run, such as one for trials and one for customers.",
        ),
        ("Evidence", "A signed statement about a release: what was looked at, and what was found."),
        ("Role", "What a key is trusted for: to build, to check, to approve, to deploy."),
        ("Owner", "One of those who decide, together, whom to trust and what to demand."),
        ("Ledger, entry", "The list of everything that happened, and one line of it."),
        ("Waived", "Not met, and somebody answers for it by name, for a time, with a reason."),
        ("Undecided", "It could not be told whether it is met; that is never taken for a yes."),
    )
)
