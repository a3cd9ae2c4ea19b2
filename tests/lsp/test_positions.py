"""Places of the protocol and offsets, in every encoding, over every line end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types

from alertdsl.lsp.positions import Positions

TEXT = st.text(alphabet=st.sampled_from("ab é€😀\n\r\u2028\x0b"), max_size=30)
ENCODINGS = ("utf-8", "utf-16", "utf-32")


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 7), ("utf-16", 5), ("utf-32", 4)])
def test_columns_count_units_of_the_encoding(encoding: str, column: int) -> None:
    places = Positions('x="😋"\n', encoding)
    assert places.position(4) == types.Position(0, column)
    assert places.offset(types.Position(0, column)) == 4


def test_only_line_ends_of_the_protocol_end_lines() -> None:
    places = Positions("a\u2028b\x0bc\r\nd\re\nf")
    assert [places.position(i).line for i in (0, 4, 7, 9, 11)] == [0, 0, 1, 2, 3]


def test_a_place_that_is_not_there_is_the_nearest_before_it() -> None:
    places = Positions("ab\r\ncd")
    assert places.offset(types.Position(0, 99)) == 2
    assert places.offset(types.Position(99, 0)) == 6
    assert Positions("😀x").offset(types.Position(0, 1)) == 0


@given(TEXT, st.sampled_from(ENCODINGS), st.data())
def test_there_and_back(text: str, encoding: str, data: st.DataObject) -> None:
    places = Positions(text, encoding)
    offset = data.draw(st.integers(0, len(text)))
    back = places.offset(places.position(offset))
    # Between the halves of a line end there is no place.
    assert back == offset or text[back:offset] == "\r"


@given(TEXT, st.sampled_from(ENCODINGS), st.integers(0, 9), st.integers(0, 40))
def test_any_place_gives_an_offset(text: str, encoding: str, line: int, column: int) -> None:
    assert 0 <= Positions(text, encoding).offset(types.Position(line, column)) <= len(text)
