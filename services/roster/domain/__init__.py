"""Roster's rules: names, personnel rows, the dated tree, classes, windows. Standard library only."""
