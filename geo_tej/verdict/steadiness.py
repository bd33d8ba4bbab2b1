"""How robust a verdict or a parcel is, in words: stable, or the error of a boundary from which on it may change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.i18n import CLAUSE, LIST, Text, aside, mark
from geo_tej.verdict.words import layer_title, zone_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Project
    from geo_tej.verdict.assessment import Assessment
    from geo_tej.verdict.key import Key

NO_PLAN = Text("现行规划的覆盖边界", "the edge of the plans in force")
_WORDS = {
    "stable": Text("界线偏差在 {m} 以内，结论不变", "stable if boundaries are off by up to {m}"),
    "parcel": Text("界线偏差在 {m} 以内，全部结论不变", "all verdicts stable if boundaries are off by up to {m}"),
    "changes": Text(
        "界线偏差达到 {d} m 时，结论可能改变{where}", "may change if a boundary is off by {d} m or more{where}"
    ),
    "at_once": Text(
        "界线稍有偏差，结论即可能改变{where}", "may change if a boundary is off by ever so little{where}"
    ),
    "some_changes": Text(
        "界线偏差达到 {d} m 时，部分结论可能改变{where}",
        "some verdicts may change if a boundary is off by {d} m or more{where}",
    ),
    "some_at_once": Text(
        "界线稍有偏差，部分结论即可能改变{where}",
        "some verdicts may change if a boundary is off by ever so little{where}",
    ),
    "no_ground": Text(
        "地块图形缺失，无从判断边界误差的影响", "no ground is drawn: what boundaries do to it cannot be told"
    ),
    "fixed": Text("未计误差的图层：{layers}", "not moved: {layers}"),
    "head": Text("边界误差", "boundary error"),
    "count": Text("界线偏差在 {m} 以内，{of} 项结论中有 {n} 项可能改变",
                  "{n} of {of} verdicts may change if boundaries are off by up to {m}"),
}  # fmt: skip
_SAID_OF_VERDICTS = ("stable", "parcel", "changes", "at_once", "some_changes", "some_at_once", "no_ground")


@dataclass(frozen=True, kw_only=True)
class Steadiness:
    """Whether a verdict, or all of a parcel's, stay as they are, and else from which error on they may not.

    `changes_at_m` is a lower bound, None where they are stable, and where nothing can be told; the boundary is that of
    `key`, or the edge of the plans in force where that is None.
    """

    stable: bool
    changes_at_m: float | None
    key: Key | None


def steadiness(assessment: Assessment, parcel: str, question: int | None = None) -> Steadiness | None:
    """Return how robust a parcel's verdict on a question is, or all of them; None where that was not asked.

    Raises
    ------
    QuestionError
        If the parcel was not assessed.
    """
    robust, place = assessment.robust, assessment.position(parcel)
    if robust is None:
        return None
    if question is None:
        distances, boundaries = robust.of_parcels
        distance, boundary = float(distances[place]), int(boundaries[place])
    else:
        distance, boundary = float(robust.distance_m[place, question]), int(robust.boundary[place, question])
    known = math.isfinite(distance)
    key = robust.keys[boundary] if 0 <= boundary < len(robust.keys) else None
    return Steadiness(stable=math.isinf(distance), changes_at_m=distance if known else None, key=key)


def boundary_words(project: Project, key: Key | None, language: Language) -> str:
    """Name a boundary: the layer and the class of zone, or the distance around objects, or the edge of the plans."""
    if key is None:
        return NO_PLAN[language]
    title = layer_title(project, key.layer, language)
    return title + mark(zone_words(project.rulebook.layers.get(key.layer), key.label, language), language)


def metres(distance_m: float) -> str:
    """Write a distance to a decimetre, rounded down.

    >>> metres(3.0), metres(2.996), metres(2.98), metres(0.04)
    ('3.0', '3.0', '2.9', '0.0')
    """
    return f"{decimetres(distance_m) / 10:.1f}"


def centimetres(distances_m: NDArray[np.floating]) -> NDArray[np.float64]:
    """Round distances down to a centimetre: they are lower bounds, found to 5 cm at worst.

    >>> centimetres(np.array([3, 0.7, 0.656, np.nan], np.float32)).tolist()
    [3.0, 0.7, 0.65, nan]
    """
    return np.floor(distances_m.astype(np.float64) * 100 + 1e-3) / 100  # 0.7 is 0.69999999 in single precision


def tolerance_words(assessment: Assessment, language: Language) -> str:
    """Write the tolerance: one for all layers, with those that have another by name, or each with its own."""
    assert assessment.robust is not None  # noqa: S101  narrows the type; it was asked
    each_m, default = assessment.robust.tolerance_m, assessment.robust.default_m
    if len(set(each_m.values())) == 1:
        return f"{next(iter(each_m.values())):g} m"
    own = [
        f"{layer_title(assessment.project, name, language)} {metres:g} m"
        for name, metres in each_m.items()
        if metres != default
    ]
    named = LIST[language].join(own)
    return named if len(own) == len(each_m) else f"{default:g} m{aside(named, language)}"


def steadiness_words(assessment: Assessment, steady: Steadiness, language: Language, *, whole: bool = False) -> str:
    """Say how robust a verdict is, or all of a parcel's (`whole`)."""
    assert assessment.robust is not None  # noqa: S101  narrows the type; it was asked
    if steady.stable:
        said = _WORDS["parcel" if whole else "stable"][language]
        return said.format(m=tolerance_words(assessment, language))
    if steady.changes_at_m is None:
        return _WORDS["no_ground"][language]
    where = place_words(assessment.project, steady.key, language)
    distance = metres(steady.changes_at_m)
    name = ("some_" if whole else "") + ("at_once" if float(distance) == 0 else "changes")
    return _WORDS[name][language].format(d=distance, where=where)


def sentences(assessment: Assessment, language: Language) -> dict[str, str]:
    """Return the sentences on verdicts as forms that take a distance {d} and a boundary {where}."""
    within = tolerance_words(assessment, language)
    return {name: _WORDS[name][language].replace("{m}", within) for name in _SAID_OF_VERDICTS}


def count_words(assessment: Assessment, language: Language) -> str:
    """Say how many verdicts may change; nothing where that was not asked."""
    if assessment.robust is None:
        return ""
    stable = assessment.robust.stable
    return _WORDS["count"][language].format(
        n=f"{stable.size - int(stable.sum()):,}", of=f"{stable.size:,}", m=tolerance_words(assessment, language)
    )


def place_words(project: Project, key: Key | None, language: Language) -> str:
    """Name a boundary as it stands at the end of a sentence."""
    where = boundary_words(project, key, language)
    return f"（{where}）" if language == "zh" else f": {where}"


def decimetres(distance_m: float) -> int:
    """Return a distance in whole decimetres, rounded down, but for the 5 mm that it may be short of the true one."""
    return math.floor(distance_m * 10 + 0.05)


def fixed_words(assessment: Assessment, language: Language) -> str:
    """Say which layers of the law were not moved, rasters among them; nothing where all were."""
    robust = assessment.robust
    if robust is None or not robust.fixed:
        return ""
    titles = LIST[language].join(layer_title(assessment.project, name, language) for name in robust.fixed)
    return _WORDS["fixed"][language].format(layers=titles)


def asked_words(assessment: Assessment, language: Language) -> str:
    """Say by how much boundaries were moved, and which layers were not; nothing where it was not asked."""
    if assessment.robust is None:
        return ""
    fixed = fixed_words(assessment, language)
    return CLAUSE[language].join(filter(None, (f"±{tolerance_words(assessment, language)}", fixed)))


def head_word(language: Language) -> str:
    """Return what heads the words on robustness."""
    return _WORDS["head"][language]
