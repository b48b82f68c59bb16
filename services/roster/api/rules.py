"""Which roles may do what in roster."""

from __future__ import annotations

from shared.identity import Role, Rule

_OFFICE = frozenset({Role.PROVINCE_OFFICER, Role.DEPARTMENT_LEADER})
_BELOW = frozenset({Role.DISTRICT_OFFICER, Role.SCHOOL_HEAD})
_ACADEMIC = frozenset({Role.CORE_TEACHER, Role.INSTITUTION_LECTURER})

READ_UNITS = Rule("units.read", _OFFICE | _BELOW | {Role.AUDITOR, Role.OPERATOR})
CHANGE_UNITS = Rule("units.change", _OFFICE)
READ_PEOPLE = Rule("people.read", _OFFICE | _BELOW | {Role.AUDITOR})
READ_OWN = Rule("people.read_own", frozenset({Role.LEARNER}))
READ_GRANTS = Rule("role_grants.read", _OFFICE | {Role.AUDITOR})
GIVE_GRANTS = Rule("role_grants.give", _OFFICE)
READ_IMPORTS = Rule("imports.read", _OFFICE | {Role.AUDITOR})
IMPORT = Rule("imports.make", _OFFICE)
READ_OFFERINGS = Rule("offerings.read", _OFFICE | _BELOW | _ACADEMIC | {Role.AUDITOR, Role.OPERATOR, Role.VENDOR})
OFFER = Rule("offerings.make", _OFFICE)
READ_CLASSES = Rule("classes.read", _OFFICE | _ACADEMIC | {Role.AUDITOR})
SET_GRADERS = Rule("classes.graders", _OFFICE)
CHANGE_ENROLMENTS = Rule("enrolments.change", _OFFICE)
