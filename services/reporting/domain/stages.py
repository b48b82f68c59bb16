"""Where an enrolment stands and who must act: exactly one stage at any instant, so that stages add up to enrolments.

The stages follow the gates of contracts section 4 (facts 2.1: the platform, the core team, the institution, the Sở's
list). A refusal returns to the party before (rule ASS-6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from services.reporting.domain.seats import CERTIFIED, Seat, certified

StageName = Literal[
    "no_account",
    "not_logged_in",
    "not_begun",
    "studying",
    "unfinished",
    "awaiting_marks",
    "lms_refused",
    "awaiting_core_team",
    "core_team_refused",
    "awaiting_institution",
    "institution_refused",
    "review",
    "awaiting_list",
    "awaiting_certificate",
    "certified",
    "pass_withdrawn",
]
Owner = Literal["vendor", "school_head", "core_teacher", "institution_lecturer", "province_officer"]


@dataclass(frozen=True, slots=True)
class Stage:
    """`holder`: who must act next, in the contract's words; None where nobody has to."""

    name: StageName
    holder: str | None
    vi: str
    en: str

    @property
    def owner(self) -> Owner | None:
        """The role that answers for it: for a learner her school head, for a marker the core teacher."""
        return None if self.holder is None else OWNERS[self.holder]


OWNERS: Final[dict[str, Owner]] = {
    "vendor": "vendor",
    "learner": "school_head",
    "grader": "core_teacher",
    "core_team": "core_teacher",
    "institution": "institution_lecturer",
    "department": "province_officer",
}

STAGES: Final = (
    Stage("no_account", "vendor", "Chưa có tài khoản", "No account"),
    Stage("not_logged_in", "learner", "Có tài khoản, chưa đăng nhập lần nào", "Never logged in"),
    Stage("not_begun", "learner", "Đã đăng nhập, chưa học", "Logged in, nothing studied"),
    Stage("studying", "learner", "Đang học, chưa nộp bài cuối khóa", "Studying, final not handed in"),
    Stage("unfinished", "learner", "Đã nộp bài cuối khóa, còn thiếu nội dung", "Final handed in, something owed"),
    Stage("awaiting_marks", "grader", "Đã làm đủ, chờ cốt cán chấm bài", "All done, papers wait for marks"),
    Stage("lms_refused", "learner", "Đã đủ điểm, chưa đạt trên hệ thống", "All marked, LMS gate refused"),
    Stage("awaiting_core_team", "core_team", "Chờ cốt cán xác nhận", "Waiting for the core team"),
    Stage("core_team_refused", "learner", "Cốt cán xác nhận chưa đạt", "Refused by the core team"),
    Stage("awaiting_institution", "institution", "Chờ cơ sở bồi dưỡng xác nhận", "Waiting for the institution"),
    Stage("institution_refused", "core_team", "Cơ sở bồi dưỡng xác nhận chưa đạt", "Refused by the institution"),
    Stage("review", "department", "Kết quả thay đổi sau khi xác nhận, cần xem lại", "Changed after a verdict"),
    Stage("awaiting_list", "department", "Chờ Sở phê duyệt danh sách", "Waiting for the Sở's list"),
    Stage("awaiting_certificate", "department", "Đã công nhận, chờ cấp chứng nhận", "Recognised, no certificate yet"),
    Stage("certified", None, "Đã có chứng nhận", "Holds a certificate"),
    Stage("pass_withdrawn", None, "Đã thu hồi kết quả công nhận", "The pass was withdrawn"),
)  # fmt: skip
BY_NAME: Final[dict[str, Stage]] = {stage.name: stage for stage in STAGES}

_ACCOUNT: Final = "account"
_LOGGED_IN: Final = "logged_in"
_EVIDENCE: Final = frozenset({"studying", "submitted", "graded"})


@dataclass(frozen=True, slots=True)
class Span:
    """A stage from an instant (inclusive) to another (exclusive; None: still)."""

    stage: str
    since: datetime
    until: datetime | None


def stage_of(held: frozenset[str]) -> str:
    """The stage of an enrolment for which these figures, refusals (`core_team:refused`, `institution:refused`,
    `pass:withdrawn`), `account` and `logged_in` hold."""
    if CERTIFIED in held:
        return "certified"
    if "approved" in held:
        return "awaiting_certificate"
    if "pass:withdrawn" in held:
        return "pass_withdrawn"
    for gate in ("institution", "core_team"):
        if f"{gate}:refused" in held:
            return f"{gate}_refused"
    if "lms_met" in held:
        if "core_team_met" not in held:
            return "awaiting_core_team"
        return "awaiting_list" if "institution_met" in held else "awaiting_institution"
    if held & {"core_team_met", "institution_met"}:
        return "review"
    return _before_the_gate(held)


def _before_the_gate(held: frozenset[str]) -> str:
    if not held & _EVIDENCE:
        if _LOGGED_IN in held:
            return "not_begun"
        return "not_logged_in" if _ACCOUNT in held else "no_account"
    if "missing" in held:
        return "unfinished" if "submitted" in held else "studying"
    return "lms_refused" if "graded" in held else "awaiting_marks"


def spans(seat: Seat) -> tuple[Span, ...]:
    """The stages of a seat one after another, without a gap, from its enrolment to its withdrawal; none while the
    enrolment itself is not known."""
    enrolled = seat.enrolled
    if enrolled is None:
        return ()
    end = enrolled.withdrawn_at
    found: list[Span] = []
    for at, stage in _over_time(seat, enrolled.enrolled_at):
        if end is not None and at >= end:
            break
        if not found or found[-1].stage != stage:
            if found:
                found[-1] = Span(found[-1].stage, found[-1].since, at)
            found.append(Span(stage, at, None))
    if found and end is not None:
        found[-1] = Span(found[-1].stage, found[-1].since, end)
    return tuple(found)


def _over_time(seat: Seat, enrolled_at: datetime) -> Iterator[tuple[datetime, str]]:
    turns = sorted(_turns(seat), key=lambda turn: turn[0])
    held: dict[str, int] = {}
    place = 0
    for at in sorted({enrolled_at, *(at for at, _, _ in turns if at > enrolled_at)}):
        while place < len(turns) and turns[place][0] <= at:
            _, name, delta = turns[place]
            held[name] = held.get(name, 0) + delta
            place += 1
        yield at, stage_of(frozenset(name for name, count in held.items() if count > 0))


def _turns(seat: Seat) -> Iterable[tuple[datetime, str, int]]:
    if seat.enrolled is not None and seat.enrolled.with_account_at is not None:
        yield seat.enrolled.with_account_at, _ACCOUNT, 1
    for one in certified(seat.certificates):
        yield one.at, one.figure, one.delta
    if seat.studied is not None:
        if seat.studied.first_login_at is not None:
            yield seat.studied.first_login_at, _LOGGED_IN, 1
        for one in (*seat.studied.movements, *seat.studied.refusals):
            yield one.at, one.figure, one.delta
