"""What is said beside a problem's title, in Vietnamese.

The code's own sentences are English. Each `api` has a table of those of its service, `{}` for what is filled in (one
that is missing there fails tests/every_service). What no table has is a name or a code, the same in every language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from shared.problems import Problem

COMMON: Final[Mapping[str, str]] = {
    "no such parameter": "không có tham số này",
    "JSON in UTF-8, of bounded depth and bounded numbers": "phải là JSON mã hóa UTF-8, có giới hạn độ sâu và cỡ số",
    "NUL and lone surrogates are not allowed": "không được có ký tự NUL hoặc nửa cặp ký tự thay thế",
    "a NUL character": "có ký tự NUL",
}
OTHER_VALUE: Final = "Giá trị không hợp lệ"
"""Of a kind of fault that FIELDS does not name."""
FIELDS: Final[Mapping[str, str]] = {
    "missing": "Chưa có giá trị",
    "extra_forbidden": "Không có mục này",
    "json_invalid": "Không phải JSON đúng dạng",
    "model_type": "Phải là một đối tượng JSON",
    "model_attributes_type": "Phải là một đối tượng JSON",
    "dict_type": "Phải là một đối tượng JSON",
    "list_type": "Phải là một danh sách",
    "string_type": "Phải là văn bản",
    "string_unicode": "Phải là văn bản mã hóa UTF-8",
    "string_too_short": "Phải có ít nhất {min_length} ký tự",
    "string_too_long": "Không được quá {max_length} ký tự",
    "string_pattern_mismatch": "Không đúng mẫu '{pattern}'",
    "too_short": "Phải có ít nhất {min_length} mục",
    "too_long": "Không được quá {max_length} mục",
    "bool_type": "Phải là đúng hoặc sai",
    "bool_parsing": "Phải là đúng hoặc sai",
    "int_type": "Phải là số nguyên",
    "int_parsing": "Phải là số nguyên",
    "int_parsing_size": "Số quá lớn",
    "int_from_float": "Phải là số nguyên",
    "float_type": "Phải là số",
    "float_parsing": "Phải là số",
    "finite_number": "Phải là số hữu hạn",
    "decimal_type": "Phải là số thập phân",
    "decimal_parsing": "Phải là số thập phân",
    "decimal_max_places": "Không được quá {decimal_places} chữ số sau dấu phẩy",
    "greater_than": "Phải lớn hơn {gt}",
    "greater_than_equal": "Không được nhỏ hơn {ge}",
    "less_than": "Phải nhỏ hơn {lt}",
    "less_than_equal": "Không được lớn hơn {le}",
    "enum": "Phải là một trong: {expected}",
    "literal_error": "Phải là một trong: {expected}",
    "uuid_type": "Phải là mã UUID",
    "uuid_parsing": "Phải là mã UUID",
    "date_type": "Phải là ngày dạng YYYY-MM-DD",
    "date_parsing": "Phải là ngày dạng YYYY-MM-DD",
    "date_from_datetime_parsing": "Phải là ngày dạng YYYY-MM-DD",
    "date_from_datetime_inexact": "Phải là ngày, không kèm giờ",
    "datetime_type": "Phải là thời điểm theo RFC 3339",
    "datetime_parsing": "Phải là thời điểm theo RFC 3339",
    "datetime_from_date_parsing": "Phải là thời điểm theo RFC 3339",
    "datetime_object_invalid": "Phải là thời điểm theo RFC 3339",
    "timezone_aware": "Thời điểm phải có múi giờ",
    "value_error": "Giá trị không hợp lệ: {error}",
}
"""What pydantic finds wrong with one field, by its own name for the kind of fault."""
_FILLED = re.escape("{}")
_POINTER = re.compile(r"([a-z_]+/\d+): (.+)", re.DOTALL)


class Wording:
    """English sentences to Vietnamese ones."""

    def __init__(self, *tables: Mapping[str, str]) -> None:
        every = {english: vietnamese for table in (COMMON, *tables) for english, vietnamese in table.items()}
        self._whole = {english: vietnamese for english, vietnamese in every.items() if "{}" not in english}
        self._forms = [
            (re.compile(re.escape(english).replace(_FILLED, "(.+?)"), re.DOTALL), vietnamese)
            for english, vietnamese in every.items()
            if "{}" in english
        ]

    def of(self, sentence: str) -> str:
        """In Vietnamese; the sentence itself where it is none of ours. A pointer before it (`grants/0: …`) stays."""
        if sentence in self._whole:
            return self._whole[sentence]
        for form, vietnamese in self._forms:
            found = form.fullmatch(sentence)
            if found is not None:
                return vietnamese.format(*found.groups())
        pointed = _POINTER.fullmatch(sentence)
        return f"{pointed[1]}: {self.of(pointed[2])}" if pointed is not None else sentence

    def field(self, error: Mapping[str, Any]) -> str:
        """Of one of pydantic's faults."""
        given = dict(error.get("ctx", {}))
        if "error" in given:
            given["error"] = self.of(str(given["error"]))
        if "expected" in given:
            given["expected"] = str(given["expected"]).replace(" or ", " hoặc ")
        return FIELDS.get(str(error["type"]), OTHER_VALUE).format_map(given)

    def problem(self, problem: Problem) -> Problem:
        """The same, said in Vietnamese."""
        errors = [{**row, "message": self.of(row["message"])} for row in problem.errors]
        return replace(problem, detail=problem.detail and self.of(problem.detail), errors=errors)
