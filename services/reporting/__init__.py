"""Reporting: projections of everything that was said, and the reports that go up the line."""
