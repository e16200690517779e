"""Where policies are taken from: folders, git revisions, artifacts, the library, the registry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.probes.repositories import git
from tests.registries import running_registry
from tests.usecases.demanding import POLICY, write_policy
from weighbridge import bootstrap
from weighbridge.codec.bundle import bundle_bytes, bundle_digest, read_bundle
from weighbridge.codec.canonical import canonical_bytes
from weighbridge.model.policy.shipped import LIBRARY
from weighbridge.usecases.policies import load_policy
from weighbridge.usecases.policy_push import push_policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Bench, Ran

COMMON = """\
apiVersion: weighbridge.dev/v1
kind: PromotionPolicy
metadata: {name: common, version: "2", owner: {team: platform}}
spec:
  conditions:
    - id: named
      title: It has a name
      expr: 'release.name != ""'
      message: '"it has no name"'
      tests: {pass: [{release: {name: a}}], fail: [{release: {name: ""}}]}
"""
INCLUDES = POLICY.replace("[baseline]", "[baseline, ./common]")


def digest_of(folder: Path) -> str:
    return bundle_digest(load_policy(folder, rule_set=bootstrap.rule_set()).bundle)


def shown(run: Bench, name: str) -> str:
    found = run("policy", "show", name, "--output-format=json")
    assert found.code == 0, found.err
    return str(found.json["digest"])


def refused(run: Bench, name: str) -> str:
    found = run("policy", "test", name)
    assert found.code in {2, 3}, found
    return found.err


@pytest.fixture
def kept(run: Bench) -> Path:
    """Commit a policy in a folder of a repository, and change it afterwards."""
    repository = run.folder / "repository"
    repository.mkdir()
    policy = write_policy(repository, INCLUDES)
    (policy / "common.yaml").write_text(COMMON)
    git(repository, "init", "--quiet", "--initial-branch=main")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=policy")
    git(repository, "tag", "v1")
    return repository


# Git --------------------------------------------------------------------------------------------


def test_a_revision_is_what_was_committed(run: Bench, kept: Path) -> None:
    wanted = digest_of(kept / "policy")
    write_policy(kept, INCLUDES, tasks="[]")
    commit = git(kept, "rev-parse", "HEAD")
    for name in ("repository@v1", f"repository@{commit}", f"file://{kept}@main"):
        assert shown(run, f"git+{name}#policy") == wanted
    tested = run("policy", "test", "git+repository@v1#policy")
    assert tested.code == 0
    assert "common/named  It has a name" in tested.out
    assert [path.name for path in run.folder.iterdir()] == ["repository"]


def test_nothing_of_a_hostile_repository_is_run_or_followed(run: Bench, kept: Path) -> None:
    ran = run.folder / "ran"
    for hook in ("post-checkout", "post-index-change", "reference-transaction"):
        path = kept / ".git/hooks" / hook
        path.write_text(f"#!/bin/sh\ntouch {ran}\n")
        path.chmod(0o755)
    for key in ("core.fsmonitor", "core.sshCommand", "filter.x.smudge", "diff.x.textconv"):
        git(kept, "config", key, f"touch {ran}")
    (kept / "policy/.gitattributes").write_text("* filter=x diff=x\n")
    (run.folder / "secret.json").write_text('"secret"')
    (kept / "policy/data/secret.json").symlink_to(run.folder / "secret.json")
    (kept / "linked").symlink_to("policy")
    git(kept, "-c", "core.fsmonitor=", "add", ".")
    git(kept, "-c", "core.fsmonitor=", "commit", "--quiet", "--no-verify", "--message=links")
    ran.unlink(missing_ok=True)
    for there in ("repository", f"file://{kept}"):
        found = run("policy", "show", f"git+{there}@main#policy", "--output-format=json").json
        assert sorted(found["bundle"]["data"]) == ["tasks"]
        assert "there is no policy in" in refused(run, f"git+{there}@main#linked")
    assert not ran.exists()


def test_a_policy_that_is_a_link_or_too_large_is_refused(run: Bench, kept: Path) -> None:
    (kept / "policy/policy.yaml").unlink()
    (kept / "policy/policy.yaml").symlink_to("../../secret")
    git(kept, "commit", "--quiet", "--all", "--message=link")
    assert "there is no policy in" in refused(run, "git+repository@main#policy")
    (kept / "policy/policy.yaml").unlink()
    (kept / "policy/policy.yaml").write_text("#" * (17 << 20))
    git(kept, "commit", "--quiet", "--all", "--message=large")
    assert "is larger than" in refused(run, "git+repository@main#policy")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("git+repository@v9#policy", "cannot be read"),
        ("git+repository@v1", "there is no policy in"),
        ("git+repository@v1#gone", "there is no policy in"),
        ("git+repository@v1#../..", "is outside r"),
        ("git+repository#policy", "names no revision"),
        ("git+repository@--help#policy", "names no revision"),
        ("git+http://example.com/a@v1", "is not fetched from"),
        ("git+ext::sh@v1", "cannot be read"),
        ("git+https://a:b@example.com/a@v1", "holds a credential"),
        ("git+https://example.com/a@v1:refs/heads/x", "is not fetched from"),
        ("oci:layout:latest", "names no manifest by its digest"),
        ("shipped:base", "did you mean shipped:baseline?"),
        ("nowhere", "there is no file nowhere"),
    ],
)
def test_what_is_no_source_is_refused(name: str, said: str, run: Bench, kept: Path) -> None:
    assert kept.is_dir()
    assert said in refused(run, name)


def test_the_network_can_be_forbidden(run: Bench) -> None:
    found = run("--offline", "policy", "test", "git+https://git.example.com/a@v1")
    assert (found.code, "which --offline forbids" in found.err) == (2, True)


# Artifacts --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_registry(tmp_path_factory.mktemp("registry")) as address:
        yield address


def pushed(run: Bench, name: str, to: str) -> Ran:
    found = run("policy", "publish", name, "--to", to)
    assert found.code == 0, found.err
    return found


@pytest.mark.parametrize("place", ["registry", "layout"])
def test_a_policy_travels_as_an_artifact(
    place: str, run: Bench, registry: str, tmp_path: Path
) -> None:
    policy = write_policy(run.folder, INCLUDES)
    (policy / "common").mkdir()
    (policy / "common/policy.yaml").write_text(COMMON)
    to = f"oci://{registry}/policies/{tmp_path.name}" if place == "registry" else "oci:layout"
    there = pushed(run, "policy", to).out.split()[0]
    assert there.startswith(f"{to}@sha256:")
    assert pushed(run, "policy", to).out.split()[0] == there
    assert shown(run, there) == digest_of(policy)
    assert run("policy", "test", there).code == 0
    assert pushed(run, there, to).out.split()[0] == there


def test_an_artifact_is_only_what_its_digest_says(run: Bench) -> None:
    write_policy(run.folder)
    dry = run("policy", "publish", "policy", "--to", "oci:layout", "--dry-run")
    assert (dry.code, "nothing was pushed" in dry.err) == (0, True)
    assert not (run.folder / "layout").exists()
    there = pushed(run, "policy", "oci:layout").out.split()[0]
    assert dry.out.split()[0] == there
    for blob in (run.folder / "layout/blobs/sha256").iterdir():
        if b'"PolicyBundle"' in blob.read_bytes():
            blob.write_bytes(blob.read_bytes().replace(b"classification", b"classificatioN"))
    assert "have another digest" in refused(run, there)
    named = run("policy", "publish", "policy", "--to", there)
    assert (named.code, "names a digest" in named.err) == (2, True)


def hostile(run: Bench, **changes: object) -> str:
    """Push a bundle, and then another one like it, as only an attacker would write it."""
    loaded = load_policy(write_policy(run.folder), rule_set=bootstrap.rule_set())
    tree = {**json.loads(bundle_bytes(loaded.bundle)), **changes}
    bundle = read_bundle(canonical_bytes(tree))
    repository, _, _ = bootstrap.open_repository("oci:layout", base=run.folder)
    manifest, _ = push_policy(bundle, repository, "")
    return f"oci:layout@{manifest.digest}"


def test_a_bundle_that_demands_fewer_rules_than_it_says_is_refused(run: Bench) -> None:
    rules = {"name": "standard", "version": "9", "digest": "sha256:" + "0" * 64}
    there = hostile(run, rules={**rules, "codes": ["CFG001"]})
    said = refused(run, there)
    assert "demands fewer rules than `standard` does here" in said


def test_a_bundle_checked_against_other_words_is_refused(run: Bench) -> None:
    there = hostile(run, speech={"now": "integer"})
    said = refused(run, there)
    assert "`release` is not a value here" in said or "no field" in said


# What is included -------------------------------------------------------------------------------


def included(run: Bench, include: str, *, common: str = COMMON) -> Ran:
    policy = write_policy(run.folder, POLICY.replace("[baseline]", include))
    (policy / "common.yaml").write_text(common)
    return run("policy", "test", "policy")


def test_a_collection_lies_beside_the_policy(run: Bench) -> None:
    for include in ("[./common]", "[./common.yaml]"):
        found = included(run, include)
        assert found.code == 0, found.err
        assert "common/named  It has a name\n  ok  pass 1: holds" in found.out
    bundle = run("policy", "show", "policy", "--output-format=json").json["bundle"]
    assert list(bundle["included"]) == ["./common.yaml"]


@pytest.mark.parametrize(
    ("include", "common", "said"),
    [
        ("[./comon]", COMMON, "write ./comon.yaml or ./comon/policy.yaml beside the policy"),
        ("[./../common]", COMMON, "is not a collection of conditions"),
        ("[./.hidden]", COMMON, "is not a collection of conditions"),
        ("[/etc/common]", COMMON, "is not a collection of conditions"),
        ("[./common]", COMMON.replace("spec:", "spec:\n  approvals: [{min: 1, roles: [a]}]"),
         "spec.approvals would be lost"),
        ("[baseline, ./common]", COMMON.replace("id: named", "id: owner-reachable"),
         "seen    policy/common.yaml:6:11"),
        ("[./common]", COMMON.replace("id: named", "id: known-task"),
         "the included ./common has a condition known-task, too"),
        ("[./common]", COMMON.replace("release.name !=", "release.nam !="),
         "policy/common.yaml:8:22"),
    ],
)  # fmt: skip
def test_what_cannot_be_included_is_told_at_its_place(
    include: str, common: str, said: str, run: Bench
) -> None:
    found = included(run, include, common=common)
    assert found.code == 2
    assert said in found.err


def test_a_collection_is_no_link_out_of_the_folder(run: Bench) -> None:
    (run.folder / "elsewhere").mkdir()
    (run.folder / "elsewhere/policy.yaml").write_text(COMMON)
    policy = write_policy(run.folder, POLICY.replace("[baseline]", "[./common]"))
    (policy / "common").symlink_to(run.folder / "elsewhere")
    assert "is a link out of the policy's folder" in refused(run, "policy")


# The registry -----------------------------------------------------------------------------------


def test_published_collections_are_included_and_commits_are_signed(cast: Cast) -> None:
    repository = cast.folder / "policies"
    (repository / "common").mkdir(parents=True)
    (repository / "common/policy.yaml").write_text(COMMON)
    git(repository, "init", "--quiet", "--initial-branch=main")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=policy")
    commit = git(repository, "rev-parse", "HEAD")
    source = "git+policies@main#common"
    said = cast("policy", "publish", source, "--dry-run", by="ann ben").out
    assert f'"parameters":{{"origin":"git:{commit}#common"}}' in said
    cast.done("policy", "publish", source, by="ann ben")

    write_policy(cast.folder, POLICY.replace("[baseline]", "[common@2]"))
    found = cast("policy", "publish", "policy", by="ann ben")
    assert found.code == 0, found.err
    shown = cast.done("policy", "show", "house@1", "--output-format=json").json
    assert list(shown["bundle"]["included"]) == ["common@2"]
    assert cast.done("policy", "test", "house@1").out.endswith(
        "pass: house@1, 5 of 5 examples as they should be\n"
    )
    missing = POLICY.replace("[baseline]", "[comon@2]")
    write_policy(cast.folder, missing)
    assert "there is no collection comon@2" in cast("policy", "test", "policy").err


# The library ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LIBRARY)
def test_every_shipped_policy_holds_what_it_says(name: str, run: Bench) -> None:
    tested = run("policy", "test", f"shipped:{name}")
    assert (tested.code, tested.err) == (0, "")
    bundle = run("policy", "show", f"shipped:{name}", "--output-format=json").json["bundle"]
    spec = bundle["policy"]["spec"]
    assert (bundle["policy"]["metadata"]["name"], list(bundle["included"])) == (name, ["baseline"])
    report = spec["evidence"][0]
    assert (report["type"], report["signedBy"]) == ("report", {"role": "checker"})
    assert report["noneAbove"] in {"note", "warning"}
    assert "provenance" in {one["type"] for one in spec["evidence"]}
    assert spec["rollbackPolicy"] == {"allow": "previously-promoted", "hold": True}
    assert all(one["longest"] and one["roles"] for one in spec["waivers"])
    assert {"approvals", "targets", "dependencies", "signature", "onDeny"} <= spec.keys()


def test_shipped_policies_are_listed_where_there_is_no_registry(run: Bench) -> None:
    found = run("policy", "show", "--output-format=json").json
    assert found["policies"] == []
    assert [one["policy"] for one in found["shipped"]] == [f"shipped:{name}" for name in LIBRARY]


def excepting(code: str) -> str:
    entry = f"{{rules: [{code}], environments: [a], severity: block, reason: b}}"
    return POLICY.replace("  approvals:", f"  exceptions: [{entry}]\n  approvals:")


@pytest.mark.parametrize("code", ["SEC999", "GOV005"])
def test_a_rule_no_finding_could_be_of_is_told_in_an_exception(code: str, run: Bench) -> None:
    write_policy(run.folder, excepting(code))
    assert f"there is no rule {code} a finding could be of" in refused(run, "policy")


def test_an_exception_can_be_from_what_the_gate_itself_finds(run: Bench) -> None:
    write_policy(run.folder, excepting("GOV004"))
    assert run("policy", "test", "policy").code == 0
