"""Every command in README and docs runs, in order, and prints what the document shows."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

import pytest
from sybil import Region, Sybil

from scripts.shown_commands import (
    ROOT,
    SCENES,
    Block,
    Shell,
    ShownError,
    agrees,
    blocks,
    commands,
    documents,
    rewritten,
    scene,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _pytest.mark import ParameterSet
    from sybil import Document, Example

NOT_RUN = {
    "README.md": [
        "pip install weighbridge",
        "make demo",
        'pip install "weighbridge[demo]"',
        "weighbridge demo",
        "make canary",
    ],
    "docs/how-to/attest.md": ["weighbridge attest spam-filter@0.2.0 --bundle scan.sigstore.json"],
    "docs/how-to/audit-offline.md": [
        "weighbridge advisories serve --port 8585",
        "pip-audit -s osv --osv-url http://127.0.0.1:8585/v1/query -r requirements.txt",
    ],
    "docs/how-to/deliver-to-a-cluster.md": [
        "weighbridge deliver spam-filter --in production --key paula",
        'weighbridge pause spam-filter --in production --reason "the pager rings" --key paula',
        'weighbridge resume spam-filter --in production --reason "false alarm" --key paula',
        'weighbridge abort spam-filter --in production --reason "wrong answers" --key paula',
        (
            'weighbridge resume spam-filter --in production --skip --reason "measured by hand"'
            " --key paula"
        ),
        ("weighbridge deliver spam-filter --in production --gitops deploy/spam-filter --key paula"),
    ],
    "docs/how-to/deliver-on-one-machine.md": [
        "apt-get install haproxy prometheus",
        'pip install "weighbridge[remedy]"',
        "apt-get download haproxy prometheus",
        'for package in *.deb; do dpkg-deb --extract "$package" ~/tools; done',
        "export WEIGHBRIDGE_TOOLS=~/tools",
        "weighbridge deliver spam-filter --in lab --key pat",
        'weighbridge pause spam-filter --in lab --reason "the pager rings" --key pat',
        'weighbridge resume spam-filter --in lab --reason "false alarm" --key pat',
        'weighbridge resume spam-filter --in lab --skip --reason "measured by hand" --key pat',
        'weighbridge abort spam-filter --in lab --reason "wrong answers" --key pat',
        (
            "weighbridge deliver spam-filter@0.2.0 --to local --unpromoted"
            " --option bind=127.0.0.1:8100"
        ),
        "weighbridge deliver spam-filter --in lab --stop",
    ],
    "docs/how-to/read-on-a-cluster.md": [
        'pip install "weighbridge[dask]"',
        "weighbridge check --engine dask://scheduler.example.com:8786",
        'pip install "weighbridge[objects]"',
        "weighbridge scan s3://models/bert/",
        "weighbridge digest gs://models/bert/model.safetensors",
    ],
    "docs/how-to/guard-a-cluster.md": [
        (
            "weighbridge serve --admission production --host 0.0.0.0 --port 8443"
            " --tls-cert door.pem --tls-key door.key"
        ),
        "curl --cacert door.pem --json @pod.json https://127.0.0.1:8443/admit/production",
    ],
    "docs/how-to/push-and-pull.md": [
        "weighbridge push spam-filter@0.2.0 oci://registry.example.com/ml/spam-filter"
    ],
    "docs/how-to/keep-a-registry-for-a-team.md": [
        'pip install "weighbridge[postgres,objects]"',
        "weighbridge registry migrate --to postgresql://weighbridge@db.example.com/releases \\",
        "    --store s3://team/releases --log-keys /srv/weighbridge/keys",
        "weighbridge registry backup releases-2026-11-29.tar --with-keys",
        "weighbridge registry restore releases-2026-11-29.tar",
    ],
    "docs/how-to/run-a-server.md": ["weighbridge serve --key dora"],
    "docs/how-to/run-workers.md": [
        'pip install "weighbridge[worker]"',
        "weighbridge worker --key carl",
    ],
    "docs/how-to/shell-completion.md": [
        'eval "$(_WEIGHBRIDGE_COMPLETE=bash_source weighbridge)"',
        'eval "$(_WEIGHBRIDGE_COMPLETE=zsh_source weighbridge)"',
        "cd ~/.config/fish/completions",
        "_WEIGHBRIDGE_COMPLETE=fish_source weighbridge > weighbridge.fish",
        "_WEIGHBRIDGE_COMPLETE=bash_source weighbridge > ~/.weighbridge-complete.bash",
        "echo '. ~/.weighbridge-complete.bash' >> ~/.bashrc",
    ],
    "docs/how-to/test-behaviour.md": [
        "weighbridge try counting@1.0.0 --endpoint http://127.0.0.1:8080/v2/models/counting",
        "weighbridge try counting@1.1.0 --baseline counting@1.0.0 --hardware c7i.large",
        "weighbridge try counting@1.0.0 --sign --key carl",
    ],
    "docs/how-to/watch-a-model-load.md": [
        "weighbridge scan --dynamic --python ~/envs/torch/bin/python model.pt"
    ],
    "docs/how-to/witness-a-log.md": [
        (
            "weighbridge log witness --listen 127.0.0.1:8580 --name wes.example/log"
            " --log-key log.pub --state state"
        )
    ],
    "docs/how-to/verify-a-release-of-weighbridge.md": [
        (
            "python -m scripts.verify_release weighbridge-0.1.0-py3-none-any.whl"
            " --pack weighbridge-0.1.0.papers.tar --key papers/log.pub"
        ),
        "gh attestation verify weighbridge-0.1.0-py3-none-any.whl --repo OWNER/weighbridge",
        (
            "pypi-attestations verify pypi --repository https://github.com/OWNER/weighbridge"
            " pypi:weighbridge-0.1.0-py3-none-any.whl"
        ),
        (
            "python -m scripts.reproduce build/release v0.1.0"
            " --against weighbridge-0.1.0-py3-none-any.whl"
        ),
    ],
    "docs/index.md": [
        "pip install weighbridge",
        "weighbridge scan model.safetensors",
        "weighbridge audit requirements.lock",
        "weighbridge check .",
    ],
    "docs/reference/targets/prometheus.md": [
        (
            "kubectl delete prometheusrule -l"
            " 'app.kubernetes.io/name=NAME,weighbridge.dev/release!=DIGITS'"
        ),
    ],
    "docs/how-to/manage-keys.md": [
        (
            "weighbridge key new release --at "
            '"pkcs11:token=ci;object=release?module-path=/usr/lib/softhsm/libsofthsm2.so"'
        ),
        "weighbridge key new release --at awskms:alias/release",
        "weighbridge key new release --at hv:release",
    ],
    "docs/tutorial/first-weighing.md": ["pip install weighbridge"],
    "docs/tutorial/from-mlflow-to-staging.md": [
        "pip install weighbridge",
        (
            "uv pip compile --universal --python-version 3.11 --generate-hashes requirements.in"
            " -o requirements.lock"
        ),
    ],
}
"""Commands that are not run, and where they are told; no others.

They install something, change the reader's own shell, or need what a test has not: a network, a
cluster, hardware, or haproxy and Prometheus, with which `make canary` runs them. Those of
`scripts.verify_release` and `scripts.reproduce` need a release; tests/release makes one for them.
"""

LONG = {
    "docs/course/4-make-it-again.md",
    "docs/course/7-places.md",
    "docs/course/8-the-auditor.md",
    "docs/course/6-the-gate.md",
    "docs/course/5-who-says-so.md",
    "docs/how-to/approve-a-release.md",
    "docs/how-to/import-from-mlflow.md",
    "docs/how-to/manage-keys.md",
    "docs/tutorial/from-mlflow-to-staging.md",
    "docs/tutorial/promoting-a-release.md",
}
"""Documents whose commands take many seconds."""

LANGUAGES = {"console", "ini", "json", "python", "sh", "text", "toml", "yaml"}


def evaluate(example: Example) -> str | None:
    shell: Shell = example.namespace["shell"]
    block: Block = example.parsed
    if block.title:
        shell.make(block.title, block.body)
        return None
    for shown in commands(block.body):
        printed = shell.run(shown.command)
        if not agrees(shown.output, printed):
            lines = difflib.ndiff(shown.output.splitlines(), printed.splitlines())
            return f"$ {shown.command}" + "\n".join(lines)
    return None


def runnable(document: Document) -> Iterator[Region]:
    for block in blocks(document.text):
        if block.title or block.language == "console":
            yield Region(block.start, block.end, block, evaluate)


def each_document() -> Iterator[ParameterSet]:
    for path in documents():
        name = str(path.relative_to(ROOT))
        yield pytest.param(path, id=name, marks=[pytest.mark.slow] if name in LONG else [])


@pytest.mark.parametrize("path", list(each_document()))
def test_documents_show_what_their_commands_print(path: Path, tmp_path: Path) -> None:
    document = Sybil(parsers=[runnable]).parse(path)
    document.namespace["shell"] = Shell(tmp_path, scene(document.text))
    for example in document.examples():
        example.evaluate()


def test_long_documents_are_there() -> None:
    assert {str(path.relative_to(ROOT)) for path in documents()} >= LONG


def test_what_is_not_run_is_listed_here() -> None:
    found = {
        str(path.relative_to(ROOT)): [
            line
            for block in blocks(path.read_text(encoding="utf-8"))
            if block.language == "sh"
            for line in block.body.splitlines()
        ]
        for path in documents()
    }
    assert {name: lines for name, lines in found.items() if lines} == NOT_RUN


def test_no_command_hides_in_another_kind_of_block() -> None:
    for path in documents():
        for block in blocks(path.read_text(encoding="utf-8")):
            assert block.language in LANGUAGES, f"{path.name}: {block.language}"
            if block.language not in {"console", "sh"}:
                assert not re.search(r"(?m)^\$ ", block.body), f"{path.name}: {block.body}"


def test_every_scene_is_used_and_known() -> None:
    named = {scene(path.read_text(encoding="utf-8")) for path in documents()} - {""}
    assert named == {*SCENES}


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb\n", "a\nb\n", True),
        ("a\nb\n", "a\nc\n", False),
        ("a\n", "a\n\n", True),
        ("", "a\n", False),
        ("digest ...\n", "digest 1234 5\n", True),
        ("digest ...\n", "digest 1\nmore\n", False),
        ("a\n...\nz\n", "a\nb\nc\nz\n", True),
        ("a\n...\nz\n", "a\nb\nc\n", False),
        ("...\nz\n", "z\n", False),
        ("a.c\n", "abc\n", False),
    ],
)
def test_what_agrees_and_what_does_not(shown: str, printed: str, *, same: bool) -> None:
    assert agrees(shown, printed) is same


def test_a_shell_keeps_folder_variables_and_exit_code(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.run("mkdir inner && cd inner && export WORD='two words'")
    shell.make("made", "by hand\n")
    shell.run("exit 3")
    assert shell.run('echo "$? $WORD"; pwd; cat made') == ("3 two words\n~/inner\nby hand\n")


def test_a_shell_is_at_home_where_the_document_begins(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert shell.run("cd && pwd && echo ~") == "~\n~\n"
    assert shell.run("cat 3<<< 'one\ntwo' <&3") == "one\ntwo\n"


def test_nobody_sits_at_the_keyboard(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    assert "nobody to ask for the passphrase" in shell.run("weighbridge key new ann")
    assert shell.run("echo $?; ls -A") == "4\n"


def test_a_scene_keeps_keys_to_their_owner(tmp_path: Path) -> None:
    shell = Shell(tmp_path, "signed-release")
    mode = "stat -c '%a %F' .config/weighbridge/keys .config/weighbridge/keys/ann.key"
    assert shell.run(mode) == "700 directory\n600 regular file\n"


def test_a_shell_knows_nothing_of_the_users_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEIGHBRIDGE_SELECT", "INT")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    printed = Shell(tmp_path).run("env")
    assert "WEIGHBRIDGE_" not in printed
    assert "GIT_DIR" not in printed


def test_outputs_are_written_anew_and_cuts_stay(tmp_path: Path) -> None:
    text = "Say:\n\n```console\n$ seq 5\n1\n...\n4\n$ echo $?\n1\n```\n\nDone.\n"
    assert rewritten(text, tmp_path) == text.replace("\n4\n", "\n5\n").replace(
        "\n1\n```", "\n0\n```"
    )


def test_cuts_within_lines_stay(tmp_path: Path) -> None:
    text = "```console\n$ seq 3\n...\n2\n9\n```\n"
    assert rewritten(text, tmp_path) == text.replace("9", "3")
    text = "```console\n$ printf 'key 17\\nkey 18\\nend\\n'\nkey ...\nkey 99\nthe end\n```\n"
    (tmp_path / "again").mkdir()
    wanted = text.replace("99", "18").replace("the end", "end")
    assert rewritten(text, tmp_path / "again") == wanted


def test_a_crash_is_not_written_down(tmp_path: Path) -> None:
    text = "```console\n$ echo 'error[WB001]: weighbridge has a bug'\n```\n"
    with pytest.raises(ShownError, match="not written down"):
        rewritten(text, tmp_path)


def test_a_block_begins_with_a_command() -> None:
    with pytest.raises(ShownError, match="begins with a command"):
        list(commands("said before\n$ asked\n"))


def test_a_wrong_output_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("```console\n$ echo two\none\n```\n", encoding="utf-8")
    document = Sybil(parsers=[runnable]).parse(path)
    work = tmp_path / "shell"
    work.mkdir()
    document.namespace["shell"] = Shell(work)
    (example,) = document.examples()
    with pytest.raises(AssertionError, match=r"(?s)- one.*\+ two"):
        example.evaluate()
