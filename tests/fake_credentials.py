"""Credentials that open nothing, put together when a test runs: no scanner shall find them here."""

from __future__ import annotations

import base64

_BODY = "Qm7xT2vL9kRw4nZp8sHd3fJg6bYc5aXeUiOq1tMv"


def body(length: int) -> str:
    """Make letters and digits that no credential ever had."""
    return (_BODY * 4)[:length]


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def json_web_token() -> str:
    """Make a token with a header and a payload that are JSON."""
    return ".".join((_encoded('{"alg":"none"}'), _encoded('{"sub":"nobody"}'), body(20)))


def private_key(kind: str = "RSA ") -> str:
    """Make the two lines of a private key."""
    return f"-----BEGIN {kind}" + f"PRIVATE KEY-----\n{body(60)}"


# What the library finds by its form.
KNOWN: dict[str, str] = {
    "AWS Access Key": "AK" + "IA" + body(16).upper(),
    "Artifactory Credentials": "AK" + "C" + body(20),
    "Azure Storage Account access key": "Account" + "Key=" + body(86) + "==",
    "Basic Auth Credentials": f"https://robot:{body(12)}@models.example.com/m.onnx",
    "Discord Bot Token": f"M{body(23)}.{body(6)}.{body(27)}",
    "GitHub Token": "gh" + "p_" + body(36),
    "GitLab Token": "gl" + "pat-" + body(20),
    "JSON Web Token": json_web_token(),
    "NPM tokens": "//registry.example.com/:_auth" + "Token=npm_" + body(36),
    "OpenAI Token": "sk" + "-" + body(20) + "T3Blbk" + "FJ" + body(20),
    "Private Key": private_key(),
    "PyPI Token": "pypi-AgE" + "IcHlwaS5vcmc" + body(80),
    "SendGrid API Key": "SG" + f".{body(22)}.{body(43)}",
    "Slack Token": "xox" + "b-123456789012-" + body(24),
    "Square OAuth Secret": "sq0" + "csp-" + body(43),
    "Stripe Access Key": "sk_" + "live_" + body(24),
}

# What it does not.
FURTHER: dict[str, str] = {
    "Hugging Face Token": "h" + "f_" + body(34),
    "OpenAI Key": "sk" + "-proj-" + body(60),
    "Anthropic Key": "sk" + "-ant-api03-" + body(60),
    "Secret Key": "sk" + "-" + body(40),
    "Google API Key": "AI" + "za" + body(35),
    "Google Access Token": "ya" + "29." + body(40),
    "GitHub Fine-grained Token": "github" + "_pat_" + body(60),
    "npm Token": "np" + "m_" + body(36),
    "NVIDIA Key": "nv" + "api-" + body(64),
    "Weights & Biases Key": "wandb" + "_v1_" + body(60),
    "Databricks Token": "da" + "pi" + "0123456789abcdef" * 2,
    "Replicate Token": "r" + "8_" + body(37),
    "Groq Key": "gs" + "k_" + body(52),
    "Docker Hub Token": "dck" + "r_pat_" + body(27),
    "Vault Token": "hv" + "s." + body(90),
    "age Secret Key": "AGE-SECRET" + "-KEY-1" + body(58).upper(),
    "Encrypted Private Key": private_key("ENCRYPTED "),
    "Basic Auth Credentials": f"postgresql://robot:{body(9)}!$&@db.example.com:5432/features",
    "Token in URL": f"https://{body(40)}@git.example.com/ml/demo",
    "Authorization Header": "Authorization: Bear" + "er " + body(30),
    "Presigned URL": "https://store.example.com/m.onnx?se=2027&s" + "ig=" + body(43) + "%3D",
}
