"""What pages name is there: verbs, options, codes, variables, metrics, files, targets of make."""

from __future__ import annotations

import functools
import re
import tomllib
from typing import Any

import click
import pytest

from scripts import reference
from scripts.shown_commands import ROOT, blocks
from tests.docs.pages import PAGES, missing, prose, spans, text, told
from weighbridge.cli.group import weighbridge
from weighbridge.rules.catalogue import EXPLAINED, RESERVED, RETIRED

NO_CODES = {"INT999"}
"""Codes that stand for what is none."""
OF_OTHERS = {
    "reference/errors/WB100.md": {"chekc"},  # what is shown is that there is none
    "adr/0022-waivers-of-anything.md": {"--list"},  # what was not chosen
    "how-to/keep-secrets-out.md": {"--password"},  # of a program in a manifest
    "reference/reference-server.md": {"--model", "--max-body"},
    "reference/rules/CMP002.md": {"--python-version"},  # of pip
    "reference/targets/kubernetes.md": {"--allowed-unsafe-sysctls"},  # of kubelet
    "reference/targets/sandbox.md": {  # of uv, pip and docker
        *("--", "--build-sources", "--find-links", "--network", "--index-url", "--extra-index-url")
    },
    "reference/targets/systemd.md": {  # of docker
        *("--cpus", "--cpu-shares", "--memory-reservation", "--device", "--gpus", "--ulimit"),
        "--sysctl",
    },
}
"""What pages speak of and we have not: options of other programs; no others."""
OUTSIDE = {
    "WEIGHBRIDGE_CI_PASSPHRASE",  # a secret's name in somebody's CI
    "WEIGHBRIDGE_IMAGE",  # of deploy/
    "WEIGHBRIDGE_SEED_NAME",  # NAME is a name
}
METRICS = {"weighbridge_dev_release"}
"""A label, made by Prometheus from an annotation."""
_CODE = re.compile(r"\b(?:WB|INT|DEP|CMP|REP|SEC|CFG|GOV)\d{3}\b")
_OPTION = re.compile(r"--[a-z][a-z0-9-]*|--$")
_OURS = re.compile(r"(?:src|docs|tests|scripts|deploy|bench|requirements)/[\w./-]+(?:::\w+)?")


@functools.cache
def verbs() -> dict[tuple[str, ...], set[str]]:
    """List the options of every verb, those of the verbs below it among them, by its words."""
    found: dict[tuple[str, ...], set[str]] = {}

    def visit(command: click.Command, context: click.Context, path: tuple[str, ...]) -> set[str]:
        options = {name for one in command.params for name in [*one.opts, *one.secondary_opts]}
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                below = command.get_command(context, name)
                if below is not None:
                    inner = click.Context(below, info_name=name, parent=context)
                    options |= visit(below, inner, (*path, name))
        found[path] = options | {"--help"}
        return options

    visit(weighbridge, click.Context(weighbridge, info_name="weighbridge"), ())
    return found


def words_of(span: str) -> tuple[tuple[str, ...], list[str]]:
    """Split what looks like a command into the verb it names and the words behind it."""
    words = span.split()
    path: tuple[str, ...] = ()
    while words and (*path, words[0]) in verbs():
        path = (*path, words.pop(0))
    return path, words


def faults(span: str) -> list[str]:
    """Say which verb or options of a span are not there."""
    named = span.startswith("weighbridge ")
    path, words = words_of(span.removeprefix("weighbridge "))
    if not path and not span.startswith("--") and not named:
        return []
    if named and not path and re.fullmatch(r"[a-z][a-z-]+", words[0]):
        return [f"no verb {words[0]}"]
    options = [found[0] for word in words if (found := _OPTION.match(word))]
    if "--" in words:
        options = [name for name in options if words.index(name) < words.index("--")]
    return [
        f"no option {name} {' '.join(path)}".strip()
        for name in options
        if name not in verbs()[path]
    ]


@functools.cache
def sources() -> str:
    """Return all that the product is written in."""
    folders = [ROOT / "src", ROOT / "deploy"]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return "\n".join(path.read_text("utf-8", errors="replace") for path in sorted(files))


@pytest.mark.parametrize("page", PAGES)
def test_codes_are_those_of_rules_and_errors(page: str) -> None:
    known = {rule.code for rule in EXPLAINED} | {*RESERVED} | {*RETIRED} | {*reference.errors()}
    assert {*_CODE.findall(text(page))} - known - NO_CODES == set()


@pytest.mark.parametrize("page", PAGES)
def test_verbs_and_options_are_there(page: str) -> None:
    others = OF_OTHERS.get(page, set())
    wrong = {fault for span in [*spans(page), *told(page)] for fault in faults(span)}
    assert {fault for fault in wrong if fault.split()[2] not in others} == set()


def test_options_of_others_are_spoken_of() -> None:
    for page, options in OF_OTHERS.items():
        said = {name for span in spans(page) for name in _OPTION.findall(span)} | {"--", "chekc"}
        assert options <= said, page


@pytest.mark.parametrize("page", PAGES)
def test_variables_and_metrics_are_there(page: str) -> None:
    variables = {*re.findall(r"\bWEIGHBRIDGE_[A-Z_]*[A-Z]\b", text(page))} - OUTSIDE
    settings = text("reference/settings.md")
    assert {name for name in variables if name not in sources() and name not in settings} == set()
    named = {*re.findall(r"\bweighbridge_[a-z_]+\b", prose(page))} - METRICS
    metrics = {name.removesuffix("_total") for name in named}
    # Those of the process are prometheus-client's own, under our name.
    ours = {name for name in metrics if not name.startswith("weighbridge_process_")}
    assert {name for name in ours if name not in sources()} == set()


@pytest.mark.parametrize("page", PAGES)
def test_files_and_targets_of_make_are_there(page: str) -> None:
    made = {*re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"))}
    for span in spans(page):
        if _OURS.fullmatch(span) and "NAME" not in span:
            assert (ROOT / span.partition("::")[0]).exists(), span
            assert "::" not in span or missing(span) == "", span
        if found := re.fullmatch(r"make ([a-z]+)", span):
            assert found[1] in made, span


@pytest.mark.parametrize(
    ("span", "wrong"),
    [
        ("weighbridge check --fix", []),
        ("check --fix --diff", []),
        ("--fail-on", []),
        ("registry backup FILE --with-keys", []),
        ("build --output FILE -- python --anything", []),
        ("weighbridge chekc", ["no verb chekc"]),
        ("weighbridge seal --fix", ["no option --fix seal"]),
        ("--no-such-option", ["no option --no-such-option"]),
        ("registry archive add --nothing", ["no option --nothing registry archive add"]),
        ("kubectl --context x", []),
    ],
)
def test_a_planted_fault_is_seen(span: str, wrong: list[str]) -> None:
    assert faults(span) == wrong


FREE_TABLES = {"roles", "claims", "links"}
"""Tables of settings whose keys are one's own."""
SETTINGS = ("reference/settings.md", "reference/server-settings.md", "reference/worker-settings.md")


def keys_of(settings: dict[str, Any]) -> set[str]:
    """List the keys of settings, tables and what is in them, but what is one's own."""
    found = {*settings}
    for key, value in settings.items():
        for table in value if isinstance(value, list) else [value]:
            if isinstance(table, dict) and key not in FREE_TABLES:
                found |= keys_of(table)
    return found


@functools.cache
def known_keys() -> frozenset[str]:
    """List the keys the pages of settings have, which are made from the code."""
    told = "\n".join(map(text, SETTINGS))
    keys = re.findall(r"(?m)^\| `([a-z-]+)` \|", told)
    return frozenset([*keys, *re.findall(r"(?m)^## `\[+([a-z-]+)\]+`", told), "links"])


@pytest.mark.parametrize("page", PAGES)
def test_settings_are_there(page: str) -> None:
    for block in blocks(text(page)):
        if block.language == "toml" and block.title in {"", "weighbridge.toml"}:
            assert keys_of(tomllib.loads(block.body)) - known_keys() == set(), block.body
