"""No credential that stands in a manifest gets any further, by no verb and in no words."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from tests.fake_credentials import FURTHER, KNOWN, body
from tests.usecases.cast import RELEASE
from tests.usecases.workshop import manifest_text, run_apart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Bench, Ran

PASSWORD = "Hunter2-" + body(5)

# Where a credential is put: what it stands before, and what stands around it.
PLACES: dict[str, tuple[str, str]] = {
    "annotation": ("spec:\n", "  annotations: {{note: {}}}\nspec:\n"),
    "label": ("spec:\n", "  labels: {{note: {}}}\nspec:\n"),
    "key": ("spec:\n", "  annotations: {{{}: x}}\nspec:\n"),
    "value": ("  artifacts:\n", "  parameters: {{p: {{type: string, value: {}}}}}\n  artifacts:\n"),
    "wrong value": (
        "  artifacts:\n",
        "  parameters: {{p: {{type: string, value: {}, enum: [a]}}}}\n  artifacts:\n",
    ),
    "member": (
        "  artifacts:\n",
        "  parameters: {{p: {{type: array, value: [1, [2, {}]]}}}}\n  artifacts:\n",
    ),
    "name": ("  artifacts:\n", "  parameters: {{{}: {{type: string}}}}\n  artifacts:\n"),
    "address": (
        "    - name: model\n",
        "    - {{name: far, role: weights, uri: {}, digest: sha256:"
        + "0" * 64
        + "}}\n    - name: model\n",
    ),
    "file": (
        "    - name: model\n",
        "    - {{name: far, role: weights, path: {}}}\n    - name: model\n",
    ),
    "text": ("  model: {name: demo,", "  model: {{name: demo, family: {},"),
    "comment": ("spec:\n", "# so far: {}\nspec:\n"),
    "block": ("spec:\n", "  annotations:\n    note: |\n      so far {}\nspec:\n"),
    "unknown key": ("  model: {name: demo,", "  model: {{name: demo, tokn: {},"),
    "key of no section": ("  model: {name: demo,", "  model: {{name: demo, {}: 1,"),
    "wrong word": ("  owner:", "  risk: {}\n  owner:"),
    "wrong type": ("  artifacts:\n", "  governance: {}\n  artifacts:\n"),
    "member of a wrong type": ("  artifacts:\n", "  rollout: [1, {}]\n  artifacts:\n"),
    "version": ('  version: "1.0.0"', "  version: {}"),
    "duplicate": ("license: MIT}", "license: {0}, license: {0}}}"),
}
FORMS = {**KNOWN, **{f"{name} (ours)": text for name, text in FURTHER.items()}}
NAMED = {
    "in the environment": ("spec:\n", "  annotations: {{DB_PASSWORD: {}}}\nspec:\n"),
    "of a parameter": (
        "  artifacts:\n",
        "  parameters: {{api_key: {{type: string, value: {}}}}}\n  artifacts:\n",
    ),
    "of a parameter of another type": (
        "  artifacts:\n",
        "  parameters: {{api_key: {{type: integer, value: {}}}}}\n  artifacts:\n",
    ),
    "in place of a reference": (
        "  artifacts:\n",
        "  governance: {{secretRef: {}}}\n  artifacts:\n",
    ),
    "of a command": ("spec:\n", "  annotations: {{run: --db-password={}}}\nspec:\n"),
    "in a line taken out": ("spec:\n", "# DB_PASSWORD: {}\nspec:\n"),
}


def seeded() -> Iterator[tuple[str, str, str]]:
    """Make 50 manifests: each place and each form several times, and no pair twice."""
    places = itertools.cycle(PLACES.items())
    forms = itertools.cycle(FORMS.items())
    for (place, (before, after)), (form, text) in itertools.islice(
        zip(places, forms, strict=False), 50 - len(NAMED)
    ):
        put = after.format(text if place == "comment" else quoted(text))
        yield f"{form}, {place}", text, manifest_text().replace(before, put, 1)
    for name, (before, after) in NAMED.items():
        yield name, PASSWORD, manifest_text().replace(before, after.format(PASSWORD), 1)


def quoted(text: str) -> str:
    return '"' + text.replace("\n", "\\n") + '"'


SEEDED = list(seeded())
VERBS: tuple[tuple[str, ...], ...] = (
    *(("check", "--output-format", form) for form in ("json", "sarif", "junit", "github")),
    ("check",),
    ("check", "--output-format", "markdown"),
    ("check", "--fix"),
    ("check", "--diff", "-v"),
    ("seal",),
    ("seal", "--dry-run", "-v"),
    ("show",),
    ("explain", "metadata"),
    ("diff", ".", "demo@1.0.0"),
    ("capture", "--update"),
    ("verify", "."),
    ("sign", "."),
)


def pieces(text: str) -> set[bytes]:
    """List what of a credential must be seen nowhere: each half of each line of it."""
    found: set[bytes] = set()
    for line in text.splitlines():
        word = line.rpartition("//")[2].partition("@")[0]  # of an address, who may use it
        half = len(word) // 2
        found |= {word[:half].encode(), word[half:].encode()}
    return {piece for piece in found if len(piece) > 4 and piece not in b"-----BEGIN RSA PRIVATE"}


def assert_unseen(text: str, *seen: bytes) -> None:
    for piece in pieces(text):
        assert not [one for one in seen if piece in one], piece


def said(ran: Ran) -> bytes:
    return f"{ran.out}\n{ran.err}".encode()


def test_fifty_manifests_are_seeded() -> None:
    assert len({text for _, _, text in SEEDED}) == 50
    assert all(secret in text or "\n" in secret for _, secret, text in SEEDED)
    assert all(pieces(secret) for _, secret, _ in SEEDED)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("secret", "text"), [case[1:] for case in SEEDED], ids=[c[0] for c in SEEDED]
)
def test_a_seeded_manifest_is_refused_and_its_credential_is_seen_nowhere(
    secret: str, text: str, bench: Bench
) -> None:
    assert bench("seal").code == 0
    manifest = bench.folder / "release.yaml"
    manifest.write_text(text)
    before = {name: kept for name, kept in bench.files().items() if ".db-" not in name}
    for verb in VERBS:
        ran = bench(*verb)
        assert ran.code in ({1, 2} if verb[0] == "check" else {2}), verb
        assert "CFG004" in ran.out + ran.err
        assert_unseen(secret, said(ran))
    # What shows lines of the file, and what judges without the rule, shows none either.
    assert_unseen(secret, said(bench("set", "metadata.owner.escalation", "me", "--dry-run")))
    assert_unseen(secret, said(bench("check", "--ignore", "CFG004")))
    after = bench.files()
    assert {name: after[name] for name in before} == before
    del after["release.yaml"]
    assert_unseen(secret, *after.values())


def put(bench: Bench, line: str) -> None:
    bench.edit("spec:\n", f"  {line}\nspec:\n")


def test_check_reports_it_like_any_other_finding(bench: Bench) -> None:
    put(bench, f"annotations: {{DB_PASSWORD: {PASSWORD}}}")
    (finding,) = [
        one
        for one in bench("check", "--output-format", "json").json["findings"]
        if one["code"] == "CFG004"
    ]
    assert finding["message"] == (
        "metadata.annotations.DB_PASSWORD holds a credential (Secret Keyword)"
    )
    assert (finding["seen"], finding["severity"]) == ("(not shown)", "error")
    assert any("secretRef" in step for step in finding["remediation"])


def test_ignoring_the_rule_lets_nothing_through(bench: Bench) -> None:
    put(bench, f"annotations: {{DB_PASSWORD: {PASSWORD}}}")
    (bench.folder / "weighbridge.toml").write_text('ignore = ["CFG004"]\n')
    ran = bench("check")
    assert (ran.code, "holds a credential" in ran.out) == (0, False)
    assert bench("seal").code == 2


def test_set_mends_it_and_shows_neither_it_nor_others(bench: Bench) -> None:
    put(bench, f"annotations: {{DB_PASSWORD: {PASSWORD}, other: {KNOWN['GitHub Token']}}}")
    ran = bench("set", "metadata.annotations.DB_PASSWORD", "vault:ml/db#password")
    assert ran.code == 0
    assert_unseen(PASSWORD, said(ran), *bench.files().values())
    assert_unseen(KNOWN["GitHub Token"], said(ran))
    assert ran.err.count("(not shown)") == 3
    assert KNOWN["GitHub Token"] in (bench.folder / "release.yaml").read_text()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.owner.contact", KNOWN["Slack Token"]),
        ("metadata.risk", FURTHER["Hugging Face Token"]),
        ("metadata.annotations.DB_PASSWORD", PASSWORD),
        ("spec.artifacts.model.size", KNOWN["AWS Access Key"]),
        ("metadata.annotations.run", f"serve --password {PASSWORD}"),
    ],
)
def test_set_writes_none(path: str, value: str, bench: Bench) -> None:
    before = bench.files()
    ran = bench("set", path, value)
    assert (ran.code, "CFG004" in ran.err) == (2, True)
    assert_unseen(value, said(ran))
    assert bench.files() == before


def test_set_does_not_write_the_one_that_is_there_again(bench: Bench) -> None:
    put(bench, f"annotations: {{DB_PASSWORD: {PASSWORD}}}")
    ran = bench("set", "metadata.annotations.DB_PASSWORD", PASSWORD)
    assert ran.code == 2
    assert_unseen(PASSWORD, said(ran))


@pytest.mark.parametrize(
    "line", ["DB_PASSWORD: {}\n  ]", "password: *{}", "a: [{}", 'a: "\\q {}', "- password: {}"]
)
def test_a_manifest_that_is_no_yaml_shows_none(line: str, bench: Bench) -> None:
    for secret in (PASSWORD, KNOWN["GitHub Token"]):
        text = manifest_text().replace("spec:\n", f"  {line.format(secret)}\nspec:\n")
        (bench.folder / "release.yaml").write_text(text)
        for verb in VERBS:
            ran = bench(*verb)
            assert ran.code == 2
            assert_unseen(secret, said(ran))


def test_no_ledger_and_no_registry_learns_of_one(cast: Cast) -> None:
    manifest = cast.folder / "release.yaml"
    manifest.write_text(
        manifest.read_text().replace(
            "spec:\n", f"  annotations: {{DB_PASSWORD: {PASSWORD}}}\nspec:\n"
        )
    )
    for verb in (("seal",), ("sign", "."), ("check", "--sign", ".")):
        assert_unseen(PASSWORD, said(run_apart(cast.folder, *verb)))
    cast.done("check", RELEASE)
    kept = [path for path in cast.folder.rglob("*") if path.is_file() and path != manifest]
    assert_unseen(PASSWORD, *(path.read_bytes() for path in kept))


def test_policies_and_environments_hold_none(bench: Bench) -> None:
    for kind, words in (
        ("PromotionPolicy", ("policy", "test")),
        ("Environment", ("env", "apply", "--dry-run")),
    ):
        text = f"apiVersion: weighbridge.dev/v1\nkind: {kind}\nmetadata: {{name: {PASSWORD}}}\n"
        text += f"# DB_PASSWORD: {PASSWORD}\nspec: {{password: {PASSWORD}}}\n"
        (bench.folder / "other.yaml").write_text(text)
        ran = bench(*words, "other.yaml")
        assert (ran.code, "CFG004" in ran.err) == (2, True)
        assert_unseen(PASSWORD, said(ran))


def test_a_manifest_without_one_costs_no_import_of_the_library(bench: Bench) -> None:
    ran = run_apart(bench.folder, "check", environ={"PYTHONPROFILEIMPORTTIME": "1"})
    assert ran.code == 0
    assert "weighbridge.probes.credentials\n" in ran.err
    assert "detect_secrets" not in ran.err
