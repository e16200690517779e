from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.usecases.stage import FIRST, write_release
from tests.usecases.workshop import WEIGHTS, commit, safetensors, sha256

if TYPE_CHECKING:
    from tests.usecases.stage import Stage
    from tests.usecases.workshop import Bench


def comment(bench: Bench, *words: str, code: int = 0) -> str:
    """Weigh, and return the comment that was written beside the result."""
    path = bench.folder.parent / "comment.md"
    found = bench("check", f"--comment={path}", *words)
    assert found.code == code, found.err
    return path.read_text(encoding="utf-8")


@pytest.fixture
def changed(bench: Bench) -> Bench:
    """Run commands where a release was sealed, and then other weights came."""
    bench("seal")
    bench.edit('version: "1.0.0"', 'version: "1.1.0"')
    bench.edit(sha256(WEIGHTS), sha256(safetensors(1.0, 3.0)))
    (bench.folder / "weights/model.safetensors").write_bytes(safetensors(1.0, 3.0))
    commit(bench.folder)
    return bench


def test_a_comment_is_written_beside_the_result(changed: Bench) -> None:
    alone = changed("check", "--output-format=github").out
    path = changed.folder.parent / "comment.md"
    beside = changed("check", "--output-format=github", f"--comment={path}")
    assert beside.out.split(" (")[0] == alone.split(" (")[0]
    text = path.read_text(encoding="utf-8")
    assert text.startswith(
        "<!-- weighbridge:release -->\n\n### weighbridge: `demo@1.1.0`\n\n**pass**:"
    )
    assert "risk" not in text


def test_it_says_what_changed_and_how_much_that_could_hurt(changed: Bench) -> None:
    text = comment(changed, "--against=demo@1.0.0")
    (risk,) = re.findall(r"(?m)^\*\*high risk\*\*: (.+) since `demo@1.0.0`$", text)
    assert risk.startswith("3 changes: 1 high")
    after = text.split("#### Since `demo@1.0.0`")[1]
    rows = [line for line in after.splitlines() if line.startswith("| ~ |")]
    assert "| ~ | high | `/spec/artifacts/model/digest` |" in rows[0]
    assert any("`/metadata/version` | `1.0.0` | `1.1.0` (minor)" in row for row in rows)
    assert "tensors of model" in after


def test_a_manifest_of_another_checkout_can_be_what_it_is_compared_with(
    changed: Bench,
) -> None:
    (changed.folder.parent / "base").mkdir()
    base = changed.folder.parent / "base/release.yaml"
    text = (changed.folder / "release.yaml").read_text()
    base.write_text(text.replace("team: house", "team: other"))
    found = comment(changed, f"--against={base}")
    assert "since `demo@1.1.0`" in found
    assert "`/metadata/owner/team` | `other` | `house`" in found


def test_without_an_environment_the_remedies_are_what_would_pass(changed: Bench) -> None:
    changed.edit("contact: house@example.com", "contact: TODO")
    commit(changed.folder)
    text = comment(changed, code=1)
    assert "**fail**: 2 errors" in text
    steps = text.split("#### What would pass\n\n")[1].split("\n\n")[0]
    assert steps == (
        "1. run \\`weighbridge set metadata.owner.contact VALUE\\` (`CFG009`, `GOV001`)"
    )


def test_what_the_rules_skip_and_find_is_folded_away(changed: Bench) -> None:
    text = comment(changed, "--ignore=INT001")
    assert "<details><summary>1 rule skipped</summary>" in text
    assert "| `INT001` |" in text


def test_an_invalid_manifest_takes_the_place_of_an_older_verdict(changed: Bench) -> None:
    changed.edit("kind: ModelRelease", "kind: ModelRelaese")
    text = comment(changed, code=2)
    assert text.startswith("<!-- weighbridge:release -->\n\n### weighbridge\n\n**not weighed**")
    assert "ModelRelaese" in text


def test_what_cannot_be_compared_is_said_and_changes_no_verdict(changed: Bench) -> None:
    text = comment(changed, "--against=demo@9.9.9")
    assert "**risk unknown**" in text
    assert "What changed could not be told: " in text
    assert "**pass**" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--against=demo@1.0.0",), "--against is for --comment"),
        (("--comment-name=x",), "--comment-name is for --comment"),
        (("--comment=c", "--comment-name=a-->b"), "letters, digits and ._/- alone"),
        (("--comment=c", "--fix"), "--comment does not go with --fix"),
        (("--comment=c", "--diff"), "--comment does not go with --diff"),
        (("--comment=c", "--sign"), "--comment does not go with --sign"),
    ],
)
def test_what_does_not_go_together_is_refused(
    words: tuple[str, ...], said: str, changed: Bench
) -> None:
    found = changed("check", *words)
    assert found.code == 2
    assert said in found.err
    assert not (changed.folder / "c").exists()


def test_the_gate_says_what_an_unsealed_release_would_take(stage: Stage) -> None:
    write_release(stage.folder, "1.3.0", b'["cat 3"]\n')
    before = len(list(stage.entries()))
    text = comment(stage, "--for-env=production", f"--against={FIRST}")
    assert "#### To `production`\n\n**denied** under `production@1`, risk low." in text
    steps = text.split("It passes if:\n\n")[1].split("\n\n")[0].splitlines()
    assert steps[0] == "1. `weighbridge seal`"
    assert steps[1] == "2. `weighbridge sign demo@1.3.0 --key NAME` (builder\\: bea)"
    assert steps[-1].endswith("--to production --key NAME` (sre\\: max)")
    assert len(list(stage.entries())) == before
    assert not any(version == "1.3.0" for _, version, _ in stage.registry.releases())


def test_evidence_about_just_these_bytes_counts(stage: Stage) -> None:
    text = comment(stage, "--for-env=staging", "--for-env=production")
    assert "#### To `staging`\n\n**allowed** under `staging@1`, risk low.\n" in text
    assert "#### To `production`\n\n**denied** under" in text
    assert "weighbridge seal" not in text


def test_a_name_that_stands_for_other_bytes_is_to_be_raised(stage: Stage) -> None:
    write_release(stage.folder, "1.0.0", b'["dog 9"]\n')
    text = comment(stage, "--for-env=staging")
    digest = stage.release(FIRST)
    assert (
        f"1. raise `metadata.version`: `demo@1.0.0` stands for `{digest}` already\n"
        "2. `weighbridge seal`\n"
    ) in text


def test_a_release_that_cannot_be_sealed_is_not_judged_by_the_gate(stage: Stage) -> None:
    (stage.folder / "labels.json").unlink()
    text = comment(stage, "--for-env=staging", code=1)
    assert "**fail**" in text
    assert "#### To `staging`\n\n**unknown**: " in text
    assert "It passes if" not in text
