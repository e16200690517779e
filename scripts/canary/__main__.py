"""`make canary`: a good release goes 10, 50, 100; one with 30 % errors is rolled back."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from http import HTTPStatus
from pathlib import Path

from scripts.canary.model import VOCABULARY, model
from scripts.canary.traffic import Traffic
from scripts.canary.yard import NAME, CommandError, Plans, Yard

WIDTH = 88
CUT = VOCABULARY * 7 // 10
"""Rows of the table of the release that fails for 30 % of the tokens."""


def say(text: str) -> None:
    """Tell."""
    print(text, flush=True)


def main() -> int:
    """Tell the story; 0 if it went as it should."""
    with tempfile.TemporaryDirectory(prefix="weighbridge-canary-") as folder:
        yard = Yard(Path(folder), os.environ)
        try:
            return tell(yard)
        except CommandError as error:
            say(str(error))
            return 1
        finally:
            yard.end("production")


def tell(yard: Yard) -> int:
    """Tell the story in a yard."""
    say("1. People, a policy, an environment on this machine, three releases of a small model.")
    yard.people()
    yard.environment("production")
    old = yard.seal("1.0.0", model(seed=1))
    good = yard.seal("1.1.0", model(seed=2), Plans(batch=16, flag="on"))
    bad = yard.seal("1.2.0", model(seed=3, rows=CUT), Plans(batch=32, flag="off"))
    versions = {old: "1.0.0", good: "1.1.0", bad: "1.2.0", "": "nobody"}
    say("2. The first one is promoted and delivered: it gets all requests.")
    yard.promote("1.0.0", "production")
    show(yard)
    with Traffic(yard.port, name=NAME) as traffic:
        say("3. A good one takes its place, step by step, with real requests.")
        yard.promote("1.1.0", "production")
        show(yard)
        tally(traffic, versions)
        say(f"4. The table of the next one was cut to {CUT} of {VOCABULARY} rows: 30 % errors.")
        yard.promote("1.2.0", "production")
        before = len(traffic.answers)
        done = show(yard, wanted=1)
        tally(traffic, versions, since=before)
    return verdict(traffic, bad=bad, good=good, done=done)


def show(yard: Yard, *, wanted: int = 0) -> str:
    """Deliver what the pointer holds, and show what is told of it."""
    done = yard.run("deliver", NAME, "--in", "production", by=["dora"], wanted=wanted)
    for line in (done.err + done.out).splitlines():
        say(f"   {line[:WIDTH]}")
    return done.out


def tally(traffic: Traffic, versions: dict[str, str], *, since: int = 0) -> None:
    """Say who answered, and how."""
    found = Counter((versions[one.release], one.status) for one in traffic.answers[since:])
    said = (f"{count} of {version} with {status}" for (version, status), count in found.items())
    say(f"   answers: {', '.join(sorted(said))}")


def verdict(traffic: Traffic, *, bad: str, good: str, done: str) -> int:
    """Say how long it took, and who got requests behind the switch."""
    exposed = [one.sent for one in traffic.answers if one.release == bad]
    if "rolled back" not in done or not exposed:
        say("the release with errors was not rolled back")
        return 1
    first, last = min(exposed), max(exposed)
    behind = traffic.since(last + 1)
    right = sum(one.release == good and one.status == HTTPStatus.OK for one in behind)
    say(f"   behind the switch: {right} of {len(behind)} requests were answered by 1.1.0")
    say(f"rolled back in {(last - first) / 1000:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
