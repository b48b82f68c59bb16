"""Whom a row of an import means, and what it changes. Never by a name alone (PER-1, PER-4, TXT-5, IMP-2, IMP-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.roster.domain.names import search_key, sort_key
from services.roster.domain.sheet_rows import Message, Row


@dataclass
class Draft:
    """A person while rows are laid over her. `row` is where the file first names a new one, None if known before."""

    person_id: UUID
    name: str
    search_key: str
    birth_date: date | None
    identity_number: str | None = None
    phone: str | None = None
    accounts: set[str] = field(default_factory=set)
    employments: dict[UUID, str] = field(default_factory=dict)
    assignments: dict[tuple[str, str], tuple[str, str, UUID]] = field(default_factory=dict)
    row: int | None = None
    new: bool = False
    changed: bool = False


@dataclass
class Plan:
    """What confirming would write. `assignments`: (person, level, subject key) -> (subject, kind, unit)."""

    persons: dict[UUID, Draft] = field(default_factory=dict)
    accounts: dict[str, UUID] = field(default_factory=dict)
    employments: dict[tuple[UUID, UUID], str] = field(default_factory=dict)
    left: set[tuple[UUID, UUID]] = field(default_factory=set)
    assignments: dict[tuple[UUID, str, str], tuple[str, str, UUID]] = field(default_factory=dict)
    states: dict[str, dict[int, str]] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Rows by state, and persons new and changed."""
        states = [state for rows in self.states.values() for state in rows.values()]
        counts = {state: states.count(state) for state in ("new", "changed", "unchanged", "error")}
        persons = {
            "persons_new": sum(d.new for d in self.persons.values()),
            "persons_changed": sum(d.changed and not d.new for d in self.persons.values()),
            "accounts_new": len(self.accounts),
        }
        return {"rows": len(states), **counts, **persons}


class _RowError(Exception):
    def __init__(self, column: str, rule: str, text: str) -> None:
        super().__init__(text)
        self.column, self.rule, self.text = column, rule, text


def plan(rows: Iterable[Row], known: Iterable[Draft], units: Mapping[str, UUID], new_id: Callable[[], UUID]) -> Plan:
    """Lays the rows over the persons known. `units`: code -> unit on the day of the import."""
    return _Planner(known, units, new_id).run(rows)


class _Planner:
    def __init__(self, known: Iterable[Draft], units: Mapping[str, UUID], new_id: Callable[[], UUID]) -> None:
        self._units = units
        self._new_id = new_id
        self._by_identity: dict[str, Draft] = {}
        self._by_account: dict[str, Draft] = {}
        self._by_name: dict[tuple[str, date], list[Draft]] = {}
        self._seen: dict[tuple[UUID, str, str], int] = {}
        self._plan = Plan()
        for draft in known:
            self._index(draft)

    def _index(self, draft: Draft) -> None:
        if draft.identity_number is not None:
            self._by_identity[draft.identity_number] = draft
        for account in draft.accounts:
            self._by_account[account] = draft
        if draft.birth_date is not None:
            namesakes = self._by_name.setdefault((draft.search_key, draft.birth_date), [])
            if draft not in namesakes:
                namesakes.append(draft)

    def run(self, rows: Iterable[Row]) -> Plan:
        for row in rows:
            states = self._plan.states.setdefault(row.sheet, {})
            states[row.row] = "error" if row.bad else self._lay(row)
        return self._plan

    def _lay(self, row: Row) -> str:
        try:
            unit_id = self._units.get(row.school_code)
            if unit_id is None:
                raise _RowError("Mã trường", "ORG-5", "Không có đơn vị mang mã này vào ngày nhập")
            draft = self._whom(row)
            key = (row.level, search_key(row.subject))
            if draft is not None and (draft.person_id, *key) in self._seen:
                raise _RowError("Họ và tên", "PER-2", f"Trùng với dòng {self._seen[draft.person_id, *key]}")
        except _RowError as fault:
            self._say(row, fault.column, fault.rule, "error", fault.text)
            return "error"
        if draft is None:
            draft = Draft(self._new_id(), row.name, search_key(row.name), row.birth_date, row=row.row, new=True)
        self._seen[(draft.person_id, *key)] = row.row
        return self._apply(row, draft, unit_id, key)

    def _say(self, row: Row, column: str, rule: str, severity: str, text: str) -> None:
        self._plan.messages.append(Message(row.sheet, row.row, column, None, rule, severity, text))

    def _whom(self, row: Row) -> Draft | None:
        draft = self._by_identity.get(row.identity_number) if row.identity_number else None
        key = search_key(row.name)
        if draft is not None and draft.search_key != key and draft.birth_date != row.birth_date:
            raise _RowError("CCCD", "PER-1", f"Số này thuộc về người khác ({_where(draft)})")
        for column, account in (("Email", row.account), ("Email khác", row.other_account)):
            holder = self._by_account.get(account) if account else None
            if holder is None or holder is draft:
                continue
            if draft is not None or not self._may_be(holder, row, key):
                raise _RowError(column, "PER-1", f"Email này thuộc về người khác ({_where(holder)})")
            draft = holder
        return draft or self._namesake(row, key)

    @staticmethod
    def _may_be(holder: Draft, row: Row, key: str) -> bool:
        if row.identity_number and holder.identity_number:
            return False
        if holder.search_key == key:
            return holder.birth_date is None or row.birth_date is None or holder.birth_date == row.birth_date
        return holder.birth_date is not None and holder.birth_date == row.birth_date

    def _namesake(self, row: Row, key: str) -> Draft | None:
        if row.birth_date is None:
            return None
        alike = self._by_name.get((key, row.birth_date), [])
        same = [
            draft
            for draft in alike
            if not (row.identity_number and draft.identity_number) and not (row.account and draft.accounts)
        ]
        if len(same) > 1:
            raise _RowError("Họ và tên", "PER-4", "Nhiều người trùng họ tên và ngày sinh: cần CCCD hoặc email")
        if not same and alike:
            self._say(row, "Họ và tên", "PER-4", "warning", f"Trùng họ tên và ngày sinh với {_where(alike[0])}")
        return same[0] if same else None

    def _apply(self, row: Row, draft: Draft, unit_id: UUID, key: tuple[str, str]) -> str:
        person = draft.new and draft.person_id not in self._plan.persons
        person = self._lay_person(row, draft) or person
        posts = self._lay_posts(row, draft, unit_id, key)
        self._index(draft)
        if person:
            draft.changed = True
            self._plan.persons[draft.person_id] = draft
        if draft.row == row.row or posts == "new":
            return "new"
        return "changed" if person or posts else "unchanged"

    def _lay_person(self, row: Row, draft: Draft) -> bool:
        before = (draft.name, draft.birth_date, draft.identity_number, draft.phone)
        draft.name, draft.search_key = row.name, search_key(row.name)
        draft.birth_date = row.birth_date or draft.birth_date
        draft.identity_number = row.identity_number or draft.identity_number
        draft.phone = row.phone or draft.phone
        added = {account for account in (row.account, row.other_account) if account} - draft.accounts
        draft.accounts |= added
        self._plan.accounts.update(dict.fromkeys(sorted(added), draft.person_id))
        return bool(added) or before != (draft.name, draft.birth_date, draft.identity_number, draft.phone)

    def _lay_posts(self, row: Row, draft: Draft, unit_id: UUID, key: tuple[str, str]) -> str | None:
        there = draft.assignments.get(key)
        wanted = (row.subject, row.kind, unit_id)
        state = None
        if there != wanted:
            draft.assignments[key] = wanted
            self._plan.assignments[(draft.person_id, *key)] = wanted
            state = "new" if there is None else "changed"
        if there is not None and there[2] != unit_id and all(a[2] != there[2] for a in draft.assignments.values()):
            # Her only work at the other school moved here: a transfer (PER-6), not a second school.
            draft.employments.pop(there[2], None)
            self._plan.left.add((draft.person_id, there[2]))
        if draft.employments.get(unit_id) != row.position:
            draft.employments[unit_id] = row.position
            self._plan.employments[draft.person_id, unit_id] = row.position
            state = state or "changed"
        return state


def _where(draft: Draft) -> str:
    return f"dòng {draft.row}" if draft.row is not None else "đã có trong hệ thống"


def keys_of(draft: Draft) -> tuple[str, str]:
    """Search key and sort key of a person as stored."""
    return draft.search_key, sort_key(draft.name)
