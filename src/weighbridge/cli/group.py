"""The command group: knows the verbs by name and imports one only when it is used."""

from __future__ import annotations

import difflib
import importlib
import keyword

import click

from weighbridge.cli.options import GLOBAL_OPTIONS

VERBS: dict[str, str] = {
    "scan": "Scan model files and images for damage and threats; no manifest needed.",
    "check": "Weigh a release against its manifest.",
    "remedy": "Walk through what is left to do, with the commands.",
    "init": "Look at what is there and write a first manifest.",
    "template": "List, show and begin templates.",
    "capture": "Show what is observed; with --update, put it into the manifest.",
    "set": "Set one value of the manifest, touching no other byte.",
    "build": "Run the training or packaging command and record its provenance.",
    "replay": "Make a build again in a sandbox, and compare.",
    "seal": "Resolve, digest and store a release.",
    "show": "Read a release.",
    "diff": "Compare two releases by meaning.",
    "parity": "Say whether what releases run in, on and with is the same.",
    "digest": "Digest files and folders as a manifest would hold them.",
    "audit": "Hold a lock against the advisories that were loaded here, offline.",
    "matrix": "Show which packages are to be had on which targets, decided offline.",
    "graph": "Draw who needs whom among the packages of a lock.",
    "sbom": "Write the bill of materials of a release or a lock, or judge somebody else's.",
    "key": "Make keys to sign with, and say whose signature counts as what.",
    "registry": "Name the owners of the registry, and see how it stands.",
    "sign": "Sign a sealed release as its author, or a model for others.",
    "try": "Run a release on known inputs, and hold what it does against what it promises.",
    "attest": "Keep a statement about a sealed release as evidence.",
    "verify": "Verify a release: sealed bytes, and enough signatures that count.",
    "push": "Push a sealed release to a registry or an image layout, for others to pull.",
    "pull": "Pull a release from a registry or an image layout, if every byte is what was sealed.",
    "promote": "Ask whether a release may go to an environment, and move it there if so.",
    "approve": "Approve a promotion, for the outcome there is now.",
    "withdraw": "Take back an approval of yours, what you delegated, or a waiver.",
    "reject": "Reject a release for an environment.",
    "waive": "Answer for findings of a rule until a day, where the policy lets you.",
    "hold": "Hold an environment where it is, for releases of a name.",
    "lift": "Lift a hold on an environment, or the rejection of a release.",
    "break-glass": "In an emergency, let one release in past what is not met.",
    "freeze": "Let nothing be promoted to an environment, until it ends or owners lift it.",
    "block": "Let a release, or every release with a file, go nowhere until owners lift that.",
    "rollback": "Move an environment back to a release that was there before.",
    "drill": "Plant known attacks and faults in a twin of a release, and see what is caught.",
    "render": "Write the files that deliver a release on a target, pinned by digest.",
    "deliver": "Bring about that what an environment points to runs there, and nothing else.",
    "pause": "Let a delivery wait where it is, until somebody resumes or aborts it.",
    "resume": "Let a delivery go on that waits for a person; its step begins anew.",
    "abort": "Turn a delivery round: the release before comes back, and the pointer with it.",
    "serve": "Serve a registry to a team, or answer at the door of a cluster.",
    "worker": "Do what follows from the ledger: check what is sealed, judge again, tell, pack.",
    "login": "Log in to a server, in a browser anywhere, or as a CI job.",
    "logout": "End a login: there, so that it opens nothing any more, and here.",
    "whoami": "Show whom a server takes you for, or who your keys are in the ledger of a folder.",
    "token": "Make, list and revoke API tokens of a server.",
    "status": "Show which release each environment points to, and what the gate says of it.",
    "watch": "Judge again what stands in an environment, and log the verdicts that changed.",
    "history": "Show what was said and done about a release name, oldest first.",
    "advisories": "Load advisories, and show and publish the data that rules hold files against.",
    "policy": "Test, publish and show promotion policies and rule packs, and foresee their effect.",
    "env": "Apply and list environments.",
    "evidence": "Pack all a promotion rests on into one file, and verify such a file anywhere.",
    "log": "Show, prove and verify the ledger, and tell of what is in it.",
    "explain": "Explain a rule, an error, or a value of the manifest.",
    "rules": "List the rules, and compare those of two versions.",
    "schema": "Print the JSON Schema of a manifest, template, policy, environment or rule pack.",
    "config": "Show settings and where each came from.",
    "doctor": "Show what works here and what is missing.",
    "demo": "Tell the whole story on a real model.",
}
"""Every verb with its line in the help, in the order people meet them."""


def module_of(verb: str) -> str:
    """Name the module of a verb; a word of Python's own has `_` behind it (PEP 8)."""
    name = verb.replace("-", "_")
    return f"weighbridge.cli.{name}_" if keyword.iskeyword(name) else f"weighbridge.cli.{name}"


class LazyGroup(click.Group):
    """A group whose commands live in modules of the same name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the verbs in their order."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module."""
        del ctx
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(module_of(cmd_name))
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, or say which one was probably meant."""
        word = args[0]
        if not word.startswith("-") and word not in VERBS:
            close = difflib.get_close_matches(word, VERBS, n=1)
            advice = f"; did you mean `{close[0]}`?" if close else ""
            message = f"there is no verb {word!r}{advice}"
            raise click.UsageError(message, ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(
    name="weighbridge",
    cls=LazyGroup,
    params=list(GLOBAL_OPTIONS),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="weighbridge", message="%(prog)s %(version)s")
def weighbridge() -> None:
    """Weigh a machine-learning release against its papers before it may drive on.

    Start with a model of yours: `weighbridge scan PATH`, then `weighbridge init PATH` and
    `weighbridge check PATH`.
    """
