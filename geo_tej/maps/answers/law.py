"""The law behind the answers of a page: what each parcel meets, the rules that speak there, what is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.i18n import mark
from geo_tej.maps.answers.rules import rule_rows, rules_of, spoken_rules, unsurveyed_rules
from geo_tej.maps.columns import areas, distinct, smallest
from geo_tej.rules import YES
from geo_tej.verdict import Cause
from geo_tej.verdict.explanation import how_to_say
from geo_tej.verdict.table import EVERYWHERE
from geo_tej.verdict.words import cause_words, decision_words, doubt_words, layer_title, permit_words, zone_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from geo_tej.maps.answers.laid_out import Page
    from geo_tej.model import Rule


def law_part(page: Page) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return what the header says of the law, and the columns of what each parcel meets and which tests hold there."""
    assessment, language = page.assessment, page.language
    place = np.empty(len(page.order), np.intp)
    place[page.order] = np.arange(len(page.order))
    chosen = spoken_rules(page)
    number = {rule.id: at for at, rule in enumerate(chosen)}
    rules = assessment.rules_by_id
    sets = assessment.open_sets
    causes = list(dict.fromkeys(cause for causes in sets for cause in causes))
    told = {
        "layers": [
            [
                layer_title(page.project, name, language),
                page.rulebook.layers[name].heads_extract,
                cause_words(page.project, Cause(kind="unlisted", layer=name), rules, language)[0]
                if page.rulebook.layers[name].unlisted == "prohibited"
                else "",
            ]
            for name in assessment.evidence.layers
        ],
        "keys": _keys(page, number),
        "everywhere": [number[rule.id] for rule in rules_of(page, EVERYWHERE) if rule.id in number],
        "rules": rule_rows(page, chosen),
        "permits": [
            permit_words(page.rulebook, permit, language).strip(" →") for permit in page.rulebook.permits.values()
        ],
        "causes": [
            [*cause_words(page.project, cause, rules, language), how_to_say(page.rulebook, cause).strip()]
            for cause in causes
        ],
        "sets": [[causes.index(cause) for cause in each] for each in sets],
        "decisions": _decisions(page, place),
        "without": [
            [number[rule.id] for rule in unsurveyed_rules(page, column) if rule.id in number]
            for column in range(len(assessment.evidence.layers))
        ],
    }
    gone, profile = _gone(page, place, number)
    return told | gone, _met(page, place) | _held(page, chosen) | profile


def _met(page: Page, place: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    """Give what each parcel meets, and the states of the layers there."""
    hits = page.assessment.evidence.hits
    by_place = np.lexsort((hits.key, place[hits.parcel]))
    whole = hits.share[by_place] >= 1 - 1e-9
    states, which = distinct(page.assessment.evidence.states[page.order])
    return {
        "hit.count": smallest(np.bincount(place[hits.parcel], minlength=len(page.order))),
        "hit.key": smallest(hits.key[by_place]),
        "hit.area": smallest(np.where(whole, 0, np.maximum(areas(hits.area_m2[by_place]), 1))),
        "state.profile": which,
        "state.table": states.ravel().astype(np.uint8),
    }


def _keys(page: Page, number: Mapping[str, int]) -> list[list[Any]]:
    """Give what there is to meet, and the rules that speak there: surely, or with a doubt."""
    assessment, evidence, language = page.assessment, page.assessment.evidence, page.language
    rows = assessment.table.rows
    keys = []
    for code, key in enumerate(evidence.keys):
        heard = []
        for row in rows.of(code):
            rule = assessment.rules[rows.rule[row]]
            if rule.id in number:
                sure = rows.match[row] == YES
                doubt = True if sure else doubt_words(page.rulebook, rule, rows.unknown[row], language)
                heard.append([number[rule.id], doubt])
        zone = zone_words(page.rulebook.layers.get(key.layer), key.label, language)
        ground = layer_title(page.project, key.layer, language) + mark(zone, language)
        keys.append([evidence.layers.index(key.layer), ground, key.distance_m, heard])
    return keys


def _gone(
    page: Page, place: NDArray[np.intp], number: Mapping[str, int]
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Give what gives way to an overlay, once a set of it (key, rule, questions), and which set each parcel has."""
    found, hits = page.assessment.found, page.assessment.evidence.hits
    if not len(found.gone):
        return {}, {}
    of_parcel: dict[int, list[tuple[int, int, tuple[int, ...]]]] = {}
    for at, row in enumerate(found.gone.tolist()):
        if not found.is_rule[row]:
            continue
        rule = page.assessment.rules[found.speaker[row]].id
        if rule in number:
            asked = tuple(np.flatnonzero(found.gone_on[at]).tolist())
            away = (int(hits.key[found.hit[row]]), number[rule], asked)
            of_parcel.setdefault(int(place[found.parcel[row]]), []).append(away)
    code: dict[tuple[tuple[int, int, tuple[int, ...]], ...], int] = {(): 0}
    profile = np.zeros(len(page.order), np.intp)
    for parcel, each in of_parcel.items():
        profile[parcel] = code.setdefault(tuple(sorted(each)), len(code))
    return {"gone": [list(each) for each in code]}, {"gone.profile": smallest(profile)}


def _decisions(page: Page, place: NDArray[np.intp]) -> list[list[Any]]:
    """Give what officers decided: the parcel, use, pathway and rule, and the words."""
    ways = len(page.assessment.questions.pathways)
    return [
        [int(place[parcel]), *divmod(question, ways), each.rule, decision_words(each, page.language)]
        for (parcel, question), decisions in page.assessment.decided.items()
        for each in decisions
    ]


def _held(page: Page, chosen: Sequence[Rule]) -> dict[str, NDArray[Any]]:
    """Give, for the rules with tests, whether they hold at each parcel."""
    table = page.assessment.table
    tests = [table.test_of[table.number(rule)] for rule in chosen if rule.when]
    rows = table.tests.held(page.assessment.evidence.known)[page.order][:, tests or [0]]
    found, which = distinct(rows)
    return {"held.profile": which, "held.table": found.ravel().astype(np.uint8)}
