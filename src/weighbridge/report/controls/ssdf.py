"""NIST SSDF: Secure Software Development Framework, SP 800-218 version 1.1, task by task.

https://doi.org/10.6028/NIST.SP.800-218. Most of its tasks are an organisation's; what a release
shows of them is little, and said to be.
"""

from __future__ import annotations

from weighbridge.model.predicates import (
    BEHAVIOUR,
    PROVENANCE,
    RELEASE,
    REPLAY,
    SBOM,
    TEST_RESULT,
    VULNERABILITIES,
)
from weighbridge.report.controls.finding import (
    applied,
    approved_by_another,
    changed,
    declared,
    logged,
    passed,
    policy_applied,
    ran,
    said,
    signed,
    trusted,
)
from weighbridge.report.controls.interface import Control, Framework

_PREPARE = (
    Control(
        id="PO.1.1",
        title="Requirements of how software is developed are known",
        supply="The requirements, written down and kept up to date.",
    ),
    Control(
        id="PO.1.2",
        title="Requirements of the software are known",
        supply="The requirements the policy was made from.",
        asks=(("a policy that owners published", changed("policy.publish")),),
    ),
    Control(
        id="PO.1.3",
        title="Requirements are passed on to whoever supplies parts",
        supply="Contracts and agreements.",
        asks=(("sources packages may come from", declared("/spec/dependencies/sources")),),
    ),
    Control(
        id="PO.2.1",
        title="Roles and duties",
        supply="Who holds which role, and why.",
        asks=(
            ("who is trusted in which role", trusted),
            ("roles for approval and deployment here", applied("/spec/roles")),
        ),
    ),
    Control(id="PO.2.2", title="Training for the roles", supply="Records of training."),
    Control(id="PO.2.3", title="Commitment of the management", supply="That commitment."),
    Control(id="PO.3.1", title="Which tools are used", supply="The list of tools and their risks."),
    Control(
        id="PO.3.2",
        title="Tools are run and kept up safely",
        supply="How tools are installed, updated and watched.",
    ),
    Control(
        id="PO.3.3",
        title="Tools leave records",
        supply="How long records are kept.",
        asks=(
            ("a signed provenance of the build", signed(PROVENANCE)),
            ("a signed report", signed(TEST_RESULT)),
            ("an entry in a ledger that cannot be rewritten unseen", logged),
        ),
    ),
    Control(
        id="PO.4.1",
        title="Criteria for security checks",
        supply="That the criteria of the policy are those that were agreed.",
        asks=(
            ("a policy that owners published", changed("policy.publish")),
            ("conditions it was decided by", policy_applied),
        ),
        whole=True,
    ),
    Control(
        id="PO.4.2",
        title="What criteria are judged by is gathered and kept safe",
        supply="Backups, and somebody who watches the ledger.",
        asks=(
            ("a signed report", signed(TEST_RESULT)),
            ("an entry in a ledger that cannot be rewritten unseen", logged),
        ),
    ),
    Control(
        id="PO.5.1",
        title="Environments are apart, and protected",
        supply="How environments are kept apart.",
        asks=(
            (
                "an environment before this one it must have come through",
                applied("/spec/promotesFrom"),
            ),
        ),
    ),
    Control(id="PO.5.2", title="Machines of developers are hardened", supply="How they are."),
)
_PROTECT = (
    Control(
        id="PS.1.1",
        title="Code is kept where few may change it",
        supply="Who may write to the repository, and how that is enforced.",
        asks=(
            ("a commit it was made from", declared("/spec/source/commit")),
            ("a report that nothing was uncommitted", ran("REP004")),
        ),
    ),
    Control(
        id="PS.2.1",
        title="Whoever gets the release can tell whether it is whole",
        supply="The log's public key, given on another way than the pack.",
        asks=(
            ("a list of its files, with digests", declared("/spec/artifacts")),
            ("a signature by its author", signed(RELEASE)),
            ("a proof that it stands in the ledger", logged),
        ),
        whole=True,
    ),
    Control(
        id="PS.3.1",
        title="What is needed of each release is archived",
        supply="The files themselves: a pack has their digests, not their bytes.",
        asks=(
            ("the sealed manifest", declared("/spec/artifacts")),
            ("how long it is to be kept, as declared", declared("/spec/governance/retention")),
        ),
    ),
    Control(
        id="PS.3.2",
        title="Where all of its components come from",
        supply="That it is handed on to whoever uses the release.",
        asks=(
            ("a signed bill of materials", signed(SBOM)),
            ("a signed provenance of the build", signed(PROVENANCE)),
        ),
        whole=True,
    ),
)
_PRODUCE = (
    Control(id="PW.1.1", title="Risks are modelled", supply="The threat model."),
    Control(
        id="PW.1.2",
        title="Requirements, risks and design decisions are tracked",
        supply="The records of design.",
        asks=(
            ("a risk class, as declared", declared("/metadata/risk")),
            ("findings somebody answers for", said("waive")),
        ),
    ),
    Control(id="PW.1.3", title="Common security services are used", supply="Which ones, where."),
    Control(id="PW.2.1", title="The design is reviewed", supply="The review of the design."),
    Control(
        id="PW.4.1",
        title="Components of others are well-secured ones",
        supply="How components are chosen and watched.",
        asks=(
            ("a lock of what it needs, by digest", declared("/spec/dependencies/runtime/digest")),
            ("a report on known weaknesses of what it needs", ran("DEP005", "DEP006")),
        ),
    ),
    Control(id="PW.4.2", title="Own components are well-secured", supply="How they are made."),
    Control(
        id="PW.4.4",
        title="Components are verified through their life",
        supply="That it is looked at again after the release, not at it alone.",
        asks=(
            ("a report that every digest of it is fixed", ran("DEP002")),
            ("a report on known weaknesses of what it needs", ran("DEP005")),
            ("signed findings of advisories", signed(VULNERABILITIES)),
        ),
    ),
    Control(id="PW.5.1", title="Code is written safely", supply="Rules for code, and their use."),
    Control(
        id="PW.6.1",
        title="Build tools that make code safer are used",
        supply="Which tools, and why.",
        asks=(
            ("compilers of the build, as declared", declared("/spec/build/compiler")),
            ("a rebuild that was compared, signed", signed(REPLAY)),
        ),
    ),
    Control(
        id="PW.6.2",
        title="Their features are chosen and switched on",
        supply="The settings, and who approved them.",
    ),
    Control(
        id="PW.7.1",
        title="How code is reviewed is decided",
        supply="The rules for reviews of code.",
    ),
    Control(
        id="PW.7.2",
        title="Code is reviewed",
        supply="The reviews of code; approval of a release is none.",
        asks=(("a report that nothing runs when it is loaded", ran("SEC001", "SEC003")),),
    ),
    Control(
        id="PW.8.1",
        title="Whether what runs is tested is decided",
        supply="The test plan.",
        asks=(("conditions it was decided by", policy_applied),),
    ),
    Control(
        id="PW.8.2",
        title="Tests are designed, run and written down",
        supply="The tests themselves.",
        asks=(
            ("a signed report that passed", passed(TEST_RESULT)),
            ("a signed trial of how it behaves, that passed", passed(BEHAVIOUR)),
        ),
    ),
    Control(
        id="PW.9.1",
        title="Settings are safe unless changed",
        supply="Which settings matter for security.",
        asks=(("every parameter with its default", declared("/spec/parameters")),),
    ),
    Control(
        id="PW.9.2",
        title="Safe settings are built in and documented",
        supply="The documentation for who runs it.",
        asks=(
            ("every parameter with its default", declared("/spec/parameters")),
            ("a report that each is in range and documented", ran("CFG001", "CFG002", "CFG003")),
        ),
    ),
)
_RESPOND = (
    Control(
        id="RV.1.1",
        title="News of weaknesses is gathered",
        supply="That it goes on after the release.",
        asks=(
            ("a report on known weaknesses of what it needs", ran("DEP005")),
            ("a report that advisories are not stale", ran("DEP016")),
        ),
    ),
    Control(
        id="RV.1.2",
        title="Releases are looked at for weaknesses not known yet",
        supply="That it goes on after the release.",
        asks=(("a report that nothing runs when it is loaded", ran("SEC001", "SEC003")),),
    ),
    Control(
        id="RV.1.3",
        title="Weaknesses can be told, and are disclosed",
        supply="The policy for disclosure.",
        asks=(("a contact", declared("/metadata/owner/contact")),),
    ),
    Control(
        id="RV.2.1",
        title="Each weakness is weighed",
        supply="How risk is weighed.",
        asks=(
            ("a report on known weaknesses of what it needs", ran("DEP005")),
            ("findings somebody answers for", said("waive")),
        ),
    ),
    Control(
        id="RV.2.2",
        title="Weaknesses are responded to",
        supply="Plans and advisories.",
        asks=(
            ("an approval by somebody else", approved_by_another),
            ("a way back, as declared", declared("/spec/rollback")),
        ),
    ),
    Control(id="RV.3.1", title="Root causes are found", supply="Root causes of past weaknesses."),
    Control(id="RV.3.2", title="Patterns in them are found", supply="What they have in common."),
    Control(id="RV.3.3", title="Weaknesses like them are looked for", supply="Those searches."),
    Control(id="RV.3.4", title="Development is changed so that they stay away", supply="How."),
)

SSDF = Framework(
    id="nist-ssdf",
    title="NIST SSDF: secure software development",
    edition="SP 800-218, version 1.1",
    controls=(*_PREPARE, *_PROTECT, *_PRODUCE, *_RESPOND),
)
