"""Planted migrations, each with the words of its finding; and good ones, that have none."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.config import Config

from shared import migration
from tests.every_service.services import SERVICES
from tests.migrations.rules import BASELINE, judge

_FIRST = """
revision = "20260101_0000"
down_revision = None


def upgrade() -> None:
    pass
"""
_PLANTED = '''
"""Planted."""

import sqlalchemy as sa
from alembic import op

from shared import migration, schema

revision = "20260102_0000"
down_revision = "20260101_0000"
{accepted}

def upgrade() -> None:
    {body}
'''
_ENV = """
import sqlalchemy as sa

from shared.migration import run

run(sa.MetaData())
"""

BAD = {
    "an index under a lock": (
        'op.create_index("ix", "person", ["name"])',
        "require-concurrent-index-creation",
        "table updates are blocked",
    ),
    "an index dropped under a lock": (
        'op.drop_index("ix", "person")',
        "require-concurrent-index-deletion",
        "blocking other accesses",
    ),
    "an index made concurrently inside the transaction": (
        'op.create_index("ix", "person", ["name"], postgresql_concurrently=True)',
        "ban-concurrent-index-creation-in-transaction",
        "transaction",
    ),
    "a default that differs from row to row": (
        'op.execute("ALTER TABLE person ADD COLUMN seen timestamptz DEFAULT clock_timestamp()")',
        "adding-field-with-default",
        "table rewrite",
    ),
    "another type": (
        'op.alter_column("person", "born", type_=sa.Text())',
        "changing-column-type",
        "ACCESS EXCLUSIVE",
    ),
    "NOT NULL without a check": (
        'op.alter_column("person", "name", nullable=False)',
        "adding-not-nullable-field",
        "blocks reads while the table is scanned",
    ),
    "a check that reads all rows": (
        'op.create_check_constraint("ck", "person", "born < 3000")',
        "constraint-missing-not-valid",
        "table scan",
    ),
    "a foreign key that reads all rows": (
        'op.create_foreign_key("fk", "person", "unit", ["unit_id"], ["id"])',
        "constraint-missing-not-valid",
        "table scan",
    ),
    "a unique constraint": (
        'op.create_unique_constraint("uq", "person", ["account"])',
        "disallowed-unique-constraint",
        "ACCESS EXCLUSIVE",
    ),
    "a required column": (
        'op.add_column("person", sa.Column("kind", sa.Text(), nullable=False))',
        "adding-required-field",
        "no default value",
    ),
    "a column dropped": ('op.drop_column("person", "name")', "ban-drop-column", "break existing clients"),
    "a table dropped": ('op.drop_table("person")', "ban-drop-table", "break existing clients"),
    "a column renamed": (
        'op.alter_column("person", "name", new_column_name="full_name")',
        "renaming-column",
        "break existing clients",
    ),
    "a table renamed": ('op.rename_table("person", "human")', "renaming-table", "break existing clients"),
    "a function dropped": ('op.execute("DROP FUNCTION events_waiting")', "ban-drop-function", "break"),
    "a right taken away": (
        'op.execute("REVOKE UPDATE ON person FROM roster_api")',
        "ban-revoke",
        "privileges",
    ),
    "a table locked by hand": ('op.execute("LOCK TABLE person")', "locked-by-hand", "everybody waits"),
    "rows changed under an ALTER's lock": (
        'op.add_column("person", sa.Column("kind", sa.Text())); op.execute("UPDATE person SET kind = \'a\'")',
        "rows-under-a-lock",
        "person stays locked until all rows are changed",
    ),
    "a check that an older process may break": (
        'op.execute("ALTER TABLE person ADD CONSTRAINT ck CHECK (a > 0) NOT VALID")',
        "ban-new-write-restriction",
        "can reject writes from existing clients",
    ),
    "what asks the database": (
        'op.get_bind().execute(sa.text("SELECT 1")).scalar_one()',
        "not-written-out",
        "it cannot be judged",
    ),
}

GOOD = {
    "a nullable column": 'op.add_column("person", sa.Column("kind", sa.Text()))',
    "a column with a constant default": (
        'op.add_column("person", sa.Column("own", sa.Boolean(), nullable=False, server_default=sa.false()))'
    ),
    "a table with its indexes, rows and walls": (
        'op.create_table("new", sa.Column("id", sa.BigInteger(), primary_key=True), sa.Column("a", sa.Text()));'
        ' op.create_index("ix", "new", ["a"]); op.execute("INSERT INTO new (id) SELECT id FROM person");'
        ' schema.wall_off("roster", ("new",))'
    ),
    "an index that blocks nobody": 'migration.create_index("ix", "person", ["name"])',
    "a check that is proved later": 'op.execute("ALTER TABLE person VALIDATE CONSTRAINT ck")',
    "rows in a migration of their own": "op.execute(\"UPDATE person SET kind = 'a'\")",
}


def planted(folder: Path, body: str, accepted: str = "") -> Config:
    """A service's migrations with one of ours after the first."""
    (folder / "versions").mkdir(parents=True)
    (folder / "env.py").write_text(_ENV)
    (folder / "versions" / "20260101_0000_first.py").write_text(_FIRST)
    (folder / "versions" / "20260102_0000_planted.py").write_text(_PLANTED.format(body=body, accepted=accepted))
    return migration.config_of(folder, "postgresql://")


@pytest.mark.parametrize("name", BAD)
def test_what_would_harm_is_found_in_its_words(tmp_path: Path, name: str) -> None:
    body, rule, words = BAD[name]
    found = judge(planted(tmp_path / "migrations", body), "20260101_0000")
    assert rule in {one.rule for one in found}, found
    assert any(words in one.message for one in found if one.rule == rule), found


@pytest.mark.parametrize("name", GOOD)
def test_what_does_no_harm_is_let_through(tmp_path: Path, name: str) -> None:
    assert judge(planted(tmp_path / "migrations", GOOD[name]), "20260101_0000") == []


def test_a_finding_is_accepted_by_its_rule_with_a_reason_and_for_nothing_else(tmp_path: Path) -> None:
    body = BAD["a column dropped"][0]
    reason = 'accepted = {"ban-drop-column": "no process since release 3 reads it"}'
    assert judge(planted(tmp_path / "a", body, reason), "20260101_0000") == []
    short = judge(planted(tmp_path / "b", body, 'accepted = {"ban-drop-column": "because"}'), "20260101_0000")
    assert [one.rule for one in short] == ["ban-drop-column"]
    other = judge(planted(tmp_path / "c", GOOD["a nullable column"], reason), "20260101_0000")
    assert [one.rule for one in other] == ["accepted-for-nothing"]


def test_the_migrations_of_every_service_do_no_harm() -> None:
    assert sorted(BASELINE) == SERVICES
    for service, baseline in BASELINE.items():
        assert judge(migration.config(service, "postgresql://"), baseline) == []


def test_the_exempt_ones_would_be_found() -> None:
    """So the check is no empty one: before their baselines the services' own migrations have findings."""
    found = {one.rule for one in judge(migration.config("reporting", "postgresql://"), "20261125_1400")}
    assert {"ban-drop-column", "rows-under-a-lock"} <= found
