from __future__ import annotations

from weighbridge.model.retirement import Retired
from weighbridge.model.rule_pack.reference import read_reference
from weighbridge.rules.catalogue import RULES
from weighbridge.rules.packs import Pack

NOW = "2026-06-01T00:00:00Z"
GONE = Retired(name="old", on="2026-01-01T00:00:00Z", successor="INT001", reason="told")
FIRST, SECOND, THIRD = RULES[:3]


def test_a_pack_without_more_asks_every_rule_always() -> None:
    pack = Pack(name="acme", version="1", digest="d", rules=RULES[:3])
    assert pack.title == "acme@1"
    assert pack.asked(NOW) == RULES[:3]
    assert (pack.gone(NOW), pack.skips(NOW)) == ({}, ())
    assert pack.use(NOW).codes == tuple(sorted(rule.code for rule in RULES[:3]))


def test_what_is_retired_is_no_rule_and_what_is_not_in_force_is_skipped() -> None:
    pack = Pack(
        name="acme",
        version="1",
        digest="d",
        rules=RULES[:3],
        retired={SECOND.code: GONE},
        idle=lambda code, now: "" if code == FIRST.code else f"not at {now}",
    )
    assert pack.asked(NOW) == (FIRST,)
    assert [(one.code, one.by) for one in pack.skips(NOW)] == [(THIRD.code, "acme@1")]
    assert list(pack.gone(NOW)) == [SECOND.code]
    assert pack.gone("2025-01-01T00:00:00Z") == {}


def test_a_pack_is_named_whole_or_not_at_all() -> None:
    digest = "sha256:" + "a" * 64
    found = read_reference(f"acme@1.0#{digest}", by="--rule-packs")
    assert found is not None
    assert (found.title, str(found), found.by) == (
        "acme@1.0",
        f"acme@1.0#{digest}",
        "--rule-packs",
    )
    for text in ("acme", "acme@1", f"acme#{digest}", f"@1#{digest}", f"acme@1#{digest}\n", ""):
        assert read_reference(text) is None
