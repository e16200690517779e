from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from tests.fake_credentials import FURTHER
from tests.usecases.workshop import LABELS, commit, lay_out, sha256

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

TOKEN = FURTHER["Hugging Face Token"]


def test_a_scan_tells_where_a_credential_stands_and_not_what_it_is(run: Bench) -> None:
    (run.folder / "config.json").write_text(f'{{\n  "dim": 4,\n  "hub_token": "{TOKEN}"\n}}\n')
    found = run("scan", "config.json")
    assert found.code == 1
    assert found.out.startswith("needs-review  json  ")
    assert "error[SEC005]" in found.out
    assert "config.json:3" in found.out
    assert TOKEN[3:9] not in found.out + found.err


def test_a_scan_in_a_process_of_its_own_finds_the_same(run: Bench) -> None:
    folder = run.folder / "model"
    folder.mkdir()
    (folder / ".env").write_text(f"A=1\nHF_TOKEN={TOKEN}\n")
    (folder / "notes.txt.gz").write_bytes(gzip.compress(f"see {TOKEN}\n".encode(), mtime=0))
    found = run("scan", "--output-format", "json", "model").json["files"]
    assert [
        (file["path"], file["verdict"], finding["code"], finding["container"], finding["offset"])
        for file in found
        for finding in file["findings"]
    ] == [
        ("model/.env", "needs-review", "SEC005", "", 4),
        ("model/notes.txt.gz", "needs-review", "SEC005", "content", 0),
    ]


def test_a_check_says_it_before_and_after_sealing_and_sealing_says_nothing(run: Bench) -> None:
    lay_out(run.folder)
    labels = f'["cat",\n "{TOKEN}"]\n'.encode()
    (run.folder / "labels.json").write_bytes(labels)
    run.edit(sha256(LABELS), sha256(labels))
    commit(run.folder)
    assert "labels.json:2" in run("check", "--select", "SEC").out
    sealed = run("seal", "--output-format", "json")
    assert sealed.code == 0
    found = run("check", sealed.json["digest"], "--select", "SEC")
    assert (found.code, "labels.json:2" in found.out) == (1, True)
    assert TOKEN[3:9] not in found.out + sealed.out + sealed.err
