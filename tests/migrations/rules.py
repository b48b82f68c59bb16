"""What a migration must not do while the release before it serves: block for long, or take away what that release uses.

Alembic writes each migration out as SQL; squawk judges its statements; two rules of our own judge what squawk does
not see. `python -m tests.migrations` (part of `make check`) judges the services' migrations after BASELINE.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory

BASELINE = {
    "roster": "20261130_0000",
    "grading": "20261129_2350",
    "certificates": "20261125_1410",
    "reporting": "20261129_1800",
}
"""The newest migration of each service when this check began. It and those before are exempt: nothing was released
yet, so no older process ever served a database at one of them, and a new installation runs them on empty tables. They
would not pass: reporting's drops a column, certificates' sets NOT NULL, grading's make indexes under a lock."""

STYLE = (
    "prefer-bigint-over-int",
    "prefer-bigint-over-smallint",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-timestamptz",
    "require-statement-timeout",
    "require-lock-timeout",
)
"""Rules of squawk that say nothing about blocking or older processes; shared/migration.py sets the lock's time-out."""

ALSO = (
    "ban-alter-extension",
    "ban-alter-policy-condition",
    "ban-alter-policy-roles",
    "ban-detach-inheritance",
    "ban-disable-trigger",
    "ban-drop-extension",
    "ban-drop-function",
    "ban-drop-generated-expression",
    "ban-drop-policy",
    "ban-drop-schema",
    "ban-drop-sequence",
    "ban-drop-type",
    "ban-drop-view",
    "ban-new-write-restriction",
    "ban-replace-view-function",
    "ban-revoke",
    "ban-set-schema",
    "renaming-object",
    "require-concurrent-partition-detach",
    "require-concurrent-reindex",
)
"""Rules of squawk that are off unless asked for: what an older process may need."""

_OF_A_NEW_COLUMN = "A new column constraint can reject writes"
"""An older process writes nothing to a column that it does not know. (Of an old column it is another rule's matter.)"""

POSTGRES = "15"
"""The oldest that is supported."""

LEAST_REASON = 20

_CHANGES_ROWS = re.compile(r"^(?:UPDATE|DELETE\s+FROM|INSERT\s+INTO)\s+\"?(?P<table>[\w.]+)\"?", re.IGNORECASE)
_INSERTS_VALUES = re.compile(r"^INSERT\b(?:(?!\bSELECT\b).)*\bVALUES\b", re.IGNORECASE | re.DOTALL)
_ALTERS = re.compile(r"^ALTER\s+TABLE\s+(?:ONLY\s+)?(?:IF\s+EXISTS\s+)?\"?(?P<table>[\w.]+)\"?", re.IGNORECASE)
_CREATES = re.compile(r"^CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?\"?(?P<table>[\w.]+)\"?", re.IGNORECASE)
_LOCKS = re.compile(r"^LOCK\b", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """What is wrong with a migration, by the name of its rule."""

    revision: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.revision}: {self.rule}: {self.message}"


def judge(settings: Config, baseline: str) -> list[Finding]:
    """All that is wrong with the migrations after `baseline`.

    A migration may accept a rule's finding by `accepted = {"<rule>": "<why it does no harm here>"}`: the contracting
    half of "expand and contract", say, once no process is left that reads the column.
    """
    found: list[Finding] = []
    for script in _after(ScriptDirectory.from_config(settings), baseline):
        mine = list(_findings(settings, script))
        accepted: Mapping[str, str] = getattr(script.module, "accepted", {})
        found += [one for one in mine if len(accepted.get(one.rule, "")) < LEAST_REASON]
        found += [
            Finding(script.revision, "accepted-for-nothing", f"{rule} is accepted and was not found")
            for rule in sorted(accepted.keys() - {one.rule for one in mine})
        ]
    return found


def _after(scripts: ScriptDirectory, baseline: str) -> list[Script]:
    newer = [one for one in scripts.iterate_revisions("head", baseline) if one.revision != baseline]
    return newer[::-1]


def _findings(settings: Config, script: Script) -> Iterator[Finding]:
    try:
        sql = written_out(settings, script)
    except Exception as fault:  # whatever the migration does that needs a database
        yield Finding(script.revision, "not-written-out", f"it cannot be judged: {type(fault).__name__}: {fault}")
        return
    for row in _squawk(sql):
        if row["message"].startswith(_OF_A_NEW_COLUMN):
            continue
        words = f"{row['message']} {row['help'] or ''}".strip()
        yield Finding(script.revision, str(row["rule_name"]), words)
    yield from _ours(script.revision, sql)


def written_out(settings: Config, script: Script) -> str:
    """One migration as SQL. Raises whatever it raises without a database."""
    settings.output_buffer = out = io.StringIO()
    command.upgrade(settings, f"{script.down_revision or 'base'}:{script.revision}", sql=True)
    return out.getvalue()


def _squawk(sql: str) -> list[dict[str, Any]]:
    program = Path(sysconfig.get_path("scripts")) / "squawk"
    answer = subprocess.run(
        [program, "--reporter=json", f"--pg-version={POSTGRES}", *_options()],
        input=sql,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",  # where nobody's .squawk.toml lies
    )
    if answer.returncode not in (0, 1) or not answer.stdout.strip():
        raise RuntimeError(f"squawk failed: {answer.stderr[:500]}")
    rows: list[dict[str, Any]] = json.loads(answer.stdout)
    return rows


def _options() -> list[str]:
    return [f"--exclude={','.join(STYLE)}", f"--include={','.join(ALSO)}"]


def _ours(revision: str, sql: str) -> Iterator[Finding]:
    new: set[str] = set()
    altered: str | None = None
    for statement in (one.strip() for one in re.split(r";\s*\n", sql)):
        statement = re.sub(r"^(?:--[^\n]*\n\s*)+", "", statement)
        if made := _CREATES.match(statement):
            new.add(made["table"])
        if statement.upper() in ("BEGIN", "COMMIT"):
            altered = None
        if (changed := _ALTERS.match(statement)) and changed["table"] not in new:
            altered = changed["table"]
        if _LOCKS.match(statement):
            yield Finding(revision, "locked-by-hand", f"everybody waits: {_short(statement)}")
        rows = _CHANGES_ROWS.match(statement)
        if altered and rows and rows["table"] not in {*new, "alembic_version"} and not _INSERTS_VALUES.match(statement):
            words = f"{altered} stays locked until all rows are changed, a migration of its own: {_short(statement)}"
            yield Finding(revision, "rows-under-a-lock", words)


def _short(statement: str) -> str:
    return " ".join(statement.split())[:80]
