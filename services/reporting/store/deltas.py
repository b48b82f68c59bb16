"""What is counted by day, and its sum: one statement a table and batch, rows locked in the order of their keys."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.differences import Difference
from services.reporting.domain.seats import COUNTED

_KINDS = {"place_id": "uuid", "offering_id": "uuid", "day": "date"}


def _add(table: str, keys: tuple[str, ...]) -> sa.TextClause:
    """Adds to the counted figures, rows in the order of their key."""
    names = ", ".join(("province_id", *keys))
    plus = ", ".join(f"{figure} = d.{figure} + excluded.{figure}" for figure in COUNTED)
    return sa.text(f"""
        INSERT INTO {table} AS d ({names}, {", ".join(COUNTED)})
        SELECT u.* FROM unnest(CAST(:province_id AS uuid[]), {", ".join(f"CAST(:{k} AS {_KINDS[k]}[])" for k in keys)},
                               {", ".join(f"CAST(:{figure} AS integer[])" for figure in COUNTED)})
             AS u ({names}, {", ".join(COUNTED)})
        ORDER BY {", ".join(f"u.{name}" for name in ("province_id", *keys))}
        ON CONFLICT ({names}) DO UPDATE SET {plus}
    """)


def _drop_empty(table: str, keys: tuple[str, ...]) -> sa.TextClause:
    """Where nothing is counted there is no row, whatever came and went before: else rows would tell the order of
    arrival."""
    names = ("province_id", *keys)
    return sa.text(f"""
        DELETE FROM {table} d
        USING unnest(CAST(:province_id AS uuid[]), {", ".join(f"CAST(:{k} AS {_KINDS[k]}[])" for k in keys)})
              AS u ({", ".join(names)})
        WHERE {" AND ".join(f"d.{name} = u.{name}" for name in names)}
          AND ({", ".join(f"d.{figure}" for figure in COUNTED)}) = ({", ".join("0" for _ in COUNTED)})
    """)


_BY_DAY = ("place_id", "offering_id", "day")
_STANDING = ("place_id", "offering_id")
_STATEMENTS = {
    keys: (_add(table, keys), _drop_empty(table, keys))
    for table, keys in (("daily_delta", _BY_DAY), ("standing", _STANDING))
}


async def add(connection: AsyncConnection, difference: Difference) -> None:
    """Every writer takes the days first, then the standing sums, each in the order of their keys."""
    for keys, deltas in ((_BY_DAY, difference.deltas()), (_STANDING, difference.standing())):
        if deltas:
            put, drop_empty = _STATEMENTS[keys]
            columns: dict[str, list[Any]] = {
                name: [key[place] for key, _ in deltas] for place, name in enumerate(("province_id", *keys))
            }
            await connection.execute(
                put, columns | {figure: [counts.get(figure, 0) for _, counts in deltas] for figure in COUNTED}
            )
            await connection.execute(drop_empty, columns)
