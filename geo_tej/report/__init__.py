"""What the command line prints: a parcel, a rulebook, a run, as plain text."""

from geo_tej.report.parcel import parcel_report
from geo_tej.report.rulebook import coverage_report, rulebook_report, todo_report
from geo_tej.report.whole import complaints, outlived_words, summary

__all__ = [
    "complaints",
    "coverage_report",
    "outlived_words",
    "parcel_report",
    "rulebook_report",
    "summary",
    "todo_report",
]
