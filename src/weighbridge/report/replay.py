"""A replay for people and programs: what differs first, what it hangs on, what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from weighbridge.codec.output_verdicts import output_entries
from weighbridge.model.rebuilding import UNSEEDED
from weighbridge.model.wording import plural, some_of
from weighbridge.report.json import SCHEMA_VERSION, json_text
from weighbridge.report.style import paint
from weighbridge.report.tensors import how_far
from weighbridge.report.visible import visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.model.replay import Difference, OutputVerdict, ReplayVerdict
    from weighbridge.model.replayed_build import Guilty, Replay
    from weighbridge.report.style import Style

_WORDS: dict[ReplayVerdict, tuple[str, Style]] = {
    "bitwise": ("made again, byte for byte", "good"),
    "stabilised": ("made again, but for what is known to be harmless", "good"),
    "tensor-equal": ("made again, with equal tensors", "good"),
    "predictions-within-tolerance": ("made again, with predictions that are near enough", "good"),
    "metrics-within-tolerance": ("made again, with metrics that are near enough", "good"),
    "different": ("made again, and different", "error"),
    "could-not-replay": ("it could not be made again", "inconclusive"),
}
_HELP = {
    UNSEEDED: "seed every random number generator, and take no order from races",
    "hash-seed": "sort what comes out of sets, or record the build with PYTHONHASHSEED set",
    "threads": "fix the number of threads, and record the build with OMP_NUM_THREADS set",
    "blas-kernel": "record the build with OPENBLAS_CORETYPE set, or sum in a fixed order",
    "file-order": "sort what listings of folders give",
    "clock": "write no time into the outputs, or take SOURCE_DATE_EPOCH",
    "locale": "name encodings, and format numbers without the locale",
    "timezone": "compute in UTC",
    "umask": "set the modes of files that are packed",
    "path": "write no absolute path into the outputs",
    "user": "write no user into the outputs",
    "hostname": "write no host name into the outputs",
}
_DEEDS = {
    "network": "used, or tried, the network",
    "read-outside": "read, or tried to, what it is not given",
    "written-outside": "wrote, or tried to, where it may not",
    "undeclared-input": "read what nobody declares",
    "copied-output": "made what was there before",
}


def render_replay(done: Replay, *, styled: bool = False) -> str:
    """Write a replay.

    Args:
        done: What came of it.
        styled: Whether a terminal looks on.
    """
    blocks = [
        _outputs("outputs", done.outputs, styled=styled),
        _outputs("intermediates", done.intermediates, styled=styled),
        _lines(
            "depends on", (line for one in done.guilty for line in _guilty(one)), "error", styled
        ),
        _lines("while it ran, it", _deeds(done), "warning", styled),
        _lines("environment", _drift(done), "warning", styled),
        _lines("not decided", _undecided(done), "inconclusive", styled),
        _lines("not known", (visible(one) for one in done.untold), "note", styled),
        _lines(
            "what it printed last", visible_lines(done.said) if done.said else (), "note", styled
        ),
        _summary(done, styled=styled),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _lines(heading: str, lines: Iterable[str], style: Style, styled: bool) -> str:  # noqa: FBT001 - a table of calls
    found = [f"  {line}" for line in lines]
    return "\n".join([paint(heading, style, styled=styled), *found]) if found else ""


def _outputs(heading: str, outputs: Iterable[OutputVerdict], *, styled: bool) -> str:
    lines = [line for one in outputs for line in _output(one, styled=styled)]
    return "\n".join([paint(heading, "strong", styled=styled), *lines]) if lines else ""


def _output(one: OutputVerdict, *, styled: bool) -> Iterator[str]:
    used = f"  by {', '.join(one.stabilisers)}" if one.stabilisers else ""
    verdict = paint(one.verdict, _WORDS[one.verdict][1], styled=styled)
    yield f"  {visible(one.path)}  {verdict}{used}"
    if one.difference is not None:
        yield f"    = seen:  {_told(one.difference)}"


def _told(difference: Difference) -> str:
    """Say what differs first, and by how much."""
    place = f"in {visible(difference.place)}: " if difference.place else ""
    tensor = f"{visible(difference.tensor)} " if difference.tensor else ""
    size = f", {how_far(difference.size)}" if difference.size is not None else ""
    more = f"; {difference.tensors} of {difference.of} tensors differ" if difference.of else ""
    return f"{place}{tensor}{visible(difference.what)}{size}{more}"


def _guilty(one: Guilty) -> Iterator[str]:
    if one.failed:
        yield f"{one.name}: the build fails: {visible(one.failed)}"
    elif one.difference is not None:
        yield f"{one.name}: {visible(one.path)}: {_told(one.difference)}"
    else:
        yield f"{one.name}: {visible(one.path)}"
    yield f"  = help:  {_HELP[one.name]}"


def _deeds(done: Replay) -> Iterator[str]:
    for kind, words in _DEEDS.items():
        found = [visible(one.what) for one in done.deeds if one.kind == kind]
        if found:
            yield f"{words}: {some_of(found)}"


def _drift(done: Replay) -> Iterator[str]:
    for one in done.drift:
        here = visible(one.here) or "nothing"
        yield f"{visible(one.name)}: {visible(one.recorded)} is recorded, {here} is here"


def _undecided(done: Replay) -> Iterator[str]:
    lost = [one.name.value for one in done.factors if one.canary == "lost"]
    if lost:
        yield f"{', '.join(lost)}: the change did not arrive in the sandbox"
    reasons: dict[str, list[str]] = {}
    for one in done.untried:
        if not one.decided:
            reasons.setdefault(one.because, []).append(one.name.value)
    for because, names in reasons.items():
        yield f"{', '.join(names)}: {visible(because)}"


def _summary(done: Replay, *, styled: bool) -> str:
    """Write the verdict, and how it was come by."""
    word, style = _WORDS[done.verdict]
    reason = f": {visible(done.reason)}" if done.reason else ""
    if done.guilty and style == "good":
        named = ", ".join(one.name for one in done.guilty)
        word, style = f"{word}; and yet it depends on {named}", "error"
    lines = [f"{paint(word, style, styled=styled)}{reason}"]
    tried = ""
    if done.factors:
        arrived = sum(one.canary == "arrived" for one in done.factors)
        tried = f", {plural(arrived, 'factor')} changed"
        if not done.guilty and arrived:
            tried += " without effect"
    skipped = [f"{one.name.value} ({visible(one.because)})" for one in done.untried if one.decided]
    lines.append(f"  {visible(done.title)}: {plural(done.builds, 'build')}{tried}")
    if skipped:
        lines.append(f"  not changed: {'; '.join(skipped)}")
    if done.verdict == "different" and not done.perturbed:
        lines.append("  = help:  weighbridge replay --perturb names what it depends on")
    return "\n".join(lines)


def replay_json(done: Replay) -> str:
    """Write the same as the `replay` shape."""
    return json_text(
        {
            "schemaVersion": SCHEMA_VERSION,
            "release": done.release,
            "record": done.record,
            "verdict": done.verdict,
            "reason": done.reason,
            "outputs": output_entries(done.outputs),
            "intermediates": output_entries(done.intermediates),
            "factors": [{"name": one.name.value, "canary": one.canary} for one in done.factors],
            "untried": [
                {"name": one.name.value, "because": one.because, "decided": one.decided}
                for one in done.untried
            ],
            "guilty": [one.name for one in done.guilty],
            "undecided": list(done.undecided),
            "builds": done.builds,
            "drift": [
                {"name": one.name, "recorded": one.recorded, "here": one.here} for one in done.drift
            ],
            "deeds": [{"kind": one.kind, "what": one.what} for one in done.deeds],
            "unknown": list(done.untold),
        }
    )
