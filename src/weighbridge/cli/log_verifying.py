"""What `weighbridge log verify` does with files: proofs, conflicts, what a monitor remembers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from weighbridge.cli.console import Session
    from weighbridge.ledger.quorum import QuorumPolicy
    from weighbridge.model.verification import Audit

LARGEST = 16 << 20
"""Bytes of a proof or a checkpoint; both are far smaller."""


def verify_file(
    session: Session, file: str, key: str, policy: QuorumPolicy | None, output_format: str
) -> str:
    """Verify a proof of an entry, or of what a log did wrong, by the log's key alone."""
    from weighbridge.ledger.conflict import HEADER

    data = session.read(file, limit=LARGEST)
    if not key:
        raise click.UsageError("a proof is checked with the log's public key: --log-key FILE")
    if data.startswith(HEADER.encode()):
        return _verify_conflict(session, data, key, output_format)
    return _verify_proof(session, data, key, policy, output_format)


def _verify_proof(
    session: Session, data: bytes, key: str, policy: QuorumPolicy | None, output_format: str
) -> str:
    from weighbridge.report.events import event_json, render_event
    from weighbridge.report.json import SCHEMA_VERSION, json_text
    from weighbridge.report.trust import cosigner_json, cosigner_lines
    from weighbridge.usecases.prove import verify_entry

    proven = verify_entry(data, log_key=key, policy=policy)
    if output_format == "json":
        document = {
            "schemaVersion": SCHEMA_VERSION,
            "ok": True,
            "log": {"origin": proven.checkpoint.origin, "size": proven.checkpoint.size},
            "cosigners": [cosigner_json(one) for one in proven.cosigners],
            "entry": event_json(proven.index, proven.event),
        }
        session.result(json_text(document))
    else:
        session.result(render_event(proven.index, proven.event))
        session.hint(f"proven: it stands in {proven.checkpoint.origin}")
        for line in cosigner_lines(proven.cosigners):
            session.hint(line)
    return "pass"


def _verify_conflict(session: Session, data: bytes, key: str, output_format: str) -> str:
    from weighbridge.report.conflict import conflict_json, render_conflict
    from weighbridge.report.json import json_text
    from weighbridge.usecases.growth import verify_conflict

    judged = verify_conflict(data, log_key=key)
    if output_format == "json":
        session.result(json_text(conflict_json(judged)))
    else:
        session.result(render_conflict(judged, styled=session.styled))
    return "pass" if judged.is_proven else "fail"


class Monitor:
    """Remembers the last checkpoint seen in a file, if one was named."""

    def __init__(self, session: Session, file: str | None, key: str) -> None:
        """Read the file.

        Args:
            session: The run.
            file: The file; None to remember nothing.
            key: The log's public key.

        Raises:
            UnreadableError: It is there and cannot be read.
        """
        self._session = session
        self._file = file
        self._key = key
        there = file is not None and os.path.lexists(session.start / file)
        self.kept = session.read(file, limit=LARGEST) if file is not None and there else None

    def tell(self, found: Audit, output_format: str) -> str:
        """Print what was found, and remember it if all is well."""
        from weighbridge.report.json import json_text
        from weighbridge.report.trust import audit_json, render_audit

        if output_format == "json":
            self._session.result(json_text(audit_json(found)))
        else:
            self._session.result(render_audit(found, styled=self._session.styled))
        if self._file is not None:
            self._remember(found, self._file)
        return "fail" if found.problems else "pass"

    def _remember(self, found: Audit, file: str) -> None:
        from weighbridge.adapters.files import write_file

        if found.problems:
            if found.conflict:
                self._keep_conflict(found.conflict, f"{file}.conflict")
            elif self.kept is not None:
                self._session.hint(f"{file} stays as it is: keep it, it shows what the log was")
            return
        if found.checkpoint != self.kept:
            write_file(self._session.start / file, found.checkpoint)
        if self.kept is None:
            self._session.hint(
                f"first use: nothing was remembered, so this log is trusted as it is now; {file} "
                "remembers it, and the next run proves that it only grew"
            )

    def _keep_conflict(self, conflict: bytes, file: str) -> None:
        from weighbridge.adapters.files import write_file

        if not self._is_proven(file):
            write_file(self._session.start / file, conflict)
        self._session.hint(
            f"both checkpoints are in {file}: hand it to others, who need only the log's key; "
            f"weighbridge log verify {file} --log-key FILE"
        )

    def _is_proven(self, file: str) -> bool:
        """Tell whether a file proves already that the log did wrong; then it is left alone."""
        from weighbridge.model.errors import LedgerError, UnreadableError
        from weighbridge.usecases.growth import verify_conflict

        try:
            data = self._session.read(file, limit=LARGEST)
            return verify_conflict(data, log_key=self._key).is_proven
        except (LedgerError, UnreadableError):
            return False
