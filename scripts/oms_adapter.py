"""Let the conformance suite of OpenSSF Model Signing ask weighbridge, by the suite's own protocol.

`python -m scripts.oms_adapter sign-model|verify-model …` (sampras343/model-signing-conformance,
docs/conformance_adapter_cli_protocol.md): exit code 0 for signed or verified. Keyless signing is
not had, so such a demand is refused.
"""

from __future__ import annotations

import argparse
import sys

from weighbridge.cli.main import main as weighbridge

METHODS = ("key", "certificate")


def main(arguments: list[str] | None = None) -> int:
    """Translate one demand, and return weighbridge's exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=["sign-model", "verify-model"])
    parser.add_argument("--method", required=True, choices=METHODS)
    parser.add_argument("--model-path", required=True)
    parser.add_argument("--ignore-paths", action="append", default=[])
    parser.add_argument("--cert-chain", action="append", default=[])
    for option in (
        "--output-bundle",
        "--private-key",
        "--signing-cert",
        "--bundle",
        "--public-key",
    ):
        parser.add_argument(option)
    parser.add_argument("--ignore-unsigned-files", action="store_true")
    options = parser.parse_args(arguments)
    words = sign(options) if options.verb == "sign-model" else verify(options)
    for path in options.ignore_paths:
        words += ["--ignore-paths", path]
    return weighbridge(words)


def sign(options: argparse.Namespace) -> list[str]:
    """Write the command that signs."""
    words = ["sign", options.model_path, "--format", "oms", "--key", options.private_key]
    words += ["--output", options.output_bundle]
    if options.method == "certificate":
        for file in (options.signing_cert, *options.cert_chain):
            words += ["--certificate-chain", file]
    return words


def verify(options: argparse.Namespace) -> list[str]:
    """Write the command that verifies."""
    words = ["verify", options.model_path, "--bundle", options.bundle]
    if options.method == "key":
        words += ["--key", options.public_key]
    for file in options.cert_chain if options.method == "certificate" else ():
        words += ["--certificate-chain", file]
    if options.ignore_unsigned_files:
        words.append("--ignore-unsigned-files")
    return words


if __name__ == "__main__":
    sys.exit(main())
