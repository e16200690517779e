"""What pages name is there: verbs, options, codes, variables, metrics, files, targets of make."""

from __future__ import annotations

import functools
import re
import tomllib
from typing import TYPE_CHECKING, Any

import click
import pytest

from scripts import reference
from scripts.shown_commands import ROOT, blocks
from tests.docs.pages import PAGES, missing, prose, spans, text, told
from weighbridge.cli.group import weighbridge
from weighbridge.rules.catalogue import EXPLAINED, RESERVED, RETIRED
from weighbridge.server.access import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

NO_CODES = {"INT999"}
"""Codes that stand for what is none."""
OF_OTHERS = {
    "reference/errors/WB100.md": {"chekc"},  # what is shown is that there is none
    "adr/0022-waivers-of-anything.md": {"--list"},  # what was not chosen
    "adr/0041-what-other-tools-found.md": {"--severity", "--ignore-vuln"},  # of Trivy and pip-audit
    "explanation/performance.md": {  # of bench/run.py
        *("--budget", "--curves", "--json", "--rounds", "--strict", "--write"),
    },
    "how-to/keep-secrets-out.md": {"--password"},  # of a program in a manifest
    "reference/reference-server.md": {"--model", "--max-body"},
    "reference/rules/CMP002.md": {"--python-version"},  # of pip
    "reference/targets/kubernetes.md": {"--allowed-unsafe-sysctls"},  # of kubelet
    "reference/targets/sandbox.md": {  # of uv, pip and docker
        *("--", "--build-sources", "--find-links", "--network", "--index-url", "--extra-index-url")
    },
    "how-to/use-the-scanners-you-have.md": {  # of Trivy, Grype, pip-audit and cosign
        *("--ignore-unfixed", "--ignore-vuln", "--severity", "--show-suppressed", "--tlog-upload"),
    },
    "how-to/verify-a-release-of-weighbridge.md": {"--commit"},  # of scripts/verify_release.py
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
FREE_TABLES = {"roles", "claims", "links"}
"""Tables of settings whose keys are one's own."""
SETTINGS = ("reference/settings.md", "reference/server-settings.md", "reference/worker-settings.md")
WITNESS = {"/add-checkpoint"}
"""What a witness answers, not a server: https://c2sp.org/tlog-witness."""
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


def faulty(look: Callable[[str], set[str]]) -> dict[str, set[str]]:
    """Look at every page, and return what is wrong with each that is not right."""
    return {page: wrong for page in PAGES if (wrong := look(page))}


def test_codes_are_those_of_rules_and_errors() -> None:
    known = {rule.code for rule in EXPLAINED} | {*RESERVED} | {*RETIRED} | {*reference.errors()}
    assert faulty(lambda page: {*_CODE.findall(text(page))} - known - NO_CODES) == {}


def test_verbs_and_options_are_there() -> None:
    def look(page: str) -> set[str]:
        others = OF_OTHERS.get(page, set())
        wrong = {fault for span in [*spans(page), *told(page)] for fault in faults(span)}
        return {fault for fault in wrong if fault.split()[2] not in others}

    assert faulty(look) == {}


def test_options_of_others_are_spoken_of() -> None:
    for page, options in OF_OTHERS.items():
        said = {name for span in spans(page) for name in _OPTION.findall(span)} | {"--", "chekc"}
        assert options <= said, page


def test_variables_are_there() -> None:
    said = sources() + text("reference/settings.md")

    def look(page: str) -> set[str]:
        named = {*re.findall(r"\bWEIGHBRIDGE_[A-Z_]*[A-Z]\b", text(page))} - OUTSIDE
        return {name for name in named if name not in said}

    assert faulty(look) == {}


def test_metrics_are_there() -> None:
    def look(page: str) -> set[str]:
        named = {*re.findall(r"\bweighbridge_[a-z_]+\b", prose(page))} - METRICS
        # Those of the process are prometheus-client's own, under our name.
        ours = {name for name in named if not name.startswith("weighbridge_process_")}
        return {name for name in ours if name.removesuffix("_total") not in sources()}

    assert faulty(look) == {}


def test_files_and_targets_of_make_are_there() -> None:
    made = {*re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"))}

    def is_wrong(span: str) -> bool:
        if found := re.fullmatch(r"make ([a-z]+)", span):
            return found[1] not in made
        if not _OURS.fullmatch(span) or re.search("NAME|VERSION", span):
            return False
        return bool(missing(span)) if "::" in span else not (ROOT / span).exists()

    assert faulty(lambda page: {span for span in spans(page) if is_wrong(span)}) == {}


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


def test_settings_are_there() -> None:
    def look(page: str) -> set[str]:
        shown = [block for block in blocks(text(page)) if block.language == "toml"]
        ours = [block.body for block in shown if block.title in {"", "weighbridge.toml"}]
        return {key for body in ours for key in keys_of(tomllib.loads(body))} - known_keys()

    assert faulty(look) == {}


def parts(route: str) -> list[str]:
    """Split a route, with `*` for what stands for anything: `{digest}`, `KEY`."""
    path = route.partition("?")[0]
    return ["*" if one.startswith("{") or one.isupper() else one for one in path.split("/")]


def test_routes_are_there() -> None:
    routes = [(method, parts(route)) for method, route in TABLE]

    def is_wrong(span: str) -> bool:
        found = re.fullmatch(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)", span)
        if found is None or found[2] in WITNESS:
            return False
        asked = parts(found[2])
        return not any(
            method == found[1]
            and len(route) == len(asked)
            and all(a == b or "*" in {a, b} for a, b in zip(route, asked, strict=True))
            for method, route in routes
        )

    assert faulty(lambda page: {span for span in spans(page) if is_wrong(span)}) == {}
