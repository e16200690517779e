"""`weighbridge lift`."""

from __future__ import annotations

from weighbridge.cli.saying import saying_of_pointer

command = saying_of_pointer(
    "lift",
    """Lift a hold: one that a rollback left behind, or somebody asked for.

    NAME is the name of a release. Whoever may deploy to the environment may lift its hold.
    """,
    reason="Why it may go on.",
)
