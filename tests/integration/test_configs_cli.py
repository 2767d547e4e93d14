"""`clutch config diff` and `clutch config dry-run`, on a database with a past."""

import asyncio
import copy
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from app.cli import main
from app.commands.customers import create_with_keys
from app.configs.presets import preset
from app.events.lane import Lanes
from app.kit.clock import SystemClock
from app.kit.db import Database
from app.settings import Settings
from tests.conftest import MASTER_KEY
from tests.good_bodies import UNKNOWN_UUID
from tests.rows import new_event, unit

EVENTS = 5


async def _lived(settings: Settings) -> str:
    """A customer with the arena rules whose user won a few times; the customer's id."""
    database = Database(settings.url, SystemClock(), settings.key)
    made = await create_with_keys(database, "Past", "arena", is_test=False)
    lanes = Lanes(database, waiting_max=100)
    won = [unit(made, new_event(f"e-{n}", "match_won")) for n in range(EVENTS)]
    assert all(isinstance(each, list) for each in await lanes.submit(won))
    await database.close()
    return str(made["customer_id"])


@pytest.fixture
def past(settings: Settings) -> str:
    return asyncio.run(_lived(settings))


def _run(settings: Settings, *words: str) -> Result:
    runner = CliRunner(env={"CLUTCH_MASTER_KEY": MASTER_KEY, "COLUMNS": "200"})
    at = ("--data-dir", str(settings.data_dir), "--database-url", str(settings.database_url))
    return runner.invoke(main, ["config", *words, *at])


def _written(folder: Path, document: Any) -> str:
    file = folder / "rules.json"
    file.write_text(json.dumps(document))
    return str(file)


def _richer() -> Any:
    """The arena rules, with 7 more for the first rule that pays for a win."""
    document = copy.deepcopy(preset("arena")["document"])
    rule = next(each for each in document["token_rules"] if each["key"] == "win-xp")
    rule["amount"] += 7
    return document


def test_a_difference_is_a_line_with_its_pointer(
    settings: Settings, past: str, tmp_path: Path
) -> None:
    file = _written(tmp_path, _richer())
    shown = _run(settings, "diff", file, "--customer", past)
    assert shown.exit_code == 0, shown.output
    before = next(
        each["amount"]
        for each in preset("arena")["document"]["token_rules"]
        if each["key"] == "win-xp"
    )
    assert shown.stdout.strip() == f"~ /token_rules/win-xp/amount: {before} → {before + 7}"
    [change] = json.loads(_run(settings, "diff", file, "--customer", past, "--json").stdout)
    assert change["kind"] == "changed"
    assert change["after"] - change["before"] == 7


def test_a_dry_run_is_a_table_of_what_would_differ(
    settings: Settings, past: str, tmp_path: Path
) -> None:
    file = _written(tmp_path, _richer())
    words = ("dry-run", file, "--customer", past, "--days", "3")
    shown = _run(settings, *words)
    assert shown.exit_code == 0, shown.output
    assert f"{EVENTS} events of 1 buddies" in shown.stdout
    [line] = [line for line in shown.stdout.splitlines() if "rule:win-xp" in line]
    assert line.split()[-1] == f"+{7 * EVENTS}"
    found = json.loads(_run(settings, *words, "--json").stdout)
    assert found["events"] == EVENTS
    [rule] = [each for each in found["rules"] if each["source"] == "rule:win-xp"]
    assert rule["difference"] == 7 * EVENTS


@pytest.mark.parametrize(
    "words",
    [
        ("diff", "{file}", "--customer", UNKNOWN_UUID),
        ("diff", "{file}", "--customer", "{past}", "--against", UNKNOWN_UUID),
        ("diff", "{file}", "--customer", "{past}", "--against", "x"),
        ("dry-run", "{file}", "--customer", UNKNOWN_UUID),
        ("dry-run", "{file}", "--customer", "{past}", "--days", "31"),
        ("dry-run", "{faulty}", "--customer", "{past}"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    settings: Settings, past: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = _written(tmp_path, _richer())
    faulty = tmp_path / "faulty.json"
    faulty.write_text('{"tokens": [{"key": "coins", "kind": "gold"}]}')
    filled = [word.format(file=file, faulty=faulty, past=past) for word in words]
    refused = _run(settings, *filled)
    assert refused.exit_code in (1, 2)
    assert isinstance(refused.exception, SystemExit)
    assert "Error" in refused.output
    assert "Traceback" not in refused.output
