"""What administrators hand over is checked whole before anything is sent."""

import io
import os
import subprocess
from pathlib import Path

import pytest

from scripts.admin.rows import BadInput, Column, Row, read

PROJECT = Path(__file__).parents[2]
COLUMNS = (Column("who", "", is_required=True), Column("amount", "", is_integer=True))
SCRIPTS = (
    "grant_tokens",
    "reverse_transfer",
    "find_user",
    "export_customer",
    "erase_user",
    "import_players",
    "replay_failed_webhooks",
    "void_match",
)


def cells(text: str) -> list[dict[str, object]]:
    return [row.cells for row in read("script", ["-"], COLUMNS, io.StringIO(text))]


@pytest.mark.parametrize(
    "text",
    [
        "who,amount\nann,5\nbob,\n",
        '[{"who": "ann", "amount": 5}, {"who": "bob"}]',
        '{"who": "ann", "amount": "5"}\n{"who": "bob", "amount": null}\n',
    ],
)
def test_rows_are_read_from_csv_json_and_json_lines(text: str) -> None:
    assert cells(text) == [{"who": "ann", "amount": 5}, {"who": "bob"}]


def test_a_row_may_stand_on_the_line() -> None:
    [row] = read("script", ["who=ann=eve", "amount=5"], COLUMNS, io.StringIO())
    assert row.cells == {"who": "ann=eve", "amount": 5}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("who,amount\n,5\n", "line 2: who is missing"),
        ("who,amount\nann,0\n", "line 2: amount is not an integer from 1"),
        ("who,amount\nann,1.5\n", "amount is not"),
        ("who,amount\nann,-1\n", "amount is not"),
        ("who,amount\nann,99999999999999999999\n", "amount is not"),
        ("who,amount\nann,9007199254740992\n", "amount is not"),
        ('[{"who": "ann", "amount": true}]', "amount is not"),
        ('[{"who": 5}]', "row 1: who is not text"),
        ("who,whom\nann,bob\n", "there is no column 'whom'; there are who, amount"),
        ("who,amount\nann\n", "another number of cells"),
        ("who,amount\nann,1,2\n", "another number of cells"),
        ("who,amount\nann,1\nann,1\n", "line 3: is the same as line 2"),
        ("who,amount\n", "there are no rows"),
        ("", "there are no rows"),
        ("[1]", "is an object"),
        ('[{"who": "ann"', "begins like JSON and is none"),
    ],
)
def test_faults_are_named_by_place_and_column(text: str, says: str) -> None:
    with pytest.raises(BadInput) as bad:
        cells(text)
    assert says in str(bad.value)


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadInput) as bad:
        cells("who,amount\n,x\n,0\n")
    assert len(str(bad.value).splitlines()) == 4


@pytest.mark.parametrize("given", [["nowhere.csv"], ["a", "b"], ["who=ann", "b"], []])
def test_what_is_no_input_is_told_so(given: list[str]) -> None:
    with pytest.raises(BadInput):
        read("script", given, COLUMNS, io.StringIO())


def test_a_rows_key_follows_from_the_script_and_what_it_says() -> None:
    row = Row("grant", "line 2", {"who": "ann", "amount": 5})
    assert row.key == Row("grant", "row 9", {"amount": 5, "who": "ann"}).key
    assert row.key != Row("reverse", "line 2", row.cells).key
    assert row.key != Row("grant", "line 2", {"who": "ann", "amount": 6}).key
    assert len(row.key) <= 64


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_there(script: str) -> None:
    launcher = PROJECT / "scripts" / script
    assert os.access(launcher, os.X_OK)
    assert (PROJECT / "scripts" / "admin" / f"{script}.py").exists()


def test_help_teaches() -> None:
    ran = subprocess.run(
        [PROJECT / "scripts" / "grant_tokens", "--help"], capture_output=True, text=True
    )
    assert ran.returncode == 0
    for taught in ("--dry-run", "user_id", "(optional)", "exit codes", "scripts/grant_tokens g"):
        assert taught in ran.stdout
