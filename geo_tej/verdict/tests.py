"""The tests of rules on facts, put in order once: each comparison is made once a batch, whichever tests hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.rules import YES, compare, values_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from geo_tej.model import Comparison, When
    from geo_tej.rules import Facts


@dataclass(frozen=True, kw_only=True, eq=False)
class Tests:
    """The distinct tests of rules, none among them, and their distinct comparisons by the fact that each asks for.

    `single` are the places of tests of one comparison, and `single_at` says which; `joint` are those of several.
    """

    whens: tuple[When | None, ...]
    comparisons: tuple[Comparison, ...]
    of_fact: tuple[tuple[str, tuple[int, ...]], ...]
    single: NDArray[np.intp]
    single_at: NDArray[np.intp]
    joint: tuple[tuple[int, NDArray[np.intp]], ...]

    @classmethod
    def of(cls, whens: Iterable[When | None]) -> Tests:
        """Put tests in order."""
        distinct = tuple(dict.fromkeys(whens))
        comparisons = tuple(dict.fromkeys(test for when in distinct if when is not None for test in when.tests))
        place = {test: number for number, test in enumerate(comparisons)}
        asked: dict[str, list[int]] = {}
        for number, test in enumerate(comparisons):
            asked.setdefault(test.fact, []).append(number)
        places = {
            number: np.array([place[test] for test in when.tests], np.intp)
            for number, when in enumerate(distinct)
            if when is not None
        }
        single = [number for number, of in places.items() if len(of) == 1]
        return cls(
            whens=distinct,
            comparisons=comparisons,
            of_fact=tuple((fact, tuple(numbers)) for fact, numbers in asked.items()),
            single=np.array(single, np.intp),
            single_at=np.array([places[number][0] for number in single], np.intp),
            joint=tuple((number, of) for number, of in places.items() if len(of) > 1),
        )

    def compared(self, facts: Facts) -> NDArray[np.int8]:
        """Tell, parcels x comparisons, whether each is so."""
        told = np.empty((len(facts), len(self.comparisons)), np.int8)
        for fact, numbers in self.of_fact:
            told[:, numbers] = compare([self.comparisons[each] for each in numbers], values_of(fact, facts), len(facts))
        return told

    def held(self, facts: Facts) -> NDArray[np.int8]:
        """Tell, parcels x tests, whether they hold."""
        compared = self.compared(facts)
        held = np.full((len(facts), len(self.whens)), YES, np.int8)
        held[:, self.single] = compared[:, self.single_at]
        for number, places in self.joint:
            when, parts = self.whens[number], compared[:, places]
            held[:, number] = parts.min(axis=1) if when is not None and when.how == "all" else parts.max(axis=1)
        return held
