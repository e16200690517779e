"""`weighbridge withdraw`."""

from __future__ import annotations

from weighbridge.cli.saying import saying

command = saying(
    "withdraw",
    """Take back an approval or a rejection of yours.

    The newest word of a person counts.
    """,
    reason=False,
)
