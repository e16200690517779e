"""The evidence pack of a release: what it would hold, and the pack itself."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.errors import NotFoundError
from weighbridge.model.event import Kind, read_event
from weighbridge.server.dashboard.page import File, Page, Parts
from weighbridge.server.dashboard.pages.one_release import release_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from weighbridge.model.pack import Told
    from weighbridge.model.verification import Problem
    from weighbridge.server.dashboard.page import Asked

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._+-]")
_SINGLE: Final = {
    "report.html": "all of it told to people who are no experts",
    "controls.json": "what auditors ask for, and which paper answers it",
    "manifest.json": "the sealed manifest: its digest is the release digest",
    "decision.json": "the decision, signed",
    "policy.json": "the policy it was decided by",
    "environment.json": "the environment as it was applied then",
    "trust.json": "whose keys counted then",
    "outcome.json": "what approvals were given for",
    "checkpoint": "size and root of the ledger, signed by its key",
}
_FOLDERS: Final = {
    "evidence": "signed statements of builder, checker, approvers and owners",
    "ledger": "entries of the ledger, each with its proof",
    "locks": "locks the policy had the release held against",
    "subjects": "locks and listings in which parts stand that evidence is about",
    "rules": "rule packs the policy demands",
    "roots": "what signatures without keys of their own were proven by",
    "serving": "manifests of releases that were there before",
}


def pack(asked: Asked) -> dict[str, Any]:
    """List the promotions of a release, and what a pack of one of them would hold."""
    from weighbridge.usecases.cosigners import judge_pack  # noqa: PLC0415 - heavy
    from weighbridge.usecases.evidence_export import promotion_dossier  # noqa: PLC0415 - heavy

    release = release_of(asked)
    promoted, blocked = _decisions(asked, release)
    told = {
        **release,
        "promotions": promoted,
        "undecided": sorted(blocked - {one["environment"] for one in promoted}),
        "chosen": None,
        "groups": [],
        "problems": [],
    }
    chosen = _chosen(asked, promoted)
    if chosen is None:
        return told
    dossier, signer = promotion_dossier(
        release["digest"], chosen["environment"], registry=asked.registry, entry=chosen["entry"]
    )
    problems = (
        *dossier.problems,
        *judge_pack(dossier.papers, log_key=signer, policy=None).problems,
    )
    return {
        **told,
        "chosen": chosen,
        "file": _file_name(release, chosen["environment"]),
        "verdict": dossier.told.decision.verdict.value,
        "policy": dossier.told.decision.policy,
        "log": {"origin": dossier.told.log.origin, "size": dossier.told.log.size},
        "groups": list(_groups(dossier.papers, _words(dossier.told))),
        "files": len(dossier.papers),
        "size": sum(map(len, dossier.papers.values())),
        "problems": [_problem(one) for one in problems],
    }


def tar(asked: Asked) -> tuple[str, str, bytes]:
    """Write the pack that `evidence export` writes."""
    from weighbridge.usecases.evidence_export import export_pack  # noqa: PLC0415 - heavy

    release = release_of(asked)
    chosen = _chosen(asked, _decisions(asked, release)[0])
    if chosen is None:
        raise NotFoundError("the release was promoted nowhere: there is nothing to pack")
    where = chosen["environment"]
    registry = asked.services.registry  # what is taken away is made from the beginning
    data = export_pack(release["digest"], where, registry=registry, entry=chosen["entry"])
    return _file_name(release, where), "application/x-tar", data


def _decisions(asked: Asked, release: Mapping[str, Any]) -> tuple[list[dict[str, Any]], set[str]]:
    """List the promotions of a release, newest first, and where one was asked for in vain."""
    digest: str = release["digest"]
    done: list[dict[str, Any]] = []
    blocked: set[str] = set()
    with asked.registry.reading() as view:
        for index in reversed(view.found(f"release:{release['name']}")):
            data = view.entry(index)
            if digest.encode() not in data or b'"kind":"promotion.' not in data:
                continue
            event = read_event(data)
            where = str(event.body["environment"])
            if event.body["release"] == digest and event.kind is Kind.PROMOTION_DONE:
                person = event.body["person"]
                done.append({"environment": where, "entry": index, "at": event.time, "by": person})
            elif event.body["release"] == digest:
                blocked.add(where)
    return done, blocked


def _chosen(asked: Asked, promoted: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Find the promotion that was chosen: of an environment, by its entry, or the newest one.

    Raises:
        NotFoundError: There is none such.
    """
    environment, entry = asked.query.get("environment", ""), asked.query.get("entry", "")
    for one in promoted:
        if environment in {"", one["environment"]} and entry in {"", str(one["entry"])}:
            return one
    if environment or entry:
        raise NotFoundError(
            "the release was never promoted there",
            seen=f"{environment} {entry}".strip()[:80],
            wanted=", ".join(sorted({one["environment"] for one in promoted})) or "nowhere",
        )
    return None


def _file_name(release: Mapping[str, Any], environment: str) -> str:
    """Name the pack as `evidence export` does; nothing in it that would end a header's value."""
    return _UNSAFE.sub("_", f"{release['name']}-{release['version']}-{environment}") + ".tar"


def _words(told: Told) -> dict[str, str]:
    """Say of signed statements who said what in them, by their digests."""
    return {
        one.bundle: f"{one.what} by {one.person or 'somebody unknown'}, entry {one.entry}"
        for one in (*told.evidence, *told.acts)
        if one.bundle
    }


def _groups(papers: Mapping[str, bytes], words: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """List papers: those there is one of by themselves, the others by their folders."""
    for name, what in (*_SINGLE.items(), *_FOLDERS.items()):
        folder = f"{name}/"
        found = {path: data for path, data in papers.items() if path.startswith((folder, name))}
        if found:
            yield {
                "path": folder if name in _FOLDERS else name,
                "what": what,
                "size": sum(map(len, found.values())),
                "files": [_file(path, data, words) for path, data in found.items()],
            }


def _file(path: str, data: bytes, words: Mapping[str, str]) -> dict[str, Any]:
    digest = f"sha256:{sha256(data).hexdigest()}"
    owners = "a change that owners signed" if path.startswith("evidence/") else ""
    return {
        "path": path,
        "size": len(data),
        "digest": digest,
        "what": words.get(digest, owners),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "message": f"{problem.subject}: {problem.message}",
        "seen": problem.seen,
        "wanted": problem.wanted,
        "cause": "",
        "help": list(problem.remediation),
    }


PARTS: Final = Parts(
    pages=(
        Page(
            path="/releases/{digest}/pack",
            template="pack.html",
            view=pack,
            docs="how-to/hand-over-evidence.md",
            tab="All releases",
        ),
    ),
    files=(File(path="/releases/{digest}/pack.tar", make=tar),),
)
