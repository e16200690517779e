from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
import weighbridge.ledger.proof
tops = {name.partition(".")[0] for name in sys.modules} - {"__main__"}
print(*sorted(tops - set(sys.stdlib_module_names)))
"""


def test_an_auditor_needs_nothing_but_the_standard_library() -> None:
    command = [sys.executable, "-S", "-P", "-c", f"import sys; sys.path = {sys.path!r}{PROGRAM}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["weighbridge"]
