"""The vendors, and what was seen of each: sums, errors by kind, delivery by delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.schemas.answers import DeliveryList, SourceList, VendorSeen
from services.grading.use_cases import seen
from shared.callers import may, province_of
from shared.clock import end_of_day, start_of_day
from shared.identity import Principal, Resource, Role, Rule, allowed
from shared.instants import Day
from shared.paging import Cursor, Limit, key_of, page_by
from shared.web import json_response, router

SEES = Rule(
    "source.read",
    frozenset({Role.VENDOR, Role.OPERATOR, Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER, Role.AUDITOR}),
)


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """`GET /sources`, `GET /sources/{vendor}`, `GET /sources/{vendor}/deliveries`; each answer is of one snapshot."""
    snapshots = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    routes = router()

    @routes.get("/sources", response_model=SourceList)
    async def listed(caller: Annotated[Principal, may(SEES)]) -> Response:
        """The vendors whose webhooks are this province's, and their sandboxes: to a vendor's people their own."""
        items = await seen.listed(snapshots, province_of(caller), _reached(caller))
        return json_response({"items": items, "next": None, "total": len(items)})

    @routes.get("/sources/{vendor}", response_model=VendorSeen)
    async def summary(
        caller: Annotated[Principal, may(SEES)],
        vendor: str,
        first: Annotated[Day | None, Query(alias="from")] = None,
        last: Annotated[Day | None, Query(alias="to")] = None,
    ) -> Response:
        """When it was last seen, what became of its events between two Vietnamese days (inclusive), errors by kind, and
        what waits for an enrolment now."""
        since = None if first is None else start_of_day(first)
        until = None if last is None else end_of_day(last)
        found = await seen.summary(snapshots, province_of(caller), vendor, _reached(caller), since, until)
        return json_response(_summary(found))

    @routes.get("/sources/{vendor}/deliveries", response_model=DeliveryList)
    async def deliveries(
        caller: Annotated[Principal, may(SEES)],
        vendor: str,
        faulty: bool = False,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """Its deliveries, the newest first, without their bodies; `faulty`: only those with an error."""
        rows, total = await seen.page(
            snapshots,
            province_of(caller),
            vendor,
            _reached(caller),
            faulty=faulty,
            after=key_of(cursor, tuple[datetime, UUID]),
            limit=limit + 1,
        )
        key: Callable[[Mapping[str, Any]], Any] = lambda row: (row["received_at"], row["id"])  # noqa: E731
        return json_response(page_by(rows, limit=limit, total=total, key=key, item=_delivery))

    app.include_router(routes)


def _reached(caller: Principal) -> seen.Reached:
    """A vendor's program sees its own deliveries; people those of the vendors whose unit their grants reach."""

    def reached(vendor: str, unit_id: UUID | None) -> bool:
        if caller.source is not None:
            return caller.source == vendor
        path = (province_of(caller), *(() if unit_id is None else (unit_id,)))
        return allowed(caller, SEES, Resource(unit_path=path))

    return reached


def _summary(found: Mapping[str, Any]) -> dict[str, Any]:
    sums = found["sums"]
    counts = ("accepted", "duplicates", "parked", "rejected")
    return {
        "vendor": found["vendor"],
        "registered_at": found["registered_at"],
        "unit_id": found["unit_id"],
        "sandbox": found["sandbox"],
        "last_seen_at": sums["last_seen_at"],
        "deliveries": sums["deliveries"],
        "malformed": sums["malformed"],
        "events": {name: int(sums[name]) for name in counts},
        "errors": found["errors"],
        "waiting": found["waiting"],
    }


def _delivery(row: Mapping[str, Any]) -> dict[str, Any]:
    outcome = row["outcome"]
    counts = {name: outcome.get(name, 0) for name in ("accepted", "duplicates", "parked")}
    names = ("id", "received_at", "webhook_id", "bytes")
    told = {"rejected": outcome.get("rejected", []), "malformed": outcome.get("malformed")}
    return {name: row[name] for name in names} | counts | told
