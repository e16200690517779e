from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.asking import ask, messages, verdict
from weighbridge.model.fact import MISSING, Facts, PathProblem, Unavailable
from weighbridge.model.finding import Verdict
from weighbridge.model.listing import MEDIA_TYPE, ListingEntry
from weighbridge.model.structure import Problem, Structure
from weighbridge.rules import sample

FOLDER = sample.release({"/spec/artifacts/0/path": "model/", "/spec/artifacts/0/size": None})
UNKNOWN = Structure(format="unknown", status="incomplete", reason="the format is not known")


def found(structure: Structure, *, declared: str | None = None, loose: bool = False) -> Facts:
    release = Facts() if loose else sample.release({"/spec/artifacts/0/format": declared})
    return replace(release, files=sample.file(structure=structure))


def test_the_digest_is_pointed_at_and_sizes_are_told() -> None:
    facts = replace(
        sample.release(), files=sample.file(digest=sample.OTHER_DIGEST, size=sample.SIZE)
    )

    (finding,) = ask("INT001", facts)
    assert finding.location.pointer == "/spec/artifacts/0/digest"
    assert finding.location.line > 1
    assert finding.seen == f"{sample.OTHER_DIGEST} (4.1 GB)"
    assert finding.wanted == f"{sample.DIGEST} (4.1 GB)"
    assert "the size is the same" in finding.cause


@pytest.mark.parametrize(
    ("size", "word"), [(sample.SIZE - 1, "shorter"), (sample.SIZE + 1, "longer")]
)
def test_another_size_is_counted(size: int, word: str) -> None:
    facts = replace(sample.release(), files=sample.file(digest=sample.OTHER_DIGEST, size=size))

    assert f"1 byte {word}" in ask("INT001", facts)[0].cause


def test_a_size_alone_can_differ() -> None:
    release = sample.release({"/spec/artifacts/0/digest": None})

    (finding,) = ask("INT001", replace(release, files=sample.file(size=7)))
    assert (finding.seen, finding.wanted) == ("7 bytes", f"{sample.SIZE} bytes")
    assert ask("INT001", replace(release, files=sample.file())) == ()


def test_what_is_not_declared_passes() -> None:
    changes = {"/spec/artifacts/0/digest": None, "/spec/artifacts/0/size": None}

    assert ask("INT001", sample.release(changes)) == ()


def test_an_address_is_not_fetched() -> None:
    changes = {"/spec/artifacts/0/path": None, "/spec/artifacts/0/uri": "https://example.com/m"}
    facts = replace(sample.release(changes), locks=sample.lock())

    (finding,) = ask("INT001", facts)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert finding.location.pointer == "/spec/artifacts/0/uri"
    assert ask("INT002", facts) == ()
    assert verdict(ask("INT008", facts)) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("code", ["INT001", "INT002", "INT008", "SEC001"])
def test_a_path_nobody_looked_at_is_inconclusive(code: str) -> None:
    facts = replace(sample.release(), locks=sample.lock())

    (finding,) = ask(code, facts)
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "not looked at" in finding.message


def test_changed_files_of_a_directory_are_named() -> None:
    listing = [
        sample.entry("a"),
        sample.entry("b", sample.OTHER_DIGEST),
        ListingEntry(path="c", size=3, digest=sample.DIGEST),
    ]
    folder = sample.directory("model/", ["a", "b"], digest=sample.OTHER_DIGEST, declared=listing)

    findings = ask("INT001", replace(FOLDER, directories=folder))
    assert messages(findings) == ["model/b is changed", "model/c is gone"]
    assert findings[0].subject == "model/b"


def test_a_directory_with_files_more_differs_as_a_whole() -> None:
    folder = sample.directory(
        "model/", ["a", "b"], digest=sample.OTHER_DIGEST, declared=[sample.entry("a")]
    )
    facts = replace(FOLDER, directories=folder)

    assert messages(ask("INT001", facts)) == ["digest of model/ differs from the manifest"]
    assert messages(ask("INT003", facts)) == ["model/b is not in the directory's listing"]


def test_a_directory_without_a_known_listing_differs_as_a_whole() -> None:
    folder = sample.directory(
        "model/", ["a"], digest=sample.OTHER_DIGEST, declared=Unavailable("nobody has it")
    )
    facts = replace(FOLDER, directories=folder)

    (finding,) = ask("INT001", facts)
    assert "not known" in finding.cause
    assert verdict(ask("INT003", facts)) is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("digest", [None, sample.DIGEST])
def test_a_directory_without_another_digest_has_no_unlisted_files(digest: str | None) -> None:
    release = sample.release(
        {
            "/spec/artifacts/0/path": "model",
            "/spec/artifacts/0/size": None,
            "/spec/artifacts/0/digest": digest,
        }
    )
    folder = sample.directory("model", ["a"], declared=Unavailable("nobody has it"))

    assert ask("INT003", replace(release, directories=folder)) == ()


def test_a_declared_directory_that_was_not_looked_at_is_inconclusive() -> None:
    release = sample.release({"/spec/artifacts/0/mediaType": MEDIA_TYPE})

    assert verdict(ask("INT003", release)) is Verdict.INCONCLUSIVE
    assert ask("INT003", sample.release()) == ()


def test_files_of_a_directory_are_examined_and_none_is_forgotten() -> None:
    folder = sample.directory("model/", ["a.bin", "b.bin"], declared=())
    bad = Problem(code="INT008", message="it is cut off")
    structure = Structure(format="safetensors", status="error", problems=(bad,))
    facts = replace(
        FOLDER, directories=folder, files=sample.file("model/a.bin", structure=structure)
    )

    findings = ask("INT008", facts)
    assert {found.subject: found.verdict for found in findings} == {
        "model/a.bin": Verdict.FAIL,
        "model/b.bin": Verdict.INCONCLUSIVE,
    }
    assert {found.location.pointer for found in findings} == {"/spec/artifacts/0/path"}


def test_a_missing_file_is_told_from_an_unreadable_one() -> None:
    gone = replace(
        sample.release(),
        files={sample.MODEL: Unavailable(f"{MISSING}: link to nowhere")},
        locks=sample.lock(),
    )

    assert verdict(ask("INT002", gone)) is Verdict.FAIL
    assert verdict(ask("INT001", gone)) is Verdict.INCONCLUSIVE


def test_a_lock_left_todo_is_not_missing() -> None:
    release = sample.release({"/spec/dependencies/runtime/lock": "TODO"})

    assert ask("INT002", replace(release, files=sample.file())) == ()
    assert ask("DEP001", release) == ()


@pytest.mark.parametrize(
    ("declared", "seen", "wanted"),
    [
        ("ONNX", "onnx", Verdict.PASS),
        ("pytorch", "torch-zip", Verdict.PASS),
        ("joblib", "pickle", Verdict.PASS),
        ("joblib", "zip", Verdict.FAIL),
        ("onnx", "unknown", Verdict.FAIL),
        ("json", "unknown", Verdict.FAIL),
        ("csv", "unknown", Verdict.PASS),
        ("csv", "text", Verdict.PASS),
        ("csv", "pickle", Verdict.FAIL),
        ("json", "pickle", Verdict.FAIL),
        ("keras", "zip", Verdict.FAIL),
        ("keras", "hdf5", Verdict.PASS),
        ("mleap", "zip", Verdict.PASS),
        ("sklearn", "zlib", Verdict.PASS),
        (None, "zip", Verdict.PASS),
    ],
)
def test_the_declared_format_is_compared(declared: str | None, seen: str, wanted: Verdict) -> None:
    structure = UNKNOWN if seen == "unknown" else Structure(format=seen, status="complete")

    assert verdict(ask("INT008", found(structure, declared=declared))) is wanted


@pytest.mark.parametrize(
    ("promised", "seen", "wanted"),
    [
        ("pickle,torch-zip", "torch-zip", Verdict.PASS),
        ("onnx, safetensors", "safetensors", Verdict.PASS),
        ("safetensors", "pickle", Verdict.FAIL),
        ("pickle", "unknown", Verdict.INCONCLUSIVE),
        ("", "unknown", Verdict.PASS),
    ],
)
def test_the_name_of_a_loose_file_is_compared(promised: str, seen: str, wanted: Verdict) -> None:
    base = UNKNOWN if seen == "unknown" else Structure(format=seen, status="complete")
    structure = replace(base, metadata=(("expected-format", promised),))

    assert verdict(ask("INT008", found(structure, loose=True))) is wanted


def test_a_word_for_what_is_of_no_known_format_outweighs_its_name() -> None:
    compressed = replace(UNKNOWN, metadata=(("expected-format", "pickle"),))

    assert verdict(ask("INT008", found(compressed, declared="raw"))) is Verdict.PASS
    assert verdict(ask("INT008", found(compressed, declared="joblib"))) is Verdict.FAIL
    assert verdict(ask("INT008", found(compressed))) is Verdict.INCONCLUSIVE
    renamed = Structure(
        format="pickle", status="complete", metadata=(("expected-format", "safetensors"),)
    )
    assert verdict(ask("INT008", found(renamed, declared="pickle"))) is Verdict.FAIL


def test_problems_of_nested_members_are_reported_where_they_are() -> None:
    problem = Problem(code="INT008", message="its checksum is wrong", offset=9, wanted="crc 0")
    other = Problem(code="SEC002", message="it is a bomb")
    member = Structure(
        format="pickle", status="error", container="a/data.pkl", problems=(problem, other)
    )
    outer = Structure(format="torch-zip", status="complete", members=(member,))

    (finding,) = ask("INT008", found(outer, loose=True))
    assert finding.message == "model.safetensors!/a/data.pkl: its checksum is wrong"
    assert (finding.seen, finding.wanted) == ("at byte 9", "crc 0")
    assert finding.location.file == "model.safetensors"


def test_an_error_without_a_problem_is_reported_by_its_reason() -> None:
    structure = Structure(format="onnx", status="error", reason="it ends in a field")

    (finding,) = ask("INT008", found(structure, loose=True))
    assert "it ends in a field" in finding.message


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("/etc/passwd", "leads out of the release"),
        ("a/../../b", "leads out of the release"),
        ("a\\b", "backslash"),
        ("C:/model.onnx", "drive"),
        ("cafe\u0301.onnx", "normal form C"),
        ("..model/a..b", None),
        ("caf\u00e9.onnx", None),
    ],
)
def test_declared_paths_stay_inside(path: str, what: str | None) -> None:
    facts = sample.release({"/spec/dependencies/runtime/lock": path})

    found_messages = messages(ask("INT009", facts))
    assert (what is None) == (not found_messages)
    assert all(str(what) in message for message in found_messages)


def test_a_path_problem_is_told_once_and_placed_in_the_papers() -> None:
    path = "cafe\u0301.onnx"
    facts = replace(
        sample.release({"/spec/artifacts/0/path": path}),
        path_problems=(
            PathProblem(path=path, kind="not-nfc"),
            PathProblem(path=path, kind="cycle", target=path),
            PathProblem(path="other", kind="new-kind"),
        ),
    )

    findings = ask("INT009", facts)
    assert sorted(found.location.file for found in findings) == [
        "other",
        "release.yaml",
        "release.yaml",
    ]
    assert any("new-kind" in found.message for found in findings)


def test_loose_paths_are_judged_without_a_manifest() -> None:
    facts = Facts(path_problems=(PathProblem(path="a", kind="collision", target="A"),))

    (finding,) = ask("INT009", facts)
    assert (finding.seen, finding.location.file) == ("A", "a")


def test_a_path_that_climbs_out_is_told_once_though_the_probe_refused_it_too() -> None:
    facts = replace(
        sample.release({"/spec/artifacts/0/path": "../x"}),
        path_problems=(PathProblem(path="../x", kind="outside", target="../x"),),
    )
    (finding,) = ask("INT009", facts)
    assert "leads out of the release" in finding.message
