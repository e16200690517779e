"""Whether a signed statement is about a release, told by what the registry holds of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from weighbridge.codec.subjects import Contents, may_be_of_parts
from weighbridge.model.errors import NotFoundError, RegistryError
from weighbridge.seal.judging import Reason, Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from weighbridge.model.ports import Reads
    from weighbridge.seal.statement import Statement


def contents_of(release: str, blobs: Reads) -> Contents:
    """Look into a release by its digest; what is not to be had stands nowhere in it."""

    def fetch(digest: str) -> bytes | None:
        try:
            return blobs.read(digest)
        except (NotFoundError, RegistryError):
            return None

    return Contents(release, fetch)


def of_environment(statement: Statement, body: Mapping[str, Any], log: str) -> bool:
    """Tell whether a statement is about the environment its entry names, and for this log."""
    said: Mapping[str, Any] = statement.predicate
    place = (str(body.get("environment")), str(body.get("environmentDigest")))
    named = (said["environment"], said["environmentDigest"])
    return statement.subjects == (place,) and named == place and said["log"] == log


def refuse_subjects(statement: Statement, release: str, contents: Contents) -> Refusal | None:
    """Refuse a statement that is not about a release, nor about what it consists of."""
    predicate_type, predicate = statement.predicate_type, statement.predicate
    subjects = [digest for _, digest in statement.subjects]
    if not contents.lacks(predicate_type, predicate, subjects):
        return None
    parts = ", or only files, images and locks of it"
    wanted = release + (parts if may_be_of_parts(predicate_type, predicate) else "")
    seen = ", ".join(sorted(subjects))
    if not any(digest.startswith("sha256:") for digest in subjects):
        seen = f"nothing with a sha256, only {seen}"
    return refuse(Reason.OTHER_SUBJECT, seen, wanted)
