from __future__ import annotations

from weighbridge.model.parity import Comparison, Entry, Side
from weighbridge.report.parity import parity_verdict, render_parity

STAGING = Side(title="demo@staging", digest=f"sha256:{'a' * 64}", version="2.0.0")
MACHINE = Side(title="this machine", digest=f"sha256:{'b' * 64}")
ENTRIES = (
    Entry(name="environment/os/release", outcome="match", left="12", right="12"),
    Entry(
        name="environment/placement",
        outcome="allowed",
        left={"nodeSelector": {"disk": "ssd"}},
        why="nodes of its own",
        allowed_by="staging",
    ),
    Entry(
        name="environment/resources/limits/memory",
        outcome="drift",
        left="536870912",
        right="1073741824",
        type="memory",
    ),
    Entry(name="environment/system/env/\u202eTZ", outcome="unknown", why="nobody\nsaid"),
    Entry(name="environment/system/threads", outcome="drift", left=1, right="1", type="count"),
)
COMPARISON = Comparison(
    name="demo", left=STAGING, right=MACHINE, entries=ENTRIES, silent=("environment/image",)
)
TEXT = """\
demo@staging (2.0.0) and this machine
  drift    environment/resources/limits/memory  512 MiB | 1 GiB
  drift    environment/system/threads           1 | "1"
  unknown  environment/system/env/\\u202eTZ      - | -  (nobody\\nsaid)
  allowed  environment/placement                {"nodeSelector": {"disk": "ssd"}} | -  \
(staging allows it: nodes of its own)
  not compared: environment/image
not at parity: 2 drift, 1 unknown, 1 allowed, 1 match
"""


def test_people_are_told_what_is_gravest_first() -> None:
    assert render_parity([COMPARISON]) == TEXT
    assert "\x1b[" in render_parity([COMPARISON], styled=True)


def test_nothing_on_one_side_is_told() -> None:
    alone = Comparison(name="demo", left=STAGING, right=None, entries=())
    assert render_parity([alone]) == (
        "demo@staging (2.0.0) and nothing\n"
        "  there is nothing of that name to compare with\n"
        "it cannot be told: nothing was compared\n"
    )


def test_the_gravest_verdict_counts() -> None:
    alone = Comparison(name="demo", left=STAGING, right=None, entries=())
    same = Comparison(name="demo", left=STAGING, right=STAGING, entries=ENTRIES[:2])
    assert parity_verdict([same]) == "pass"
    assert parity_verdict([same, alone]) == "inconclusive"
    assert parity_verdict([alone, COMPARISON, same]) == "fail"
    assert parity_verdict([]) == "inconclusive"
