"""The container image gives whoever breaks in more than it needs to.

## What it checks

The image at `spec.environment.image`: whether its process is root; credentials in its environment,
labels and history; files that are called like credentials, or are private keys, in any layer, those
that a later layer takes away included; programs that run with the rights of another (setuid,
setgid, file capabilities); package managers. What a credential says is shown nowhere.

## Why it matters

A model server reads what strangers send. If one of them makes it run his code, root, `sudo` and
`apt` are what he goes on with. A file that a later step deletes is in the image all the same:
whoever can pull it can read it, for ever.

## How to fix

`USER 10001` as the last step; build in one stage and copy the result into another that has neither
compiler nor package manager (distroless, or `FROM scratch`); hand secrets to the build with `RUN
--mount=type=secret`, and to the process when it starts. A secret that was in an image is known:
change it.

## Example

    FROM python:3.12-slim
    COPY id_rsa /app/.ssh/id_rsa
    RUN pip install git+ssh://git@example.com/team/lib && rm /app/.ssh/id_rsa

fails three times: the key is in the second layer, the process is root, and `apt` and `pip` are
there.

## References

- NIST SP 800-190, Application Container Security Guide
- CIS Docker Benchmark 1.6, sections 4.1, 4.8, 4.10
- Docker, build secrets: https://docs.docker.com/build/building/secrets/
- OCI image specification 1.1, whiteouts:
  https://github.com/opencontainers/image-spec/blob/main/layer.md
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from weighbridge.model import wording
from weighbridge.model.fact import Unavailable, observed
from weighbridge.model.finding import Severity, Verdict
from weighbridge.model.image import ImageSecret, InstalledPackage
from weighbridge.rules import items, sample
from weighbridge.rules.interface import Example, Judgement, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from weighbridge.model.fact import Facts
    from weighbridge.model.image import ImageConfig, ImageFacts, Inventory

_NAMED = 5


def judge(seen: items.SeenImage, facts: Facts) -> Iterator[Judgement]:  # noqa: ARG001 - as all
    """Say what an image has that it could do without."""
    image = observed(seen.image)
    for secret in image.secrets:
        yield _secret(seen.name, secret)
    if isinstance(image.config, Unavailable):
        yield _unknown(seen.name, image.config.reason)
    else:
        yield from _user(seen.name, image.config)
    if isinstance(image.inventory, Unavailable):
        yield _unknown(seen.name, image.inventory.reason)
    else:
        yield from _files(seen.name, image.inventory)
        if any(member.status != "complete" for member in image.structure.members):
            yield _unknown(seen.name, image.structure.reason)


def _unknown(name: str, reason: str) -> Judgement:
    message = f"what {name} holds is not known whole: {reason}"
    return Judgement(message=message, verdict=Verdict.INCONCLUSIVE)


def _user(name: str, config: ImageConfig) -> Iterator[Judgement]:
    if config.runs_as_root:
        yield Judgement(
            message=f"the process of {name} is root",
            seen=f"USER {config.user}" if config.user else "no USER",
            wanted="a user without rights, by number",
            remediation=("end its build with a step such as `USER 10001`",),
        )


def _files(name: str, inventory: Inventory) -> Iterator[Judgement]:
    for secret in inventory.secrets:
        yield _secret(name, secret)
    for what, found, wanted, step in (
        (
            "programs that run with the rights of another",
            inventory.privileged,
            "none",
            "take their bits away: `chmod a-s FILE`; or build on an image without them",
        ),
        (
            "programs that install packages",
            inventory.managers,
            "none",
            "copy what is needed into an image without a package manager",
        ),
    ):
        if found:
            yield Judgement(
                message=f"{name} holds {what}",
                seen=wording.some_of(found, _NAMED),
                wanted=wanted,
                remediation=(step,),
            )


def _secret(name: str, secret: ImageSecret) -> Judgement:
    gone = ", and a later layer only hides it" if secret.removed else ""
    where = f"{secret.where} (layer {secret.layer})" if secret.layer else secret.where
    return Judgement(
        message=f"{name} holds what looks like a credential in {where}{gone}",
        seen=secret.what,
        wanted="no credential in any layer",
        cause="it was copied, or handed over as an argument, while the image was built",
        remediation=(
            "change the credential: whoever can pull the image knows it",
            "hand it to the build with `RUN --mount=type=secret`",
        ),
    )


def examples() -> list[Example]:
    """Show a hardened image, what one may have too much, and one nobody gave."""
    release = sample.with_image()
    key = ImageSecret(where="root/.ssh/id_rsa", what="SSH key", layer=2, removed=True)
    variable = ImageSecret(where="env HF_TOKEN", what="Hugging Face Token")
    package = InstalledPackage(manager="dpkg", name="libc6", version="2.36")
    cases: list[tuple[str, dict[str, Any], Verdict, str]] = [
        ("an image with what it needs", {"packages": (package,)}, Verdict.PASS, ""),
        ("root", {"user": ""}, Verdict.FAIL, "is root"),
        ("a token in the environment", {"secrets": (variable,)}, Verdict.FAIL, "env HF_TOKEN"),
        ("setuid", {"privileged": ("usr/bin/su",)}, Verdict.FAIL, "usr/bin/su"),
        ("a package manager", {"managers": ("usr/bin/apt",)}, Verdict.FAIL, "usr/bin/apt"),
    ]
    shown = [
        Example(
            title=title,
            facts=replace(release, images=sample.image(**changes)),
            verdict=verdict,
            seen=seen,
        )
        for title, changes, verdict, seen in cases
    ]
    return [
        *shown,
        Example(
            title="a key that a later layer deletes",
            facts=replace(release, images=_with_file(key)),
            verdict=Verdict.FAIL,
            seen="only hides it",
        ),
        Example(
            title="an image nobody gave",
            facts=replace(release, images=sample.unseen_image()),
            verdict=Verdict.INCONCLUSIVE,
            seen="no copy of it was named",
        ),
    ]


def _with_file(secret: ImageSecret) -> dict[str, ImageFacts]:
    ((name, found),) = sample.image().items()
    image = observed(found.image)
    inventory = replace(observed(image.inventory), secrets=(secret,))
    return {name: replace(found, image=replace(image, inventory=inventory))}


RULE = Rule(
    code="SEC008",
    name="image-hardening",
    severity=Severity.WARNING,
    each=items.images,
    judge=judge,
    examples=examples,
    text=__doc__ or "",
)
