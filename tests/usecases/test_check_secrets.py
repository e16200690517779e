"""`check --secrets`, and what is said of encryption."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.adapters.age_files import RECIPIENT_TEXT

if TYPE_CHECKING:
    from tests.usecases.workshop import Bench

SERVICE = """\
  externalServices:
    - name: blocklist
      endpoint: http://blocklist.example.com
      timeout: 1s
      fallback: none
      auth: {scheme: bearer, secretRef: {provider: file, name: token}}
  governance:
    secrets: {rotation: 90d}
    encryption: {atRest: required}
"""


def test_old_secrets_are_found_when_somebody_asks(bench: Bench) -> None:
    manifest = bench.folder / "release.yaml"
    manifest.write_text(manifest.read_text() + SERVICE)
    token = bench.folder / "token"
    token.write_text("never shown")
    os.utime(token, (0, 0))
    unasked = bench("check", "--select=SEC011", "--output-format=json").json
    assert unasked["findings"] == []
    assert [one["reason"] for one in unasked["skipped"] if one["code"] == "SEC011"] == [
        "nobody asked how old the secrets are: weighbridge check --secrets"
    ]
    asked = bench("check", "--secrets", "--select=SEC011", "--fail-on=warning")
    assert (asked.code, "the secret of blocklist is 2" in asked.out) == (1, True)
    assert "never shown" not in asked.out + asked.err
    os.utime(token)
    assert bench("check", "--secrets", "--select=SEC011", "--fail-on=warning").code == 0
    token.unlink()
    gone = bench("check", "--secrets", "--select=SEC011")
    assert (gone.code, "no such file" in gone.out) == (3, True)


def test_plain_text_is_found_on_the_wire_and_at_rest(bench: Bench) -> None:
    manifest = bench.folder / "release.yaml"
    manifest.write_text(manifest.read_text() + SERVICE)
    found = bench("check", "--select=SEC010").out
    assert "called over http, in plain text" in found
    assert "the registry's store is not" in found
    (bench.folder / "weighbridge.toml").write_text(f'encrypt-to = ["{RECIPIENT_TEXT}"]')
    assert "the registry's store is not" not in bench("check", "--select=SEC010").out
