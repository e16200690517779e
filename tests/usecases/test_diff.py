from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonpatch
import pytest

from tests.usecases.workshop import commit, lay_out, manifest_text, safetensors, sha256

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench


@pytest.fixture
def sealed(bench: Bench) -> Bench:
    """Run commands where a release was sealed and then changed."""
    bench("seal")
    bench.edit("team: house", "team: other")
    bench.edit('version: "1.0.0"', 'version: "2.0.0"')
    commit(bench.folder)
    return bench


def test_a_path_is_compared_as_it_would_be_sealed(sealed: Bench) -> None:
    found = sealed("diff", "demo@1.0.0", ".", "--output-format", "json")
    assert (found.code, found.err) == (0, "")
    assert list(found.json) == ["schemaVersion", "changes", "tensors"]
    changes = {change["pointer"]: change for change in found.json["changes"]}
    assert set(changes) == {"/metadata/owner/team", "/metadata/version", "/spec/source/commit"}
    version = changes["/metadata/version"]
    assert list(version) == [
        *("pointer", "kind", "before", "after", "risk", "rules"),
        *("type", "delta"),
    ]
    assert (version["type"], version["delta"]) == ("version", "major")
    assert (version["kind"], version["before"], version["after"]) == ("changed", "1.0.0", "2.0.0")
    assert version["risk"] in {"low", "medium", "high"}


def test_two_sealed_releases_are_compared_without_their_files(sealed: Bench) -> None:
    by_path = sealed("diff", "demo@1.0.0", ".").out
    digest = sealed("seal").out.split()[0]
    assert sealed("diff", "demo@1.0.0", "demo@2.0.0").out == by_path
    assert sealed("diff", "demo@1.0.0", digest).out == by_path
    assert "version" in by_path
    assert "1.0.0 -> 2.0.0" in by_path


def test_the_same_release_twice_has_no_changes(sealed: Bench) -> None:
    found = sealed("diff", "demo@1.0.0", "demo@1.0.0", "--output-format", "json")
    assert (found.code, found.json["changes"]) == (0, [])
    assert sealed("diff", ".", "release.yaml", "--output-format", "json").json["changes"] == []


def test_what_stands_in_the_way_of_sealing_is_no_obstacle(sealed: Bench) -> None:
    sealed.edit("team: other", "team: TODO")
    (sealed.folder / "labels.json").unlink()
    (sealed.folder / "weights/model.safetensors").write_bytes(safetensors(9.0))
    found = sealed("diff", "demo@1.0.0", ".", "--output-format", "json")
    pointers = {change["pointer"]: change["after"] for change in found.json["changes"]}
    assert pointers["/spec/artifacts/model/digest"] == sha256(safetensors(9.0))


def test_markdown_is_a_table_for_a_review(sealed: Bench) -> None:
    found = sealed("diff", "demo@1.0.0", ".", "--output-format", "markdown")
    assert found.code == 0
    assert "### `/metadata`\n" in found.out
    assert "| ~ | low | `version` | `1.0.0` | `2.0.0` (major) |  |\n" in found.out


def test_the_order_of_the_sides_is_the_order_of_the_words(sealed: Bench) -> None:
    found = sealed("diff", ".", "demo@1.0.0", "--output-format", "json").json["changes"]
    (version,) = (change for change in found if change["pointer"] == "/metadata/version")
    assert (version["before"], version["after"]) == ("2.0.0", "1.0.0")


def test_a_patch_turns_one_manifest_into_the_other(sealed: Bench) -> None:
    sealed("seal")
    first, second = (
        sealed("show", f"demo@{version}", "--output-format", "json").json["manifest"]
        for version in ("1.0.0", "2.0.0")
    )
    found = sealed("diff", "demo@1.0.0", ".", "--output-format", "json-patch")
    operations = json.loads(found.out)
    assert (found.code, found.err) == (0, "")
    assert {"op": "replace", "path": "/metadata/version", "value": "2.0.0"} in operations
    assert jsonpatch.JsonPatch(operations).apply(first) == second
    assert sealed("diff", ".", ".", "--output-format", "json-patch").out == "[]\n"


@pytest.mark.parametrize("form", ["text", "json", "markdown", "json-patch"])
def test_the_exit_code_is_the_same_whatever_the_format(sealed: Bench, form: str) -> None:
    assert sealed("diff", "demo@1.0.0", ".", "--output-format", form).code == 0
    assert sealed("diff", ".", ".", "--output-format", form).code == 0
    missing = sealed("diff", "demo@1.0.0", "demo@9.9.9", "--output-format", form)
    assert (missing.code, missing.out) == (2, "")
    assert "demo@9.9.9" in missing.err


def test_any_format_goes_to_a_file(sealed: Bench) -> None:
    for form in ("text", "json", "markdown", "json-patch"):
        words = ("diff", "demo@1.0.0", ".", "--output-format", form)
        printed = sealed(*words).out
        assert sealed(*words, "--output", "out").out == ""
        assert (sealed.folder / "out").read_text() == printed
        (sealed.folder / "out").unlink()


def test_colour_is_for_terminals(sealed: Bench) -> None:
    assert "\x1b[" in sealed("diff", "demo@1.0.0", ".", "--color", "always").out
    assert "\x1b[" not in sealed("diff", "demo@1.0.0", ".").out


def test_show_reads_an_authored_manifest_as_it_is(bench: Bench) -> None:
    found = bench("show")
    assert found.code == 0
    assert found.out.startswith("demo@1.0.0\n(not sealed)\n\nmetadata\n  name: demo\n")
    shown = bench("show", "--output-format", "json").json
    assert list(shown) == ["schemaVersion", "digest", "manifest"]
    assert shown["digest"] is None
    assert shown["manifest"]["metadata"]["owner"]["team"] == "house"


def test_show_reads_a_sealed_release_to_the_byte(bench: Bench) -> None:
    digest = bench("seal").out.split()[0]
    assert bench("show", "demo@1.0.0").out.startswith(f"demo@1.0.0\n{digest}\n")
    for reference in ("demo@1.0.0", digest, digest[:20]):
        shown = bench("show", reference, "--output-format", "json").json
        assert shown["digest"] == digest
        data = json.dumps(
            shown["manifest"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        assert sha256(data.encode()) == digest


def test_show_takes_a_path(run: Bench) -> None:
    lay_out(run.folder / "a", manifest_text().replace("name: demo", "name: other"))
    assert run("show", "a") == run("show", "a/release.yaml")
    assert run("show", "a").out.startswith("other@1.0.0\n")
