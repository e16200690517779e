"""The GitLab template: its lines are run as a runner runs them, with the variables it sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from scripts.gitlab_template import SCRIPT, TEMPLATE, joined
from tests.ci.forge import TOKEN, USER
from tests.ci.pipeline import MARK, WRITTEN
from tests.usecases.workshop import commit, git, lay_out, manifest_text

if TYPE_CHECKING:
    from tests.ci.forge import Forge
    from tests.ci.pipeline import Job
    from tests.usecases.workshop import Ran


def template() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(TEMPLATE.read_text(encoding="utf-8"))
    return found


def as_a_runner(job: Job, shell: str, **variables: str) -> Ran:
    """Run the lines of the template one after the other in one shell, which ends with the first."""
    weigh = template()["weigh"]
    script = "set -e\n" + "\n".join(weigh["script"])
    return job.run(shell, script=script, **{**weigh["variables"], **variables})


@pytest.fixture
def merging(job: Job, forge: Forge) -> Job:
    """Be a job of GitLab's, for the merge request 7."""
    job.environ = {k: v for k, v in job.environ.items() if not k.startswith(("GITHUB_", "WEIGH_"))}
    job.environ |= {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_API_V4_URL": forge.address,
        "CI_PROJECT_ID": "99",
        "CI_MERGE_REQUEST_PROJECT_ID": "31",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_COMMIT_REF_NAME": "$(touch owned)`touch owned`",
        "CI_MERGE_REQUEST_TITLE": "'; touch owned; '",
        "WEIGH_TOKEN": TOKEN,
    }
    return job


def test_the_template_holds_the_script_word_for_word() -> None:
    text, script = TEMPLATE.read_text(encoding="utf-8"), SCRIPT.read_text(encoding="utf-8")
    assert joined(text, script) == text
    assert template()["weigh"]["script"] == [script]


def test_reports_are_uploaded_where_they_are_written() -> None:
    weigh = template()["weigh"]
    assert list(template()) == ["weigh"]
    assert weigh["artifacts"]["reports"]["junit"] == weigh["variables"]["WEIGH_JUNIT"]
    assert weigh["artifacts"]["when"] == "always"
    assert not {"before_script", "after_script", "allow_failure"} & set(weigh)


def test_the_first_run_writes_a_note_and_the_second_brings_it_up_to_date(
    merging: Job, forge: Forge, shell: str
) -> None:
    first = as_a_runner(merging, shell)
    assert (first.code, forge.methods) == (0, ["GET", "GET", "POST"])
    merging.says(WRITTEN.replace("pass", "fail"), code=1, result="fail: 1 error\n")
    second = as_a_runner(merging, shell)
    assert (second.code, forge.methods[3:]) == (1, ["GET", "GET", "PUT"])
    assert second.out == "fail: 1 error\n"
    assert [one["body"] for one in forge.comments] == [WRITTEN.replace("pass", "fail")]
    paths = [one.path.partition("?")[0] for one in forge.asked[3:]]
    notes = "/projects/31/merge_requests/7/notes"
    assert paths == ["/user", notes, f"{notes}/{forge.comments[0]['id']}"]
    assert (merging.folder / "weighbridge.xml").read_text() == "report\n"
    assert not list(merging.folder.rglob("owned"))


def test_what_others_wrote_is_left_alone_and_ours_is_found_on_a_later_page(
    merging: Job, forge: Forge, shell: str
) -> None:
    for number in range(150):
        forge.says(f"{MARK}\n\nof another", user=number)
    own = forge.says(f"{MARK}\n\nolder", user=USER)
    assert as_a_runner(merging, shell).code == 0
    assert forge.methods == ["GET", "GET", "GET", "PUT"]
    assert own["body"] == WRITTEN
    assert {one["body"] for one in forge.comments[:150]} == {f"{MARK}\n\nof another"}


def test_the_token_is_in_its_header_alone(merging: Job, forge: Forge, shell: str) -> None:
    as_a_runner(merging, shell)
    assert {one.headers["private-token"] for one in forge.asked} == {TOKEN}
    assert all("authorization" not in one.headers for one in forge.asked)
    noted = ("words", "environ", "curl-words", "python-environ")
    assert all(TOKEN not in merging.noted(name) for name in noted)


@pytest.mark.parametrize("status", [401, 403, 404, 500])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_forge_that_refuses_changes_no_verdict(
    method: str, status: int, merging: Job, forge: Forge
) -> None:
    if method == "PUT":
        forge.says(MARK)
    forge.failing[method] = status
    merging.says(code=3)
    found = as_a_runner(merging, "dash")
    assert found.code == 3
    assert "weigh: the comment is not written: " in found.err
    assert str(status) in found.err
    assert forge.methods[-1] == method


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"WEIGH_TOKEN": ""}, "there is no token"),
        ({"CI_MERGE_REQUEST_IID": ""}, "this is no merge request"),
        ({"CI_MERGE_REQUEST_PROJECT_ID": "31/x"}, "this is no merge request"),
        ({"CI_API_V4_URL": "http://gitlab.example.com/api/v4"}, "by https alone"),
    ],
)
def test_without_what_it_takes_no_request_is_made(
    variables: dict[str, str], said: str, merging: Job, forge: Forge, shell: str
) -> None:
    merging.says(code=1)
    found = as_a_runner(merging, shell, **variables)
    assert (found.code, forge.asked) == (1, [])
    assert said in found.err


def test_a_merge_request_is_compared_with_where_it_began(merging: Job) -> None:
    lay_out(merging.folder)
    base = commit(merging.folder)
    (merging.folder / "release.yaml").write_text("changed")
    commit(merging.folder)
    as_a_runner(merging, "dash", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)
    assert merging.noted("against") == manifest_text()
    assert git(merging.folder, "status", "--porcelain") == "?? weighbridge.xml"
