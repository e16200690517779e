"""What is wanted of signing models for others: beside the reference, in CPU seconds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bench import inputs
from bench.commands import weighbridge
from bench.inputs import GIB
from bench.measure import Cell, Command, Measured, cpu_seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def cells(folder: Path, peers: Path) -> list[Measured]:
    """List the cells of signing.

    Args:
        folder: Where inputs are made when they are wanted, 2 GiB and 80 MiB, if those of reading
            are not there.
        peers: Where peers were installed.
    """
    many, large = folder / "many", folder / "large"
    make_many = partial(inputs.write_many, many, folders=20, files=1000, size=4096)
    two = [large / f"large-{at}.bin" for at in range(2)]

    def make_two() -> None:
        large.mkdir(parents=True, exist_ok=True)
        inputs.write_files(two, GIB)

    return [
        *pair("20k", many, peers, prepare=make_many, at_most=0.2),
        *pair("2x1g", large, peers, prepare=make_two, at_most=1.1),
    ]


def pair(
    name: str, model: Path, peers: Path, *, prepare: Callable[[], None], at_most: float
) -> list[Measured]:
    """Return the cells of signing and of verifying one model."""
    installed = peers / "model-signing" / "bin" / "model_signing"
    reference = str(installed) if installed.exists() else "model_signing"
    key, public = model.parent / "key.pem", model.parent / "key.pub"
    ours, theirs = model.parent / f"ours-{name}.sig", model.parent / f"theirs-{name}.sig"
    bundle = ("--signature", str(theirs), str(model))
    sign = weighbridge(
        *("sign", str(model), "--format", "oms", "--key", str(key), "--output", str(ours))
    )
    sign_theirs = Command((reference, "sign", "key", "--private_key", str(key), *bundle))

    def make() -> None:
        prepare()
        inputs.write_key(key)

    def make_and_sign() -> None:
        make()
        for bundle_of, command in ((ours, sign), (theirs, sign_theirs)):
            if command.installed and not bundle_of.exists():
                cpu_seconds(command)

    verify = weighbridge("verify", str(model), "--bundle", str(ours), "--key", str(public))
    verify_theirs = Command((reference, "verify", "key", "--public_key", str(public), *bundle))
    return [
        Cell(name=f"oms-sign-{name}", ours=sign, peer=sign_theirs, at_most=at_most, prepare=make),
        Cell(
            name=f"oms-verify-{name}",
            ours=verify,
            peer=verify_theirs,
            at_most=at_most,
            prepare=make_and_sign,
        ),
    ]
