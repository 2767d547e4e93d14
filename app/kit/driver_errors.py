"""What an error of a database driver means: it passes, it is a twin, the database is away."""

import asyncio
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as SqlTimeout

_TRANSIENT_SQLSTATES = frozenset({"40001", "40P01"})
_UNIQUE_SQLSTATE = "23505"
_AWAY_SQLSTATES = frozenset({"57P01", "57P02", "57P03", "53300", "53400", "08006", "08001"})


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction, begun again, may well go through."""
    original = driver_error(error)
    if isinstance(original, sqlite3.OperationalError):
        return "locked" in str(original) or "busy" in str(original)
    return getattr(original, "sqlstate", None) in _TRANSIENT_SQLSTATES


def is_duplicate(error: BaseException) -> bool:
    """Whether a row was there already: a unique constraint refused it."""
    original = driver_error(error)
    if isinstance(original, sqlite3.IntegrityError):
        return "UNIQUE" in str(original)
    return getattr(original, "sqlstate", None) == _UNIQUE_SQLSTATE


def is_away(error: BaseException) -> bool:
    """Whether the database can't be reached, or is going down or coming up."""
    if isinstance(error, (OSError, TimeoutError, asyncio.TimeoutError, InterfaceError)):
        return True
    original = driver_error(error)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(original, (OSError, SqlTimeout)):
        return True
    if isinstance(original, sqlite3.OperationalError):
        return "full" in str(original) or "unable to open" in str(original)
    return getattr(original, "sqlstate", None) in _AWAY_SQLSTATES


def driver_error(error: BaseException) -> BaseException:
    """The driver's own error, below SQLAlchemy's and its adapter's."""
    if not isinstance(error, DBAPIError) or error.orig is None:
        return error
    return error.orig.__cause__ or error.orig
