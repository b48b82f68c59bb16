"""What roster says of a refusal, in Vietnamese (shared/wording.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VIETNAMESE: Final[Mapping[str, str]] = {
    # grants
    "the account is new, so a name is needed": "tài khoản mới nên phải có họ tên",
    "nobody grants a role to herself": "không ai tự giao vai trò cho chính mình",
    "there is no such unit": "không có đơn vị này",
    "there is no such class": "không có lớp này",
    "ends before it begins": "kết thúc trước khi bắt đầu",
    "{} needs the unit, class or audience it is over, one of them": (
        "vai trò {} phải gắn với đúng một trong ba: đơn vị, lớp, đối tượng bồi dưỡng"
    ),
    # units
    "no unit has the code {} on {}": "không có đơn vị nào mang mã {} vào ngày {}",
    "the code {} belongs to another unit": "mã {} là của đơn vị khác",
    "a unit of kind {} needs a parent": "đơn vị loại {} phải có đơn vị cấp trên",
    "a unit cannot stand below itself": "đơn vị không thể trực thuộc chính nó",
    "the parent does not exist on {}": "đơn vị cấp trên không tồn tại vào ngày {}",
    "the unit {} was abolished on {}": "đơn vị {} đã giải thể ngày {}",
    "the unit {} has a later change already": "đơn vị {} đã có thay đổi muộn hơn",
    "the unit {} has a change on that day already": "đơn vị {} đã có thay đổi trong ngày đó",
    "the unit {} has units below it: name its successor": "đơn vị {} còn đơn vị trực thuộc: phải nêu đơn vị kế thừa",
    "a province is not abolished by a change of its own tree": (
        "không giải thể tỉnh bằng thay đổi trong chính cây đơn vị của tỉnh"
    ),
    "a unit cannot succeed itself": "đơn vị không thể kế thừa chính nó",
    "an unknown change": "loại thay đổi không có",
    "a change names its unit by code or id": "thay đổi phải nêu đơn vị bằng mã hoặc id",
    "a new unit needs code, name and kind": "đơn vị mới phải có mã, tên và loại",
    "a merger names the units and the one they become": "khi sáp nhập phải nêu các đơn vị và đơn vị mới",
    # offerings, classes, graders
    "the course code {} belongs to another offering": "mã khóa học {} là của khóa bồi dưỡng khác",
    "unknown": "không có trong danh mục",
    "not after opens_at": "không sau opens_at",
    "named before": "đã nêu ở trên",
    "empty": "chưa có nội dung nào",
    "neither a quiz nor an essay, and the scheme judges them": (
        "không có bài trắc nghiệm lẫn bài tự luận, mà quy chế có chấm"
    ),
    "no scheme of this id and version": "không có quy chế mang id và phiên bản này",
    "no class to put anyone into": "không có lớp nào để xếp học viên",
    "the sizes do not add up to the learners": "tổng sĩ số các lớp không bằng số học viên",
    "the offering has no planned number of classes; give one": (
        "khóa bồi dưỡng chưa có số lớp theo kế hoạch; phải nêu số lớp"
    ),
    "more classes than learners": "số lớp nhiều hơn số học viên",
    "half_up computes the number of classes; ask for planned to give one": (
        "half_up tự tính số lớp; muốn nêu số lớp thì dùng planned"
    ),
    "a learner's unit does not exist on this day: move its people first": (
        "đơn vị của một học viên không tồn tại vào ngày này: phải chuyển người của đơn vị đó trước"
    ),
    "nobody has this account": "không ai có tài khoản này",
    "nobody makes herself the core teacher of a class": "không ai tự phân công mình làm giáo viên cốt cán của lớp",
    # enrolments
    "an extension ends after the windows there are": "thời gian gia hạn phải kết thúc sau các đợt học đã có",
    "an extension ends in the future": "thời gian gia hạn phải kết thúc trong tương lai",
    "the enrolment was withdrawn": "lượt đăng ký học đã rút",
    # forms
    "class_id: forms 1 and 2 are of a class, forms 3 and 4 are not": (
        "class_id: mẫu 1 và mẫu 2 theo lớp, mẫu 3 và mẫu 4 thì không"
    ),
    "need {} does not belong into form {}": "nội dung {} không thuộc mẫu {}",
    "forms 2 and 4 take a person by name and unit": "mẫu 2 và mẫu 4 nhận người theo họ tên và đơn vị",
    "forms 1 and 3 take a person by person_id alone": "mẫu 1 và mẫu 3 chỉ nhận người theo person_id",
    "phone is no phone number": "phone không phải số điện thoại",
    "no such person or unit within reach": "không có người hoặc đơn vị này trong phạm vi của bạn",
    "waits for an answer already": "đang chờ trả lời rồi",
    # imports
    "the import is confirmed already": "lần nhập này đã được xác nhận",
    "{} errors; accept the valid rows, or send a mended file": (
        "có {} lỗi; chỉ nhận các dòng hợp lệ, hoặc gửi lại tệp đã sửa"
    ),
    "the file takes too long to read": "đọc tệp mất quá nhiều thời gian",
    "the file could not be read within its limits": "không đọc được tệp trong giới hạn cho phép",
    "the file is encrypted, or in the format of before 2007": "tệp có mật khẩu, hoặc ở định dạng trước năm 2007",
    "the file is larger than 20 MiB": "tệp lớn hơn 20 MiB",
    "the file is no xlsx workbook": "tệp không phải sổ tính xlsx",
    "the file is no readable xlsx workbook": "tệp không phải sổ tính xlsx đọc được",
    "the file is encrypted": "tệp có mật khẩu",
    "workbooks with macros are not taken": "không nhận sổ tính có macro",
    "the archive has too many parts, or one twice": "tệp nén có quá nhiều phần, hoặc có phần bị trùng",
    "the archive declares more than it may hold": "tệp nén khai dung lượng vượt giới hạn",
    "the archive holds more than it may, or than it declares": (
        "tệp nén chứa nhiều hơn giới hạn, hoặc nhiều hơn đã khai"
    ),
    "a part of the archive is compressed beyond reason": "một phần của tệp nén được nén quá mức bình thường",
    "a part is not in UTF-8": "một phần của tệp không mã hóa UTF-8",
    "a part declares entities": "một phần của tệp có khai báo thực thể XML",
    "a sheet has more than {} columns or {} rows": "một trang tính có hơn {} cột hoặc {} dòng",
    "a row has no proper number": "một dòng không có số thứ tự đúng",
    "a cell has no proper address": "một ô không có địa chỉ đúng",
}
