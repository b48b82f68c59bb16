"""A body for each JSON write that would do something, were its ids anyone's: what a bad member is put into."""

from __future__ import annotations

from typing import Any

from tests.bad_input.service import NOBODY

_REASON = {"reason": "Bản in hỏng"}
_REPLACEMENT = _REASON | {"full_name": "Trần Văn Mẫu", "birth_date": "1980-01-01"}
_PARKED = {"/api/v1/parked/{id}/release": _REASON, "/api/v1/parked/{id}/discard": _REASON}

OFFERING = {
    "course": "GV-TH-TOAN-M1", "title": "Mô đun 1", "subject": "Toán", "level": "primary", "audience": "teachers",
    "module": "M1", "periods": 40, "window": "common", "planned": {"learners": 50, "classes": 1},
    "composition": {"document": 1, "graphic": 1, "video": 1, "task": 1, "questions": 40, "essays": ["a"]},
    "scheme": {"id": "etep-managers-2020", "version": 1},
    "opens_at": "2020-08-10T00:00:00+07:00", "closes_at": "2020-12-20T23:59:59+07:00",
}  # fmt: skip
ISSUER = {
    "audience": "teachers", "code": "ĐHSP", "issuer": "Trường Đại học Sư phạm Mẫu", "parent_body": "Bộ",
    "place": "Long An", "kind_title": "GIẤY CHỨNG NHẬN", "kind_subtitle": "Hoàn thành", "programme": "2018",
    "number_pattern": "{number:05d}/{year}/GCN", "signer_authority": "TL.", "signer_title": "HIỆU TRƯỞNG",
    "signer_name": "Nguyễn Thị Mẫu", "valid_from": "2020-01-01",
}  # fmt: skip
_CHANGE = {
    "op": "rename", "code": "D1", "unit_id": str(NOBODY), "name": "Huyện 1", "new_code": "D2", "kind": "district",
    "parent_code": "80", "parent_id": str(NOBODY), "successor_code": "D3", "codes": ["D4"], "from": "2020-01-01",
}  # fmt: skip
_GRANT = {
    "account": "a@x.vn", "role": "auditor", "name": "Nguyễn Thị Mẫu", "birth_date": "1980-01-01", "unit_code": "D1",
    "unit_id": str(NOBODY), "audience": "teachers", "class_id": str(NOBODY), "from": "2020-01-01", "to": "2021-01-01",
}  # fmt: skip
_FORM_ROW = {
    "need": "addition", "person_id": str(NOBODY), "unit_code": "D1", "unit_id": str(NOBODY), "name": "Nguyễn Thị Mẫu",
    "birth_date": "1980-01-01", "position": "Giáo viên", "subject": "Toán", "account": "a@x.vn", "phone": "0912345678",
    "note": "mới chuyển đến",
}  # fmt: skip

GOOD: dict[str, dict[str, Any]] = {
    "roster": _PARKED
    | {
        "/api/v1/units/changes": {"changes": [_CHANGE]},
        "/api/v1/role-grants": {"grants": [_GRANT]},
        "/api/v1/imports/{import_id}/confirm": {"accept": "all"},
        "/api/v1/offerings": OFFERING,
        "/api/v1/offerings/{offering_id}/allocate": {"method": "half_up", "classes": 1, "dry_run": True},
        "/api/v1/classes/{class_id}/graders": {"graders": ["cc.01@x.vn"]},
        "/api/v1/enrolments/{enrolment_id}/withdraw": _REASON,
        "/api/v1/enrolments/{enrolment_id}/extensions": {"closes_at": "2020-12-30T23:59:59+07:00"} | _REASON,
        "/api/v1/forms/{form}/rows": {"class_id": str(NOBODY), "rows": [_FORM_ROW]},
        "/api/v1/forms/rows/{row_id}/answer": {"outcome": "done", "answer": "đã bổ sung"},
    },
    "grading": _PARKED
    | {
        "/api/v1/sources": {"vendor": "viettel", "unit_id": str(NOBODY), "sandbox": False},
        "/api/v1/verdicts": {
            "gate": "core_team",
            "verdicts": [{"enrolment_id": str(NOBODY), "met": False, "reason": "thiếu bài"}],
        },
        "/api/v1/recognition-lists": {"title": "Danh sách 1", "enrolment_ids": [str(NOBODY)]},
        "/api/v1/results/{enrolment_id}/withdraw-pass": _REASON,
        "/api/v1/results/{enrolment_id}/marks": {
            "paper": "final", "attempt": 1, "criteria": [{"code": "goals", "points": "20"}], "comment": "đầy đủ",
        } | _REASON,
    },
    "certificates": _PARKED
    | {
        "/api/v1/issuers": ISSUER,
        "/api/v1/certificates/print": {"class_id": str(NOBODY), "unit_id": str(NOBODY)},
        "/api/v1/certificates/{certificate_id}/revoke": _REASON,
        "/api/v1/certificates/{certificate_id}/replace": _REPLACEMENT,
    },
    "reporting": _PARKED,
}  # fmt: skip
"""By service and template of the address."""
