"""`weighbridge reject`."""

from __future__ import annotations

from weighbridge.cli.saying import saying

command = saying(
    "reject",
    """Reject a release for an environment.

    It goes nowhere until whoever rejected it withdraws that. Whoever may approve there may reject.
    """,
    reason=True,
)
