"""Which addresses in the metadata of a model deserve a second look, and why.

Where models, papers and licences are published is listed; of the rest only what a publisher would
not write is reported. An address that is merely unknown is none of it.
"""

from __future__ import annotations

import re

_ADDRESS = re.compile(
    r"(?P<scheme>[a-z]+)://(?:[^/?#@]*@)?(?P<host>\[[0-9a-f:.]+\]|[^/?#:]*)(?::\d+)?(?P<path>.*)\Z",
    re.IGNORECASE | re.DOTALL,
)
_NUMBERS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|0x[0-9a-f]{6,8}|\d{8,10}|\[[0-9a-f:.]+\]")
_PRIVATE = re.compile(
    r"(?:127|10)\.|192\.168\.|169\.254\.1\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0\Z|\[::1?\]\Z"
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_PROGRAM = re.compile(
    r"\.(?:apk|bash|bat|cmd|com\.exe|dll|exe|hta|jar|msi|ps1|pyc?|scr|sh|vbs)(?:[?#].*)?\Z",
    re.IGNORECASE | re.DOTALL,
)
_SPOKEN = re.compile(
    r"(?<![a-z])(?:backdoor|exfil\w*|keylog\w*|malware|payload|ransom\w*|reverse[-_]?shell|"
    r"shellcode|stealer)(?![a-z])",
    re.IGNORECASE,
)

# Hosts, with everything below them, where models, data, papers and licences are published.
_KNOWN_WORDS = (
    "aclanthology.org allenai.org anthropic.com apache.org arxiv.org bitbucket.org "
    "civitai.com creativecommons.org dmg.org doi.org eleuther.ai gitee.com github.com "
    "github.io githubusercontent.com gitlab.com gnu.org google.com googleapis.com hf.co "
    "huggingface.co ieee.org json-schema.org kaggle.com keras.io lightning.ai llama.com "
    "meta.com microsoft.com mistral.ai mlflow.org modelscope.cn mozilla.org nvidia.com "
    "onnx.ai openai.com opensource.org openreview.net openvino.ai paperswithcode.com purl.org "
    "pypi.org python.org pytorch.org qwen.ai readthedocs.io sbert.net schema.org scikit- "
    "learn.org spdx.org stability.ai tensorflow.org unicode.org w3.org wandb.ai wikimedia.org "
    "wikipedia.org xgboost.ai zenodo.org"
)
_KNOWN = frozenset(_KNOWN_WORDS.split())
_RESERVED_WORDS = "example.com example.net example.org"
_RESERVED = frozenset(_RESERVED_WORDS.split())
_INSIDE_WORDS = "corp home.arpa internal lan local localdomain localhost svc"
_INSIDE = frozenset(_INSIDE_WORDS.split())

# Hosts that take or hand out whatever anybody sends, and those that hide where they lead.
_DROPS_WORDS = (
    "0x0.st anonfiles.com bit.ly burpcollaborator.net canarytokens.com catbox.moe ceye.io "
    "cutt.ly dnslog.cn file.io ghostbin.com goo.gl hastebin.com interact.sh is.gd "
    "localtunnel.me loca.lt ngrok-free.app ngrok.app ngrok.io oast.fun oast.live oast.me "
    "oast.online oast.pro oast.site paste.ee pastebin.com pipedream.net portmap.io "
    "requestbin.com requestcatcher.com rebrand.ly serveo.net t.ly temp.sh termbin.com "
    "tinyurl.com transfer.sh trycloudflare.com webhook.site"
)
_DROPS = frozenset(_DROPS_WORDS.split())
_DROP_PATHS = ("discord.com/api/webhooks", "discordapp.com/api/webhooks", "api.telegram.org/bot")
_REACHED_WORDS = "ldap ldaps rmi"
_REACHED = frozenset(_REACHED_WORDS.split())
_PLAIN_WORDS = "ftp http ws"
_PLAIN = frozenset(_PLAIN_WORDS.split())

# Words of a key that say a program calls the address, or sends something there.
_SENT_WORDS = "beacon c2 callback exfil exfiltrate exfiltration hook phone webhook"
_SENT = frozenset(_SENT_WORDS.split())
_CALLED_WORDS = "api download endpoint fetch notify proxy remote report server upload"
_CALLED = frozenset(_CALLED_WORDS.split())


def suspicion(address: str, key: str, *, strict: bool = False) -> str:
    """Say what is suspicious about an address; empty if nothing is.

    Args:
        address: The address.
        key: What the file calls it.
        strict: Whether a host that is not listed is enough.
    """
    found = _ADDRESS.match(address)
    if found is None:
        return ""
    host, scheme = found["host"].lower().rstrip("."), found["scheme"].lower()
    return (
        _told_by_host(host, scheme, found["path"])
        or _told_by_numbers(host)
        or _told_by_words(host, scheme, found["path"], key, strict=strict)
    )


def _told_by_host(host: str, scheme: str, path: str) -> str:
    if scheme in _REACHED:
        return "an address that makes programs load code"
    whole = host + path.lower()
    if _below(host, _DROPS) or host.endswith(".onion") or whole.startswith(_DROP_PATHS):
        return "the address of a drop site, or a short one that hides another"
    if not host.isascii() or "xn--" in host:
        return "an address whose letters only look familiar"
    return ""


def _told_by_numbers(host: str) -> str:
    numbers = _NUMBERS.fullmatch(host) and not _PRIVATE.match(host)
    return "an address of numbers" if numbers else ""


def _told_by_words(host: str, scheme: str, path: str, key: str, *, strict: bool) -> str:
    if _below(host, _KNOWN) or _is_inside(host):
        return ""
    words = {word.lower() for word in _WORD.findall(key)} | set(re.split(r"[._\W]+", key.lower()))
    plain = scheme in _PLAIN and bool(words & _CALLED)
    reserved = _below(host, _RESERVED)
    told = {
        "an address": strict,
        "an address that speaks of an attack": _SPOKEN.search(path) or _SPOKEN.search(host),
        "the address of a program": _PROGRAM.search(path),
        "an address to send something to": words & _SENT and not reserved,
        "an address that is called without encryption": plain and not reserved,
    }
    return next((what for what, holds in told.items() if holds), "")


def _is_inside(host: str) -> bool:
    """Whether it is one machine, or a name in one network."""
    if _NUMBERS.fullmatch(host) or "." not in host:
        return True
    return host.rpartition(".")[2] in _INSIDE or ".svc." in host


def _below(host: str, domains: frozenset[str]) -> bool:
    parts = host.split(".")
    return any(".".join(parts[start:]) in domains for start in range(len(parts) - 1))
