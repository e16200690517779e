from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.usecases.relocked import finding, lay_out_release, local_resolver, report, upgrade
from tests.usecases.workshop import sha256
from tests.wheels import LOCAL, wheel
from weighbridge.model.finding import Relock, Upgrade, Verdict
from weighbridge.model.remedy import Way
from weighbridge.model.resolution import Refused, Resolved
from weighbridge.report.remedy import render_remedies_json, render_remedies_text, told
from weighbridge.usecases.remedy import remedy
from weighbridge.usecases.remedying.means import WITHOUT_UV, Means
from weighbridge.usecases.remedying.nearest import BLOCKED, together
from weighbridge.usecases.remedying.relocking import Relocks, wanted

if TYPE_CHECKING:
    from pathlib import Path

    from weighbridge.model.resolution import Resolution


class Scripted:
    """A resolver that answers as it is told, and remembers what it was asked."""

    def __init__(self, *answers: Resolved | Refused) -> None:
        self.answers = list(answers)
        self.asked: list[Resolution] = []

    def resolve(self, wanted: Resolution) -> Resolved | Refused:
        self.asked.append(wanted)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def lock(text: str) -> Resolved:
    return Resolved(files={"requirements.lock": text.encode()})


def test_the_nearest_version_is_taken_and_the_input_asks_for_it(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib>=1.0  # why\n")
    before = (release.folder / "requirements.in").read_text()
    mended, (found,) = release.mend(upgrade("2.0", "1.2", "1.3", "0.9", "no version"))
    assert (found.mended, found.after, found.tried, found.others) == (True, "1.2", (), ())
    assert told(found) == (
        "lib 1.1 of requirements.lock becomes 1.2\n"
        "  its input asks for it: `lib>=1.2` in line 4 of requirements.in"
    )
    texts = {change.name: change.after for change in mended.files}
    assert list(texts) == ["requirements.lock", "requirements.in"]
    assert texts["requirements.in"] == before.replace("lib>=1.0", "lib>=1.2")
    assert "lib==1.2 \\\n    --hash=sha256:" in texts["requirements.lock"]
    (edit,) = mended.edits
    assert (edit.file, edit.pointer) == ("release.yaml", "/spec/dependencies/runtime/digest")
    assert edit.value == sha256(texts["requirements.lock"].encode())
    assert (release.folder / "requirements.in").read_text() == before


def test_of_a_transitive_package_only_the_lock_changes(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n")
    mended, (found,) = release.mend(upgrade("1.2"))
    assert (found.after, found.asked) == ("1.2", "")
    assert [change.name for change in mended.files] == ["requirements.lock"]


def test_a_version_that_conflicts_is_passed_over(tmp_path: Path) -> None:
    release = lay_out_release(
        tmp_path / "r", "app\nother\nlib\n", "app==1.0\nlib==1.1\nother==1.0\n"
    )
    wheel(release.folder / "wheels", "other", "1.0", ["lib!=1.2"])
    _, (found,) = release.mend(upgrade("1.2", "1.3"))
    assert found.after == "1.3"
    assert found.tried[0].version == "1.2"
    assert "other" in " ".join(found.tried[0].chain)
    assert "\n  not 1.2: No solution found" in told(found)


def test_where_no_version_resolves_the_chain_is_told(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib\n")
    mended, (found,) = release.mend(upgrade("2.0"))
    assert not found.mended
    assert not mended.files
    assert "app depend on lib<2" in found.tried[0].chain[0]
    assert found.why == found.tried[0].why
    assert found.steps == (BLOCKED,)


def test_two_advisories_of_a_package_are_one_upgrade_that_mends_both(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib\n")
    _, (found,) = release.mend(upgrade("1.3", "1.2", "2.0"), upgrade("2.0", "1.3"))
    assert (found.after, found.tried) == ("1.3", ())
    both = together(upgrade("1.2", "1.4"), upgrade("no version", "2.0", "1.3"))
    assert both.candidates == ("1.3", "1.4", "2.0")
    assert together(upgrade(), upgrade("1.0")).candidates == ()


def test_a_version_that_was_never_published_is_no_end(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib\n")
    mended, (found,) = release.mend(upgrade("1.2.1"))
    assert (found.after, found.asked) == ("1.3", "`lib>=1.2.1` in line 4 of requirements.in")
    assert "lib>=1.2.1" in mended.files[1].after


def test_an_input_that_excludes_the_version_is_left_to_a_person(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib<1.2\n")
    _, (found,) = release.mend(upgrade("1.2", "1.3"))
    assert found.why == "none of 2 versions does"
    assert found.tried[0].why == "line 4 of requirements.in asks for lib<1.2, which excludes 1.2"


def test_a_package_nobody_needs_any_more_is_gone(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n", "app==1.0\nlib==1.1\n")
    means = Means(resolver=Scripted(lock("app==1.0\n")))
    _, (found,) = release.mend(upgrade("1.2"), means=means)
    assert told(found) == "lib 1.1 of requirements.lock is no longer needed"


def test_a_resolver_that_leaves_the_package_as_it_is_is_not_believed(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n")
    means = Means(resolver=Scripted(lock("app==1.0\nlib==1.1\n"), lock("'")))
    _, (found,) = release.mend(upgrade("1.2", "1.3"), means=means)
    assert found.tried[0].why == "lib stays at 1.1"
    assert "requirements.lock:1" in found.tried[1].why
    assert not found.mended


def test_a_resolver_that_came_to_no_end_is_asked_once(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n")
    resolver = Scripted(Refused(reason="uv ran for 120 seconds and was ended"))
    _, (found,) = release.mend(upgrade("1.2", "1.3"), means=Means(resolver=resolver))
    assert (found.why, len(resolver.asked)) == ("uv ran for 120 seconds and was ended", 1)


def test_no_more_versions_are_tried_than_the_budget_has(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n")
    resolver = Scripted(Refused(reason="no", decided=True))
    means = Means(resolver=resolver, tries=2)
    _, (found,) = release.mend(upgrade("1.2", "1.3", "1.4"), means=means)
    assert found.why == "none of 2 versions does; 1 other not tried"
    assert [one.upgrades for one in resolver.asked] == [("lib==1.2",), ("lib==1.3",), ("lib>=1.2",)]


def test_without_uv_the_steps_are_told(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib>=1.0\n")
    mended, found = release.mend(
        upgrade("1.2"), Relock(lock="requirements.lock"), means=Means(resolver=None)
    )
    assert not mended.files
    assert told(found[1]).splitlines()[:2] == [
        f"lib 1.1 of requirements.lock is not mended: {WITHOUT_UV}",
        "  raise lib to >=1.2: write `lib>=1.2` in line 4 of requirements.in",
    ]
    assert told(found[0]).splitlines()[1].startswith("  run `uv pip compile --universal ")


@pytest.mark.parametrize(
    "package", ["-e", "--index-url=https://evil.example", "lib==1 --pre", "$(id)"]
)
def test_no_name_of_a_package_becomes_an_option(package: str, tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n")
    resolver = Scripted(Refused(reason="no"))
    _, (found,) = release.mend(upgrade("1.2", package=package), means=Means(resolver=resolver))
    assert found.why == "no version is known that would do"
    assert (resolver.asked, found.steps) == ([], ())


def test_several_packages_of_a_lock_are_upgraded_one_after_the_other(tmp_path: Path) -> None:
    release = lay_out_release(
        tmp_path / "r", "app\nlib\nother\n", "app==1.0\nlib==1.1\nother==1.0\n"
    )
    for version in ("1.0", "1.1"):
        wheel(release.folder / "wheels", "other", version)
    mended, found = release.mend(upgrade("1.2"), upgrade("1.1", package="other", version="1.0"))
    assert [one.after for one in found] == ["1.2", "1.1"]
    texts = {change.name: change.after for change in mended.files}
    assert "lib>=1.2\nother>=1.1\n" in texts["requirements.in"]
    assert "lib==1.2 " in texts["requirements.lock"]
    assert len(mended.edits) == 1


def test_a_lock_gets_its_hashes_if_no_version_changes(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n")
    keep = Relock(lock="requirements.lock", keep=True)
    mended, (found,) = release.mend(keep)
    assert told(found) == "requirements.lock is made anew"
    assert mended.files[0].after.count("--hash=sha256:") == 2
    (release.folder / "requirements.lock").write_text("app==1.0\nlib==1.1\nother==1.0\n")
    mended, (found,) = release.mend(keep)
    assert found.why == "other versions would come of it: other 1.0 → nothing"
    assert not mended.files


def test_a_package_is_taken_out_of_the_input_and_the_lock(tmp_path: Path) -> None:
    release = lay_out_release(
        tmp_path / "r", "app\nother  # dev\n", "app==1.0\nlib==1.1\nother==1.0\n"
    )
    wheel(release.folder / "wheels", "other", "1.0")
    mended, (found,) = release.mend(Relock(lock="requirements.lock", without=("other",)))
    assert found.others == ("other 1.0 → nothing",)
    texts = {change.name: change.after for change in mended.files}
    assert texts["requirements.in"] == f"{LOCAL}app\n"
    _, (found,) = release.mend(Relock(lock="requirements.lock", without=("lib",)))
    assert found.why == "no input of requirements.lock asks for lib by itself"
    assert found.steps[0] == "take `lib` out of requirements.in"


def test_a_lock_that_would_not_change_is_not_mended(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n", "app==1.0\n")
    means = Means(resolver=Scripted(lock("app==1.0\n")))
    mended, (found,) = release.mend(Relock(lock="requirements.lock"), means=means)
    assert (found.mended, found.why) == (False, "it is what comes of its inputs already")
    assert not mended.files


def test_a_contradiction_in_the_inputs_is_told(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib==2.0\n")
    _, (found,) = release.mend(Relock(lock="requirements.lock"))
    assert "you require lib==2.0" in found.why


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("requirements.lock", "# x\n#    pip-compile a.in\n", "was made by pip-compile"),
        ("requirements.in", None, "what requirements.lock is made from is not there"),
        ("requirements.lock", None, "requirements.lock cannot be read"),
        ("requirements.in", "lib 'x\n", "requirements.in:1"),
        ("requirements.in", "../../outside", "leads out of the release"),
    ],
)
def test_what_cannot_be_made_anew_is_told(
    name: str, text: str | None, said: str, tmp_path: Path
) -> None:
    release = lay_out_release(tmp_path / "r", "app\n")
    (tmp_path / "outside").write_text("app\n")
    path = release.folder / name
    path.unlink()
    if text == "../../outside":
        path.symlink_to("../outside")
    elif text is not None:
        path.write_text(text)
    mended, (found,) = release.mend(upgrade("1.2"))
    assert said in found.why + "".join(one.why for one in found.tried)
    assert not mended.files


def test_only_what_fails_and_nobody_answers_for_is_mended() -> None:
    one = finding(upgrade("1.2"))
    relocks, upgrades = wanted(
        report(
            replace(one, verdict=Verdict.INCONCLUSIVE),
            replace(one, waived_by="house"),
            finding(Relock(lock="a", keep=True, without=("x",))),
            finding(Relock(lock="a", without=("y",))),
        )
    )
    assert not upgrades
    assert relocks == {"a": Relock(lock="a", without=("x", "y"))}


def test_each_remedy_is_tried_once(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n")
    resolver = Scripted(Refused(reason="no"))
    relocks = Relocks(release.folder, Means(resolver=resolver))
    asked = report(
        finding(
            Upgrade(package="lib", version="1.1", candidates=("1.2",), lock="requirements.lock")
        )
    )
    relocks.mend(asked, release.named)
    relocks.mend(asked, release.named)
    assert len(resolver.asked) == 1


def test_an_upgrade_that_is_found_is_automatic_and_one_that_is_not_a_decision(
    tmp_path: Path,
) -> None:
    release = lay_out_release(tmp_path / "r", "app\nlib\n")
    named = release.named
    relocks = Relocks(release.folder, Means(resolver=local_resolver(release.folder)))
    found = remedy(report(finding(upgrade("1.2"))), named, relocks=relocks)
    (step,) = found.steps
    assert (step.way, step.commands) == (Way.AUTOMATIC, ("weighbridge check --fix",))
    assert "    lib 1.1 of requirements.lock becomes 1.2\n" in render_remedies_text(found)
    document = json.loads(render_remedies_json(found))["steps"][0]
    assert document["mending"]["after"] == "1.2"
    assert document["location"]["line"] == 2
    relocks = Relocks(release.folder, Means(resolver=local_resolver(release.folder)))
    found = remedy(report(finding(upgrade("2.0"))), named, relocks=relocks)
    assert found.steps[0].way is Way.DECISION
    assert "    not 2.0: No solution found" in render_remedies_text(found)
    tried = json.loads(render_remedies_json(found))["steps"][0]["mending"]["tried"]
    assert [one["version"] for one in tried] == ["2.0"]


def test_what_somebody_answers_for_is_no_step(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n")
    waived = replace(finding(upgrade("1.2")), waived_by="house")
    assert remedy(report(waived), release.named).steps == ()


def test_a_project_is_upgraded_in_its_own_file_and_uvs_lock(tmp_path: Path) -> None:
    release = lay_out_release(tmp_path / "r", "app\n")
    manifest = release.folder / "release.yaml"
    text = manifest.read_text()
    manifest.write_text(
        text.replace("requirements.lock, format: requirements", "uv.lock, format: uv")
    )
    (release.folder / "pyproject.toml").write_text(PROJECT)
    lock = 'version = 1\nrequires-python = ">=3.11"\n' + "".join(
        map(locked, ("app", "lib"), ("1.0", "1.1"))
    )
    (release.folder / "uv.lock").write_text(lock)
    wanted = replace(upgrade("1.2"), lock="uv.lock")
    mended, (found,) = release.mend(wanted)
    assert (found.after, found.asked) == ("1.2", "`lib>=1.2,<2` in line 5 of pyproject.toml")
    texts = {change.name: change.after for change in mended.files}
    assert texts["pyproject.toml"] == PROJECT.replace(">=1.0,<2", ">=1.2,<2")
    assert 'name = "lib"\nversion = "1.2"\n' in texts["uv.lock"]
    assert mended.edits[0].value == sha256(texts["uv.lock"].encode())


PROJECT = """\
[project]
name = "proj"
version = "0.1"
requires-python = ">=3.11"
dependencies = ["app", "lib>=1.0,<2"]
[[tool.uv.index]]
url = "wheels"
format = "flat"
default = true
"""


def locked(name: str, version: str) -> str:
    file = f'{{ path = "{name}-{version}-py3-none-any.whl" }}'
    source = 'source = { registry = "wheels" }'
    return f'[[package]]\nname = "{name}"\nversion = "{version}"\n{source}\nwheels = [{file}]\n'
