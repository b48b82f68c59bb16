"""How each route is aimed at what hangs on a learner, and how its answer shows whether it was reached."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

from services.reporting.domain.reports import CATALOGUE
from tests.bad_input.good import ISSUER
from tests.matrix.provinces import Learner, Province
from tests.matrix.seats import Seat, Thing
from tests.services.roster.small_province import OFFERING, person, workbook

_REASON = {"reason": "theo kế hoạch"}
_later = count()
WORKBOOK = workbook(person(90_000, "80-S1"))


@dataclass(frozen=True)
class Call:
    """One call; `path` lies under the public prefix."""

    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    content: bytes | None = None


Aim = Callable[[Learner, Province, Seat], Call]
"""A call at what hangs on a learner of a province, by a seat."""


@dataclass(frozen=True)
class One:
    """A route about one thing, named in its address or its body. `hidden`: how it says that there is no such thing."""

    thing: Thing
    aim: Aim
    hidden: Callable[[httpx.Response], bool] = lambda answer: answer.status_code == 404
    everywhere: bool = True
    """Whether something of another province can be named at all."""


@dataclass(frozen=True)
class Many:
    """A route that lists: `mark` is the text by which a learner's thing shows in it."""

    thing: Thing
    mark: Callable[[Learner, Province], str]
    queries: tuple[dict[str, str], ...] = ({},)
    paged: bool = True
    path: str | None = None
    """Where it is asked for, if not at the route's own words."""


def _row(answer: httpx.Response) -> bool:
    """Rows judged each by itself: the one asked for is unknown."""
    return [item["problem"] for item in answer.json().get("items", [])] == ["not_found"]


def _not_there(answer: httpx.Response) -> bool:
    """What is reached and not made yet is a 404 with Retry-After."""
    return answer.status_code == 404 and "retry-after" not in answer.headers


def _no_such_unit(answer: httpx.Response) -> bool:
    return answer.status_code == 422 and "không có đơn vị này" in answer.text


def _verdict(target: Learner, _: Province, seat: Seat) -> Call:
    gate = "institution" if seat.audience else "core_team"
    row = {"enrolment_id": target.enrolment, "met": True, "reason": None}
    return Call("/verdicts", body={"gate": gate, "verdicts": [row]})


def _marked(target: Learner, _: Province, seat: Seat) -> Call:
    """Her first essay waits in its second attempt; once it is marked each further call is a correction."""
    points = {"content": "30", "practice": "20", "reasoning": "15", "presentation": str(next(_later) % 10)}
    criteria = [{"code": code, "points": given} for code, given in points.items()]
    mark = {"paper": "essay:e1", "attempt": 2, "criteria": criteria, "reason": "chấm lại"}
    return Call(f"/results/{target.enrolment}/marks", body=mark)


def _listed(target: Learner, _: Province, seat: Seat) -> Call:
    return Call("/recognition-lists", body={"title": str(seat), "enrolment_ids": [target.enrolment]})


def _renamed(target: Learner, _: Province, seat: Seat) -> Call:
    change = {"op": "rename", "unit_id": target.unit, "name": f"Đơn vị {next(_later)}"}
    return Call("/units/changes", body={"changes": [change]})


def _granted(target: Learner, _: Province, seat: Seat) -> Call:
    grant = {"account": f"moi.{next(_later)}@x.vn", "name": "Nguyễn Thị Mới", "role": "school_head"}
    return Call("/role-grants", body={"grants": [grant | {"unit_id": target.unit}]})


def _offered(target: Learner, where: Province, seat: Seat) -> Call:
    return Call("/offerings", body=OFFERING | {"course": f"MOI-{next(_later)}"})


def _extended(target: Learner, _: Province, seat: Seat) -> Call:
    months, day = divmod(next(_later), 28)  # each later than the one before, or it would be no extension
    years, month = divmod(months, 12)
    closes = f"{2030 + years}-{1 + month:02d}-{1 + day:02d}T00:00:00+07:00"
    return Call(f"/enrolments/{target.enrolment}/extensions", body=_REASON | {"closes_at": closes})


def _printed(target: Learner, _: Province, seat: Seat) -> Call:
    # Who holds an audience or a class holds no unit; a class is of one audience.
    return Call(
        "/certificates/print",
        body={"class_id": target.klass} if seat.audience or seat.klass else {"unit_id": target.unit},
    )


def _filled_in(target: Learner, _: Province, seat: Seat) -> Call:
    row = {"need": "correction", "person_id": target.person, "note": str(seat)}
    form, klass = (1, {"class_id": target.klass}) if seat.klass else (3, {})
    return Call(f"/forms/{form}/rows", body=klass | {"rows": [row]})


def _nobody_here(answer: httpx.Response) -> bool:
    hidden = "không có người hoặc đơn vị này trong phạm vi của bạn"
    return answer.status_code == 404 or (answer.status_code == 422 and hidden in answer.text)


def _form_row(path: str, body: Any = None) -> Aim:
    return lambda target, where, seat: Call(f"/forms/rows/{target.form_row}/{path}", body=body)


def _own(what: str, path: str, *, body: Any = None, query: Mapping[str, str] | None = None) -> Aim:
    return lambda target, where, seat: Call(path.format(where.own[what]), dict(query or {}), body)


def parked(service: str) -> dict[str, One | Many]:
    """What every service has."""

    def at(path: str, body: Any = None) -> Aim:
        return lambda target, where, seat: Call(f"/parked/{where.parked[service]}{path}", body=body)

    return {
        "GET /parked": Many(Thing.PROVINCE, lambda target, where: where.parked[service]),
        "GET /parked/{id}": One(Thing.PROVINCE, at("")),
        "POST /parked/{id}/release": One(Thing.PROVINCE, at("/release", _REASON)),
        "POST /parked/{id}/discard": One(Thing.PROVINCE, at("/discard", _REASON)),
        "GET /audit": Many(Thing.PROVINCE, lambda target, where: where.own["audited." + service]),
    }


ROSTER: dict[str, One | Many] = {
    "GET /units": Many(Thing.UNIT, lambda target, where: f'"id":"{target.unit}"', ({}, {"as_of": "2021-01-01"})),
    "POST /units/changes": One(Thing.PROVINCE, _renamed, lambda answer: answer.status_code == 422),
    "GET /people": Many(Thing.PERSON, lambda target, where: target.person, ({}, {"q": "hoa"})),
    "GET /people/{person_id}": One(Thing.PERSON, lambda target, where, seat: Call(f"/people/{target.person}")),
    "GET /role-grants": Many(Thing.PROVINCE, lambda target, where: where.own["grant"], paged=False),
    "POST /role-grants": One(Thing.PROVINCE, _granted, _no_such_unit),
    "GET /imports": Many(Thing.PROVINCE, lambda target, where: where.own["import"]),
    "POST /imports": One(
        Thing.PROVINCE,
        lambda target, where, seat: Call("/imports", {"kind": "personnel"}, content=WORKBOOK),
        everywhere=False,
    ),
    "GET /imports/template": One(
        Thing.PROVINCE,
        lambda target, where, seat: Call("/imports/template", {"kind": "personnel"}),
        everywhere=False,
    ),
    "GET /imports/{import_id}": One(Thing.PROVINCE, _own("import", "/imports/{}")),
    "GET /imports/{import_id}/file": One(Thing.PROVINCE, _own("import", "/imports/{}/file")),
    "POST /imports/{import_id}/confirm": One(Thing.PROVINCE, _own("import", "/imports/{}/confirm", body={})),
    "GET /offerings": Many(Thing.CATALOGUE, lambda target, where: where.own["offering"]),
    "POST /offerings": One(Thing.PROVINCE, _offered, everywhere=False),
    "POST /offerings/{offering_id}/allocate": One(Thing.PROVINCE, _own("offering", "/offerings/{}/allocate", body={})),
    "GET /classes": Many(Thing.CLASS, lambda target, where: target.klass),
    "PUT /classes/{class_id}/graders": One(
        Thing.PROVINCE,
        lambda target, where, seat: Call(f"/classes/{target.klass}/graders", body={"graders": []}),
    ),
    "GET /enrolments": Many(Thing.ENROLMENT, lambda target, where: target.enrolment),
    "GET /enrolments/{enrolment_id}": One(
        Thing.ENROLMENT, lambda target, where, seat: Call(f"/enrolments/{target.enrolment}")
    ),
    "POST /enrolments/{enrolment_id}/extensions": One(Thing.ENROLMENT, _extended),
    "POST /enrolments/{enrolment_id}/withdraw": One(
        Thing.ENROLMENT,
        lambda target, where, seat: Call(f"/enrolments/{target.enrolment}/withdraw", body=_REASON),
    ),
    "GET /forms/{form}": Many(Thing.ENROLMENT, lambda target, where: target.form_row, path="/forms/1"),
    "GET /forms/disagreements": Many(Thing.ENROLMENT, lambda target, where: target.form_row, paged=False),
    "POST /forms/{form}/rows": One(Thing.ENROLMENT, _filled_in, _nobody_here),
    "POST /forms/rows/{row_id}/answer": One(
        Thing.ENROLMENT, _form_row("answer", {"outcome": "refused", "answer": "đã đúng"})
    ),
    "POST /forms/rows/{row_id}/pass-up": One(Thing.ENROLMENT, _form_row("pass-up")),
}
GRADING: dict[str, One | Many] = {
    "GET /results": Many(Thing.ENROLMENT, lambda target, where: target.enrolment, ({}, {"status": "recognised"})),
    "GET /results/{enrolment_id}": One(
        Thing.ENROLMENT, lambda target, where, seat: Call(f"/results/{target.enrolment}")
    ),
    "GET /grader-board": Many(Thing.CLASS, lambda target, where: target.klass, paged=False),
    "GET /grader-board/papers": Many(Thing.ENROLMENT, lambda target, where: target.enrolment),
    "GET /schemes": One(Thing.CATALOGUE, lambda target, where, seat: Call("/schemes"), everywhere=False),
    "GET /sources": Many(Thing.VENDOR, lambda target, where: where.own["source"], paged=False),
    "POST /sources": One(
        Thing.PROVINCE,
        lambda target, where, seat: Call("/sources", body={"vendor": where.own["source"]}),
        everywhere=False,
    ),
    "GET /sources/{vendor}": One(Thing.VENDOR, _own("source", "/sources/{}")),
    "GET /sources/{vendor}/deliveries": One(Thing.VENDOR, _own("source", "/sources/{}/deliveries")),
    "GET /recognition-lists": Many(Thing.ENROLMENT, lambda target, where: target.listed),
    "GET /recognition-lists/{list_id}": One(
        Thing.ENROLMENT, lambda target, where, seat: Call(f"/recognition-lists/{target.listed}")
    ),
    "GET /recognition-lists/{list_id}/rows": One(
        Thing.ENROLMENT, lambda target, where, seat: Call(f"/recognition-lists/{target.listed}/rows")
    ),
    "POST /recognition-lists": One(Thing.ENROLMENT, _listed, _row),
    "POST /recognition-lists/{list_id}/approve": One(
        Thing.ENROLMENT, lambda target, where, seat: Call(f"/recognition-lists/{target.listed}/approve")
    ),
    "POST /verdicts": One(Thing.ENROLMENT, _verdict, _row),
    "POST /results/{enrolment_id}/marks": One(Thing.ENROLMENT, _marked),
    "POST /results/{enrolment_id}/withdraw-pass": One(
        Thing.ENROLMENT,
        lambda target, where, seat: Call(f"/results/{target.enrolment}/withdraw-pass", body=_REASON),
    ),
}
CERTIFICATES: dict[str, One | Many] = {
    "GET /certificates": Many(Thing.ENROLMENT, lambda target, where: target.certificate, ({}, {"status": "valid"})),
    "GET /certificates/due": One(
        Thing.PROVINCE, lambda target, where, seat: Call("/certificates/due"), everywhere=False
    ),
    "GET /certificates/{certificate_id}": One(
        Thing.ENROLMENT, lambda target, where, seat: Call(f"/certificates/{target.certificate}")
    ),
    "GET /certificates/{certificate_id}.pdf": One(
        Thing.ENROLMENT,
        lambda target, where, seat: Call(f"/certificates/{target.certificate}.pdf"),
        _not_there,
    ),
    "GET /certificates/print": Many(Thing.ENROLMENT, lambda target, where: target.print_run),
    "POST /certificates/print": One(Thing.ENROLMENT, _printed),
    "GET /certificates/print/{run_id}": One(
        Thing.ENROLMENT, lambda target, where, seat: Call(f"/certificates/print/{target.print_run}")
    ),
    "GET /certificates/print/{run_id}.pdf": One(
        Thing.ENROLMENT, lambda target, where, seat: Call(f"/certificates/print/{target.print_run}.pdf"), _not_there
    ),
    "POST /certificates/{certificate_id}/replace": One(
        Thing.ENROLMENT,
        lambda target, where, seat: Call(f"/certificates/{target.certificate}/replace", body=_REASON),
    ),
    "POST /certificates/{certificate_id}/revoke": One(
        Thing.ENROLMENT,
        lambda target, where, seat: Call(f"/certificates/{target.certificate}/revoke", body=_REASON),
    ),
    "GET /register": Many(Thing.PROVINCE, lambda target, where: target.certificate, ({"year": "2021"},), paged=False),
    "GET /issuers": Many(Thing.PROVINCE, lambda target, where: where.own["issuer"], paged=False),
    "POST /issuers": One(
        Thing.PROVINCE,
        lambda target, where, seat: Call("/issuers", body=ISSUER | {"code": "MOI"}),
        everywhere=False,
    ),
}
REPORTING: dict[str, One | Many] = {
    "GET /reports": One(Thing.CATALOGUE, lambda target, where, seat: Call("/reports"), everywhere=False),
    "GET /reports/coverage/enrolments": Many(Thing.UNIT, lambda target, where: target.enrolment),
    "GET /evidence/{enrolment_id}": One(
        Thing.ENROLMENT, lambda target, where, seat: Call(f"/evidence/{target.enrolment}")
    ),
}
"""`GET /reports/{name}` is aimed at below, for each report of the catalogue."""

AIMS = {"roster": ROSTER, "grading": GRADING, "certificates": CERTIFICATES, "reporting": REPORTING}


def _report(name: str, form: str) -> Aim:
    return lambda target, where, seat: Call(f"/reports/{name}", {"unit": target.unit, "format": form})


def aims(service: str, route: str) -> list[One | Many]:
    """How a route is tried. Raises LookupError for one that is not known here: say above what it is about."""
    if route == "GET /reports/{name}":
        forms = [*((name, "json") for name in CATALOGUE), ("progress", "csv"), ("progress", "xlsx")]
        return [One(Thing.UNIT, _report(name, form)) for name, form in forms]
    known = AIMS[service] | parked(service)
    if route not in known:
        raise LookupError(f"{service}: {route} is not in tests/matrix/aims.py; say there what it is about")
    return [known[route]]
