"""A captured environment: as a document of plain values, and that document for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from weighbridge.model.fact import Unavailable
from weighbridge.model.wording import human_size, plural
from weighbridge.report.json import SCHEMA_VERSION
from weighbridge.report.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.host import CapturedEnvironment, Gpus, Host, Interpreter, Variable
    from weighbridge.model.installed import InstalledFiles

_THREADS: Final = re.compile(r".*_NUM_THREADS|OMP_.+|MKL_.+|KMP_.+|OPENBLAS_.+|GOMP_.+")
_CUDA: Final = re.compile(r"[^/]*(?:cu(?:blas|dnn|dart|da|fft|solver|sparse)|nv|nccl)[^/]*")
_DISTRIBUTION: Final = "nvidia-"
_SHOWN: Final = 40
"""Departures people are shown."""


def environment_document(captured: CapturedEnvironment) -> dict[str, Any]:
    """Write a captured environment as plain values, in a fixed order."""
    python = captured.python
    interpreter = captured.interpreter
    installed = captured.installed
    return {
        "schemaVersion": SCHEMA_VERSION,
        "python": _missing(python)
        if isinstance(python, Unavailable)
        else {"where": python.where, "running": python.running},
        "interpreter": _missing(interpreter)
        if isinstance(interpreter, Unavailable)
        else _interpreter(interpreter),
        **(
            {"installed": _missing(installed)}
            if isinstance(installed, Unavailable)
            else _installed(installed)
        ),
        "host": _host(captured.host),
        "threads": [
            _variable(one) for one in captured.host.variables if _THREADS.fullmatch(one.name)
        ],
        "variables": [_variable(one) for one in captured.host.variables],
    }


def _missing(fact: Unavailable) -> dict[str, Any]:
    return {"unavailable": fact.reason}


def _interpreter(found: Interpreter) -> dict[str, Any]:
    return {
        "implementation": found.implementation,
        "version": found.version,
        "compiler": found.compiler,
        "soabi": found.soabi,
        "abiFlags": found.abi_flags,
        "freeThreaded": found.free_threaded,
        "gil": found.gil,
        "configuration": found.configuration,
        "source": found.source,
    }


def _installed(found: InstalledFiles) -> dict[str, Any]:
    names = [path.rpartition("/")[2] for path in found.libraries]
    return {
        "installed": {
            "files": found.files,
            "size": found.size,
            "bytecode": found.bytecode,
            "blas": sorted({name for name in names if not _CUDA.fullmatch(name)}),
            "cuda": sorted({name for name in names if _CUDA.fullmatch(name)}),
            "cudaPackages": [
                {"name": one.name, "version": one.version}
                for one in found.distributions
                if one.name.startswith(_DISTRIBUTION)
            ],
        },
        "distributions": [
            {
                "name": one.name,
                "version": one.version,
                "folder": one.folder,
                "installer": one.installer,
                "url": one.url,
                "commit": one.commit,
                "editable": one.editable,
                "record": one.record,
                "files": one.files,
                "standing": one.standing,
                "why": one.why,
            }
            for one in found.distributions
        ],
        "departures": [
            {
                "kind": one.kind,
                "path": one.path,
                "distribution": one.distribution,
                "seen": one.seen,
                "wanted": one.wanted,
            }
            for one in found.departures
        ],
        "startUp": [
            {
                "path": one.path,
                "kind": one.kind,
                "distribution": one.distribution,
                "lines": list(one.lines),
                "folders": list(one.folders),
            }
            for one in found.hooks
        ],
    }


def _host(host: Host) -> dict[str, Any]:
    packages = host.packages
    os = host.os
    return {
        "system": host.system,
        "kernel": host.kernel,
        "os": _missing(os)
        if isinstance(os, Unavailable)
        else {"id": os.id, "version": os.version, "name": os.name},
        "libc": {
            "kind": host.libc.kind,
            "version": host.libc.version,
            "libstdcxx": host.libc.cxx,
        },
        "processor": {
            "architecture": host.processor.architecture,
            "model": host.processor.model,
            "level": host.processor.level,
            "microarchitecture": host.processor.microarchitecture,
            "count": host.processor.count,
            "features": list(host.processor.features),
        },
        "memory": {
            "total": host.memory.total,
            "limit": host.memory.limit,
            "processors": host.memory.processors,
        },
        "gpus": _gpus(host.gpus),
        "container": {
            "kind": host.container.kind,
            "id": host.container.id,
            "image": host.container.image,
            "imageId": host.container.image_id,
        },
        "snapshots": list(host.snapshots),
        "packages": _missing(packages)
        if isinstance(packages, Unavailable)
        else [
            {
                "manager": one.manager,
                "name": one.name,
                "version": one.version,
                "architecture": one.architecture,
            }
            for one in packages
        ],
    }


def _gpus(gpus: Gpus) -> dict[str, Any]:
    return {
        "driver": gpus.driver,
        "cuda": gpus.cuda,
        "devices": [
            {
                "name": one.name,
                "memory": one.memory,
                "computeCapability": one.compute_capability,
                "mig": one.mig,
                "ecc": one.ecc,
            }
            for one in gpus.devices
        ],
        "unavailable": gpus.unseen,
    }


def _variable(found: Variable) -> dict[str, Any]:
    return {"name": found.name, "value": found.value, "masked": found.masked}


def environment_text(document: dict[str, Any]) -> str:
    """Write the document for people: a line for each thing."""
    return "".join(f"{visible(line)}\n" for line in _lines(document))


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield from _about_python(document)
    if "distributions" in document:
        yield from _about_files(document)
    yield from _about_host(document["host"])
    for one in document["variables"]:
        if one["masked"]:
            yield f"variable      {one['name']}: not shown ({one['masked']})"
        elif one["value"] is not None:
            yield f"variable      {one['name']}={one['value']}"
    names = [one["name"] for one in document["variables"] if one["value"] is None]
    yield f"variables     {plural(len(names), 'other')}, by name in the JSON"


def _about_python(document: dict[str, Any]) -> Iterator[str]:
    python, interpreter = document["python"], document["interpreter"]
    if "unavailable" in python:
        yield f"environment   ({python['unavailable']})"
        return
    yield f"environment   {python['where']}"
    said = [interpreter[key] for key in ("implementation", "version", "soabi", "compiler")]
    if interpreter["freeThreaded"]:
        said.append("free-threaded")
    yield f"interpreter   {', '.join(filter(None, said))}"


def _about_files(document: dict[str, Any]) -> Iterator[str]:
    installed = document["installed"]
    yield (
        f"verified      {plural(installed['files'], 'file')}, {human_size(installed['size'])}; "
        f"{plural(installed['bytecode'], 'compiled file')} by header alone"
    )
    for one in document["distributions"]:
        words = [one["standing"], one["installer"], "editable" if one["editable"] else ""]
        yield f"distribution  {one['name']} {one['version']}  {', '.join(filter(None, words))}"
    for one in document["departures"][:_SHOWN]:
        owner = f" of {one['distribution']}" if one["distribution"] else ""
        yield f"departure     {one['kind']}: {one['path']}{owner}"
    rest = len(document["departures"]) - _SHOWN
    if rest > 0:
        yield f"departures    {rest:,} more, in the JSON"
    for one in document["startUp"]:
        owner = one["distribution"] or "no distribution"
        yield f"start-up      {one['path']} of {owner}"
    for kind in ("blas", "cuda"):
        if installed[kind]:
            yield f"{kind:<13} {', '.join(installed[kind])}"


def _about_host(host: dict[str, Any]) -> Iterator[str]:
    os = host["os"]
    yield f"system        {os.get('name') or os.get('id') or host['system']}, {host['kernel']}"
    libc = host["libc"]
    words = [f"{libc['kind']} {libc['version']}".strip(), libc["libstdcxx"]]
    yield f"libc          {', '.join(filter(None, words)) or '(not known)'}"
    processor = host["processor"]
    keys = ("architecture", "level", "microarchitecture", "model")
    yield f"processor     {', '.join(filter(None, (processor[key] for key in keys)))}"
    memory = host["memory"]
    if memory["total"] is not None:
        limit = "" if memory["limit"] is None else f", of which {human_size(memory['limit'])} here"
        yield f"memory        {human_size(memory['total'])}{limit}"
    gpus = host["gpus"]
    if gpus["driver"]:
        said = f"driver {gpus['driver']}, CUDA {gpus['cuda'] or '(not known)'}"
        yield f"gpu           {said}{': ' if gpus['unavailable'] else ''}{gpus['unavailable']}"
    for one in gpus["devices"]:
        yield f"gpu           {one['name']}, compute capability {one['computeCapability']}"
    if host["container"]["kind"]:
        yield f"container     {host['container']['kind']} {host['container']['image']}".rstrip()
    packages = host["packages"]
    if isinstance(packages, list):
        yield f"packages      {plural(len(packages), 'package')} of the system"
    else:
        yield f"packages      ({packages['unavailable']})"
