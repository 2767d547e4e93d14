"""The floor on PostgreSQL: pgbench writes the rows of one event in each transaction.

The same server, schema and indexes as the API, a second database, the same 10,000 buddies, no
reads but the buddy's own lock; texts are real ones of mean size, sent with every transaction.
pgbench draws users by `random_zipfian` with 1.001, the least that it accepts for 1.0.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from scripts.benchmark import meters
from scripts.benchmark.databases import Place, pgbench_program
from scripts.benchmark.rows import Floor, Written
from scripts.benchmark.traffic import BUDDIES, HOT_USER

CLIENTS = (8, 16, 32)
ZIPF_EXPONENT_LEAST = 1.001
SEQUENCE_STEP = 32
PARTS = 10_000
SLACK_SECONDS = 30
DRAWN = {"balances": "balance", "transfers": "transfer", "deliveries": "webhook_delivery"}
NOW = "(extract(epoch FROM now()) * 1000)::bigint"
UPDATE = f"""
UPDATE buddy SET state = :state, sequence = sequence + {SEQUENCE_STEP}, updated_at = {NOW}
WHERE customer_id = :customer::uuid AND user_id = 'u' || :user::text
AND audience = :audience AND status = 'active'
RETURNING buddy_id AS buddy, sequence, gen_random_uuid()::text AS event
""".replace("\n", " ").strip()
INSERT_EVENT = f"""
INSERT INTO event SELECT :customer::uuid, {{event}}, uuidv7(), {{buddy}}, 'u' || :user::text,
NULL, :type, NULL, {NOW}, :properties, :config::uuid, {{sequence}} - {SEQUENCE_STEP} + 1,
{{sequence}}, :answer, :trace {{source}} ON CONFLICT DO NOTHING
""".replace("\n", " ").strip()
UPSERT_BALANCES = """
INSERT INTO balance SELECT :customer::uuid, {buddy}, (ARRAY['coins', 'xp'])[i], 1, 1, 0, :hash
{source} ON CONFLICT (customer_id, buddy_id, token) DO UPDATE SET
balance = balance.balance + 1, lifetime_earned = balance.lifetime_earned + 1,
lifetime_spent = excluded.lifetime_spent, head = excluded.head
""".replace("\n", " ").strip()
INSERT_TRANSFERS = f"""
INSERT INTO transfer SELECT :customer::uuid, uuidv7(), {{buddy}}, 'coins', 'earn', 10, 1000,
:counter, :reason, NULL, {{event}}, false, {{sequence}} - {SEQUENCE_STEP} + i, {NOW}, :hash
{{source}}
""".replace("\n", " ").strip()
INSERT_DELIVERIES = f"""
INSERT INTO webhook_delivery SELECT :customer::uuid, uuidv7(), :endpoint::uuid, :told, {{buddy}},
{{sequence}} - {SEQUENCE_STEP} + i, {{event}}, :request, :body, 'pending', 0, NULL, NULL, NULL,
{NOW}, NULL, {NOW}, NULL, NULL {{source}}
""".replace("\n", " ").strip()


class Form(StrEnum):
    """How a transaction is written."""

    STATEMENTS = "five statements"
    CTE = "one CTE"


@dataclass(frozen=True, slots=True)
class Plan:
    """A way of writing: how many clients, in which form."""

    clients: int
    form: Form

    def __str__(self) -> str:
        return f"pgbench, {self.clients} clients, {self.form}"


def plans() -> Iterator[Plan]:
    """Everything that is tried."""
    return (Plan(clients, form) for form in Form for clients in CLIENTS)


def measure(place: Place, written: Written, plan: Plan, *, is_hot: bool, seconds: float) -> Floor:
    """Run one plan for a while.

    Raises:
        RuntimeError: pgbench failed.
    """
    script = place.folder / "floor.sql"
    script.write_text(_script(written, plan.form, is_hot=is_hot))
    arguments = ["-n", "-M", "prepared", "-c", str(plan.clients), "-j", "1"]
    arguments += ["-T", str(max(round(seconds), 1)), "-f", str(script)]
    for name, value in written.texts.items():
        arguments += ["-D", f"{name}={value}"]
    before = meters.cpu_seconds(place.postmaster)
    own = os.times()
    done = subprocess.run(
        [str(pgbench_program()), *arguments, "-d", place.floor_url],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + SLACK_SECONDS,
    )
    after = os.times()
    rate = re.search(r"tps = ([\d.]+)", done.stdout)
    count = re.search(r"actually processed: (\d+)", done.stdout)
    if done.returncode or rate is None or count is None:
        raise RuntimeError(f"pgbench failed: {done.stderr[:4000]}")
    events = int(count[1])
    writer = after.children_user + after.children_system - own.children_user - own.children_system
    database = meters.cpu_seconds(place.postmaster) - before
    return Floor(
        float(rate[1]), str(plan), {"writer": writer / events, "database": database / events}
    )


def _script(written: Written, form: Form, *, is_hot: bool) -> str:
    user = str(HOT_USER)
    if not is_hot:
        user = f"random_zipfian(1, {BUDDIES}, {ZIPF_EXPONENT_LEAST}) - 1"
    drawn = {name: written.rows[table] for name, table in DRAWN.items()}
    lines = [f"\\set user {user}", *(_draw(name, mean) for name, mean in drawn.items())]
    if form is Form.CTE:
        source = {"buddy": "b.buddy", "sequence": "b.sequence", "event": "b.event"}
        parts = [sql.format(**source, source=join) for sql, join in _inserts("b", "b, ")]
        named = [f"w{index} AS ({part})" for index, part in enumerate(parts[:-1])]
        lines.append(f"WITH b AS ({UPDATE}), {', '.join(named)} {parts[-1]};")
    else:
        source = {"buddy": ":buddy::uuid", "sequence": ":sequence::bigint", "event": ":event"}
        parts = [sql.format(**source, source=join) for sql, join in _inserts("", "")]
        lines += ["BEGIN;", f"{UPDATE} \\gset", *(f"{part};" for part in parts), "COMMIT;"]
    return "\n".join(lines) + "\n"


def _draw(name: str, mean: float) -> str:
    """A whole number a transaction whose mean is the measured one."""
    least = int(mean)
    more = round((mean - least) * PARTS)
    return f"\\set {name} {least} + case when random(1, {PARTS}) <= {more} then 1 else 0 end"


def _inserts(alone: str, beside: str) -> list[tuple[str, str]]:
    """The four inserts, each with what it selects from."""
    return [
        (INSERT_EVENT, f"FROM {alone}" if alone else ""),
        (UPSERT_BALANCES, f"FROM {beside}generate_series(1, :balances::int) AS i"),
        (INSERT_TRANSFERS, f"FROM {beside}generate_series(1, :transfers::int) AS i"),
        (INSERT_DELIVERIES, f"FROM {beside}generate_series(1, :deliveries::int) AS i"),
    ]
