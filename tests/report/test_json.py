from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.report.samples import (
    ATTACKED,
    CACHED,
    DIGEST,
    HOSTILE,
    MODEL,
    PASSED,
    SKIPPED,
    THREAT,
    WAIVED,
)
from weighbridge.report.json import JsonRenderer, json_text, long_json_text

WHOLE = """\
{
  "schemaVersion": 1,
  "release": {
    "name": "file-type-detector",
    "version": "1.4.0",
    "digest": "sha256:5ea1"
  },
  "verdict": "fail",
  "ruleSet": {
    "version": "0.1.0",
    "digest": "sha256:4e1e"
  },
  "findings": [
    {
      "code": "INT001",
      "name": "digest-mismatch",
      "severity": "error",
      "verdict": "fail",
      "subject": "weights/model.safetensors",
      "message": "digest of weights/model.safetensors differs from the manifest",
      "seen": "sha256:77ab (4.1 GB)",
      "wanted": "sha256:9f2c (4.1 GB)",
      "cause": "the file changed after `seal` (3 h later)",
      "location": {
        "file": "release.yaml",
        "line": 14,
        "column": 11,
        "pointer": "/spec/artifacts/0/digest"
      },
      "threat": null,
      "remediation": [
        "run `weighbridge capture --update`, or restore the file"
      ],
      "waivedBy": null
    }
  ],
  "skipped": [
    {
      "code": "DEP004",
      "reason": "not for this target",
      "by": "weighbridge.toml:4"
    }
  ],
  "inputs": [
    {
      "name": "labels.json",
      "digest": "sha256:1fe7",
      "cached": true
    },
    {
      "name": "weights/model.safetensors",
      "digest": "sha256:77ab",
      "cached": false
    }
  ],
  "summary": {
    "errors": 1,
    "warnings": 0,
    "notes": 0,
    "inconclusive": 0,
    "waived": 0
  }
}
"""


def test_the_shape_is_the_documented_one_to_the_byte() -> None:
    report = replace(PASSED, findings=(DIGEST,), skipped=(SKIPPED,), inputs=(MODEL, CACHED))
    assert JsonRenderer().render(report) == WHOLE


def test_bytes_not_sealed_have_no_digest_and_waivers_a_name() -> None:
    release = replace(PASSED.release, digest=None)
    written = json.loads(
        JsonRenderer().render(replace(PASSED, release=release, findings=(WAIVED,)))
    )
    assert written["release"]["digest"] is None
    assert written["findings"][0]["waivedBy"] == "alice@example.com"
    assert written["summary"]["waived"] == 1


def test_untrusted_text_is_kept_exactly_and_written_inertly() -> None:
    text = JsonRenderer().render(ATTACKED)
    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())
    assert json.loads(text)["findings"][0]["subject"] == HOSTILE.subject


def test_a_threat_is_told_with_the_bytes_it_is_in() -> None:
    document = json.loads(JsonRenderer().render(replace(PASSED, findings=(DIGEST, THREAT))))
    (threat,) = [one["threat"] for one in document["findings"] if one["threat"] is not None]
    assert threat == {
        "level": "malicious",
        "container": "archive/data.pkl",
        "offset": 1234,
        "global": "os.system",
        "digest": "",
    }


PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters())
VALUES = st.recursive(PLAIN, lambda of: st.lists(of) | st.dictionaries(st.text(), of), max_leaves=9)


@given(st.dictionaries(st.text(st.characters()), VALUES))
def test_a_long_document_has_the_bytes_of_any_other(document: dict[str, object]) -> None:
    assert long_json_text(document) == json_text(document)


def test_what_must_be_escaped_is_in_a_long_document_too() -> None:
    for text in ("\x1b[2J", "\x7f", "\ud800", "é", "\u202e", "plain"):
        document: dict[str, object] = {"text": [text, [], {}]}
        assert long_json_text(document) == json_text(document)
        assert long_json_text(document).isascii()
