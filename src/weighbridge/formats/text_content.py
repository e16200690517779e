"""What a text may be beyond text: a chat template, a configuration in YAML, or Python.

Told by the content. What is neither is text, and says nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from weighbridge.formats.config_texts import ConfigTexts
from weighbridge.formats.huggingface_facts import HuggingFaceFacts
from weighbridge.formats.json_kind import Kinds
from weighbridge.formats.python_modules import note_imports
from weighbridge.formats.record import Record
from weighbridge.formats.template import large_piece_is_template, note_other_text
from weighbridge.formats.yaml_walk import YamlError, YamlWalk, may_be_yaml

if TYPE_CHECKING:
    from weighbridge.model.limits import Limits

LONGEST: Final = 1 << 20
"""Bytes of a text that is looked into as a whole."""

_OVERLAP: Final = 300
_RUNS: Final = re.compile(r"!!python/|(?m:^[ \t-]*!(?:apply|new|name|module):)")
_LARGE: Final = re.compile(
    r"!!python/(?:object|name|module)"
    r"|(?m:^[ \t-]*[\"']?(?:_target_|chat_template)[\"']?[ \t]*:[ \t])"
)


class TextContent:
    """One text as it goes by; up to a limit it is kept."""

    def __init__(self, record: Record, limits: Limits) -> None:
        """Begin with nothing heard."""
        self._record = record
        self._limits = limits
        self._kept: list[bytes] = []
        self._before = ""
        self._suspect = False

    def hear(self, piece: bytes) -> None:
        """Hear the next bytes."""
        if self._record.size <= LONGEST:
            self._kept.append(piece)
        elif not self._suspect:
            text = self._before + piece.decode("utf-8", "replace")
            found = large_piece_is_template(text) or _LARGE.search(text) is not None
            self._suspect = found
            self._before = text[-_OVERLAP:]

    def conclude(self) -> None:
        """Note what the text is, if it is more than that."""
        record = self._record
        if self._suspect:
            record.unread(f"what seems to be a program is in a text of more than {LONGEST} bytes")
        text = b"".join(self._kept).decode("utf-8", "replace")
        if may_be_yaml(text):
            self._yaml(text)
        # A configuration may be a template as a whole, too: whoever reads the file decides.
        if note_other_text(text, record, "the text") and not record.metadata:
            record.metadata.append(("chat_template", "present"))
        record.metadata.extend(note_imports(text))

    def _yaml(self, text: str) -> None:
        """Note what a configuration says; of documents that are none, what their tags import."""
        kinds = Kinds([HuggingFaceFacts(self._limits), ConfigTexts(self._limits)])
        noted = Record(format="text", size=self._record.size)
        walk = YamlWalk(kinds, noted)
        whole = False
        try:
            walk.run(text)
            whole = walk.mapping
        except YamlError as error:
            if error.over and (_RUNS.search(text) or _LARGE.search(text)):
                self._record.unread(f"what seems to be YAML is not judged: {error}")
        if whole:
            kinds.conclude(noted, whole=True)
        self._take(noted)

    def _take(self, noted: Record) -> None:
        record = self._record
        for use in noted.code:
            record.uses(use)
        for problem in noted.problems:
            record.problem(problem.code, problem.message, problem.offset, problem.wanted)
        for reason in noted.reasons:
            record.unread(reason)
        record.metadata.extend(noted.metadata)
        record.references.extend(noted.references)
