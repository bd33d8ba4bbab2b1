"""The tables of a rulebook.toml as they are written: keys, types and what goes with what."""

from geo_tej.rulebook.entries.matrices import FootnoteEntry, MatrixEntry, SymbolEntry
from geo_tej.rulebook.entries.routes import CriterionEntry, ReasonEntry, RouteEntry, StatusEntry, TermEntry
from geo_tej.rulebook.entries.rules import OUTCOME_ORDER, LawEntry, OutcomeName, RuleEntry, TestEntry, WhenEntry
from geo_tej.rulebook.entries.terms import (
    DefaultsEntry,
    FactEntry,
    GroupEntry,
    HeadEntry,
    IndustriesEntry,
    LayerEntry,
    MeasureEntry,
    PathwayEntry,
    PlaceEntry,
    SchemeEntry,
    SourceEntry,
)

__all__ = [
    "OUTCOME_ORDER",
    "CriterionEntry",
    "DefaultsEntry",
    "FactEntry",
    "FootnoteEntry",
    "GroupEntry",
    "HeadEntry",
    "IndustriesEntry",
    "LawEntry",
    "LayerEntry",
    "MatrixEntry",
    "MeasureEntry",
    "OutcomeName",
    "PathwayEntry",
    "PlaceEntry",
    "ReasonEntry",
    "RouteEntry",
    "RuleEntry",
    "SchemeEntry",
    "SourceEntry",
    "StatusEntry",
    "SymbolEntry",
    "TermEntry",
    "TestEntry",
    "WhenEntry",
]
