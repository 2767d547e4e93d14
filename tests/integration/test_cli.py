"""The command line, as somebody types it who has just installed the program."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import create_engine, make_url, text
from typer.testing import CliRunner

from app.cli import main
from app.configs.presets import preset
from tests.conftest import MASTER_KEY

PROJECT = Path(__file__).parents[2]


class Terminal:
    """Runs commands on one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.url = url
        self._runner = CliRunner(env={"CLUTCH_MASTER_KEY": MASTER_KEY, "COLUMNS": "200"})

    def run(self, *words: str) -> Result:
        return self._runner.invoke(
            main, [*words, "--data-dir", str(self.folder), "--database-url", self.url]
        )

    def json(self, *words: str) -> Any:
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def terminal(database_url: str, tmp_path: Path) -> Terminal:
    return Terminal(database_url, tmp_path)


@pytest.fixture
def customer(terminal: Terminal) -> dict[str, Any]:
    made: dict[str, Any] = terminal.json("customers", "create", "My game", "--preset", "arena")
    return made


def _sql(terminal: Terminal, statement: str) -> None:
    """Change the database behind the program's back."""
    if terminal.url.startswith("sqlite"):
        engine = create_engine(terminal.url)
        with engine.begin() as connection:
            connection.execute(text(statement))
        engine.dispose()
        return
    program = (
        "import asyncio, asyncpg, sys\n"
        "async def main():\n"
        "    connection = await asyncpg.connect(sys.argv[1])\n"
        "    await connection.execute(sys.argv[2])\n"
        "    await connection.close()\n"
        "asyncio.run(main())\n"
    )
    url = make_url(terminal.url).render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", program, url, statement], check=True)


def test_the_schema_is_migrated_as_often_as_you_like(terminal: Terminal) -> None:
    for _ in range(2):
        result = terminal.run("migrate")
        assert result.exit_code == 0
        assert "current" in result.output


@pytest.mark.parametrize(
    "words",
    [("serve", "--port", "0"), ("customers", "list"), ("audit",), ("worker",)],
    ids=lambda words: words[0],
)
def test_nothing_works_on_an_empty_schema_and_the_cure_is_named(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    result = Terminal(f"sqlite:///{tmp_path}/new.db", tmp_path).run(*words)
    assert result.exit_code == 1
    assert "clutch migrate" in result.output
    assert "Traceback" not in result.output


def test_an_old_schema_is_refused_with_the_cure(terminal: Terminal) -> None:
    _sql(terminal, "UPDATE alembic_version SET version_num = 'something_old'")
    result = terminal.run("serve", "--port", "0")
    assert result.exit_code == 1
    assert "something_old" in result.output
    assert "clutch migrate" in result.output


def test_a_customer_is_made_with_its_keys(terminal: Terminal, customer: dict[str, Any]) -> None:
    assert customer.keys() >= {"customer_id", "secret_key", "game_server_key"}
    assert customer["secret_key"].startswith("hatch_live_")
    assert customer["game_server_key"].keys() == {"key_id", "secret"}
    assert customer["config_version_id"]
    [listed] = terminal.json("customers", "list")
    assert (listed["customer_id"], listed["name"]) == (customer["customer_id"], "My game")
    assert customer["secret_key"] not in terminal.run("customers", "list").output


def test_a_test_customer_has_test_keys(terminal: Terminal) -> None:
    made = terminal.json("customers", "create", "Trying out", "--test")
    assert made["secret_key"].startswith("hatch_test_")
    assert made["config_version_id"] is None


def test_without_json_keys_are_told_as_settings(terminal: Terminal) -> None:
    result = terminal.run("customers", "create", "My game")
    assert "CLUTCH_SECRET_KEY=hatch_live_" in result.stdout
    assert "clutch config publish" in result.output


def test_keys_are_made_listed_and_revoked(terminal: Terminal, customer: dict[str, Any]) -> None:
    of = ("--customer", customer["customer_id"])
    made = terminal.json("keys", "create", *of, "--label", "build box", "--expires-days", "3")
    listed = terminal.json("keys", "list", *of)
    assert len(listed) == 3
    [key] = [each for each in listed if each["key_id"] == made["key_id"]]
    assert (key["label"], key["revoked_at"]) == ("build box", None)
    assert key["expires_at"]
    assert made["secret"] not in json.dumps(listed)
    assert terminal.run("keys", "revoke", made["key_id"], *of).exit_code == 0
    listed = terminal.json("keys", "list", *of)
    assert [bool(each["revoked_at"]) for each in listed].count(True) == 1
    again = terminal.run("keys", "revoke", made["key_id"], *of)
    assert (again.exit_code, "There is no key" in again.output) == (1, True)


def test_a_publishable_key_is_made_for_its_scopes_and_pages(
    terminal: Terminal, customer: dict[str, Any]
) -> None:
    of = ("--customer", customer["customer_id"])
    asked = ("--kind", "publishable", "--scope", "read:buddies", "--origin", "https://a.example")
    made = terminal.json("keys", "create", *of, *asked)
    assert made["secret"].startswith("hatch_pk_")
    newest = terminal.json("keys", "list", *of)[0]
    assert (newest["scopes"], newest["allowed_origins"]) == (["read:buddies"], [asked[-1]])
    assert asked[-1] in terminal.run("keys", "list", *of).output


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "create", "--customer", "{customer}", "--scope", "read:everything"),
        ("keys", "create", "--customer", "{customer}", "--origin", "https://app.example.com"),
        ("keys", "create", "--customer", "{customer}", "--kind", "publishable", "--origin", "x"),
        ("keys", "create", "--customer", "{customer}", "--kind", "game_server", "--scope", "a:b"),
        ("keys", "list", "--customer", "01890000-0000-7000-8000-000000000000"),
        ("keys", "create", "--customer", "01890000-0000-7000-8000-000000000000"),
        ("keys", "list", "--customer", "nobody"),
        ("keys", "create", "--customer", "nobody"),
        ("customers", "create", "x", "--preset", "no-such-preset"),
        ("customers", "create", "x" * 65),
        ("customers", "create", ""),
        ("keys", "create", "--customer", "{customer}", "--kind", "golden"),
        ("keys", "create", "--customer", "{customer}", "--label", "x" * 65),
        ("audit", "--customer", "nobody"),
        ("audit", "--customer", "01890000-0000-7000-8000-000000000000"),
        ("config", "publish", __file__, "--customer", "{customer}"),
    ],
)
def test_a_mistake_is_told_in_a_line_and_changes_nothing(
    terminal: Terminal, customer: dict[str, Any], words: tuple[str, ...]
) -> None:
    given = [word.replace("{customer}", customer["customer_id"]) for word in words]
    result = terminal.run(*given)
    assert result.exit_code in (1, 2), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert len(terminal.json("customers", "list")) == 1
    assert len(terminal.json("keys", "list", "--customer", customer["customer_id"])) == 2


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("mysql://localhost/x", "postgresql://"),
        ("postgresql://127.0.0.1:1/x", "connect"),
        ("nonsense", ""),
    ],
)
def test_a_database_that_is_not_there_is_told_in_a_line(
    tmp_path: Path, url: str, part: str
) -> None:
    result = Terminal(url, tmp_path).run("customers", "list")
    assert result.exit_code == 1
    assert part in result.output.lower()
    assert isinstance(result.exception, SystemExit)


@pytest.mark.parametrize("key", ["too short", "A" * 43 + "=", "A" * 44])
def test_a_master_key_that_is_none_is_told_in_a_line(tmp_path: Path, key: str) -> None:
    runner = CliRunner(env={"CLUTCH_MASTER_KEY": key, "COLUMNS": "200"})
    result = runner.invoke(main, ["migrate", "--data-dir", str(tmp_path)])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    assert "openssl rand" in result.output.replace("\n", "")


def test_on_sqlite_a_key_file_is_made_that_only_its_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    runner = CliRunner(env={"CLUTCH_MASTER_KEY": ""})
    for words in (("migrate",), ("customers", "create", "x"), ("audit",)):
        assert runner.invoke(main, [*words, "--data-dir", str(folder)]).exit_code == 0
    assert stat.S_IMODE((folder / "master.key").stat().st_mode) == 0o600


def test_rules_are_validated_and_published(
    terminal: Terminal, customer: dict[str, Any], tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    document = preset("arena")["document"]
    good.write_text(json.dumps(document))
    bad.write_text(json.dumps(document | {"badges": [{"key": "UPPER", "mode": "odd"}], "x": 1}))
    runner = CliRunner()
    assert runner.invoke(main, ["config", "validate", str(good)]).exit_code == 0
    faulty = runner.invoke(main, ["config", "validate", str(bad)])
    assert faulty.exit_code == 1
    for pointer in ("/badges/0/key", "/badges/0/mode", "/x"):
        assert pointer in faulty.output
    of = ("--customer", customer["customer_id"])
    assert terminal.run("config", "publish", str(good), *of).exit_code == 0
    refused = terminal.run("config", "publish", str(bad), *of)
    assert refused.exit_code == 1
    assert "/badges/0/key" in refused.output


@pytest.mark.parametrize("content", ["{", "[]", '"x"', ""])
def test_what_is_no_document_is_no_document(tmp_path: Path, content: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(content)
    result = CliRunner().invoke(main, ["config", "validate", str(file)])
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)


def test_the_audit_says_ok_or_exits_with_1_and_names_the_row(
    terminal: Terminal, customer: dict[str, Any]
) -> None:
    assert "Audit ok" in terminal.run("audit").output
    [report] = terminal.json("audit")
    assert (report["customer_id"], report["differences"]) == (customer["customer_id"], [])
    _sql(
        terminal,
        "INSERT INTO buddy (customer_id, buddy_id, user_id, audience, name, config_version_id,"
        " stage, variant, status, sequence, state, created_at, updated_at)"
        " SELECT customer_id, customer_id, 'ann', 'default', 'x', published_config_id,"
        " 1, 1, 'active', 0, '{}', 1, 1 FROM customer",
    )
    _sql(
        terminal,
        "INSERT INTO balance SELECT customer_id, customer_id, 'coins', 5, 5, 0, 'x' FROM customer",
    )
    _sql(
        terminal,
        "INSERT INTO list_total SELECT customer_id, 'buddies', 'active/1', 0, 1 FROM customer",
    )
    result = terminal.run("audit")
    assert result.exit_code == 1
    assert f"balance {customer['customer_id']}/coins" in result.output.replace("\n", "")
    as_json = terminal.run("audit", "--json")
    assert as_json.exit_code == 1
    assert len(json.loads(as_json.stdout)[0]["differences"]) == 1


def test_help_teaches_every_command() -> None:
    runner = CliRunner()
    shown = runner.invoke(main, ["--help"]).output
    for word in ("migrate", "serve", "worker", "customers", "keys", "config", "audit", "hathora"):
        assert word in shown
        assert runner.invoke(main, [word, "--help"]).exit_code == 0
    assert "clutch customers create" in shown


def test_it_runs_as_a_program_too(tmp_path: Path) -> None:
    """A real process: what a script sees on standard output and in the exit status."""
    environment = {**os.environ, "CLUTCH_MASTER_KEY": MASTER_KEY, "CLUTCH_DATA_DIR": str(tmp_path)}
    program = [sys.executable, "-m", "app.cli"]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*program, *words],
            cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60,
        )  # fmt: skip

    assert run("migrate").returncode == 0
    made = run("customers", "create", "x", "--json")
    assert made.returncode == 0
    assert json.loads(made.stdout)["customer_id"]
