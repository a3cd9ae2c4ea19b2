"""Identities: ids and hashes that are the same on every machine, whatever a database thinks of case and spaces.

Label sets, names and keys are compared by hashes of their exact text, never by a column's collation: MySQL takes
`a` and `a ` for equal, and most collations `a` and `A`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from typing import TYPE_CHECKING

from alertdsl.store.records import LabelSet

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_ID = 20
_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghjkmnpqrstvwxyz")


def canonical_json(value: object) -> str:
    """JSON in ASCII with sorted keys, one member a line, so that `\\n"key": "value"` is found by a text search only
    where it is a member."""
    return json.dumps(value, sort_keys=True, indent=0, ensure_ascii=True)


def label_set(labels: Mapping[str, str]) -> LabelSet:
    """The labels with their hash, which is equal exactly for equal labels."""
    return LabelSet(text_hash(canonical_json(dict(labels))), labels)


def text_hash(*parts: str) -> str:
    """32 hexadecimal digits for a sequence of texts; `("ab", "c")` and `("a", "bc")` differ."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def alert_id(rule_id: str, labels_hash: str, opened_at: int) -> str:
    """The id of the episode that a rule's label set opens at an instant: 20 characters, the same for whoever computes
    it, in the order of the instants (to the second)."""
    seconds = max(0, opened_at // 1_000_000_000) % 2**35
    digest = hashlib.blake2b(f"{rule_id} {labels_hash} {opened_at}".encode(), digest_size=10).digest()
    return _base32(seconds << 5, 5)[:7] + _base32(int.from_bytes(digest, "big"), 10)[:13]


def notification_key(alert: str, target: str, kind: str, t: int) -> str:
    """An idempotency key: stable for what is told (alert, kind, instant) and to whom."""
    return text_hash(alert, target, kind, str(t))


def new_id() -> str:
    """A random id of 12 characters, for rules and silences."""
    return _base32(secrets.randbits(80), 10)[:12]


def is_id(text: str) -> bool:
    """Whether a text can be an id at all; some databases refuse to compare other texts with one."""
    return text.isascii() and text.isalnum() and len(text) <= _LONGEST_ID


def _base32(number: int, size: int) -> str:
    """Digits and lower-case letters without i, l, o and u; the order of the numbers is kept."""
    return base64.b32encode(number.to_bytes(size, "big")).decode().translate(_DIGITS)
