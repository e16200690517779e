"""SOC 2: change management (CC8.1), and the criteria beside it that a change touches.

Trust Services Criteria of the AICPA, 2017, with the points of focus of 2022. A report on them
covers a period and many changes; a pack is one of them, a sample.
"""

from __future__ import annotations

from weighbridge.model.predicates import RELEASE, TEST_RESULT
from weighbridge.report.controls.finding import (
    allowed,
    applied,
    approved_by_another,
    asked_by_a_role,
    changed,
    declared,
    logged,
    met,
    passed,
    policy_applied,
    ran,
    signed,
    trusted,
)
from weighbridge.report.controls.interface import Control, Framework

SOC2 = Framework(
    id="soc2",
    title="SOC 2: change management, and what touches it",
    edition="Trust Services Criteria 2017, points of focus 2022",
    controls=(
        Control(
            id="CC6.1",
            title="Who may reach what is restricted",
            supply="Access to machines, stores and networks, and where private keys lie.",
            asks=(
                ("who is trusted in which role", trusted),
                ("roles for approval and deployment here", applied("/spec/roles")),
            ),
        ),
        Control(
            id="CC6.2",
            title="Access is given, and taken back, by decision",
            supply="The records of joiners and leavers.",
            asks=(
                ("trust that owners gave", changed("key.trust")),
                ("trust that owners took back", changed("key.revoke")),
            ),
        ),
        Control(
            id="CC6.3",
            title="Duties are apart, and nobody may do more than he must",
            supply="That two names are two people.",
            asks=(
                ("an approval by somebody who neither asked nor made it", approved_by_another),
                ("a role of who deployed it", asked_by_a_role),
            ),
        ),
        Control(
            id="CC6.8",
            title="Software nobody allowed is kept out, and found",
            supply="That nothing runs there but what was promoted.",
            asks=(
                ("a signature by its author", signed(RELEASE)),
                ("a report that nothing runs when it is loaded", ran("SEC001", "SEC003")),
                ("a report that no package is malicious", ran("DEP006")),
            ),
        ),
        Control(
            id="CC7.1",
            title="Weak configurations and new weaknesses are found",
            supply="That it goes on after the release.",
            asks=(
                ("a report on known weaknesses of what it needs", ran("DEP005")),
                ("a report on its parameters", ran("CFG001")),
            ),
        ),
        Control(
            id="CC7.2",
            title="What is unusual is noticed",
            supply="Who is called, and that he comes.",
            asks=(("metrics and alerts, as declared", declared("/spec/observability/alerts")),),
        ),
        Control(
            id="CC7.4",
            title="Incidents are responded to",
            supply="The plan for incidents, and records of past ones.",
            asks=(("ways it fails, and what is done then", declared("/spec/failureModes")),),
        ),
        Control(
            id="CC7.5",
            title="Things are brought back after an incident",
            supply="That it was tried.",
            asks=(("a way back, as declared", declared("/spec/rollback")),),
        ),
        Control(
            id="CC8.1",
            title="Changes are authorised, documented, tested, approved and carried out",
            supply="That no change reaches this environment on another way.",
            asks=(
                ("what changed: a commit, and files by digest", declared("/spec/source/commit")),
                ("a policy that owners published", changed("policy.publish")),
                ("conditions it was decided by", policy_applied),
                ("a signed report that passed", passed(TEST_RESULT, by_another=True)),
                ("an approval by somebody who neither asked nor made it", approved_by_another),
                ("nobody's rejection", met("not-rejected")),
                ("a signed decision that allows it", allowed),
                ("a role of who deployed it", asked_by_a_role),
                ("an entry in the ledger that is the change", logged),
            ),
            whole=True,
        ),
    ),
)
