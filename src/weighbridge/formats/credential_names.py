"""Names under which credentials stand, and what stands under such names without being one.

The keyword detector of `detect-secrets` knows the first half. This is what a cheap look needs
before that library is imported, and what keeps it from crying wolf: a name such as `secretRef`,
`password_file` or `tokenizer_path` speaks of a credential and holds none.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9ñÑ]+")

# The list of detect-secrets' KeywordDetector, and names it lacks.
_KNOWN = re.compile(
    r"(?:api|auth|service|account|db|database|private|priv|client)_?key"
    r"|(?:db|database)_?pass|key_?pass|password|passwd|pwd|secret|contrase(?:ñ|n)a"
)
_FURTHER = re.compile(
    r"(?:^|_)(?:passphrase|credentials?|(?:access|signing|encryption|master)_key"
    r"|(?:admin|mongo|mysql|pg|postgres|proxy|redis|root|smtp|user)_pass"
    r"|(?:access|api|auth|bearer|bot|deploy|hub|hf|personal|refresh|session)_token)$"
)
# Of `eos_token` and `pad_token` nobody has anything to fear: here the value must look like one.
_TOKEN = re.compile(r"(?:^|_)token$")
# What stands behind such a name's last word is about a credential, and is none.
_ABOUT = re.compile(
    r"_(?:algorithm|arn|backend|class|count|days|dir|enabled|engine|env|expiry|expires|field|file"
    r"|format|id|ids|kind|length|manager|max|min|mount|name|names|path|policy|provider|ref|refs"
    r"|required|rotation|source|store|ttl|type|uri|url|version)$"
)
_HOLDS_NONE = re.compile(
    r"""[\W_]*                                          # nothing, stars, dashes
    |\$\{[^{}]*\}|\$\([^()]*\)|\$\w+|%\w+%              # a variable of a shell or of Kubernetes
    |\{.*\}|<[^<>]*>|\[[^\[\]]*\]                       # a template, a placeholder
    |(?:~|\.{1,2})?/[\w./@+-]*                          # a path
    |(?:env|file|vault|secret|op|arn|ref|projects|k8s|kubernetes|awssm|gcpsm|azurekeyvault)
     [:/][^\s@]+                                        # a reference
    |https?://[^\s@?]*                                  # an address
    |[-+]?\d{1,3}(?:\.\d+)?\ ?[a-z%]{0,3}               # a quantity
    |todo|tbd|none|null|nil|true|false|yes|no|on|off|required|optional|enabled|disabled|unset
    |empty|redacted|hidden|masked|env|file|vault|kubernetes|aws|gcp|azure|string|text|x+
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_OPAQUE = re.compile(r"(?=\S*\d)(?=\S*[A-Za-z])[\w.~+/=-]{12,}")


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """Write a name in small letters with underscores: `apiKey` and `API-KEY` are `api_key`."""
    return "_".join(word for word in _WORDS.split(name) if word).lower()


@lru_cache(maxsize=4096)
def names_credential(name: str) -> bool:
    """Tell whether a credential may be expected under a name."""
    plain = plain_name(name)
    if plain == "secret_ref":
        return True  # a mapping stands there; a text can only be the secret itself
    if _ABOUT.search(plain):
        return False
    return any(form.search(plain) for form in (_KNOWN, _FURTHER, _TOKEN))


def may_be_credential(name: str, value: str) -> bool:
    """Tell whether what stands under a name that speaks of a credential may be one."""
    stripped = value.strip()
    if not names_credential(name) or _HOLDS_NONE.fullmatch(stripped):
        return False
    if _VARIABLE.fullmatch(stripped) and names_credential(stripped):
        return False
    plain = plain_name(name)
    if _TOKEN.search(plain) and not _FURTHER.search(plain) and not _KNOWN.search(plain):
        return is_opaque(stripped)
    return True


def is_opaque(value: str) -> bool:
    """Tell whether a text is one long word of letters and digits, which nobody writes by hand."""
    return _OPAQUE.fullmatch(value) is not None
