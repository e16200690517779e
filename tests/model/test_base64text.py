from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weighbridge.model.base64text import NotBase64Error, read_base64, write_base64


@given(st.binary())
def test_what_is_written_reads_back(data: bytes) -> None:
    assert read_base64(write_base64(data)) == data


@pytest.mark.parametrize("text", ["QUG=", "QUE", "QU E=", "QUE=\n", "-_==", "Q", "é", "QUE=="])
def test_only_one_spelling_is_read(text: str) -> None:
    with pytest.raises(NotBase64Error):
        read_base64(text)
