"""What verifying an environment costs: `python bench/verifies.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a plain file

from weighbridge.model.fact import Unavailable
from weighbridge.probes.python.places import named_place
from weighbridge.probes.python.verifying import verify_installed
from weighbridge.probes.reading.files import Reading


def main(folder: Path) -> None:
    """Verify it, and see to it that it is as it was installed."""
    place = named_place(folder, str(folder))
    if isinstance(place, Unavailable):
        raise SystemExit(place.reason)
    found = verify_installed(place, reader=Reading(examine=False))
    if found.departures or not found.files:
        raise SystemExit(f"{found.files} files, {found.departures[:3]}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
