"""The model card is a file of the release like any other; what is implicit is not sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.usecases.workshop import sha256

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

PAGE = b"# Demo\n\nFor tests alone.\n"
CARD = "  card: {path: CARD.md}\n"
OTHER = f"  card: {{path: CARD.md, digest: sha256:{'0' * 64}}}\n"


def with_more(bench: Bench, more: str) -> None:
    (bench.folder / "CARD.md").write_bytes(PAGE)
    path = bench.folder / "release.yaml"
    path.write_text(path.read_text() + more)


def codes(bench: Bench, *words: str) -> list[tuple[str, str]]:
    found = bench("check", "--output-format=json", *words).json["findings"]
    return [(one["code"], one["subject"]) for one in found if one["code"].startswith("INT")]


def test_a_card_is_digested_and_kept(bench: Bench) -> None:
    with_more(bench, CARD)
    assert bench("seal").code == 0
    shown = bench("show", "demo@1.0.0", "--output-format=json").json["manifest"]
    assert shown["spec"]["card"] == {"path": "CARD.md", "digest": sha256(PAGE)}
    (bench.folder / "CARD.md").unlink()
    assert codes(bench, "demo@1.0.0") == []  # the registry holds it


def test_a_card_that_is_gone_or_another_is_found(bench: Bench) -> None:
    with_more(bench, OTHER)
    assert codes(bench) == [("INT001", "CARD.md")]
    (bench.folder / "CARD.md").unlink()
    assert ("INT002", "CARD.md") in codes(bench)
    assert "CARD.md" in bench("seal").err


def test_capture_fills_in_the_digest_of_a_card_and_nothing_else(bench: Bench) -> None:
    with_more(bench, CARD)
    bench("capture", "--update")
    text = (bench.folder / "release.yaml").read_text()
    assert text.endswith(CARD.replace("}", f", digest: {sha256(PAGE)}}}"))


def test_a_parameter_without_a_value_is_not_sealed(bench: Bench) -> None:
    with_more(bench, "  parameters: {batch: {type: integer, default: 8, description: Size.}}\n")
    found = bench("seal")
    assert found.code == 1
    assert "parameter batch has no value, and would run with a default" in found.err
    bench("check", "--fix")
    assert "value: 8" in (bench.folder / "release.yaml").read_text()
    assert bench("seal").code == 0


def test_a_card_that_is_an_artifact_has_that_artifacts_digest(bench: Bench) -> None:
    artifact = "    - {name: page, role: card, path: CARD.md}\n"
    bench.edit("  artifacts:\n", "  artifacts:\n" + artifact)
    with_more(bench, OTHER)
    refused = bench("seal")
    assert refused.code == 1
    assert "digest of CARD.md differs from that of the artifact page" in refused.err
    bench.edit(OTHER, CARD)
    assert bench("seal").code == 0
    shown = bench("show", "demo@1.0.0", "--output-format=json").json["manifest"]
    assert shown["spec"]["card"]["digest"] == sha256(PAGE)
