from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.report.samples import ATTACKED, DIGEST, FAILED, PASSED, UNREAD, WAIVED
from weighbridge.model.location import Location
from weighbridge.report.markdown import MarkdownRenderer
from weighbridge.report.markup import code, code_block, prose, table


def test_a_comment_is_a_verdict_a_table_and_the_blocks() -> None:
    report = replace(PASSED, findings=(DIGEST,), skipped=FAILED.skipped)
    assert MarkdownRenderer().render(report) == (
        "### weighbridge: `file-type-detector@1.4.0`\n"
        "\n"
        "**fail**: 1 error (2 rules, 1 skipped)\n"
        "\n"
        "|  | rule | subject | what is wrong | where |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| error | `INT001` digest-mismatch | `weights/model.safetensors`"
        " | digest of weights/model.safetensors differs from the manifest | `release.yaml:14` |\n"
        "\n"
        "<details><summary>1 finding in full</summary>\n"
        "\n"
        "```text\n"
        "error[INT001]: digest of weights/model.safetensors differs from the manifest\n"
        "  --> release.yaml:14:11\n"
        "   | wanted  sha256:9f2c (4.1 GB)\n"
        "   | seen    sha256:77ab (4.1 GB)\n"
        "   = cause: the file changed after `seal` (3 h later)\n"
        "   = help:  run `weighbridge capture --update`, or restore the file\n"
        "   = more:  weighbridge explain INT001\n"
        "```\n"
        "\n"
        "</details>\n"
        "\n"
        "<details><summary>1 rule skipped</summary>\n"
        "\n"
        "| rule | why | by |\n"
        "| --- | --- | --- |\n"
        "| `DEP004` | not for this target | `weighbridge.toml:4` |\n"
        "\n"
        "</details>\n"
    )


def test_a_clean_comment_is_short() -> None:
    assert MarkdownRenderer().render(PASSED) == (
        "### weighbridge: `file-type-detector@1.4.0`\n\n**pass**: 2 rules over 1 input\n"
    )


def test_levels_say_what_became_of_a_finding() -> None:
    text = MarkdownRenderer().render(replace(PASSED, findings=(UNREAD, WAIVED)))
    assert "| inconclusive | `DEP003` lock-drift |" in text
    assert "| waived | `GOV007` card-missing |" in text


def test_a_finding_without_a_file_has_an_empty_cell() -> None:
    report = replace(PASSED, findings=(replace(DIGEST, location=Location("")),))
    assert "differs from the manifest |  |\n" in MarkdownRenderer().render(report)


def test_a_comment_fits_and_says_what_it_left_out() -> None:
    findings = tuple(replace(DIGEST, subject=f"file-{n:04}") for n in range(500))
    text = MarkdownRenderer().render(replace(PASSED, findings=findings))
    assert len(text) < 65_536
    shown = text.count("error[INT001]")
    assert 0 < shown < 500
    assert f"\n{500 - shown} findings not shown in full: this comment is too short.\n" in text


def test_hostile_text_stays_in_its_cell_and_its_block() -> None:
    text = MarkdownRenderer().render(ATTACKED)
    assert all(line.isprintable() for line in text.splitlines())
    (row,) = [line for line in text.splitlines() if line.startswith("| error")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    message = row.split(" | ")[3]
    assert r"\<script\>" in message
    assert r"\[a\](http\://evil)" in message
    assert "@all" not in message
    opening = text.index("````text\n")
    closing = text.index("\n````\n", opening)
    assert "```\n" in text[opening + 9 : closing]
    assert text.count("</details>") == 3
    assert text[opening:closing].count("</details>") == 1


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain, with (brackets) - and 1.5", "plain, with (brackets) - and 1.5"),
        ("a|b*c_d`e", r"a\|b\*c\_d\`e"),
        ("<b>&amp;", r"\<b\>\&amp;"),
        ("@org/team", r"\@<!-- -->org/team"),
        ("fixes #12", r"fixes \#<!-- -->12"),
        ("GH-1 http://x WWW.x model.onnx", r"GH<!-- -->-1 http\://x WWW\.x model.onnx"),
        ("a\nb", r"a\\nb"),
    ],
)
def test_prose_reads_as_itself(text: str, written: str) -> None:
    assert prose(text) == written


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("x", "`x`"),
        ("", "` `"),
        ("a`b", "``a`b``"),
        ("`a``", "``` `a`` ```"),
        ("a|b", r"`a\|b`"),
        ("a\x1b", r"`a\x1b`"),
    ],
)
def test_code_spans_hold_anything(text: str, written: str) -> None:
    assert code(text) == written


def test_fences_are_longer_than_what_they_hold() -> None:
    assert code_block("x") == "```text\nx\n```"
    assert code_block("````\nx") == "`````text\n````\nx\n`````"


def test_tables_have_a_line_a_row() -> None:
    assert table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
