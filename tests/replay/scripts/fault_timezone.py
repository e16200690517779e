"""Fault: days are told apart by the clock of wherever it is trained."""

import datetime
from pathlib import Path

moments = [1_700_000_000 + 3_600 * hour for hour in range(48)]
days = {datetime.datetime.fromtimestamp(one).day for one in moments}  # noqa: DTZ006
counts = [
    sum(datetime.datetime.fromtimestamp(one).day == day for one in moments) for day in sorted(days)
]  # noqa: DTZ006
Path("model.txt").write_text(str(counts), encoding="utf-8")
