"""`spec.dependencies`: the locks, and where packages may come from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from weighbridge.model.authoring.base import Section, SetBy
from weighbridge.model.authoring.fields import Digest, Name, Path, Text

LockFormat = Literal["pylock", "requirements", "uv", "conda"]


class LockFile(Section):
    """A lock file: every package with version and hash."""

    lock: Path = Field(description="Path of the lock file.")
    format: LockFormat = Field(description="Its format; `pylock` is PEP 751.")
    digest: Digest | None = Field(None, description="Digest of its bytes; `seal` fills it.")


class PackageSource(Section):
    """A place packages may come from."""

    name: Name = Field(description="Name of the source.")
    kind: Literal["index", "directory", "git", "url"] = Field(description="What kind of place.")
    ref: Text = Field(description="Its address.")
    allow: list[Text] | None = Field(
        None, description="Packages that may come from it; `*` stands for any text."
    )


class Dependencies(Section):
    """What the release needs, by purpose."""

    runtime: LockFile = Field(description="What it needs to run.")
    dev: LockFile | None = Field(None, description="What it needs to be developed.")
    test: LockFile | None = Field(None, description="What it needs to be tested.")
    sources: Annotated[list[PackageSource] | None, SetBy("name")] = Field(
        None, description="Where packages may come from."
    )

    def locks(self) -> list[tuple[str, LockFile]]:
        """List the locks that are declared, each with its purpose."""
        found = (("runtime", self.runtime), ("dev", self.dev), ("test", self.test))
        return [(purpose, lock) for purpose, lock in found if lock is not None]
