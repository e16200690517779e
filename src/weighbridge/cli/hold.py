"""`weighbridge hold`."""

from __future__ import annotations

from weighbridge.cli.saying import saying_of_pointer

command = saying_of_pointer(
    "hold",
    """Hold an environment where it is: nothing new of a name is promoted until that is lifted.

    NAME is the name of a release. Whoever may deploy to the environment may hold it, and lift that
    (`weighbridge lift`). A rollback is not stopped by it, and leaves the same hold behind.
    """,
    reason="Why it must wait.",
)
