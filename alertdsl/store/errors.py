"""What the store raises. No message holds a database password."""

from __future__ import annotations


class StoreError(Exception):
    """The base of all errors of the store."""


class StoreUnavailable(StoreError):
    """The database cannot be reached or asked for patience; nothing was written, try again later."""


class ConflictError(StoreError):
    """Someone else changed or made it first: the name is taken, or the version is not the one expected."""


class NotFoundError(StoreError):
    """There is no such rule, alert or silence (or it belongs to another owner, which is not told apart)."""


class SchemaError(StoreError):
    """The database's tables are not those of this version."""


class SchemaOutdated(SchemaError):
    """The tables are older than this version; `alertdsl store upgrade` brings them up."""


class SchemaTooNew(SchemaError):
    """The tables were made by a newer version of alertdsl; upgrade the program."""
