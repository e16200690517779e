"""`weighbridge approve`."""

from __future__ import annotations

from weighbridge.cli.saying import saying

command = saying(
    "approve",
    """Approve a promotion, for the outcome there is now.

    The approval is signed and bound to the release, the environment, the policy and the outcome of
    the evidence: another outcome voids it. Nobody approves what he asked for, or signed.
    """,
    reason=False,
)
