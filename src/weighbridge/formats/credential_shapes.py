"""Shapes of credentials: those `detect-secrets` lacks, and what tells its own cheaply.

Looking for a literal in a text is nearly free. Only a text that has one is held against the form
around it, and only one that has the form is given to the detectors, whose import costs as much as
starting Python several times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


_WORD_END = re.compile(r"[\s\"'`,;]")


@dataclass(frozen=True, slots=True)
class Shape:
    """A form that credentials have.

    Attributes:
        detector: What it is called in findings.
        literals: One of them stands in every text of this form.
        form: The form.
    """

    detector: str
    literals: tuple[str, ...]
    form: re.Pattern[str]

    def is_in(self, text: str) -> bool:
        """Tell whether a text holds one."""
        return any(literal in text for literal in self.literals) and bool(self.form.search(text))


def _shape(detector: str, *literals: str, form: str) -> Shape:
    return Shape(detector, literals, re.compile(form))


# What stands for a password in a template: `${PASSWORD}`, `$PASSWORD`, `{{ x }}`, `<password>`.
_NO_BLANK = r"(?!(?:\$[A-Z_][A-Z0-9_]*|<[^<>]*>|%\w+%|\*+|x+)@|\$?[{(])"

# Documented forms of services that releases of models speak to, which no plugin of detect-secrets
# 1.5.0 finds (a test tells when one does), each with its source.
FURTHER: tuple[Shape, ...] = (
    # https://huggingface.co/docs/hub/security-tokens
    _shape("Hugging Face Token", "hf_", form=r"\bhf_[A-Za-z0-9]{30,}\b"),
    _shape("Hugging Face Token", "api_org_", form=r"\bapi_org_[A-Za-z0-9]{30,}\b"),
    # https://platform.openai.com/docs/api-reference/authentication (of projects and services)
    _shape("OpenAI Key", "sk-", form=r"\bsk-(?:proj|svcacct|admin|None)-[\w-]{20,}"),
    # https://docs.anthropic.com/en/api/getting-started
    _shape("Anthropic Key", "sk-ant-", form=r"\bsk-ant-[\w-]{20,}"),
    # The form OpenAI began with; servers that speak its language copied it.
    _shape("Secret Key", "sk-", form=r"\bsk-[A-Za-z0-9]{32,}\b"),
    # https://cloud.google.com/docs/authentication/api-keys
    _shape("Google API Key", "AIza", form=r"\bAIza[\w-]{35}(?![\w-])"),
    # https://cloud.google.com/docs/authentication/token-types
    _shape("Google Access Token", "ya29.", form=r"\bya29\.[\w-]{20,}"),
    # https://docs.github.com/en/authentication (fine-grained personal access tokens)
    _shape("GitHub Fine-grained Token", "github_pat_", form=r"\bgithub_pat_[A-Za-z0-9_]{22,}"),
    # https://docs.npmjs.com/about-access-tokens
    _shape("npm Token", "npm_", form=r"\bnpm_[A-Za-z0-9]{36}\b"),
    # https://docs.nvidia.com/ngc/latest/ngc-user-guide.html
    _shape("NVIDIA Key", "nvapi-", form=r"\bnvapi-[\w-]{40,}"),
    # https://docs.wandb.ai (keys since 2025; older ones are known by their names alone)
    _shape("Weights & Biases Key", "wandb_v1_", form=r"\bwandb_v1_[\w-]{20,}"),
    # https://docs.databricks.com/en/dev-tools/auth/pat.html
    _shape("Databricks Token", "dapi", form=r"\bdapi[0-9a-f]{32}(?:-\d)?\b"),
    # https://replicate.com/docs/topics/security/api-tokens
    _shape("Replicate Token", "r8_", form=r"\br8_[A-Za-z0-9]{37}\b"),
    # https://console.groq.com/docs/quickstart
    _shape("Groq Key", "gsk_", form=r"\bgsk_[A-Za-z0-9]{40,}\b"),
    # https://docs.docker.com/security/access-tokens/
    _shape("Docker Hub Token", "dckr_", form=r"\bdckr_(?:pat|oat)_[\w-]{20,}"),
    # https://developer.hashicorp.com/vault/docs/concepts/tokens
    _shape("Vault Token", "hvs.", "hvb.", "hvr.", form=r"\bhv[sbr]\.[\w-]{20,}"),
    # https://github.com/FiloSottile/age
    _shape("age Secret Key", "AGE-SECRET-KEY-1", form=r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
    # RFC 7468 section 11: PKCS #8, encrypted; the plugin lists the open kinds
    _shape("Encrypted Private Key", "BEGIN ENC", form=r"BEGIN ENCRYPTED PRIVATE KEY"),
    # RFC 3986 section 3.2.1. The plugin takes no password with `!`, `$`, `&` and their like. The
    # digest behind `docker://name:tag@` is no host, and `${PASSWORD}` no password.
    _shape(
        "Basic Auth Credentials",
        "://",
        form=rf"\w://[^\s/?#@:\"'`]*:{_NO_BLANK}[^\s/?#@\"'`]+@(?!sha\d+:)[\w\[]",
    ),
    # A token alone before the host, as git takes it.
    _shape(
        "Token in URL",
        "://",
        form=r"\w://(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{24,}@(?!sha\d+:)[\w\[]",
    ),
    # RFC 6750, RFC 7617
    _shape(
        "Authorization Header",
        *("earer ", "EARER ", "asic ", "BASIC "),
        form=r"(?i:\b(?:bearer|basic)) +(?=[\w.~+/-]*\d)(?=[\w.~+/-]*[A-Za-z])[\w.~+/-]{16,}=*",
    ),
    # https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    # https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas
    _shape(
        "Presigned URL",
        *("ignature=", "sig="),
        form=r"[?&](?:X-Amz-Signature|X-Goog-Signature|sig)=[A-Za-z0-9%/+_-]{32,}",
    ),
)

# One for each form that a plugin in use looks for; it may take more than the plugin, never less.
LIBRARY: tuple[Shape, ...] = (
    _shape(
        "AWS Access Key",
        *("A3T", "ABIA", "ACCA", "AKIA", "ASIA"),
        form=r"A(?:3T|BIA|CCA|KIA|SIA)[A-Z0-9]{16}",
    ),
    _shape("Artifactory Credentials", "AKC", form=r"(?<!\w)AKC[A-Za-z0-9]{10}"),
    _shape("Azure Storage Account access key", "AccountKey=", form=r"AccountKey=[\w+/=]{88}"),
    _shape(
        "Basic Auth Credentials",
        "://",
        form=rf"://[^\s:/?#@]+:{_NO_BLANK}[^\s:/?#@]+@(?!sha\d+:)",
    ),
    _shape("Discord Bot Token", ".", form=r"[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27}"),
    _shape(
        "GitHub Token",
        *("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
        form=r"gh[pousr]_[A-Za-z0-9_]{36}",
    ),
    _shape(
        "GitLab Token",
        *("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "glcbt-", "glimt-", "glptt-"),
        *("glagent-", "gloas-"),
        form=r"gl[a-z]{2,6}-[\w-]{20}",
    ),
    _shape("GitLab Token", "GR1348941", form=r"GR1348941[\w-]{20}"),
    _shape("JSON Web Token", "eyJ", form=r"eyJ[\w=-]{1,2000}\."),
    _shape("NPM tokens", "_authToken=", form=r"//.{1,300}/:_authToken=\s*\S"),
    _shape("OpenAI Token", "T3BlbkFJ", form=r"sk-[\w-]{0,200}T3BlbkFJ"),
    _shape("Private Key", "BEGIN ", form=r"BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"),
    _shape("Private Key", "PuTTY-User-Key-File-2", form=r"PuTTY"),
    _shape("PyPI Token", "pypi-AgE", form=r"pypi-AgE[\w-]{70}"),
    _shape("SendGrid API Key", "SG.", form=r"SG\.[\w-]{22}\.[\w-]{43}"),
    _shape("Slack Token", "xox", "XOX", form=r"(?i:xox[abposr]-\d)"),
    _shape("Slack Token", "hooks.slack.com/services/", form=r"hooks"),
    _shape("Square OAuth Secret", "sq0csp-", form=r"sq0csp-[\w\\-]{43}"),
    _shape("Stripe Access Key", "k_live_", form=r"[rs]k_live_[0-9A-Za-z]{24}"),
)


def has_shape(text: str) -> bool:
    """Tell whether a text may hold a credential by its form alone."""
    return any(shape.is_in(text) for shape in (*FURTHER, *LIBRARY))


def forms(text: str) -> Iterator[str]:
    """List the pieces of a text that begin like a credential, to the end of the word."""
    for shape in (*FURTHER, *LIBRARY):
        match = shape.form.search(text) if shape.is_in(text) else None
        while match is not None:
            end = _WORD_END.search(text, match.end())
            behind = end.start() if end is not None else len(text)
            yield text[match.start() : behind]
            match = shape.form.search(text, behind)
