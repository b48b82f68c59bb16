"""What grading says of a refusal to people, in Vietnamese (shared/wording.py). What it says of a vendor's event it also
keeps and counts, in the words of the contract alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VIETNAMESE: Final[Mapping[str, str]] = {
    "{} rows may not stand on the list": "{} dòng không đủ điều kiện có trong danh sách",
    # marks
    "nobody marks her own paper": "không ai tự chấm bài của mình",
    "this person has already decided on this learner in another role": (
        "người này đã đánh giá học viên với một vai trò khác"
    ),
    "the learner has been withdrawn": "học viên đã rút khỏi khóa",
    "a subject studied as secondary or for reference is not marked": (
        "môn học kiêm nhiệm hoặc tham khảo thì không chấm điểm"
    ),
    "the scheme has no criteria to mark by": "quy chế này chưa có tiêu chí chấm",
    "this attempt was not handed in": "lần nộp này không có bài nộp",
    "a later attempt is marked already": "đã có điểm của lần nộp sau",
    "a newer mark of this attempt is there already": "lần nộp này đã có điểm chấm sau thời điểm này",
    "the course has no such paper": "khóa học không có bài này",
    "there is no such criterion": "không có tiêu chí này",
    "the criterion is named twice": "tiêu chí được nêu hai lần",
    "must be from 0 to {}": "phải từ 0 đến {}",
    "no points for the criterion {}": "chưa cho điểm tiêu chí {}",
    "a changed mark needs a reason": "sửa điểm thì phải nêu lý do",
}
