"""Rows for an administrator's script: from a CSV or JSON file, standard input, or the line itself.

Everything is checked before anything is sent, so that a bad file changes nothing.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

INTEGER_MAX = 2**53 - 1


class BadInput(Exception):
    """The input is not what the script takes; the message names every fault, a line each."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `is_integer` ones hold 1 … 2^53 - 1, the others text."""

    name: str
    help: str
    is_required: bool = False
    is_integer: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the input; `place` says where it stood. Empty cells are not there."""

    script: str
    place: str
    cells: dict[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.cells[name]

    def get(self, name: str) -> Any:
        """A cell, or None."""
        return self.cells.get(name)

    @property
    def key(self) -> str:
        """The idempotency key: the same for the same row in the same script, now and ever."""
        named = json.dumps([self.script, self.cells], sort_keys=True).encode()
        return f"{self.script}:{hashlib.sha256(named).hexdigest()[:40]}"


def read(script: str, given: Sequence[str], columns: Sequence[Column], stdin: TextIO) -> list[Row]:
    """The rows of a file (`-` is standard input), or one row of `column=value` words.

    Raises:
        BadInput: the file cannot be read, or some row is not as the columns say.
    """
    if given and all("=" in word for word in given):
        found = [("row", dict(word.split("=", 1) for word in given))]
    elif len(given) == 1:
        found = list(_parsed(given[0], stdin))
    else:
        raise BadInput("give one file (- for standard input), or column=value words for one row")
    faults: list[str] = []
    rows = [Row(script, place, _cells(place, cells, columns, faults)) for place, cells in found]
    faults = faults or list(_repeats(rows))
    if not rows:
        faults.append("there are no rows")
    if faults:
        raise BadInput("\n".join(faults))
    return rows


def _parsed(name: str, stdin: TextIO) -> Iterable[tuple[str, dict[str, Any]]]:
    try:
        text = stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadInput(f"{name} cannot be read: {fault}") from None
    if text.lstrip()[:1] in ("[", "{"):
        return _of_json(text)
    return _of_csv(text)


def _of_json(text: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        found = json.loads(text)
        found = found if isinstance(found, list) else [found]
    except ValueError as whole:
        try:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise BadInput(f"the input begins like JSON and is none: {whole}") from None
    if not all(isinstance(each, dict) for each in found):
        raise BadInput("every row of a JSON input is an object")
    return [(f"row {number}", each) for number, each in enumerate(found, 1)]


def _of_csv(text: str) -> list[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        found = [(f"line {reader.line_num}", cells) for cells in reader]
    except csv.Error as fault:
        raise BadInput(f"line {reader.line_num}: {fault}") from None
    for place, cells in found:
        if None in cells or None in cells.values():
            raise BadInput(f"{place} has another number of cells than the header")
    return found


def _cells(
    place: str, given: dict[str, Any], columns: Sequence[Column], faults: list[str]
) -> dict[str, Any]:
    known = {column.name: column for column in columns}
    faults.extend(
        f"{place}: there is no column {name!r}; there are {', '.join(known)}"
        for name in given.keys() - known.keys()
    )
    cells: dict[str, Any] = {}
    for name, column in known.items():
        value = given.get(name)
        if value is None or value == "":
            if column.is_required:
                faults.append(f"{place}: {name} is missing")
        elif column.is_integer:
            cells[name] = _integer(value)
            if cells[name] is None:
                faults.append(f"{place}: {name} is not an integer from 1 to 2^53 - 1: {value!r}")
        elif isinstance(value, str):
            cells[name] = value
        else:
            faults.append(f"{place}: {name} is not text: {value!r}")
    return cells


def _integer(value: Any) -> int | None:
    text = str(value)
    is_written_so = isinstance(value, int | str) and text.isascii() and text.isdigit()
    number = int(text) if is_written_so and len(text) <= 16 else 0
    return number if 1 <= number <= INTEGER_MAX else None


def _repeats(rows: Sequence[Row]) -> Iterable[str]:
    first: dict[str, str] = {}
    for row in rows:
        before = first.setdefault(row.key, row.place)
        if before != row.place:
            yield f"{row.place}: is the same as {before}; a row is done once, so tell them apart"
