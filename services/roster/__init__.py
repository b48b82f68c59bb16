"""Roster: who must train. Units, people, accounts, grants of roles, offerings, classes, enrolments, imports."""
