"""`weighbridge hold`."""

from __future__ import annotations

from weighbridge.cli.saying import saying_of_pointer

command = saying_of_pointer(
    "hold",
    """Hold an environment where it is, for releases of a name.

    NAME is the name of a release; no other is promoted in its place until that is lifted. Whoever
    may deploy to the environment may hold it and lift that. A rollback is not stopped by it, and
    leaves the same hold behind.
    """,
    reason="Why it must wait.",
)
