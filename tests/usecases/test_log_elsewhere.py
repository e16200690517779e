"""An export is read, and proven from, by an implementation of somebody else's."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from tests.tools import TOOLS
from tests.usecases.exported import export, registry_of

if TYPE_CHECKING:
    from pathlib import Path

READ = """
import sys
from hashlib import sha256
from pathlib import Path
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey

reader = TilesReader(LocalBackend(Path(sys.argv[1])))
checkpoint = reader.get_checkpoint()
checkpoint.verify(Vkey.from_string(sys.argv[2]))
assert reader.calculate_root_hash() == checkpoint.root_hash
for index in (0, 255, 256, checkpoint.size - 1):
    proof = reader.get_inclusion_proof(index, checkpoint.size)
    proof.check(sha256(b"\\0" + reader.get_entry(index)).digest(), checkpoint.root_hash)
print(checkpoint.origin, checkpoint.size)
"""


def test_tlog_scales_reads_an_export(tmp_path: Path) -> None:
    registry = registry_of(tmp_path / "registry", 600)
    export(registry, tmp_path / "out")
    python = TOOLS / "tlog-scales" / "bin" / "python"
    done = subprocess.run(
        [python, "-c", READ, tmp_path / "out", registry.log_key],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "example.com/log 600\n"), done.stderr
