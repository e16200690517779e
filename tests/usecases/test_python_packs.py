"""Rule packs in Python: imported only where they are named, from the bytes that were named."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.usecases.rule_packs import policy_with
from weighbridge.adapters.python_packs.finding import find_installed
from weighbridge.adapters.python_packs.importing import _Finder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.usecases.cast import Cast
    from tests.usecases.workshop import Bench

NAME, VERSION = "acme-rules", "1.0"
RULE = '''\
"""The team of a release has no name.

## What it checks

`metadata.owner.team`.

## Why it matters

It matters.

## How to fix

Give it one.

## Example

None.

## References

- None.
"""

from weighbridge.model.finding import Severity, Verdict
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

from acme_rules.words import MESSAGE


def judge(release, facts):
    if release.metadata.owner.team == "house":
        yield Judgement(message=MESSAGE)


def examples():
    return [
        Example(title="a team", facts=sample.release(), verdict=Verdict.PASS),
        Example(
            title="the house",
            facts=sample.release({"/metadata/owner/team": "house"}),
            verdict=Verdict.FAIL,
            seen="nobody",
        ),
    ]


RULE = Rule(
    code="ORG501",
    name="no-house",
    severity=Severity.WARNING,
    each=items.release,
    judge=judge,
    examples=examples,
    text=__doc__,
)
RULES = [RULE]
'''
WORDS = 'MESSAGE = "nobody is a house"\n'
ENTRIES = "[weighbridge.rules]\nall = acme_rules:RULES\n"
METADATA = f"Metadata-Version: 2.1\nName: Acme_Rules\nVersion: {VERSION}\n"
HOSTILE = "import pathlib\npathlib.Path({!r}).write_text('ran')\n"


def record_of(files: Mapping[str, str]) -> str:
    lines = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
        lines.append(f"{path},sha256={digest.decode()},{len(text)}")
    return (
        "\n".join([*lines, "acme_rules-1.0.dist-info/RECORD,,", "../../bin/acme,sha256=x,1"]) + "\n"
    )


class Installed:
    """An installed distribution."""

    def __init__(self, site: Path, rule: str = RULE, **more: str) -> None:
        self.site = site
        self.info = site / "acme_rules-1.0.dist-info"
        self.files = {
            "acme_rules/__init__.py": rule,
            "acme_rules/words.py": WORDS,
            "acme_rules-1.0.dist-info/METADATA": METADATA,
            "acme_rules-1.0.dist-info/entry_points.txt": ENTRIES,
            **more,
        }
        for path, text in self.files.items():
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(text)
        (self.info / "RECORD").write_text(record_of(self.files))
        (self.info / "INSTALLER").write_text("pip\n")

    @property
    def named(self) -> str:
        found = find_installed(NAME, VERSION)
        assert found is not None
        return f"{NAME}@{VERSION}#{found.digest}"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, _Finder)]
    for name in [name for name in sys.modules if name.partition(".")[0] == "acme_rules"]:
        del sys.modules[name]


def test_a_named_pack_is_asked_and_its_examples_are_tried(bench: Bench, site: Path) -> None:
    named = Installed(site).named
    found = bench("check", f"--rule-packs={named}")
    assert "warning[ORG501]: nobody is a house" in found.out
    assert f"rule pack {NAME}@{VERSION}: 1 rule" in found.out
    tried = bench("policy", "test", named)
    assert (tried.code, "2 of 2 examples" in tried.out) == (0, True)
    (bench.folder / "weighbridge.toml").write_text(f'rule-packs = ["{named}"]\n')
    assert bench("explain", "ORG501").out.startswith("ORG501 no-house (warning) of the rule pack")
    assert bench("rules", "diff", named, named).out.endswith(": 0 changes\n")


def test_a_hostile_pack_is_not_imported_unless_it_is_named(bench: Bench, site: Path) -> None:
    mark = site / "ran"
    named = Installed(site, HOSTILE.format(str(mark)) + RULE).named
    for words in (("check",), ("rules", "list"), ("explain", "ORG501"), ("doctor",), ("config",)):
        bench(*words)
        assert not mark.exists(), words
    assert named in bench("rules", "list").out
    other = named[:-4] + "0000"
    found = bench("check", f"--rule-packs={other}")
    assert (found.code, mark.exists()) == (1, False)
    assert "is another than the one named" in found.err
    bench("check", f"--rule-packs={named}")
    assert mark.exists()


def test_a_file_altered_after_installing_is_never_run(bench: Bench, site: Path) -> None:
    installed = Installed(site)
    named = installed.named
    words = site / "acme_rules/words.py"
    mark = site / "ran"
    words.write_text(HOSTILE.format(str(mark)) + WORDS)
    found = bench("check", f"--rule-packs={named}")
    assert (found.code, mark.exists()) == (1, False)
    assert "acme_rules/words.py of the rule pack acme-rules@1.0 is not the file" in found.err
    assert "cannot be used" not in bench("rules", "list").err
    assert "is not the file that was installed" in bench("rules", "list").out
    # Whoever alters the RECORD as well makes another pack of it.
    files = installed.files | {"acme_rules/words.py": words.read_text()}
    (installed.info / "RECORD").write_text(record_of(files))
    found = bench("check", f"--rule-packs={named}")
    assert (found.code, mark.exists()) == (1, False)
    assert "is another than the one named" in found.err


def test_nothing_laid_beside_its_files_is_run(bench: Bench, site: Path) -> None:
    named = Installed(site).named
    mark = site / "ran"
    hostile = HOSTILE.format(str(mark))
    # A package comes before a module of its name; bytecode is believed if its time is the source's.
    (site / "acme_rules/words").mkdir()
    (site / "acme_rules/words/__init__.py").write_text(hostile + WORDS)
    source = site / "acme_rules/__init__.py"
    cache = site / "acme_rules/__pycache__" / f"__init__.{sys.implementation.cache_tag}.pyc"
    cache.parent.mkdir()
    import importlib._bootstrap_external as external  # noqa: PLC0415 - writes what Python believes

    status = os.stat(source)  # noqa: PTH116 - as importlib does
    code = compile(hostile + RULE, str(source), "exec")
    cache.write_bytes(
        external._code_to_timestamp_pyc(code, int(status.st_mtime), status.st_size)  # type: ignore[attr-defined]
    )
    found = bench("check", f"--rule-packs={named}")
    assert "warning[ORG501]: nobody is a house" in found.out
    assert not mark.exists()


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        (('code="ORG501"', 'code="SEC501"'), 2, "begins as codes of weighbridge do"),
        (('code="ORG501"', 'code="org"'), 2, "its code is 'org'"),
        (("RULES = [RULE]", "RULES = [RULE, RULE]"), 2, "ORG501 is there twice"),
        (("RULES = [RULE]", "RULES = ['x']"), 2, "offers what is no rule: a str"),
        (("RULES = [RULE]", "RULES = []"), 2, "offers no rules"),
        (("RULES = [RULE]", "RULES = 5"), 70, "broke down when it was imported"),
        (("RULES = [RULE]", "RULES = [RULE]\n1 / 0"), 70, "ZeroDivisionError"),
        (("import MESSAGE", "import NOTHING as MESSAGE"), 70, "broke down when it was imported"),
        (("from acme_rules.words", "from acme_rules.gone"), 70, "has no module acme_rules.gone"),
        (("## Why it matters", "## Why"), 2, "has not the sections"),
        (("severity=Severity.WARNING", 'severity="warning"'), 2, "the severity of ORG501"),
        (('name="no-house"', 'name="No House"'), 2, "the name of ORG501"),
        (("    if release", "    1 / 0\n    if release"), 70, "WB900"),
    ],
)
def test_what_a_pack_may_not_offer(
    bench: Bench, site: Path, changed: tuple[str, str], code: int, said: str
) -> None:
    assert changed[0] in RULE
    named = Installed(site, RULE.replace(*changed)).named
    found = bench("check", f"--rule-packs={named}")
    assert (found.code, said in found.err) == (code, True), found.err


def test_rules_without_examples_as_they_must_be_are_told(bench: Bench, site: Path) -> None:
    named = Installed(site, RULE.replace('seen="nobody"', 'seen="somebody"')).named
    found = bench("policy", "test", named)
    assert (found.code, "NO  fail 2: the house" in found.out) == (1, True)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("acme_rules/fast.so", "holds more than"),
        ("acme.pth", "holds more than"),
        ("json.py", "has a module json"),
    ],
)
def test_what_would_not_be_read_or_would_hide_something_is_refused(
    bench: Bench, site: Path, file: str, said: str
) -> None:
    installed = Installed(site, **{file: "x = 1\n"})
    digest = "sha256:" + "0" * 64 if not file.endswith(".py") else installed.named.partition("#")[2]
    found = bench("check", f"--rule-packs={NAME}@{VERSION}#{digest}")
    assert (found.code, said in found.err) == (2, True), found.err
    if file.endswith(".py"):
        (site / file).unlink()


def test_a_pack_without_a_record_of_its_files_is_refused(bench: Bench, site: Path) -> None:
    installed = Installed(site)
    named = installed.named
    (installed.info / "RECORD").unlink()
    found = bench("check", f"--rule-packs={named}")
    assert (found.code, "has no RECORD" in found.err) == (2, True)


def test_a_policy_demands_a_pack_in_python_by_its_digest(cast: Cast, site: Path) -> None:
    named = Installed(site).named
    head = (
        "apiVersion: weighbridge.dev/v1\nkind: PromotionPolicy\n"
        'metadata: {name: own, version: "1", owner: {team: platform}}\nspec:\n'
    )
    path = cast.folder / "policy.yaml"
    path.write_text(head + policy_with(named))
    found = cast.done("policy", "publish", "policy.yaml", by="ann ben")
    assert "policy.publish own@1" in found.out
    path.write_text(head + policy_with(named, "{ORG501: {max: 1}}"))
    refused = cast("policy", "test", "policy.yaml")
    assert (refused.code, "take no parameters" in refused.err) == (2, True)
    alone = cast("policy", "publish", named, by="ann ben")
    assert (alone.code, "it is not published" in alone.err) == (2, True)
