"""Access tokens: made once, shown once, kept as a digest.

A token is 32 random bytes, so that one SHA-256 protects it: nobody guesses their way back, as with passwords. Its text begins
with its id: the row is found by that, and the digests are then compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

import sqlalchemy as sa

from alertdsl.store.database import reads, writes
from alertdsl.store.errors import NotFoundError, StoreError
from alertdsl.store.identity import is_id, new_id
from alertdsl.store.queries.rule_rows import check_text
from alertdsl.store.records import DEFAULT_OWNER
from alertdsl.store.records.tokens import AccessToken
from alertdsl.store.tables import access_tokens

if TYPE_CHECKING:
    from alertdsl.store.database import Database, Transaction
    from alertdsl.store.records.tokens import TokenScope

PREFIX = "alertdsl"
_SCOPES = ("read", "write", "admin")
_COLUMNS = tuple(access_tokens.c[name] for name in AccessToken.__dataclass_fields__)
_LONGEST = 200


class Tokens:
    """The access tokens in the store."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @writes
    def create(
        self,
        tx: Transaction,
        *,
        owner: str = DEFAULT_OWNER,
        scope: TokenScope = "read",
        note: str = "",
        lasts: int | None = None,
    ) -> tuple[str, AccessToken]:
        """A new token: its text, which is nowhere kept, and its record. `lasts` is nanoseconds; None for ever."""
        check_text(owner=owner, note=note)
        if scope not in _SCOPES:
            raise StoreError(f"a scope is one of {', '.join(_SCOPES)}, not {scope!r}")
        if lasts is not None and lasts <= 0:
            raise StoreError("a token lasts longer than nothing")
        now, token_id = tx.now(), new_id()
        text = f"{PREFIX}_{token_id}_{secrets.token_urlsafe(32)}"
        values = {
            "id": token_id,
            "digest": _digest(text),
            "owner": owner,
            "scope": scope,
            "note": note,
            "created_at": now,
            "expires_at": None if lasts is None else now + lasts,
            "revoked_at": None,
        }
        tx.execute(access_tokens.insert().values(values))
        return text, _find(tx, token_id)

    @reads
    def verify(self, tx: Transaction, text: str) -> AccessToken | None:
        """The record of a token that is known, not revoked and not expired; None for every other text."""
        prefix, _, rest = text.partition("_")
        token_id = rest.partition("_")[0]
        if prefix != PREFIX or len(text) > _LONGEST or not is_id(token_id):
            return None
        row = tx.row(sa.select(access_tokens.c.digest, *_COLUMNS).where(access_tokens.c.id == token_id))
        if row is None or not hmac.compare_digest(row[0], _digest(text)):
            return None
        token = AccessToken(*row[1:])
        expired = token.expires_at is not None and token.expires_at <= tx.now()
        return None if expired or token.revoked_at is not None else token

    @writes
    def revoke(self, tx: Transaction, token_id: str) -> AccessToken:
        """Make a token invalid from now on (one that is revoked stays so)."""
        token = _find(tx, token_id)
        if token.revoked_at is None:
            tx.execute(
                access_tokens.update().where(access_tokens.c.id == token_id).values(revoked_at=tx.now())
            )
        return _find(tx, token_id)

    @reads
    def list(self, tx: Transaction) -> tuple[AccessToken, ...]:
        """All tokens, in the order of their making."""
        query = sa.select(*_COLUMNS).order_by(access_tokens.c.created_at, access_tokens.c.id)
        return tuple(AccessToken(*row) for row in tx.rows(query))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _find(tx: Transaction, token_id: str) -> AccessToken:
    row = tx.row(sa.select(*_COLUMNS).where(access_tokens.c.id == token_id)) if is_id(token_id) else None
    if row is None:
        raise NotFoundError(f"no token {token_id!r}")
    return AccessToken(*row)
