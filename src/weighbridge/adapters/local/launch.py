"""Set limits of this process, and become another program: `launch.py LIMITS COMMAND…`.

Run on its own, by whichever Python there is: it imports nothing of ours. LIMITS is JSON: a list of
name, soft and hard limit, -1 for none.
"""

from __future__ import annotations

import json
import os
import resource
import sys

_LOCKS = 10
"""RLIMIT_LOCKS, which Python has no name for."""
_REFUSED = 125


def main(words: list[str]) -> int:
    """Set the limits and start; return the exit code if that fails."""
    try:
        for name, soft, hard in json.loads(words[0]):
            number = getattr(resource, f"RLIMIT_{name.upper()}", _LOCKS)
            resource.setrlimit(number, (soft, hard))
        os.execvpe(words[1], words[1:], dict(os.environ))  # noqa: S606 - a shell is not wanted
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{' '.join(words[1:])[:200]} cannot be started: {error}\n")
    return _REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
