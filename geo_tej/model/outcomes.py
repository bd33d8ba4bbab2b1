"""What can be answered: outcomes, states of layers, levels of authority, and the verbs of the law."""

from __future__ import annotations

from enum import IntEnum, StrEnum

SEMANTICS = 3
"""Raised only when the same input is given another answer; part of every assessment's identity."""

UNKNOWN = "unknown"
"""The attribute value that says: nobody knows."""


class Outcome(IntEnum):
    """How a use stands, from mild to strict; UNKNOWN where mild and strict cannot be told apart."""

    PERMITTED = 0
    CONDITIONAL = 1
    PROHIBITED = 2
    UNKNOWN = 3


OUTCOMES = tuple(outcome.name.lower() for outcome in Outcome)


class State(IntEnum):
    """What a layer says of a parcel."""

    AFFECTED = 0
    NOT_AFFECTED = 1
    NO_DATA = 2
    FAILED = 3
    SILENT = 4


STATES = tuple(state.name.lower() for state in State)


class Level(IntEnum):
    """The authority that must sign; 0 where none must."""

    NONE = 0
    COUNTY = 1
    CITY = 2
    PROVINCE = 3
    STATE = 4


LEVELS = tuple(level.name.lower() for level in Level)


class Action(StrEnum):
    """The law's verbs, which differ in what they forbid."""

    NEW = "new"
    ENLARGE = "enlarge"
    ALTER = "alter"
    REBUILD = "rebuild"
    REUSE = "reuse"
    CHANGE_LAND_USE = "change_land_use"
    CHANGE_BUILDING_USE = "change_building_use"
    OPERATE = "operate"


IN_BUILDINGS = frozenset({Action.ALTER, Action.REUSE, Action.CHANGE_BUILDING_USE})
"""Actions on a building that stands and stays where it is."""

BUILDING_ANEW = frozenset({Action.NEW, Action.ENLARGE, Action.REBUILD})
"""Actions that put something up where nothing stands, or in place of what stood there."""
