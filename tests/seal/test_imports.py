from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.seal.signing import ALICE, snapshot, spki, trusted
from weighbridge import seal
from weighbridge.model.trust import write_snapshot

VERIFIES = """
import sys
before = set(sys.modules)
from weighbridge.model import predicates
from weighbridge.model.trust import read_snapshot
from weighbridge.seal import bundle, certificates, control, dsse, judging, keys, material, statement
from weighbridge.seal.control import authorisation, change, key_changes, proposal, state
from weighbridge.seal.control import custody_changes, log_changes, stop_changes, trust_changes
from weighbridge.seal.oms import certificates, manifest, matching, names, refusal
import weighbridge.seal.oms.bundle, weighbridge.seal.oms.judging, weighbridge.seal.oms.keys
import weighbridge.seal.cosign, weighbridge.seal.envelope, weighbridge.seal.pep740
print(judging.judge(
    bundle.read_bundle(open({golden!r}, "rb").read()),
    snapshot=read_snapshot({snapshot!r}),
    at="2026-11-22T00:00:00Z",
    roles=["builder"],
    subject_digests=None,
    predicate_type=predicates.RELEASE,
).person)
packages = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(packages - sys.stdlib_module_names))
"""


def test_verifying_needs_the_standard_library_and_cryptography_only() -> None:
    program = VERIFIES.format(
        golden=str(Path(__file__).parent / "golden.bundle.json"),
        snapshot=write_snapshot(snapshot(trusted(spki(ALICE)))),
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    person, packages = done.stdout.splitlines()
    assert person == "alice"
    # cffi and the two of OpenSSL belong to cryptography.
    assert set(packages.split()) <= {"_cffi_backend", "_openssl", "cryptography", "weighbridge"}


def test_the_program_above_imports_every_module() -> None:
    modules = {path.stem for path in Path(*seal.__path__).rglob("[!_]*.py")}
    assert modules == {
        "authorisation",
        "bundle",
        "certificates",
        "change",
        "cosign",
        "custody_changes",
        "dsse",
        "envelope",
        "judging",
        "key_changes",
        "keys",
        "log_changes",
        "manifest",
        "matching",
        "material",
        "names",
        "pep740",
        "proposal",
        "refusal",
        "statement",
        "state",
        "stop_changes",
        "trust_changes",
    }
