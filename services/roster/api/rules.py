"""Which roles may do what in roster."""

from __future__ import annotations

from shared.identity import Role, Rule

_OFFICE = frozenset({Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER})
_BELOW = frozenset({Role.DISTRICT_OFFICER, Role.SCHOOL_HEAD})
_ACADEMIC = frozenset({Role.CORE_TEACHER, Role.INSTITUTION_LECTURER})

READS_UNITS = Rule("unit.read", _OFFICE | _BELOW | {Role.AUDITOR, Role.OPERATOR})
CHANGES_UNITS = Rule("unit.change", _OFFICE)
READS_PEOPLE = Rule("person.read", _OFFICE | _BELOW | {Role.AUDITOR})
READS_OWN = Rule("person.read_own", frozenset({Role.LEARNER}))
READS_GRANTS = Rule("role_grant.read", _OFFICE | {Role.AUDITOR})
GIVES_GRANTS = Rule("role_grant.give", _OFFICE)
READS_IMPORTS = Rule("import.read", _OFFICE | {Role.AUDITOR})
IMPORTS = Rule("import.make", _OFFICE)
READS_OFFERINGS = Rule("offering.read", _OFFICE | _BELOW | _ACADEMIC | {Role.AUDITOR, Role.OPERATOR, Role.VENDOR})
OFFERS = Rule("offering.make", _OFFICE)
READS_CLASSES = Rule("class.read", _OFFICE | _ACADEMIC | {Role.AUDITOR})
SETS_GRADERS = Rule("class.set_graders", _OFFICE)
READS_ENROLMENTS = Rule("enrolment.read", _OFFICE | _BELOW | _ACADEMIC | {Role.AUDITOR, Role.LEARNER})
READS_CONTACTS = Rule("contact.read", _OFFICE | _BELOW)
CHANGES_ENROLMENTS = Rule("enrolment.change", _OFFICE)
