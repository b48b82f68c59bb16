"""The catalogue of reports: a new one is a module here and a line below; the API serves what stands in it."""

from __future__ import annotations

from typing import Final

from services.reporting.domain.reports import coverage, progress, satisfaction, timeline
from services.reporting.domain.reports.frame import Report

CATALOGUE: Final[dict[str, Report]] = {
    report.name: report for report in (progress.REPORT, timeline.REPORT, coverage.REPORT, satisfaction.REPORT)
}
