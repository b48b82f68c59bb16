"""What certificates says of a refusal, in Vietnamese (shared/wording.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VIETNAMESE: Final[Mapping[str, str]] = {
    "a pattern has {number} and {year}, each once": "mẫu số phải có {number} và {year}, mỗi thứ một lần",
    "a pattern has no other braces": "mẫu số không được có dấu ngoặc nhọn nào khác",
    "a pattern has 1 to 80 characters": "mẫu số phải có từ 1 đến 80 ký tự",
    "{} has characters the font does not show: {}": "{} có ký tự mà phông chữ không thể hiện được: {}",
    "{} has {} letters, more than {}": "{} có {} chữ, quá {}",
    "verify_url is not a web address in ASCII": "verify_url không phải địa chỉ web viết bằng ASCII",
    "{} is empty": "{} còn trống",
    "class_id or unit_id, one of the two": "class_id hoặc unit_id, một trong hai",
    "no certificate with a paper here": "ở đây chưa có giấy chứng nhận nào để in",
    "{} papers, more than {}: take a class or a school": "{} giấy, quá {}: hãy chọn một lớp hoặc một trường",
}
