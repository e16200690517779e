from __future__ import annotations

from weighbridge.formats import record
from weighbridge.rules.catalogue import RULES


def test_every_code_a_format_reader_reports_is_judged_by_a_rule_for_loose_files() -> None:
    reported = {record.CORRUPT, record.ATTACK, record.OUTSIDE, record.HIDDEN, record.RECORDED}
    written = {
        value
        for value in vars(record).values()
        if isinstance(value, str) and value[:3] in {"INT", "SEC"} and value[3:].isdigit()
    }
    assert written == reported
    assert reported <= {rule.code for rule in RULES if rule.loose}
