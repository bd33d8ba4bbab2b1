"""The facts that a question states, beside what is recorded of them: what was assumed for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_tej.i18n import COLON, Text, aside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Fact, Rulebook
    from geo_tej.verdict.assessment import Assessment

ASSUMED = Text("本次假设", "assumed for this answer")
PARCELS = Text("{count} 个地块", "{count} parcels")


@dataclass(frozen=True, kw_only=True, eq=False)
class Assumed:
    """A fact that the question states, and what the data record of it: a value a subject, None where none is."""

    fact: Fact
    value: object
    recorded: NDArray[np.object_]

    @property
    def without(self) -> NDArray[np.bool_]:
        """Where nothing is recorded."""
        return np.asarray(pd.isna(self.recorded), bool)

    @property
    def otherwise(self) -> NDArray[np.bool_]:
        """Where another value is recorded."""
        return np.array([each != self.value for each in self.recorded], bool) & ~self.without


def assumed_of(
    rulebook: Rulebook, stated: Mapping[str, object], recorded: Mapping[str, NDArray[Any]], count: int
) -> list[Assumed]:
    """Put stated facts beside what is recorded of so many subjects."""
    nothing = np.full(count, None, dtype=object)
    return [
        Assumed(fact=rulebook.facts[name], value=value, recorded=np.asarray(recorded.get(name, nothing), dtype=object))
        for name, value in stated.items()
    ]


def assumed_at(assessment: Assessment, place: int | None = None) -> list[Assumed]:
    """Return what an assessment assumes of all its parcels, or of the one at a place."""
    recorded = assessment.evidence.recorded
    if not assessment.facts:
        return []
    if place is not None:
        recorded = recorded.at(np.array([place]))
    return assumed_of(assessment.project.rulebook, assessment.facts, recorded.columns, len(recorded))


def assumed_words(assumed: Sequence[Assumed], language: Language, subjects: Text = PARCELS) -> list[str]:
    """Say what was assumed, a line a fact, and what is recorded: of one subject the value, of many how many differ.

    >>> from types import SimpleNamespace as Namespace
    >>> sewer = Namespace(title=Text("接入污水管网", "connected to the sewer"))
    >>> one = Assumed(fact=sewer, value=True, recorded=np.array([False], object))
    >>> assumed_words([one], "en"), assumed_words([one], "zh")
    (['connected to the sewer = yes (recorded: no)'], ['接入污水管网 = 是（数据记载：否）'])
    >>> assumed_words([Assumed(fact=sewer, value=True, recorded=np.array([False, True, None], object))], "en")
    ['connected to the sewer = yes (of 3 parcels, 1 recorded otherwise, 1 not recorded)']
    """
    return [
        f"{each.fact.title[language]} = {_said(each.value, language)}"
        + aside(_recorded_words(each, language, subjects), language)
        for each in assumed
    ]


def assumed_lines(assumed: Sequence[Assumed], language: Language, subjects: Text = PARCELS) -> list[str]:
    """Say what was assumed as lines of a report."""
    return [ASSUMED[language] + COLON[language] + each for each in assumed_words(assumed, language, subjects)]


def plain(value: object) -> bool | float | str | None:
    """Return a fact's value as JSON holds it.

    >>> plain(date(2026, 6, 30)), plain(np.True_), plain(np.float64(2)), plain(float("nan")), plain("yes")
    ('2026-06-30', True, 2.0, None, 'yes')
    """
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, float, np.number)):
        return float(value)
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def _said(value: object, language: Language) -> str:
    said = plain(value)
    if isinstance(said, float):
        return f"{said:.10g}"
    word = {True: "yes", False: "no"}[said] if isinstance(said, bool) else str(said)
    return {"yes": "是", "no": "否"}.get(word, word) if language == "zh" else word


def _recorded_words(each: Assumed, language: Language, subjects: Text) -> str:
    zh, count = language == "zh", len(each.recorded)
    without, otherwise = int(each.without.sum()), int(each.otherwise.sum())
    if count == 1:
        if without:
            return "数据未记载" if zh else "not recorded"
        return f"数据记载：{_said(each.recorded[0], 'zh')}" if zh else f"recorded: {_said(each.recorded[0], 'en')}"
    found = ((otherwise, "个记载与此不同", "recorded otherwise"), (without, "个未记载", "not recorded"))
    parts = [f"{number} {in_zh if zh else in_en}" for number, in_zh, in_en in found if number]
    of = subjects[language].format(count=count)
    if not parts:
        return f"{of}的记载均与此一致" if zh else f"as recorded of all {of}"
    return f"{of}中，{'，'.join(parts)}" if zh else f"of {of}, {', '.join(parts)}"
