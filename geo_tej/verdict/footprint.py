"""How it is said where buildings stand that are to be kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geo_tej.i18n import Text, area
from geo_tej.verdict.cause import IN_PART, NO_BUILDING, WHERE
from geo_tej.verdict.evidence.built import TRACE_M2

if TYPE_CHECKING:
    from geo_tej.i18n import Language
    from geo_tej.verdict.assessment import Assessment

STANDING_WORDS = {
    WHERE: (
        Text("建筑物所在位置", "where the building stands"),
        Text(
            "补充建筑物图层，或声明其调查范围",
            "supply the layer of buildings, or declare the extent it was surveyed over",
        ),
    ),
    NO_BUILDING: (
        Text("该地块未记载建筑物", "no building is recorded on the parcel"),
        Text(
            "核实现场有无建筑物；没有的，谈不上利用既有建筑",
            "find out whether one stands there; without one there is none to keep",
        ),
    ),
    IN_PART: (
        Text(
            "建筑物有一部分位于不允许（或可能不允许）该用途的范围内",
            "part of the building stands on ground that is or may be barred",
        ),
        Text(
            "由主管部门认定可否只利用其余部分",
            "a ruling of the authority in charge on whether the rest of it may be kept by itself",
        ),
    ),
}
"""What keeps a verdict open where it is not known what stands where, and what would settle it."""

ALL_BARRED = Text(
    "建筑物全部位于不允许该用途的范围内", "all of the building stands on ground where this is not permitted"
)
"""What is said without areas where all buildings that are to be kept stand on barred ground."""

_BUILDING = {
    "none": STANDING_WORDS[NO_BUILDING][0],
    "all": Text(
        "建筑物占地 {built}，全部位于不允许该用途的范围内",
        "all of the building ({built}) stands on ground where this is not permitted",
    ),
    "barred": Text(
        "建筑物占地 {built}，其中 {ground}位于不允许该用途的范围内",
        "part of the building ({ground} of {built}) stands on ground where this is not permitted",
    ),
    "feared": Text(
        "建筑物占地 {built}，其中 {ground}位于可能不允许该用途的范围内",
        "part of the building ({ground} of {built}) stands on ground where this may not be permitted",
    ),
    "all_feared": Text(
        "建筑物占地 {built}，全部位于可能不允许该用途的范围内",
        "all of the building ({built}) stands on ground where this may not be permitted",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Footprint:
    """The ground under the buildings of a parcel in m², and how much of it is prohibited, or may be.

    All is 0 where buildings were surveyed and none is recorded.
    """

    built_m2: float
    prohibited_m2: float
    possibly_prohibited_m2: float

    def words(self, language: Language) -> list[str]:
        """Say how much of the building stands on ground that bars a use, or may, or that there is none."""
        built, said = area(self.built_m2, language, ("m2",)), []
        if not self.built_m2:
            return [_BUILDING["none"][language]]
        for ground_m2, part, whole in (
            (self.prohibited_m2, "barred", "all"),
            (self.possibly_prohibited_m2, "feared", "all_feared"),
        ):
            if ground_m2 > 0:
                key = whole if self.built_m2 - ground_m2 < TRACE_M2 else part
                said.append(_BUILDING[key][language].format(ground=area(ground_m2, language, ("m2",)), built=built))
        return said


def footprint(assessment: Assessment, place: int, number: int) -> Footprint | None:
    """Return the ground under the buildings that a question keeps; None where it keeps none, or nobody knows of any."""
    if not assessment.questions.pathways[number % len(assessment.questions.pathways)].keeps_building:
        return None
    under = assessment.under_buildings_on(place)
    if under is None:
        return None
    return Footprint(
        built_m2=under.built_m2,
        prohibited_m2=float(under.prohibited_m2[number]),
        possibly_prohibited_m2=float(under.possibly_prohibited_m2[number]),
    )


def building_lines(building: Footprint | None, language: Language, *, settled: bool) -> list[str]:
    """Say what of a building stands on barred ground; that there is none is told among what is open, if anything is."""
    if building is None or not (building.built_m2 or settled):
        return []
    return building.words(language)
