"""XGBoost's model as UBJSON, which it writes unless it is asked for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from weighbridge.formats.cursor import Cursor
from weighbridge.formats.interface import BudgetExceededError
from weighbridge.formats.record import HIDDEN, Record
from weighbridge.formats.ubj_scan import UbjError, UbjScan
from weighbridge.formats.xgboost_model import XgboostModel

if TYPE_CHECKING:
    from weighbridge.formats.interface import Reader
    from weighbridge.model.limits import Limits

_FIRST_KEYS: Final = (
    b"{L\0\0\0\0\0\0\0\x07learner{",
    b"{L\0\0\0\0\0\0\0\x07version[",
)


def sniff(head: bytes, tail: bytes, size: int) -> str | None:  # noqa: ARG001 - the protocol's
    """Recognise an object with the model's own first key."""
    return "xgboost-ubj" if head.startswith(_FIRST_KEYS) else None


def read(size: int, *, limits: Limits) -> Reader:
    """Walk over the model and weigh its trees."""
    record = Record(format="xgboost-ubj", size=size)
    cursor = Cursor(0, size)
    model = XgboostModel(limits)
    whole = False
    try:
        yield from UbjScan(cursor, model, limits).run()
        record.coverage = cursor.position
        whole = True
        if not model.is_model():
            record.corrupt("it holds no learner with a booster and an objective", 0)
        if cursor.left:
            text = f"{cursor.left} bytes follow the model"
            record.problem(HIDDEN, text, cursor.position, "nothing")
            record.unread(text)
    except UbjError as error:
        record.coverage = error.offset
        record.corrupt(str(error), error.offset)
    except BudgetExceededError as error:
        record.coverage = cursor.position
        record.unread(str(error))
    model.conclude(record, whole=whole)
    return record.structure()
