"""What every concept stands on: clock, ids, errors, database, transaction, door, due rows."""
