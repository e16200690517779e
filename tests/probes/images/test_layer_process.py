"""Layers are unfolded by a process that may die; whatever it says, nothing becomes clean by it."""

from __future__ import annotations

import sys

import pytest

from scripts.sample_image import Blobs, Member, archive, digest, image, squeezed
from tests.formats.samples import SYSTEM
from tests.images import Here, MemoryImages
from weighbridge.codec.oci import read_descriptor
from weighbridge.model.image import ObservedImage
from weighbridge.model.limits import ImageLimits, ProcessLimits
from weighbridge.probes.images import layer_process
from weighbridge.probes.images.layer_process import LayerProcess, Unfolder
from weighbridge.probes.images.layer_words import Order
from weighbridge.probes.images.observing import observe_image
from weighbridge.probes.reading.engines import Threads

LOW = archive(
    Member("srv/a.pkl", SYSTEM),
    Member("etc/os-release", b"ID=debian\n"),
    Member("usr/bin/su", b"x", mode=0o4755),
    Member("root/.netrc", b"x"),
    Member("usr/demo-1.0.dist-info/METADATA", b"Name: Demo\nVersion: 1.0\n"),
    Member("a\xff\n", b"x"),
)
HIGH = archive(Member("srv/.wh.b"), Member("var/lib/x/.wh..wh..opq"), Member("b", b"x"))


def seen(make: object = LayerProcess, **limits: int) -> ObservedImage:
    blobs = Blobs()
    described = read_descriptor(image(blobs, LOW, HIGH), "")

    def unfold(image: ImageLimits, size: int) -> Unfolder:
        if make is LayerProcess:
            return LayerProcess(image, size, ProcessLimits(**limits))
        return Here(image, size)

    found = observe_image(MemoryImages(blobs), described, engine=Threads(1), unfold=unfold)
    assert isinstance(found, ObservedImage), found
    return found


def playing(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Have a program of the test's own stand in for the one that reads."""
    monkeypatch.setattr(layer_process, "_PROGRAM", (sys.executable, "-c", program))


def test_a_process_says_what_would_be_said_here() -> None:
    there = seen()

    assert there == seen(Here)
    assert (there.structure.status, len(there.files)) == ("complete", 1)


ENTRY = b'["entries",["a"],"0",[],[],{},{},{}]'
LAYER = b'["layer","","",0,0,""]'
SAYS = "import os; os.read(0, 9999); os.write(1, %r); "
WAITS = "import select; select.select([], [], [])"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("pass", "ended before it had said all"),
        ("raise SystemExit(9)", "failed with exit code 9"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "died of signal SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "used up its time or memory"),
        (WAITS, "said nothing for 1 s"),
        (f"import os; os.close(0); os.close(1); {WAITS}", "did not end"),
        *(
            (SAYS % (line + b"\n") + WAITS, "said what it should not")
            for line in (
                b"no json",
                b'["other"]',
                b"{}",
                b"[]",
                b'["entries"]',
                b'["entries",["a"],"",[],[],{},{},{}]',
                b'["entries",[1],"0",[],[],{},{},{}]',
                b'["entries",["a"],"0",[7],[],{},{},{}]',
                b'["entries",["a"],"0",[],[],{"0":1},{},{}]',
                b'["entries",["a"],"0",[],[],{},{},{"0":[null,[],null]}]',
                b'["gone",[],[1]]',
                b'["file",0,"",""]',
                ENTRY + b'\n["file",0,"","{}"]',
                ENTRY + b'\n["file",0,1,"{}"]',
                LAYER,
                b"x" * 2_000,
            )
        ),
    ],
)
def test_whatever_a_process_says_its_layers_are_not_clean(
    program: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing(monkeypatch, program)
    found = seen(silence=1, message=1_000)

    assert found.structure.status == "incomplete"
    assert [reason in part.reason for part in found.structure.members] == [True, True]
    assert [layer.digest for layer in found.layers] == [
        digest(squeezed(one)) for one in (LOW, HIGH)
    ]
    assert [layer.diff_id for layer in found.layers] == ["", ""]
    assert found.mismatches == ()


def test_the_file_that_killed_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    playing(monkeypatch, 'import os; os.write(1, b\'["begin","srv/a"]\\n\')')

    assert seen().structure.members[0].reason.endswith(", while srv/a was read")


ORDER = Order(size=1, said=None, algorithm="sha256", plain=False, budget=9, headers=9)


def test_more_entries_than_there_may_be_are_not_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    playing(monkeypatch, SAYS % ((ENTRY + b"\n") * 3) + WAITS)
    with LayerProcess(ImageLimits(entries=2), 1) as process:
        process.begin(ORDER)
        told = process.finish()

    assert told.fault == "the process that read it said what it should not"
    assert told.unfolded is None


def test_where_no_process_can_be_started_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layer_process, "_PROGRAM", ("/nowhere/at/all",))

    assert "no process could be started" in seen().structure.members[0].reason


def test_a_layer_that_kills_its_process_leaves_the_next_one_its_own() -> None:
    with LayerProcess(ImageLimits(), 1, ProcessLimits(memory=1 << 20)) as process:
        process.begin(ORDER)
        process.push(bytes(8 << 20))
        first = process.finish()
    with LayerProcess(ImageLimits(), 1) as process:
        process.begin(ORDER)
        process.push(b"x")
        second = process.finish()

    assert (first.unfolded, second.fault) == (None, "")
    assert second.unfolded is not None
    assert second.unfolded.structure.status == "error"
