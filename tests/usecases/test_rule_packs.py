from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from scripts.kept_catalogue import FILE, wanted
from tests.usecases.cast import RELEASE
from tests.usecases.rule_packs import ACME, published, single, write_pack
from weighbridge.diffing.rules import compare_rules
from weighbridge.rules.catalogue import EXPLAINED
from weighbridge.usecases.catalogues_of_rules import read_catalogue, write_catalogue

if TYPE_CHECKING:
    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Bench, Ran

STRICT = ACME.replace("max: 5", "max: 1")
"""The release has two artifacts."""
SECOND = ACME.replace('version: "1"', 'version: "2"')
RETIRED = SECOND.replace(
    "severity: warning",
    "severity: warning\n"
    '      retired: {on: "2026-01-01T00:00:00Z", successor: ORG002, reason: nobody needs it}',
)


def codes(found: Ran) -> list[str]:
    return [one["code"] for one in found.json["findings"]]


def checked(cast: Cast, *words: str, form: str = "json") -> Ran:
    return cast("check", RELEASE, f"--output-format={form}", *words)


# Publishing -----------------------------------------------------------------------------------


def test_owners_publish_a_pack_once_under_its_name(cast: Cast) -> None:
    named = published(cast)
    assert cast.last()["body"]["action"] == "rules.publish"
    assert "published already" in cast.done("policy", "publish", "acme", by="ann ben").out
    write_pack(cast.folder, STRICT)
    other = cast("policy", "publish", "acme", by="ann ben")
    assert other.code == 4
    assert "is published already, with other contents" in other.err
    assert "raise metadata.version" in other.err
    assert cast.last()["kind"] == "control.refused"
    assert named in cast.done("rules", "list").out
    assert cast.done("log", "verify", "--deep").code == 0


def test_a_pack_whose_examples_are_not_as_they_say_is_not_published(cast: Cast) -> None:
    write_pack(cast.folder, ACME.replace("parameters: {max: 1}", "parameters: {max: 2}"))
    found = cast("policy", "publish", "acme", by="ann ben")
    assert found.code == 1
    assert "NO  fail 1: holds" in found.out
    assert "not published" in found.err


def test_what_owners_would_sign_is_shown(cast: Cast) -> None:
    write_pack(cast.folder)
    found = cast.done("policy", "publish", "acme", "--dry-run")
    assert '"rules.publish"' in found.out
    assert "acme@1" not in cast.done("rules", "list").out


# Checking -------------------------------------------------------------------------------------


def test_a_named_pack_is_asked_beside_our_rules(cast: Cast) -> None:
    named = published(cast, STRICT)
    found = checked(cast, f"--rule-packs={named}")
    assert found.code == 1
    assert "ORG001" in codes(found)
    (pack,) = found.json["rulePacks"]
    assert f"{pack['name']}@{pack['version']}#{pack['digest']}" == named
    assert (pack["parameters"], pack["rules"]) == ({}, ["ORG001", "ORG002", "ORG003"])
    plain = checked(cast)
    assert "rulePacks" not in plain.json
    assert "ORG001" not in codes(plain)


def test_the_settings_of_a_project_name_packs(cast: Cast) -> None:
    named = published(cast, STRICT)
    (cast.folder / "weighbridge.toml").write_text(
        f'rule-packs = ["{named}"]\nignore = ["ORG003"]\n'
    )
    found = cast("check", RELEASE)
    assert "error[ORG001]: 2 artifacts, and 1 can be reviewed" in found.out
    assert "= help:  split the release in two" in found.out
    assert "skipped[ORG003]: ignored" in found.out
    assert "rule pack acme@1: 3 rules" in found.out
    said = cast.done("explain", "ORG001").out
    assert said.startswith("ORG001 few-artifacts (error) of the rule pack acme@1\n")
    assert "## Why it matters\n\nEach of them is read by a person." in said


def test_a_finding_points_at_its_item_in_the_text(cast: Cast) -> None:
    named = published(cast, single("release.artifacts", 'item.role != "schema"', "role: schema"))
    found = cast("check", f"--rule-packs={named}", "--output-format=json")
    (one,) = [one for one in found.json["findings"] if one["code"] == "ORG009"]
    assert one["location"]["file"] == "release.yaml"
    assert one["location"]["pointer"] == "/spec/artifacts/1"
    lines = (cast.folder / "release.yaml").read_text().splitlines()
    assert "labels.json" in lines[one["location"]["line"] - 1]
    assert one["subject"] == "labels.json"


@pytest.mark.parametrize(
    ("reference", "code", "said"),
    [
        ("acme@1", 2, "does not name a rule pack"),
        ("acme@2#sha256:" + "0" * 64, 2, "neither published here nor installed"),
        ("acme@1#sha256:" + "0" * 64, 1, "is another than the one named"),
    ],
)
def test_a_pack_is_loaded_by_name_version_and_digest_alone(
    cast: Cast, reference: str, code: int, said: str
) -> None:
    published(cast)
    found = checked(cast, f"--rule-packs={reference}")
    assert found.code == code
    assert said in found.err


def test_a_pack_whose_stored_bytes_were_changed_is_not_asked(cast: Cast) -> None:
    named = published(cast, STRICT)
    digest = named.partition("#")[2]
    cast.overwrite(digest, cast.blob(digest).read_bytes().replace(b'"max":1', b'"max":9'))
    found = checked(cast, f"--rule-packs={named}")
    assert found.code != 0
    assert not found.out


def test_two_packs_with_one_code_are_refused(cast: Cast) -> None:
    first = published(cast)
    other = published(cast, ACME.replace("name: acme", "name: other"), "other")
    found = checked(cast, f"--rule-packs={first},{other}")
    assert found.code == 2
    assert "both have a rule ORG001" in found.err


def test_what_is_to_be_evidence_reads_no_settings_for_packs(cast: Cast) -> None:
    named = published(cast, STRICT)
    (cast.folder / "weighbridge.toml").write_text(f'rule-packs = ["{named}"]\n')
    found = cast.done("check", RELEASE, "--sign", by="carl")
    assert "acme" not in found.out
    refused = cast("check", RELEASE, "--sign", f"--rule-packs={named}", by="carl")
    assert refused.code == 2
    assert "--rule-packs does not go with --sign" in refused.err


def test_sarif_gives_each_pack_an_extension_of_the_tool(cast: Cast) -> None:
    named = published(cast, STRICT)
    found = checked(cast, f"--rule-packs={named}", "--ignore=ORG003", form="sarif")
    (run,) = json.loads(found.out)["runs"]
    (extension,) = run["tool"]["extensions"]
    assert (extension["name"], extension["version"]) == ("acme", "1")
    assert extension["properties"]["digest"] == named.partition("#")[2]
    assert [rule["id"] for rule in extension["rules"]] == ["ORG001", "ORG002", "ORG003"]
    assert "## How to fix" in extension["rules"][0]["help"]["markdown"]
    driver = run["tool"]["driver"]["rules"]
    assert not {"ORG001", "ORG002", "ORG003"} & {rule["id"] for rule in driver}
    for result in run["results"]:
        rules: list[dict[str, Any]] = driver
        place = result.get("ruleIndex")
        if place is None:
            reference = result["rule"]
            rules = run["tool"]["extensions"][reference["toolComponent"]["index"]]["rules"]
            place = reference["index"]
        assert rules[place]["id"] == result["ruleId"]
    (off,) = run["invocations"][0]["ruleConfigurationOverrides"][-1:]
    assert off["descriptor"] == {"id": "ORG003", "index": 2, "toolComponent": {"index": 0}}


def test_a_rule_is_asked_of_every_file_as_it_was_read(cast: Cast) -> None:
    named = published(cast, single("facts.files", "item.size > 20", "size: 20"))
    found = checked(cast, f"--rule-packs={named}")
    (one,) = [one for one in found.json["findings"] if one["code"] == "ORG009"]
    assert (one["subject"], one["verdict"]) == ("labels.json", "fail")


def test_a_rule_is_asked_of_every_package_of_every_lock(cast: Cast) -> None:
    named = published(cast, single("facts.packages", 'item.name != "urllib3"', "name: urllib3"))
    (cast.folder / "requirements.lock").write_text("# locked\nurllib3==2.0.0\n")
    found = cast("check", f"--rule-packs={named}", "--output-format=json")
    (one,) = [one for one in found.json["findings"] if one["code"] == "ORG009"]
    assert (one["location"]["file"], one["location"]["line"]) == ("requirements.lock", 2)
    (cast.folder / "requirements.lock").unlink()
    gone = cast("check", f"--rule-packs={named}", "--output-format=json")
    (one,) = [one for one in gone.json["findings"] if one["code"] == "ORG009"]
    assert (one["subject"], one["verdict"]) == ("requirements.lock", "inconclusive")


def test_what_cannot_be_decided_is_inconclusive(cast: Cast) -> None:
    named = published(cast, single("release.artifacts", 'item.uri == "x"', 'uri: "y"'))
    found = checked(cast, f"--rule-packs={named}", "--select=ORG009")
    assert found.code == 3
    assert {one["verdict"] for one in found.json["findings"]} == {"inconclusive"}
    assert "`uri` is not there" in found.json["findings"][0]["message"]


# Retirement -----------------------------------------------------------------------------------


def test_a_retired_rule_is_not_asked_and_stays_told(cast: Cast) -> None:
    published(cast)
    named = published(cast, RETIRED, "second")
    found = checked(cast, f"--rule-packs={named}")
    assert found.json["rulePacks"][0]["rules"] == ["ORG001", "ORG002"]
    assert "retired on 2026-01-01: ORG002 takes its place" in cast.done("explain", "ORG003").out
    chosen = checked(cast, f"--rule-packs={named}", "--select=ORG003")
    assert chosen.code == 2
    assert "ORG002 takes its place" in chosen.err
    listed = cast.done("rules", "list").out
    assert "ORG003  warning  check  no-urllib3      retired on 2026-01-01: ORG002" in listed


def test_two_versions_of_a_pack_are_compared(cast: Cast) -> None:
    published(cast)
    changed = RETIRED.replace("severity: error", "severity: note", 1).replace("max: 5", "max: 3")
    added = changed.replace("- code: ORG002", "- code: ORG009").replace("successor: ORG002, ", "")
    write_pack(cast.folder, added, "second")
    found = cast.done("rules", "diff", "acme@1", "second")
    assert found.out.splitlines() == [
        "~ ORG001 few-artifacts: severity error -> note",
        '~ ORG001 few-artifacts: parameters: {"max":5} -> parameters: {"max":3}',
        "- ORG002 weights-format: removed",
        "- ORG003 no-urllib3: retired on 2026-01-01: nothing replaces it (nobody needs it)",
        "+ ORG009 weights-format: error, new",
        "acme@1 to acme@2: 5 changes",
    ]
    tree = cast.done("rules", "diff", "acme@1", "second", "--output-format=json").json
    assert [one["kind"] for one in tree["changes"]] == [
        "severity", "asks", "removed", "retired", "added"
    ]  # fmt: skip


def test_a_rule_that_is_not_in_force_is_skipped_and_says_since_or_until_when(cast: Cast) -> None:
    later = ACME.replace("parameters: {max: 5}", 'effectiveOn: "2099-01-01T00:00:00Z"').replace(
        "parameters.max", "1"
    )
    named = published(cast, later.replace("            parameters: {max: 1}\n", ""))
    found = checked(cast, f"--rule-packs={named}")
    (skip,) = [one for one in found.json["skipped"] if one["code"] == "ORG001"]
    assert skip["reason"] == "not in force before 2099-01-01T00:00:00Z"
    assert skip["by"] == "acme@1"


def test_this_version_is_found_by_its_number_and_by_the_digest_in_reports(bench: Bench) -> None:
    digest = bench("check", "--output-format=json").json["ruleSet"]["digest"]
    found = bench("rules", "diff", "0.1.0", digest)
    assert found.out == "weighbridge 0.1.0 to weighbridge 0.1.0: 0 changes\n"
    unknown = bench("rules", "diff", "0.0.9", "0.1.0")
    assert unknown.code == 2
    assert "there are no rules 0.0.9" in unknown.err


# Mistakes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "place", "said"),
    [
        ("item.format in", "item.formt in", "32:38", "did you mean `format`?"),
        ("<= parameters.max", "<= parameters.maxx", "14:51", "did you mean `max`?"),
        ("<= parameters.max", '<= "5"', "14:37", "error[WB120]"),
        ("size(release.artifacts) <=", "size(release.version) <=", "14:26", "`version`"),
        ("parameters: {max: 1}", "parameters: {mx: 1}", "23:26", "did you mean `max`?"),
    ],
)
def test_a_typo_is_found_with_its_place_and_what_was_meant(
    run: Bench, before: str, after: str, place: str, said: str
) -> None:
    assert before in ACME
    write_pack(run.folder, ACME.replace(before, after, 1))
    found = run("policy", "test", "acme")
    assert found.code == 2
    assert f"--> acme/rules.yaml:{place}" in found.err
    assert said in found.err


def test_a_policy_and_a_pack_in_one_folder_are_told_apart_by_their_kind(run: Bench) -> None:
    folder = write_pack(run.folder)
    (folder / "policy.yaml").write_text((folder / "rules.yaml").read_text())
    assert (
        "this is a RulePack; a PromotionPolicy is wanted here" in run("policy", "test", "acme").err
    )
    assert run("policy", "test", "acme/rules.yaml").code == 0


def test_text_of_a_pack_turns_no_line_around(cast: Cast) -> None:
    named = published(cast, STRICT.replace("title: the release", "title: \u202e the release"))
    for words in (("rules", "list"), ("explain", "ORG001"), ("check", f"--rule-packs={named}")):
        assert "\u202e" not in cast(*words).out


def test_the_rules_of_this_version_are_written_down() -> None:
    kept, now = json.loads(FILE.read_bytes()), json.loads(wanted())
    # The digest is that of the sources: it is written last, when the version is released.
    assert {**kept, "digest": ""} == {**now, "digest": ""}
    catalogue = read_catalogue(kept)
    assert write_catalogue(catalogue) == kept
    assert {code: (rule.severity, rule.judged_by) for code, rule in catalogue.rules.items()} == {
        rule.code: (rule.severity.value, rule.judged_by) for rule in EXPLAINED
    }
    judges = {code: rule.judged_by for code, rule in catalogue.rules.items()}
    assert (judges["INT001"], judges["GOV002"], judges["INT006"]) == ("check", "gate", "verify")


def test_an_older_version_is_compared_with_this_one() -> None:
    tree = json.loads(FILE.read_bytes())
    older = {
        **tree,
        "version": "0.0.9",
        "rules": [
            ["OLD001", "gone", "error", "x", "check"],
            ["OLD002", "let-go", "error", "x", "gate"],
            *([code, name, "note", *more] for code, name, _, *more in tree["rules"][1:]),
        ],
    }
    told = ["let-go", "2026-12-01T00:00:00Z", "CFG001", "it is told there"]
    newer = read_catalogue({**tree, "retired": {"OLD002": told}})
    changes = compare_rules(read_catalogue(older), newer)
    kinds = {change.code: change.kind for change in changes}
    assert (kinds["CFG001"], kinds["OLD001"], kinds["OLD002"]) == ("added", "removed", "retired")
    assert kinds["CFG002"] == "severity"
    again = compare_rules(newer, newer)
    assert again == ()
