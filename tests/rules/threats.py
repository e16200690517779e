"""What the rules say of a file's bytes: read as they are, judged as a loose file is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.formats.samples import read
from tests.rules.asking import ask
from weighbridge.model.fact import Facts
from weighbridge.rules import sample

if TYPE_CHECKING:
    from weighbridge.model.finding import Finding

NAME = "model.file"


def found(code: str, data: bytes) -> tuple[Finding, ...]:
    """List what one rule finds in a file."""
    return ask(code, Facts(files=sample.file(NAME, structure=read(data))))


def level(code: str, data: bytes) -> str:
    """Return the worst level of what one rule finds in a file; `clean` if it finds nothing."""
    levels = {finding.threat.level for finding in found(code, data) if finding.threat}
    if "malicious" in levels:
        return "malicious"
    return "needs-review" if levels else "clean"


def tokenizer(template: object) -> bytes:
    """Write a tokenizer's configuration with a chat template."""
    return json.dumps({"tokenizer_class": "T", "chat_template": template}).encode()
