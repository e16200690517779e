"""The tables of CatBoost's binary models.

From catboost/libs/model/flatbuffers (https://github.com/catboost/catboost), version 1.2.
"""

from __future__ import annotations

from typing import Final

from weighbridge.formats.flatbuffers_schema import tables

SCHEMA: Final = tables("""
    Core format=text trees=Trees info=[Entry] parts=[text]
    Entry key=text value=text
    Trees dimension=i4 splits:[i4] sizes:[i4] starts:[i4] categorical=[Categorical] float=[Float]
      [OneHot] [CtrFeature] leaves:[f8] weights:[f8] steps:[s4] [u4] text=[Text] [Estimated] f8 f8
      [f8] [s4] embedding=[Embedding]
    Float u1 i4 flat=i4 [f4] name=text i1
    Categorical i4 flat=i4 name=text u1
    Text i4 flat=i4 name=text u1
    Embedding i4 flat=i4 name=text i4 u1
    Estimated i4 s16 i4 [f4] i1
    OneHot i4 [i4] [text]
    Combination [i4] [s8] [s8]
    CtrBase Combination i1 i4
    Ctr CtrBase i4 f4 f4 f4 f4
    CtrFeature Ctr [f4]
    CtrTable CtrBase [u1] [u1] i4 i4
""")
"""The fields of every table."""
