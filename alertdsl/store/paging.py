"""Cursors of lists: opaque to the caller, the last row's place in the order to us."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from alertdsl.store.errors import StoreError
from alertdsl.store.identity import is_id
from alertdsl.store.records import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
LARGEST_PAGE = 1000


def page(items: Sequence[T], limit: int, place: Callable[[T], str]) -> Page[T]:
    """The page of `limit` items, of which one more was asked for."""
    if len(items) <= limit:
        return Page(tuple(items))
    return Page(tuple(items[:limit]), place(items[limit - 1]))


def page_size(limit: int) -> int:
    """The limit within bounds."""
    if limit < 1:
        raise StoreError("a page holds at least one item")
    return min(limit, LARGEST_PAGE)


def parse_place(cursor: str) -> tuple[int, str]:
    """The number and the id in a cursor `number.id`."""
    number, _, rest = cursor.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 20 and is_id(rest)):
        raise StoreError("not a cursor of this list")
    return int(number), rest


def parse_id(cursor: str) -> str:
    """The id that a cursor consists of."""
    if not is_id(cursor):
        raise StoreError("not a cursor of this list")
    return cursor
