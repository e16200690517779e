"""The story: each step says what happens, runs the command, and shows what it printed."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from weighbridge.model.errors import UnavailableError
from weighbridge.usecases.demo.image import REFERENCE
from weighbridge.usecases.demo.stage import NAME, Stage, ask_model, check_empty, passphrase_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"
CAST = {
    "ann": "owner",
    "ben": "owner",
    "bea": "builder",
    "carl": "checker",
    "mia": "ml-lead",
    "sam": "sre",
    "pat": "platform",
}
"""Who plays, and as what."""

OWNERS = ("ann", "ben")
IMAGE = ("--image", "../image")
"""The copy the image is weighed from: the registry in its name is nobody's."""
FLIPPED_BYTE = 1_500_000
"""Somewhere among the weights, far from anything a header would notice."""


class Teller:
    """Prints the story and holds every command to the exit code the story needs."""

    def __init__(self, stage: Stage, say: Callable[[str], None], *, styled: bool) -> None:
        """Tell a story on a stage."""
        self._stage = stage
        self._say = say
        self._styled = styled
        self._step = 0

    def chapter(self, text: str) -> None:
        """Open a step."""
        self._step += 1
        self._say("\n" + self._style(BOLD, f"{self._step}. {text}") + "\n")

    def aside(self, text: str) -> None:
        """Say what happened beside the commands."""
        self._say(self._style(DIM, f"   {text}") + "\n")

    def run(self, *words: str, expect: int = 0, acting: Sequence[str] = ()) -> str:
        """Run a command and show it with what it printed.

        Args:
            words: What stands behind `weighbridge`.
            expect: The exit code the story needs.
            acting: Who acts; their keys are unlocked with passphrases of their own.

        Raises:
            UnavailableError: It ended otherwise than the story has it.
        """
        words = (*words, *(word for name in acting for word in ("--key", name)))
        self._say(self._style(DIM, "$ ") + shlex.join(["weighbridge", *words]) + "\n")
        done = self._stage.weighbridge(*words, acting=acting)
        self._say("".join(f"  {line}\n" if line else "\n" for line in done.text.splitlines()))
        if done.code != expect:
            raise UnavailableError(
                f"the demo stopped: `weighbridge {shlex.join(words)}` ended otherwise than told",
                seen=f"exit {done.code}",
                wanted=f"exit {expect}",
                help=["see what it printed above"],
            )
        return done.text

    def _style(self, code: str, text: str) -> str:
        return f"{code}{text}{PLAIN}" if self._styled else text


def tell(
    *,
    keep: Path | None,
    say: Callable[[str], None],
    environ: Mapping[str, str],
    styled: bool,
) -> None:
    """Tell the story.

    Args:
        keep: Where the release and its registry are left, or None to leave nothing.
        say: Takes the text, a piece at a time.
        environ: Environment variables; our own are not handed on.
        styled: Whether a terminal that shows colour looks on.

    Raises:
        UnavailableError: The model, onnxruntime or git is not installed, or a command ended
            otherwise than told.
    """
    if keep is not None:
        check_empty(keep)
    with tempfile.TemporaryDirectory(prefix="weighbridge-demo-") as folder:
        stage = Stage(Path(folder), environ, styled=styled)
        teller = Teller(stage, say, styled=styled)
        _first_weighing(stage, teller)
        _people(stage, teller)
        _signing(teller)
        _tampering(stage, teller)
        _rules(teller)
        _first_promotion(teller)
        _second_release(stage, teller)
        _way_back(teller)
        _ledger(stage, teller)
        if keep is not None:
            stage.keep(keep)
            registry = shlex.quote(str(keep / "registry"))
            say(f"\nkept in {keep}; the passphrase of each key is `{passphrase_of('NAME')}`; try\n")
            say(f"  weighbridge show {NAME}@0.2.0 --registry {registry}\n")


def _first_weighing(stage: Stage, teller: Teller) -> None:
    teller.chapter("A model: magika tells the type of a file from its bytes. It is real.")
    label, score = ask_model(stage.project, Path(__file__).read_bytes())
    teller.aside(f"onnxruntime, asked about this demo's source file: {label} ({score:.0%})")
    teller.chapter("What is in it? Nothing is loaded, every byte is accounted for.")
    teller.run("scan", "model.onnx")
    teller.chapter("Its papers: init looks at what is there and writes a first manifest.")
    teller.run("init")
    teller.chapter("What is known of its packages? Advisories are loaded once, and asked offline.")
    teller.run("advisories", "update", "--from", "../advisories")
    teller.run("audit", "requirements.lock")
    teller.chapter("The first weighing. What nobody said yet is a finding, with its remedy.")
    _drift(stage)
    teller.aside("meanwhile someone touched requirements.lock")
    teller.run("check", expect=1)
    teller.chapter("Safe remedies are applied on request, shown as a diff.")
    teller.run("check", "--fix", "--select", "DEP")
    teller.chapter("The rest only its owner can say. One value, and no other byte, changes.")
    teller.run("set", "metadata.owner.team", "content-safety")
    teller.run("set", "metadata.owner.contact", "content-safety@example.com")
    teller.run("set", "spec.model.task", "classification")
    teller.run("set", "spec.model.license", "Apache-2.0")
    teller.chapter("The image it runs in, packed here, and named by its digest and nothing else.")
    teller.run("set", "spec.environment.image.ref", REFERENCE)
    _pack(stage, teller)
    stage.commit("Papers for the first release")
    teller.aside("git commit")
    teller.run("check", *IMAGE)
    teller.chapter("Sealed: the digest of everything the release is, the same on any machine.")
    teller.run("seal")


def _pack(stage: Stage, teller: Teller) -> None:
    teller.aside("packed as an OCI image layout")
    teller.run("set", "spec.environment.image.digest", stage.pack_image(), "--quiet")


def _people(stage: Stage, teller: Teller) -> None:
    teller.chapter("Seven people, each with a key and a passphrase of their own.")
    for name, role in CAST.items():
        # The passphrase goes in by file descriptor, as every process gets its own.
        stage.make_key(name)
        teller.aside(f"weighbridge key new {name:<5} # {role}")
    teller.run("key", "list")
    teller.chapter("Two of them own the registry; from here on everything is in its ledger.")
    teller.run("registry", "init", "--owner", "ann=ann", "--owner", "ben=ben", "--threshold", "2")
    teller.chapter("Whose signature counts as what, owners say, and never one alone.")
    bea = ("key", "trust", "bea", "--person", "bea", "--role", "builder")
    teller.run(*bea, expect=1, acting=["ann"])
    teller.run(*bea, acting=["ben"])
    for name, role in CAST.items():
        if role not in {"owner", "builder"}:
            trust = ("key", "trust", name, "--person", name, "--role", role)
            teller.run(*trust, acting=OWNERS)


def _signing(teller: Teller) -> None:
    release = f"{NAME}@0.1.0"
    teller.chapter("Its author signs the release; a checker weighs it again and signs the report.")
    teller.run("sign", release, acting=["bea"])
    teller.run("check", release, "--sign", *IMAGE, acting=["carl"])
    teller.chapter("Anyone can verify it: the bytes, who signed them, and when.")
    teller.run("verify", release, "--role", "builder")
    teller.chapter("A builder is no checker. What was refused is in the ledger, too.")
    teller.run("check", release, "--sign", "--quiet", expect=4, acting=["bea"])


def _tampering(stage: Stage, teller: Teller) -> None:
    teller.chapter("One byte of the weights is flipped.")
    model = stage.project / "model.onnx"
    original = model.read_bytes()
    flipped = bytearray(original)
    flipped[FLIPPED_BYTE] ^= 1
    model.write_bytes(flipped)
    teller.run("check", *IMAGE, expect=1)
    teller.run("verify", ".", expect=1)
    model.write_bytes(original)
    teller.aside("the byte is put back")
    teller.run("verify", ".")


def _second_release(stage: Stage, teller: Teller) -> None:
    teller.chapter("A second release: another threshold, new papers.")
    config = stage.project / "config.json"
    text = config.read_text()
    config.write_text(text.replace('_threshold":0.5', '_threshold":0.6'))
    teller.run("set", "metadata.version", "0.2.0")
    teller.run("set", "spec.rollout.strategy", "rolling")
    teller.run("set", "spec.rollback.to", "previous")
    _pack(stage, teller)
    teller.run("capture", "--update", "--quiet")
    stage.commit("Papers for the second release")
    teller.aside("git commit")
    teller.run("check", *IMAGE)
    teller.run("seal")
    teller.chapter("What changed, by meaning, and how much a mistake there could hurt.")
    teller.run("diff", f"{NAME}@0.1.0", f"{NAME}@0.2.0")


def _rules(teller: Teller) -> None:
    teller.chapter("What the environments demand, owners publish; its examples are tried before.")
    teller.run("policy", "test", "../rules/production-policy.yaml")
    for policy in ("staging", "production"):
        teller.run("policy", "publish", f"../rules/{policy}-policy.yaml", acting=OWNERS)
    for environment in ("staging", "production"):
        teller.run("env", "apply", f"../rules/{environment}.yaml", acting=OWNERS)


def _first_promotion(teller: Teller) -> None:
    release = f"{NAME}@0.1.0"
    teller.chapter("To staging: everything it demands is there.")
    teller.run("promote", release, "--to", "staging", acting=["pat"])
    teller.chapter("To production: two people are missing, and it says which.")
    teller.run("promote", release, "--to", "production", expect=1, acting=["pat"])
    teller.chapter("Nobody approves his own; two others do, for exactly this outcome.")
    approve = ("approve", release, "--to", "production")
    teller.run(*approve, expect=4, acting=["pat"])
    teller.run(*approve, acting=["mia"])
    teller.run(*approve, acting=["sam"])
    teller.run("promote", release, "--to", "production", acting=["pat"])


def _way_back(teller: Teller) -> None:
    release = f"{NAME}@0.2.0"
    teller.chapter("The second release takes the same road.")
    teller.run("sign", release, acting=["bea"])
    teller.run("check", release, "--sign", *IMAGE, acting=["carl"])
    teller.run("promote", release, "--to", "staging", acting=["pat"])
    for name in ("mia", "sam"):
        teller.run("approve", release, "--to", "production", acting=[name])
    teller.run("promote", release, "--to", "production", acting=["pat"])
    teller.chapter("What runs is rendered from what was weighed: pinned by digest, nothing else.")
    teller.run("render", f"{NAME}@production", "--target", "kubernetes")
    teller.chapter("It misbehaves: back to what was weighed before, held until somebody lifts it.")
    teller.run("rollback", NAME, "--in", "production", acting=["pat"])
    teller.run("promote", release, "--to", "production", expect=1, acting=["pat"])
    teller.run("status")


def _ledger(stage: Stage, teller: Teller) -> None:
    teller.chapter(
        "The ledger: every event, refusals included, in a log nobody can rewrite unseen."
    )
    teller.run("history", NAME, "--in", "production")
    teller.run("log", "verify", "--deep")
    teller.chapter("One file proves it all to an outsider, who has the log's public key alone.")
    pack, key = f"../{stage.pack.name}", "../registry/log.pub"
    teller.run("evidence", "export", f"{NAME}@0.1.0", "--to", "production", "--output", pack)
    teller.run("evidence", "verify", pack, "--key", key)


def _drift(stage: Stage) -> None:
    lock = stage.project / "requirements.lock"
    lock.write_bytes(lock.read_bytes() + b"# reviewed\n")
