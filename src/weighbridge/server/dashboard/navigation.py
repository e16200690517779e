"""What stands at the side of each page: where one can go."""

from __future__ import annotations

from typing import Final

GROUPS: Final = (
    ("Releases", (("Pipeline", "/"), ("All releases", "/releases"))),
    ("To do", (("Approvals", "/approvals"), ("Waivers", "/waivers"))),
    ("Places", (("Environments", "/environments"),)),
    (
        "Rules",
        (
            ("Policies", "/policies"),
            ("Rule catalogue", "/rules"),
            ("Advisories and data", "/data"),
        ),
    ),
    ("Proof", (("Ledger", "/ledger"), ("Access", "/access"), ("Insights", "/insights"))),
    ("Help", (("First steps", "/start"), ("All help", "/help"))),
)
"""Groups of pages, each page with its name (`Page.tab`) and its address."""
