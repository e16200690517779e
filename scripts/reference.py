"""Write the pages of docs/reference that follow from the code; `--check` only compares.

Nothing here knows a verb, rule, field or error by name: what the code gains, the pages gain.
"""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scripts.reference_dashboard import dashboard_page
from scripts.reference_manifest import kind_page
from scripts.reference_targets import targets_page
from scripts.reference_team_settings import SERVER, WORKER, settings_page
from weighbridge.cli.group import VERBS, weighbridge
from weighbridge.cli.main import EXIT_CODES
from weighbridge.cli.options import GLOBAL_OPTIONS
from weighbridge.codec.faults import DOCUMENT_FAULTS
from weighbridge.codec.settings import FILE, KEYS
from weighbridge.formats.registry import FORMATS
from weighbridge.formats.stabilisers.registry import STABILISERS
from weighbridge.formats.suffixes import EXPECTED
from weighbridge.formats.zip_format import KINDS, ZipFormat
from weighbridge.model.environment import Environment
from weighbridge.model.errors import DocumentError, WeighbridgeError
from weighbridge.model.limits import DocumentLimits, Limits, ProcessLimits
from weighbridge.model.policy import PromotionPolicy
from weighbridge.model.release import ModelRelease
from weighbridge.model.rule_pack import RulePack
from weighbridge.model.settings import Setting, Settings
from weighbridge.model.template import ReleaseTemplate
from weighbridge.rules.catalogue import GATE_RULES, RESERVED, RULES, sections, summary
from weighbridge.rules.interface import GateRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from weighbridge.rules.interface import Rule

REFERENCE = Path(__file__).parents[1] / "docs/reference"
DECISIONS = Path(__file__).parents[1] / "docs/adr"
_ABOUT_FORMATS = """\
What has a reader. A file is told by its content, never by its name; the name only says what was
promised (INT008). Nothing is loaded or run: [hostile files](../explanation/hostile-files.md).
"""
_ABOUT_STABILISERS = """\
Two builds of the same thing rarely give the same bytes: clocks, owners, addresses and thread counts
get into files. A stabiliser is a named, versioned rule for one format that says what of that may
differ. What it does not fully understand it refuses, and then every byte counts. They nest: an
array in an archive in a gzip is looked into. A verdict names those that let something differ which
does: [how builds are compared](../explanation/how-builds-are-compared.md).
"""
_ATTRIBUTE = re.compile(r"^    (\w+): (.+(?:\n      +.+)*)", re.MULTILINE)


def pages() -> dict[str, str]:
    """Make every generated page, by its path below docs/reference."""
    return {
        "cli.md": _cli(),
        "dashboard.md": dashboard_page(table),
        "decisions.md": _decisions(),
        "errors.md": _errors(),
        "formats.md": _formats(),
        "environment.md": kind_page(Environment),
        "manifest.md": kind_page(ModelRelease),
        "policy.md": kind_page(PromotionPolicy),
        "rule-pack.md": kind_page(RulePack),
        "template.md": kind_page(ReleaseTemplate),
        "server-settings.md": settings_page(SERVER, table=table, attributes=attributes),
        "worker-settings.md": settings_page(WORKER, table=table, attributes=attributes),
        "settings.md": _settings(),
        "stabilisers.md": _stabilisers(),
        "targets/index.md": targets_page(table),
        "rules/index.md": _rules(),
        **{f"rules/{rule.code}.md": _rule(rule) for rule in RULES},
        **{f"rules/{rule.code}.md": _told(rule) for rule in GATE_RULES},
    }


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a Markdown table."""
    head = [*headings]
    lines = [head, ["---"] * len(head), *rows]
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in line] for line in lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells)


# Verbs ----------------------------------------------------------------------------------------


def _cli() -> str:
    root = click.Context(weighbridge, info_name="weighbridge")
    parts = [
        "# Verbs and options\n",
        "`weighbridge VERB --help` prints the same.\n",
        "## Every verb\n",
        "Accepted before and after the verb:\n",
        _options(GLOBAL_OPTIONS, root),
    ]
    for verb in VERBS:
        command = weighbridge.get_command(root, verb)
        if command is not None:
            parts += _verb(command, root, verb)
    return "\n".join(parts)


def _verb(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=parent)
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            found = command.get_command(context, below)
            if found is not None:
                yield from _verb(found, context, below)
        return
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"## {context.command_path.removeprefix('weighbridge ')}\n"
    yield f"```text\n{usage}\n```\n"
    yield f"{inspect.cleandoc(command.help or '')}\n"
    own = [entry for entry in command.params if isinstance(entry, click.Option)]
    options = _options([entry for entry in own if entry not in GLOBAL_OPTIONS], context)
    if options:
        yield options


def _options(options: Iterable[click.Option], context: click.Context) -> str:
    records = [option.get_help_record(context) for option in options]
    rows = [(f"`{record[0]}`", record[1]) for record in records if record is not None]
    return table(("option", "meaning"), rows) if rows else ""


# Rules ----------------------------------------------------------------------------------------


def _rules() -> str:
    every: list[Rule[Any] | GateRule] = [*RULES, *GATE_RULES]
    rows = (
        (
            f"[{rule.code}]({rule.code}.md)",
            rule.name,
            rule.severity.value,
            ", ".join(_powers(rule)),
            summary(rule),
        )
        for rule in sorted(every, key=lambda rule: rule.code)
    )
    reserved = (
        (code, one.name, f"{one.purpose}.", f"{one.until}.") for code, one in RESERVED.items()
    )
    return (
        "# Rules\n\n"
        "Every rule of this version. *scan* marks those that need no manifest, *fix* those that\n"
        "`check --fix` may be able to mend, *gate* those that the gate judges, by evidence,\n"
        "people or history, and *verify* those that `verify` tells of.\n\n"
        + table(("code", "name", "severity", "", "what a failure means"), rows)
        + "\n## Reserved\n\n"
        "These have their codes, and stand where `diff` says what judges a change. Nobody asks\n"
        "them yet.\n\n" + table(("code", "name", "what it is for", "until then"), reserved)
    )


def _powers(rule: Rule[Any] | GateRule) -> Iterator[str]:
    if isinstance(rule, GateRule):
        yield rule.judged_by
        return
    if rule.loose:
        yield "scan"
    if rule.fixable:
        yield "fix"


def _rule(rule: Rule[Any]) -> str:
    cases = ((example.title, example.verdict.value) for example in rule.examples())
    return f"{_told(rule)}\n## Cases it is tested on\n\n{table(('case', 'verdict'), cases)}"


def _told(rule: Rule[Any] | GateRule) -> str:
    texts = "\n".join(f"## {title}\n\n{body}\n" for title, body in sections(rule).items())
    return f"# {rule.code} {rule.name}\n\n**{rule.severity.value}** · {summary(rule)}\n\n{texts}"


# Errors ---------------------------------------------------------------------------------------


def error_classes() -> list[type[WeighbridgeError]]:
    """List every class of error, by code."""
    found = [WeighbridgeError]
    for known in found:
        found.extend(known.__subclasses__())
    ours = [known for known in found[1:] if known.__module__ == DocumentError.__module__]
    return sorted(ours, key=lambda known: known.code)


def errors() -> dict[str, tuple[int, str]]:
    """List every error: its exit code and what it means, by its code."""
    said = {e.code: (inspect.cleandoc(e.__doc__ or ""), e.kind) for e in error_classes()}
    said |= {code: (text, DocumentError.kind) for code, text in DOCUMENT_FAULTS.items()}
    return {code: (EXIT_CODES[kind], text) for code, (text, kind) in sorted(said.items())}


def _errors() -> str:
    rows = (
        (f"[`{code}`](errors/{code}.md)", str(number), text)
        for code, (number, text) in errors().items()
    )
    return (
        "# Errors\n\n"
        "What stops a run. Each has a page: how it is met, why, what to do and what not to do.\n"
        "`weighbridge explain CODE` prints those parts of it. Findings of rules have\n"
        "[codes of their own](rules/index.md).\n\n" + table(("code", "exit", ""), rows)
    )


# Decisions --------------------------------------------------------------------------------------


def _decisions() -> str:
    rows = []
    for path in sorted(DECISIONS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        number, _, title = text.partition("\n")[0].removeprefix("# ").partition(". ")
        status = re.findall(r"(?m)^Status: (.+) · (.+)$", text)[0]
        rows.append((number, f"[{title}](../adr/{path.name})", *status))
    return (
        "# Decisions\n\n"
        "Why it is as it is: what there was to choose from, what was chosen, and what follows.\n\n"
        + table(("", "decision", "status", "of"), rows)
    )


# Settings, formats ------------------------------------------------------------------------------


def _flags(verb: click.Command) -> set[str]:
    """List every option of a verb, and of those below it."""
    found = {option for parameter in verb.params for option in parameter.opts}
    if isinstance(verb, click.Group):
        root = click.Context(verb)
        for name in verb.list_commands(root):
            below = verb.get_command(root, name)
            found |= _flags(below) if below is not None else set()
    return found


def _settings() -> str:
    meaning = attributes(Settings)
    fields = Settings.__dataclass_fields__
    flags = _flags(weighbridge)
    rows = []
    for key in KEYS:
        name = key.replace("-", "_")
        default = fields[name].default
        shown = default.value if isinstance(default, Setting) else "`.weighbridge`"
        text = f"`{shown.value}`" if hasattr(shown, "value") else str(shown or "none")
        variable = f"`WEIGHBRIDGE_{name.upper()}`"
        flag = f"`--{key}`" if f"--{key}" in flags else ""
        rows.append((f"`{key}`", flag, variable, text, meaning[name]))
    headings = (f"in `{FILE}`", "flag", "variable", "default", "meaning")
    return (
        "# Settings\n\n"
        f"Flags outweigh variables, those outweigh `{FILE}`, that outweighs the defaults.\n"
        f"`{FILE}` is looked for in the manifest's folder and above, and so is the registry.\n"
        "`weighbridge config` shows each value in force and where it came from.\n\n"
        + table(headings, rows)
        + "\nLists are lists in TOML and separated by commas in flags and variables, links by "
        "blanks.\nWhat links hold says [prometheus](targets/prometheus.md#links). "
        "`WEIGHBRIDGE_HOME`\nnames the registry, too; `WEIGHBRIDGE_REGISTRY` outweighs it. "
        "`NO_COLOR` takes colour away.\n"
        "`WEIGHBRIDGE_TOOLS` names a folder that packages of Debian were unpacked into: programs\n"
        "[a delivery to this machine](../how-to/deliver-on-one-machine.md) needs are looked for\n"
        "there, and then on the path.\n"
        "`WEIGHBRIDGE_KEYS` names the folder of your keys, `WEIGHBRIDGE_KEY_PASSPHRASE_FD` the\n"
        "file descriptor a passphrase is read from, and systemd's `CREDENTIALS_DIRECTORY` where "
        "it may\nlie as `weighbridge-key-NAME`. Of those who "
        "[sign as an identity](../how-to/sign-as-an-identity.md)\n"
        "`WEIGHBRIDGE_SIGSTORE_TOKEN_FD` names the file descriptor an OIDC token is read from,\n"
        "and `WEIGHBRIDGE_SIGSTORE_CONFIG` the file that names the services.\n"
    )


def _stabilisers() -> str:
    parts = ["# Stabilisers\n", _ABOUT_STABILISERS]
    for one in STABILISERS:
        names = ", ".join(f"`{name}`" for name in one.formats)
        parts.append(f"## {one.label}\n\nFor {names}.\n")
        parts.append(f"**Lets differ**: {one.lets}.\n\n**Harmless, because** {one.because}.\n")
    return "\n".join(parts)


def _formats() -> str:
    parts = [
        "# Formats\n",
        _ABOUT_FORMATS,
    ]
    by_reader: dict[str, list[str]] = {}
    for name, family in FORMATS.items():
        module = getattr(family, "__name__", type(family).__module__)
        by_reader.setdefault(module, []).append(name)
    for module, names in by_reader.items():
        suffixes = sorted(s for s, expected in EXPECTED.items() if expected & {*names})
        parts.append(f"## {', '.join(names)}\n")
        parts.append(f"{inspect.cleandoc(sys.modules[module].__doc__ or '')}\n")
        if module == ZipFormat.__module__:
            for kind in KINDS:
                about = inspect.cleandoc(sys.modules[kind.claim.__module__].__doc__ or "")
                parts.append(f"### {kind.format}\n\n{about}\n")
        if suffixes:
            parts.append(f"Promised by the names {_codes(suffixes)}.\n")
    parts.append("## Limits\n")
    parts.append("What goes over one is *incomplete*, never clean.\n")
    for title, limits in (
        ("Of one file", Limits),
        ("Of one process that reads files", ProcessLimits),
        ("Of one manifest", DocumentLimits),
    ):
        meaning, values = attributes(limits), limits()
        rows = [(f"`{name}`", f"{getattr(values, name):,}", meaning[name]) for name in meaning]
        parts.append(f"### {title}\n\n{table(('limit', 'value', 'of what'), rows)}")
    return "\n".join(parts)


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def attributes(kind: type) -> dict[str, str]:
    """Read what a class says of its attributes."""
    listed = inspect.getdoc(kind) or ""
    return {name: " ".join(text.split()) for name, text in _ATTRIBUTE.findall(listed)}


# ----------------------------------------------------------------------------------------------


def stale() -> list[str]:
    """List the pages that are not what the code says now, missing and left over ones included."""
    wanted = pages()
    changed = [name for name, text in wanted.items() if _written(name) != text]
    left = {f"rules/{path.name}" for path in (REFERENCE / "rules").glob("*.md")} - {*wanted}
    return sorted([*changed, *left])


def _written(name: str) -> str | None:
    path = REFERENCE / name
    return path.read_text(encoding="utf-8") if path.exists() else None


def write() -> None:
    """Bring the pages up to date."""
    wanted = pages()
    for name in stale():
        path = REFERENCE / name
        if name not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[name], encoding="utf-8")


def main() -> int:
    """Write or compare."""
    before = stale()
    if "--check" not in sys.argv[1:]:
        write()
    for name in before:
        print(f"docs/reference/{name}")
    return int(bool(before) and "--check" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
