from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.advisories import record, write
from tests.usecases.workshop import sha256

if TYPE_CHECKING:
    from pathlib import Path

    from tests.usecases.workshop import Bench, Ran

ALL = ("introduced", "0")
LOCK = """\
torch==1.13.0+cu117
    # via -r requirements.in
numpy==1.26.4
vague==1.0
"""
UV = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "app"
version = "1.0"
source = { virtual = "." }
dependencies = [{ name = "middle" }]

[[package]]
name = "middle"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "torch" }]

[[package]]
name = "torch"
version = "1.13.0"
source = { registry = "https://pypi.org/simple" }
"""
HIGH = {"database_specific": {"severity": "HIGH"}}
LOW = {"database_specific": {"severity": "LOW"}}
TORCH = record("GHSA-1", "torch", ALL, ("fixed", "1.13.1"), aliases=["CVE-1"], **HIGH)
PYSEC = record("PYSEC-1", "torch", ALL, ("fixed", "1.13.1"), aliases=["CVE-1"])


def load(run: Bench, *records: dict[str, Any]) -> Ran:
    write(run.folder / "osv", *records)
    return run("advisories", "update", "--from=osv")


def audit(run: Bench, *words: str) -> Ran:
    return run("audit", "requirements.txt", "--output-format=json", *words)


@pytest.fixture
def lock(run: Bench) -> Bench:
    (run.folder / "requirements.txt").write_text(LOCK)
    return run


def test_the_shape_programs_rely_on(lock: Bench) -> None:
    assert load(lock, TORCH, PYSEC).code == 0
    found = audit(lock)
    assert found.code == 1
    assert list(found.json) == ["schemaVersion", "data", "findings", "undecidable"]
    assert list(found.json["data"]) == ["digest", "records", "newest", "ageDays"]
    assert found.json["findings"] == [
        {
            "package": "torch",
            "version": "1.13.0+cu117",
            "id": "PYSEC-1",
            "aliases": ["CVE-1", "GHSA-1"],
            "severity": "high",
            "fixedIn": ["1.13.1"],
            "path": ["torch"],
            "matchedAs": "1.13.0",
        }
    ]


def test_people_are_told_the_worst_first(lock: Bench) -> None:
    load(
        lock,
        TORCH,
        record("PYSEC-2", "numpy", ALL, **LOW),
        record("PYSEC-3", "vague", ALL, ("fixed", "soon")),
        record("MAL-1", "vague", ALL, summary="it \x1b[2J steals"),
        record("PYSEC-4", "numpy", ALL, withdrawn="2026-01-01T00:00:00Z"),
    )
    found = lock("audit", "requirements.txt")
    words = [line.split()[0] for line in found.out.splitlines() if line and line[0] != " "]
    assert words[:5] == ["malicious", "high", "low", "cannot", "withdrawn"]
    assert "is a build of 1.13.0" in found.out
    assert "\x1b" not in found.out
    assert "fixed in 1.13.1" in found.out
    assert "not today's" in found.err
    assert found.code == 1


def test_nothing_found_and_nothing_open_is_clean(lock: Bench) -> None:
    load(lock, record("PYSEC-1", "other", ALL))
    assert (audit(lock).code, audit(lock).json["findings"]) == (0, [])
    assert "no flaw known among 3 entries" in lock("audit", "requirements.txt").out


def test_what_cannot_be_decided_is_no_pass(lock: Bench) -> None:
    load(lock, record("PYSEC-3", "vague", ALL, ("fixed", "soon")))
    found = audit(lock)
    assert found.code == 3
    (open_,) = found.json["undecidable"]
    assert (open_["package"], open_["id"]) == ("vague", "PYSEC-3")
    assert "cannot be compared" in open_["why"]


def test_without_advisories_nothing_is_said(lock: Bench) -> None:
    found = audit(lock)
    assert (found.code, found.out) == (3, "")
    assert "no advisories were loaded here" in found.err
    assert "online: weighbridge advisories update --from https://" in found.err
    assert "offline: the same with a copy you brought: --from DIR or ZIP" in found.err


def test_a_damaged_file_is_told(lock: Bench) -> None:
    load(lock, TORCH)
    (lock.folder / ".weighbridge/data/advisories.db").write_bytes(b"x" * 5000)
    assert audit(lock).code == 3
    assert "not a database" in audit(lock).err


def test_the_way_to_what_is_affected_is_shown(run: Bench) -> None:
    (run.folder / "uv.lock").write_text(UV)
    (run.folder / "other.lock").write_text(UV)
    load(run, PYSEC)
    found = run("audit", "uv.lock", "--output-format=json").json["findings"]
    assert [one["path"] for one in found] == [["middle", "torch"]]
    assert "by way of middle > torch" in run("audit", "other.lock").out


def test_a_level_may_be_asked_for_but_not_for_the_unknown(lock: Bench) -> None:
    load(lock, record("PYSEC-2", "numpy", ALL, **LOW))
    assert [audit(lock, f"--fail-on={level}").code for level in ("low", "high")] == [1, 0]
    load(lock, record("PYSEC-5", "numpy", ALL))
    assert audit(lock, "--fail-on=critical").code == 1


@pytest.mark.parametrize(("name", "text"), [("uv.lock", "x ="), ("pylock.toml", "x")])
def test_what_is_no_lock_is_told(run: Bench, name: str, text: str) -> None:
    load(run, TORCH)
    (run.folder / name).write_text(text)
    found = run("audit", name)
    assert (found.code, "cannot be read" in found.err) == (2, True)


def vex(run: Bench, status: str = "not_affected", **more: object) -> str:
    statement = {
        "vulnerability": {"name": "CVE-1"},
        "products": [{"@id": "pkg:pypi/torch@1.13.0%2Bcu117"}],
        "status": status,
        "justification": "vulnerable_code_not_in_execute_path",
        **more,
    }
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/1",
        "author": "Ann",
        "timestamp": "2026-06-07T00:00:00Z",
        "statements": [statement],
    }
    (run.folder / "vex.json").write_text(json.dumps(document))
    return "--vex=vex.json"


def test_what_somebody_answers_for_is_listed_with_his_name(lock: Bench) -> None:
    load(lock, TORCH, PYSEC)
    found = audit(lock, vex(lock))
    assert (found.code, found.json["findings"]) == (0, [])
    (answered,) = found.json["suppressed"]
    assert (answered["id"], answered["by"], answered["status"]) == (
        "PYSEC-1",
        "Ann",
        "not_affected",
    )
    assert "vulnerable_code_not_in_execute_path" in answered["why"]
    assert "answered for  torch 1.13.0+cu117" in lock("audit", "requirements.txt", vex(lock)).out
    assert audit(lock, vex(lock, "affected")).code == 1


def test_a_statement_that_is_none_stops_the_audit(lock: Bench) -> None:
    load(lock, TORCH)
    found = audit(lock, vex(lock, "not_affected", justification=None))
    assert (found.code, "no OpenVEX statements" in found.err) == (2, True)


# The same advisories, asked by `check`.


def locked(folder: Path, text: str) -> None:
    """Give the release another lock."""
    path = folder / "release.yaml"
    old = sha256((folder / "requirements.lock").read_bytes())
    (folder / "requirements.lock").write_text(text)
    path.write_text(path.read_text().replace(old, sha256(text.encode())))


HASHED = f"torch==1.13.0 --hash=sha256:{'0' * 64}\n"
RULES = "--select=DEP005,DEP006,DEP016"


def check(bench: Bench, *words: str) -> dict[str, Any]:
    return bench("check", RULES, "--output-format=json", *words).json


def test_without_advisories_their_rules_are_skipped(bench: Bench) -> None:
    locked(bench.folder, HASHED)
    skipped = [one for one in check(bench)["skipped"] if one["by"] == "no data"]
    assert [one["code"] for one in skipped] == ["DEP005", "DEP006", "DEP016"]
    assert all("advisories update" in one["reason"] for one in skipped)


def test_an_empty_lock_needs_no_advisories(bench: Bench) -> None:
    assert [one for one in check(bench)["skipped"] if one["by"] == "no data"] == []


def test_a_release_is_weighed_by_them_and_the_report_names_them(bench: Bench) -> None:
    locked(bench.folder, HASHED)
    load(bench, PYSEC, record("MAL-1", "torch", ("introduced", "2")))
    found = check(bench)
    (flaw, stale) = sorted(found["findings"], key=lambda one: str(one["code"]))
    assert (flaw["code"], flaw["subject"], flaw["severity"]) == ("DEP005", "torch PYSEC-1", "error")
    assert flaw["location"]["file"] == "requirements.lock"
    assert (flaw["threat"]["level"], flaw["threat"]["global"]) == (
        "needs-review",
        "torch==1.13.0 PYSEC-1",
    )
    assert flaw["threat"]["digest"].startswith("sha256:")
    assert (stale["code"], stale["severity"]) == ("DEP016", "warning")
    data = bench("audit", "requirements.lock", "--output-format=json").json["data"]
    named = {"name": "advisories@2026-06-07T00:00:00Z", "digest": data["digest"], "cached": False}
    assert named in found["inputs"]
    assert "where" not in bench("check", RULES).out


def test_an_attack_stops_a_release(bench: Bench) -> None:
    locked(bench.folder, HASHED)
    load(bench, record("MAL-1", "torch", ALL))
    (found,) = [one for one in check(bench)["findings"] if one["code"] != "DEP016"]
    assert (found["code"], found["threat"]["level"]) == ("DEP006", "malicious")


def test_damaged_advisories_are_no_pass(bench: Bench) -> None:
    locked(bench.folder, HASHED)
    load(bench, PYSEC)
    (bench.folder / ".weighbridge/data/advisories.db").write_bytes(b"x" * 5000)
    found = check(bench)
    assert found["verdict"] == "inconclusive"


def test_the_locks_of_a_release_are_audited_sealed_or_not(bench: Bench) -> None:
    locked(bench.folder, HASHED)
    load(bench, PYSEC)
    assert [one["id"] for one in bench("audit", ".", "--output-format=json").json["findings"]] == [
        "PYSEC-1"
    ]
    assert bench("seal").code == 0
    (bench.folder / "requirements.lock").unlink()
    sealed = bench("audit", "demo@1.0.0", "--output-format=json")
    assert [one["id"] for one in sealed.json["findings"]] == ["PYSEC-1"]
    gone = bench("audit", "release.yaml", "--output-format=json")
    assert (gone.code, gone.json["undecidable"][0]["lock"]) == (3, "requirements.lock")


def test_status_says_what_there_is(run: Bench) -> None:
    assert "none were loaded" in run("advisories", "status").out
    write(run.folder / "osv", TORCH)
    (run.folder / "osv" / "odd.json").write_text("[]")
    loaded = run("advisories", "update", "--from=osv", "--output-format=json")
    assert (loaded.code, loaded.json["records"], loaded.json["unread"]) == (0, 1, 1)
    every = run("advisories", "status", "--output-format=json").json["data"]
    (entry,) = (one for one in every if one["name"] == "advisories")
    assert (entry["name"], entry["digest"]) == ("advisories", loaded.json["digest"])
    whole = run("advisories", "status", "advisories")
    assert "odd.json is not a mapping" in whole.out
    told = run("advisories", "status", "advisories", "--output-format=json").json
    assert (told["sources"], told["unreadRecords"][0]["name"]) == (["osv"], "odd.json")
    assert "1 of their records could not be read" in audit_err(run)


def audit_err(run: Bench) -> str:
    (run.folder / "requirements.txt").write_text("numpy==1.0\n")
    return run("audit", "requirements.txt").err


def test_a_dry_run_loads_nothing_and_nothing_read_is_a_failure(run: Bench) -> None:
    write(run.folder / "osv", TORCH)
    assert run("advisories", "update", "--from=osv", "--dry-run").code == 0
    assert not (run.folder / ".weighbridge").exists()
    (run.folder / "odd.json").write_text('{"modified": 1, "affected": 2}')
    failed = run("advisories", "update", "--from=odd.json")
    assert (failed.code, "no record could be read" in failed.out) == (1, True)


def test_the_network_is_used_only_where_it_may_be(run: Bench) -> None:
    offline = run("advisories", "update", "--from=https://example.com/all.zip", "--offline")
    assert (offline.code, "--offline forbids" in offline.err) == (2, True)
    plain = run("advisories", "update", "--from=http://example.com/all.zip")
    assert (plain.code, "an address of https" in plain.err) == (2, True)


def test_lists_and_advisories_are_told_apart(run: Bench) -> None:
    write(run.folder / "osv", TORCH)
    (run.folder / "lists.json").write_text("{}")
    both = run("advisories", "update", "--from=osv", "--from=lists.json")
    assert (both.code, "only if all hold advisories" in both.err) == (2, True)
    keyed = run("advisories", "update", "--from=osv", "--key=ann")
    assert (keyed.code, "--key is for data that is published" in keyed.err) == (2, True)
    one = run("advisories", "update", "--from=osv/GHSA-1.json", "--output-format=json")
    assert one.json["records"] == 1


def test_serving_nothing_is_refused(run: Bench) -> None:
    found = run("advisories", "serve")
    assert (found.code, "no advisories were loaded here" in found.err) == (3, True)
