"""From an advisory to the version that mends it, by the commands and without the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.advisories import listing, record, write
from tests.usecases.relocked import with_lock
from tests.usecases.test_remedy import hide_uv
from tests.usecases.workshop import commit, sha256
from tests.wheels import wheel

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

SELECT = ("--select", "DEP001,DEP002,DEP005,CMP001")
TARGETS = """\
  compatibility:
    targets:
      - {name: server, os: linux, arch: x86_64, libc: glibc, libcVersion: "2.31", python: "3.11"}
      - {name: edge, os: linux, arch: aarch64, libc: musl, libcVersion: "1.2", python: "3.11"}
"""
SERVER_ONLY = "py3-none-manylinux_2_17_x86_64"
LOCK = "app==1.0\nlib==1.1\nother==1.0\n"
FIXES = [("introduced", "0")]
for version in ("1.1.9", "1.2", "1.3", "1.4", "1.5"):
    FIXES += [("fixed", version), ("introduced", f"{version}.post1")]
RECORDS = (
    record("PYSEC-1", "lib", *FIXES[:-1], summary="it reads too far"),
    record("PYSEC-2", "lib", ("introduced", "1.0"), ("fixed", "1.2")),
    listing("PYSEC-3", "lib", "1.1.9"),
    record("PYSEC-9", "helper", ("introduced", "0")),
)


@pytest.fixture
def affected(bench: Bench) -> Bench:
    """Give the release a lock with a vulnerable package, and later versions of all kinds."""
    wheels = bench.folder / "wheels"
    for version in ("1.1", "1.1.9", "1.3", "1.5", "2.0"):
        wheel(wheels, "lib", version)
    wheel(wheels, "lib", "1.2", tag=SERVER_ONLY)
    wheel(wheels, "lib", "1.4", ["helper"])
    wheel(wheels, "helper", "1.0")
    wheel(wheels, "app", "1.0", ["lib>=1.0,<2"])
    wheel(wheels, "other", "1.0", ["lib!=1.3"])
    with_lock(bench.folder, "app\nlib>=1.0\nother\n", LOCK)
    bench.edit("  artifacts:\n", f"{TARGETS}  artifacts:\n")
    commit(bench.folder)
    write(bench.folder / "osv", *RECORDS)
    assert bench("advisories", "update", "--from=osv").code == 0
    return bench


def papers(bench: Bench) -> dict[str, bytes]:
    """Read what is kept of a release, without the registry, which has a cache."""
    return {at: data for at, data in bench.files().items() if not at.startswith(".weighbridge/")}


def test_the_nearest_version_for_every_target_without_advisories_is_named(affected: Bench) -> None:
    before = papers(affected)
    found = affected("remedy", "--offline", *SELECT)
    assert found.code == affected("check", *SELECT).code == 1
    assert found.out.count("lib 1.1 of requirements.lock becomes 1.5\n") == 1
    assert "its input asks for it: `lib>=1.5` in line 4 of requirements.in\n" in found.out
    assert "    not 1.2: it resolves, but lib: not for edge: " in found.out
    assert "    not 1.3: No solution found" in found.out
    assert "    not 1.4: it resolves, but helper: PYSEC-9\n" in found.out
    assert "not 1.1.9" not in found.out
    assert papers(affected) == before


def test_the_input_the_lock_and_its_digest_are_mended(affected: Bench) -> None:
    before = papers(affected)
    shown = affected("check", "--fix", "--diff", "--offline", *SELECT)
    assert (shown.code, papers(affected)) == (1, before)
    assert "-lib>=1.0\n+lib>=1.5\n" in shown.out
    assert "+lib==1.5 \\\n+    --hash=sha256:" in shown.out
    assert "--- a/release.yaml\n" in shown.out
    mended = affected("check", "--fix", "--offline", *SELECT)
    assert "DEP005" not in mended.out
    assert mended.err.endswith("3 changes made\n")
    after = papers(affected)
    assert sha256(after["requirements.lock"]).encode() in after["release.yaml"]
    assert {name for name in after if after[name] != before.get(name)} == {
        *("release.yaml", "requirements.in", "requirements.lock")
    }
    assert affected("check", "--select", "DEP001,DEP002,DEP003,DEP005").code == 0


def test_only_the_targets_that_are_asked_about_count(affected: Bench) -> None:
    found = affected("check", "--diff", "--for-target=server", "--offline", *SELECT)
    assert "lib 1.1 of requirements.lock becomes 1.2\n" in found.err


def test_without_uv_what_to_do_is_told(affected: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    hide_uv(monkeypatch)
    before = papers(affected)
    told = "lib 1.1 of requirements.lock is not mended: there is no uv here"
    for words in (("check", "--fix"), ("check", "--diff"), ("remedy",)):
        found = affected(*words, *SELECT)
        assert found.code == 1
        assert told in found.err + found.out
        assert "write `lib>=1.2` in line 4 of requirements.in" in found.err + found.out
    assert papers(affected) == before


def test_a_tool_that_was_asked_for_leaves_the_input_and_the_lock(affected: Bench) -> None:
    wheel(affected.folder / "wheels", "pytest", "8.0")
    lock = "app==1.0\nlib==1.5\nother==1.0\npytest==8.0\n    # via -r requirements.in\n"
    with_lock(affected.folder, "app\nother\npytest\n", lock)
    mended = affected("check", "--fix", "--offline", "--select", "DEP012")
    assert (mended.code, "pytest 8.0 → nothing" in mended.err) == (0, True)
    assert "pytest" not in (affected.folder / "requirements.in").read_text()
    assert "pytest" not in (affected.folder / "requirements.lock").read_text()
