"""Everything a target states besides wheels: one walk for the matrix and for the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.markers import BASE
from weighbridge.model.authoring.todo import TODO
from weighbridge.model.coverage import Fit
from weighbridge.model.fact import Unavailable
from weighbridge.model.lock import Lock
from weighbridge.model.structure import Structure
from weighbridge.rules import items
from weighbridge.rules.compatibility import cuda, frameworks, model_formats, orchestrators, support
from weighbridge.rules.compatibility.needed import installed_on
from weighbridge.rules.interface import Item
from weighbridge.rules.marker_environments import of_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.coverage import Cell
    from weighbridge.model.fact import Facts
    from weighbridge.model.lock import Pin
    from weighbridge.model.release.compatibility import Target
    from weighbridge.rules.wheels.question import Question


def cells(facts: Facts, target: Target) -> Iterator[Cell]:
    """Say of a target what, besides wheels, is or is not to be had there.

    Drivers, toolkits and GPUs; frameworks and Python; the container runtime and Kubernetes; model
    files and what loads them; and what has reached its end of life. A lock that could not be read
    yields nothing here: whoever asks has said so already. Of a lock alone it is said what of its
    packages goes with the target, and not what becomes of the target.
    """
    pins = pins_on(facts, target)
    yield from cuda.cells(facts, target, pins)
    python = python_of(facts, target)
    if python:
        yield from frameworks.cells(facts, target.name, python, pins)
    yield from orchestrators.cells(facts, target)
    for structure in models(facts):
        yield from model_formats.onnx_cells(facts, target.name, structure, pins)
    if facts.release is not None:
        yield from support.cells(facts, target)


def stack_answers(question: Question) -> Iterator[Cell]:
    """Say of each target what, besides wheels, is to be had there.

    That the tables know a package of the lock to be built for a Python is not said once more: its
    wheels say so.
    """
    lock = question.lock
    locked = set() if isinstance(lock, Unavailable) else {pin.name for pin in lock.pins}
    for target in question.targets:
        for cell in cells(question.facts, target):
            if cell.fit is not Fit.YES or cell.package not in locked:
                yield cell


def numbered_targets(facts: Facts) -> Iterator[tuple[int, Target]]:
    """Yield the targets the manifest declares; one whose system is left `TODO` is CFG009's."""
    section = facts.release.spec.compatibility if facts.release else None
    for index, target in enumerate((section.targets or ()) if section else ()):
        if TODO not in {target.os, target.arch}:
            yield index, target


def each_target(facts: Facts) -> Iterator[Item[Target]]:
    """Yield every target, placed at its name."""
    for index, target in numbered_targets(facts):
        place = items.place(facts, f"/spec/compatibility/targets/{index}/name")
        yield Item(subject=target.name, location=place, value=target)


def runtime_lock(facts: Facts) -> Lock | Unavailable:
    """Return the lock of what runs, or why it could not be read; without a manifest, the lock."""
    if facts.release is None:
        observed = next(iter(facts.locks.values()), Unavailable("there is no manifest"))
    else:
        path = facts.release.spec.dependencies.runtime.lock
        if path == TODO:  # that is CFG009's business; nothing is locked yet
            return Lock(format="")
        observed = facts.locks.get(path, Unavailable(f"{path} was not looked at"))
    return observed if isinstance(observed, Unavailable) else observed.lock


def python_of(facts: Facts, target: Target) -> str:
    """Return the Python of a target, by itself or by the release's runtime."""
    runtime = facts.release.spec.environment.runtime.version if facts.release else ""
    python = target.python or runtime
    return "" if python == TODO else python


def pins_on(facts: Facts, target: Target) -> list[Pin]:
    """List what a target installs of the runtime lock; nothing if it could not be read."""
    lock = runtime_lock(facts)
    if isinstance(lock, Unavailable):
        return []
    runtime = facts.release.spec.environment.runtime if facts.release else None
    return installed_on(lock, {**of_target(target, runtime), **BASE})


def models(facts: Facts) -> Iterator[Structure]:
    """Yield every ONNX model among the files, those in archives included."""
    for path in sorted(facts.files):
        file = facts.files[path]
        structure = None if isinstance(file, Unavailable) else file.structure
        if isinstance(structure, Structure):
            yield from (one for one in structure.walk() if one.format == "onnx")
