"""Settings of a project, and where each value came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from weighbridge.model.finding import Severity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """One value and its origin.

    Attributes:
        value: The value in force.
        origin: `default`, a file and line, an environment variable, or a flag.
    """

    value: T
    origin: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be set: flags before environment before `weighbridge.toml` before defaults.

    Attributes:
        registry: Folder of the embedded registry, or the address of a team's:
            `postgresql://USER@HOST/DATABASE`.
        select: Codes or prefixes of rules to run; empty for all.
        ignore: Codes or prefixes of rules not to run.
        fail_on: Severity from which findings fail a check.
        baseline: File of findings that were there before and do not fail a check; the gate never
            reads it.
        templates: Catalogues of templates, beside the shipped one.
        engine: Who reads files: `processes` (one a core), `processes:N`, `dask://HOST:PORT`, or
            `here`, without a process to protect this one.
        store: Where blobs of the registry lie: `s3://BUCKET/PREFIX`, `gs://`, `az://` or a folder;
            empty for where its first one was put, or else the registry's folder.
        log_keys: Folder with the keys of the log of a registry in a database: `log.key`, `log.pub`;
            all who write share it. An embedded registry has them in its own folder.
        encrypt_to: Recipients of age (`age1…`) all new blobs are encrypted to; empty for nobody.
        age_identity: File of the identities that decrypt them, its owner's alone.
        links: Templates of links `status` shows, `NAME=ADDRESS`; in the file a table `[links]`.
        rule_packs: Rule packs that `check` asks, too: `NAME@VERSION#sha256:DIGEST`.
    """

    registry: Setting[str]
    select: Setting[tuple[str, ...]] = Setting(())
    ignore: Setting[tuple[str, ...]] = Setting(())
    fail_on: Setting[Severity] = Setting(Severity.ERROR)
    baseline: Setting[str] = Setting("")
    templates: Setting[tuple[str, ...]] = Setting(())
    engine: Setting[str] = Setting("processes")
    store: Setting[str] = Setting("")
    log_keys: Setting[str] = Setting("")
    encrypt_to: Setting[tuple[str, ...]] = Setting(())
    age_identity: Setting[str] = Setting("")
    rule_packs: Setting[tuple[str, ...]] = Setting(())
    links: Setting[tuple[str, ...]] = Setting(())


EVIDENCE = Settings(registry=Setting("", "--sign"))
"""What a report is made under that is to be evidence: all rules, and nothing a project says."""
