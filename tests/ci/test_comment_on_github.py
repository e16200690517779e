"""The script of the pipeline itself, run by the shells it is written for, against a forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ci.forge import BOT, TOKEN
from tests.ci.pipeline import MARK, WRITTEN

if TYPE_CHECKING:
    from tests.ci.forge import Forge
    from tests.ci.pipeline import Job

ANOTHER = f"{MARK}\n\nof another"


def test_the_first_run_writes_a_comment_and_the_second_brings_it_up_to_date(
    job: Job, forge: Forge, shell: str
) -> None:
    first = job.run(shell)
    assert (first.code, forge.methods) == (0, ["GET", "POST"])
    assert first.err.endswith("weigh: the comment is written\n")
    job.says(WRITTEN.replace("pass", "fail"), code=1)
    second = job.run(shell)
    assert (second.code, forge.methods) == (1, ["GET", "POST", "GET", "PATCH"])
    assert second.err.endswith("weigh: the comment is brought up to date\n")
    assert [one["body"] for one in forge.comments] == [WRITTEN.replace("pass", "fail")]
    assert forge.asked[-1].path == f"/repos/acme/models/issues/comments/{forge.comments[0]['id']}"


def test_what_others_wrote_is_left_alone_whatever_it_begins_with(
    job: Job, forge: Forge, shell: str
) -> None:
    forge.says(ANOTHER, login="mallory")
    forge.says(ANOTHER, login="other[bot]")
    forge.says(f"said before\n{MARK}")
    forge.says("<!-- weighbridge:other/release.yaml -->")
    assert job.run(shell).code == 0
    assert forge.methods == ["GET", "GET", "POST"]
    assert [one["body"] for one in forge.comments[:2]] == [ANOTHER, ANOTHER]
    assert forge.comments[4]["body"] == WRITTEN


def test_ours_is_found_on_a_later_page(job: Job, forge: Forge, shell: str) -> None:
    for number in range(250):
        forge.says(f"{number}", login="ada")
    own = forge.says(f"{MARK}\r\n\r\nolder")
    assert job.run(shell).code == 0
    assert [one.path.partition("?")[2] for one in forge.asked[:3]] == [
        f"per_page=100&page={page}" for page in (1, 2, 3)
    ]
    assert (forge.methods[3:], own["body"], len(forge.comments)) == (["PATCH"], WRITTEN, 251)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 422, 500])
@pytest.mark.parametrize(("method", "code"), [("GET", 0), ("POST", 1), ("PATCH", 3)])
def test_a_forge_that_refuses_changes_no_verdict(
    method: str, status: int, code: int, job: Job, forge: Forge
) -> None:
    if method == "PATCH":
        forge.says(ANOTHER)
    forge.failing[method] = status
    job.says(code=code)
    found = job.run("dash")
    assert found.code == code
    assert "weigh: the comment is not written: " in found.err
    assert str(status) in found.err
    assert "::error::" not in found.out + found.err
    assert forge.methods[-1] == method


def test_a_forge_that_is_not_there_or_speaks_nonsense_changes_no_verdict(
    job: Job, forge: Forge, shell: str
) -> None:
    found = job.run(shell, GITHUB_API_URL="http://127.0.0.1:1")
    assert found.code == 0
    assert "the forge does not answer" in found.err
    forge.garbled = True
    found = job.run(shell)
    assert (found.code, forge.methods) == (0, ["GET"])
    assert "no list of comments" in found.err


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"WEIGH_TOKEN": ""}, "there is no token"),
        ({"WEIGH_TOKEN": 'a"\nurl = x'}, "what should be a token is none"),
        ({"WEIGH_NUMBER": ""}, "this is no pull request"),
        ({"WEIGH_NUMBER": "7/../8"}, "this is no pull request"),
        ({"GITHUB_REPOSITORY": "a/b/c"}, "no name of a repository"),
        ({"GITHUB_API_URL": "http://forge.example.com"}, "by https alone"),
        ({"WEIGH_COMMENT": "false"}, ""),
        ({"GITHUB_ACTIONS": ""}, "neither GitHub nor GitLab"),
    ],
)
def test_without_what_it_takes_no_request_is_made(
    variables: dict[str, str], said: str, job: Job, forge: Forge, shell: str
) -> None:
    job.says(code=1)
    found = job.run(shell, **variables)
    assert (found.code, forge.asked) == (1, [])
    assert said in found.err
    assert (said == "") is ("comment" not in found.err)


def test_the_token_is_in_a_header_and_nowhere_else(job: Job, forge: Forge, shell: str) -> None:
    found = job.run(shell)
    assert {one.headers["authorization"] for one in forge.asked} == {f"Bearer {TOKEN}"}
    seen = [found.out, found.err, *(one.path for one in forge.asked)]
    noted = ("words", "environ", "curl-words", "python-environ", "output", "summary")
    assert "--config" in job.noted("curl-words")
    assert all(TOKEN not in text for text in [*seen, *map(job.noted, noted)])


def test_who_writes_as_another_than_is_said_is_told(job: Job, forge: Forge) -> None:
    forge.login = "acme-bot[bot]"
    assert "it will not be found again" in job.run("dash").err
    found = job.run("dash", WEIGH_AUTHOR="acme-bot[bot]")
    assert (forge.methods[-1], len(forge.comments)) == ("PATCH", 1)
    assert "not be found" not in found.err


def test_releases_of_one_repository_have_a_comment_each(job: Job, forge: Forge) -> None:
    for name in ("a/release.yaml", "b/release.yaml"):
        job.says(f"<!-- weighbridge:{name} -->\n\n{name}\n")
        job.run("dash", WEIGH_MANIFEST=name)
        job.run("dash", WEIGH_MANIFEST=name)
    assert [one["body"].splitlines()[-1] for one in forge.comments] == [
        "a/release.yaml",
        "b/release.yaml",
    ]
    assert [f"--comment-name={name}/release.yaml" for name in "aabb"] == [
        word for call in job.words() for word in call if word.startswith("--comment-name=")
    ]


def test_a_weighing_that_broke_off_takes_the_place_of_an_older_verdict(
    job: Job, forge: Forge, shell: str
) -> None:
    forge.says(WRITTEN, login=BOT)
    job.says(None, code=70)
    assert job.run(shell).code == 70
    (comment,) = forge.comments
    assert comment["body"].startswith(f"{MARK}\n\n### weighbridge\n\n**not weighed**")
    assert "exit code 70" in comment["body"]
