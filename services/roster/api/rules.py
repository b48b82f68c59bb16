"""Which roles may do what in roster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from shared.identity import Over, Role, Rule

_OFFICE = frozenset({Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER})
_BELOW = frozenset({Role.DISTRICT_OFFICER, Role.SCHOOL_HEAD})
_ACADEMIC = frozenset({Role.CORE_TEACHER, Role.INSTITUTION_LECTURER})

READS_UNITS = Rule("unit.read", _OFFICE | _BELOW | {Role.AUDITOR, Role.OPERATOR})
CHANGES_UNITS = Rule("unit.change", _OFFICE, Over.PROVINCE)
READS_PEOPLE = Rule("person.read", _OFFICE | _BELOW | {Role.AUDITOR})
READS_OWN = Rule("person.read_own", frozenset({Role.LEARNER}))
READS_GRANTS = Rule("role_grant.read", _OFFICE | {Role.AUDITOR}, Over.PROVINCE)
GIVES_GRANTS = Rule("role_grant.give", _OFFICE, Over.PROVINCE)
GIVES_ABOVE: Final[Mapping[Role, Rule]] = {
    Role.DEPARTMENT_LEADER: Rule("role_grant.give_leader", frozenset({Role.DEPARTMENT_LEADER}), Over.PROVINCE),
    Role.OPERATOR: Rule("role_grant.give_operator", frozenset(), Over.PROVINCE),
}
"""Roles that can do what the office cannot, so the office does not give (nor end) them: a leader approves what officers
propose, an operator sees the whole installation. The first leader and every operator are named at the terminal."""
READS_IMPORTS = Rule("import.read", _OFFICE | {Role.AUDITOR}, Over.PROVINCE)
IMPORTS = Rule("import.make", _OFFICE, Over.PROVINCE)
READS_OFFERINGS = Rule("offering.read", _OFFICE | _BELOW | _ACADEMIC | {Role.AUDITOR, Role.OPERATOR, Role.VENDOR})
OFFERS = Rule("offering.make", _OFFICE, Over.PROVINCE)
READS_CLASSES = Rule("class.read", _OFFICE | _ACADEMIC | {Role.AUDITOR})
SETS_GRADERS = Rule("class.set_graders", _OFFICE, Over.PROVINCE)
READS_ENROLMENTS = Rule("enrolment.read", _OFFICE | _BELOW | _ACADEMIC | {Role.AUDITOR, Role.LEARNER})
READS_CONTACTS = Rule("contact.read", _OFFICE | _BELOW)
CHANGES_ENROLMENTS = Rule("enrolment.change", _OFFICE)
READS_FORMS = Rule("form.read", _OFFICE | _BELOW | {Role.CORE_TEACHER, Role.AUDITOR})
FILLS_CLASS_FORMS = Rule("form.fill_class", frozenset({Role.CORE_TEACHER}))
FILLS_SCHOOL_FORMS = Rule("form.fill_school", _BELOW)
ANSWERS_FORMS = Rule("form.answer", _OFFICE | {Role.DISTRICT_OFFICER})
