"""What each marker stands for, from an assessment: the paragraph, the extract, the tables."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from geo_tej.document.blocks import Block, Paragraph, Table
from geo_tej.document.words import WORDS
from geo_tej.i18n import (
    CLAUSE,
    COLON,
    LEVEL_WORDS,
    LIST,
    OUTCOME_SHORT,
    STATE_WORDS,
    area,
    aside,
    mark,
    percent,
    short_span,
)
from geo_tej.measure import ellipsoidal_area_m2
from geo_tej.model import Level, Outcome, State
from geo_tej.rules import speaks
from geo_tej.verdict import explain
from geo_tej.verdict.explanation import ground_words, hangs_on, permits_of, reasons_of, sign_of
from geo_tej.verdict.steadiness import head_word, steadiness, steadiness_words, tolerance_words
from geo_tej.verdict.words import (
    cause_words,
    decision_words,
    doubt_words,
    finding_words,
    foot_words,
    law_words,
    layer_title,
    zone_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from geo_tej.i18n import Language
    from geo_tej.model import Pathway, Permit, Use
    from geo_tej.verdict import Assessment
    from geo_tej.verdict.explanation import Explanation, Reason

HECTARE_M2 = 10_000.0


def words_of(language: Language) -> dict[str, str]:
    """Return the words of documents in one language."""
    return {name: text[language] for name, text in WORDS.items()}


def text_paragraph(assessment: Assessment, parcel: str, language: Language, *, with_verdict: bool) -> list[Block]:
    """Return the one paragraph that planners paste: area, which zones on how much of it, what is not touched or open.

    `with_verdict` adds the verdicts of the uses that were assessed.
    """
    zh = language == "zh"
    place = assessment.position(parcel)
    evidence, project = assessment.evidence, assessment.project
    whole = float(evidence.area_m2[place])
    name = assessment.parcels.iloc[place].get("name")
    called = f"{parcel}（{name}）" if zh and _given(name) else f"{parcel} ({name})" if _given(name) else parcel
    units = project.rulebook.units
    in_ha_mu = _ha_mu(whole, language, units)
    said = [
        f"地块 {called}{'' if called.endswith('）') else ' '}面积 {in_ha_mu}"
        if zh
        else f"Parcel {called} has an area of {in_ha_mu}"
    ]
    grounds = _grounds(assessment, place, language)
    for heads, lead in ((True, "压占" if zh else "It lies on: "), (False, "其中" if zh else "Of this: ")):
        inside = [
            f"{ground}{' ' if zh else ', '}{_ha_mu(size, language, units)}{'，占 ' if zh else ', '}{percent(share)}"
            for layer, ground, size, share in grounds
            if project.rulebook.layers[layer].heads_extract == heads
        ]
        if inside:
            said.append(lead + ("；" if zh else "; ").join(inside))
    measured = {layer for layer, *_ in grounds}
    by_state: dict[int, list[str]] = {}
    for column, layer in enumerate(evidence.layers):
        state = int(evidence.states[place, column])
        raster = layer in project.layers and project.layers[layer].raster is not None
        if layer not in measured and not (raster and state == State.NOT_AFFECTED):
            by_state.setdefault(state, []).append(layer_title(project, layer, language))
    for state, lead in (
        (State.AFFECTED, "涉及" if zh else "It is affected by: "),
        (State.NOT_AFFECTED, "不涉及" if zh else "It does not touch: "),
        (State.NO_DATA, "资料缺失、尚不能判断：" if zh else "No data, so not known: "),
        (State.FAILED, "图层读取失败、尚不能判断：" if zh else "Could not be read, so not known: "),
    ):
        if by_state.get(state):
            said.append(lead + LIST[language].join(by_state[state]))
    said += (
        _verdict_sentences(assessment, parcel, language)
        if with_verdict
        else _open_sentences(assessment, place, language)
    )
    rulebook = project.rulebook
    source = f"{rulebook.title[language]} {rulebook.version}"
    day = assessment.on.isoformat()
    said.append(
        f"以上依据{source}（{day}）筛查。{rulebook.disclaimer.zh.rstrip('。')}"
        if zh
        else f"Screened under the {source}, law as of {day}. {rulebook.disclaimer.en.rstrip('.')}"
    )
    if project.notice is not None:
        said.append(_capital(project.notice[language].rstrip("。.")))
    return [Paragraph(words="。".join(said) + "。" if zh else ". ".join(said) + ".")]


def _verdict_sentences(assessment: Assessment, parcel: str, language: Language) -> list[str]:
    asked = assessment.questions
    return [
        ("拟作" if language == "zh" else "")
        + _capital(use.title[language])
        + aside(way.title[language], language)
        + COLON[language]
        + explain(assessment, parcel, use.id, way.id).headline(language)
        for use in asked.uses
        for way in asked.pathways
    ]


def _open_sentences(assessment: Assessment, place: int, language: Language) -> list[str]:
    """Say which attributes, facts and rulings hold any verdict of a parcel open."""
    rules = {rule.id: rule for rule in assessment.rules}
    causes = {
        cause_words(assessment.project, cause, rules, language)[0]
        for code in set(assessment.judgement.open[place].tolist())
        for cause in assessment.open_sets[code]
        if cause.kind in ("attribute", "fact", "officer")
    }
    lead = {"zh": "待核实：", "en": "To be settled: "}[language]
    return [lead + CLAUSE[language].join(sorted(causes))] if causes else []


def _capital(words: str) -> str:
    """Return words as they stand at the head of a sentence."""
    return words[:1].upper() + words[1:]


def _given(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _ha_mu(square_metres: float, language: Language, units: tuple[str, ...]) -> str:
    """Write an area as plans do: hectares, with mu behind them; of both only what the rulebook's units have."""
    said = [area(square_metres, language, (unit,)) for unit in ("ha", "mu") if unit in units]
    first, *rest = said or [area(square_metres, language, units)]
    return first + "".join(aside(each, language) for each in rest)


def _grounds(assessment: Assessment, place: int, language: Language) -> list[tuple[str, str, float, float]]:
    """Return what a parcel meets: layer, layer and zone in words, area in m², share."""
    evidence, project = assessment.evidence, assessment.project
    found = []
    for row in np.flatnonzero(evidence.hits.parcel == place):
        key = evidence.keys[evidence.hits.key[row]]
        zone = zone_words(project.rulebook.layers.get(key.layer), key.label, language)
        title = layer_title(project, key.layer, language)
        ground = title + mark(zone, language)
        found.append((key.layer, ground, float(evidence.hits.area_m2[row]), float(evidence.hits.share[row])))
    return found


def area_rows(assessment: Assessment, parcel: str, language: Language) -> list[tuple[str, str]]:
    """Return a parcel's areas and particulars as labels and words."""
    words, units = words_of(language), assessment.project.rulebook.units
    place = assessment.position(parcel)
    row = assessment.parcels.iloc[place]
    geometry = assessment.parcels.geometry.to_numpy()[place : place + 1]
    rows = [(words["id"], parcel), (words["name"], row.get("name")), (words["village"], row.get("village"))]
    rows.append((words["drawn"], area(float(assessment.evidence.area_m2[place]), language, units)))
    ground = float(ellipsoidal_area_m2(geometry, assessment.project.crs)[0])
    rows.append((words["ellipsoid"], area(ground, language, ("m2",))))
    registered = float(row.get("registered_m2", np.nan))
    if not np.isnan(registered):
        rows.append((words["registered"], area(registered, language, ("m2",))))
    links = assessment.project.occupancy
    firms = links.loc[links["parcel_id"] == parcel, "enterprise_id"].to_list()
    table = assessment.project.enterprises
    named = [str(table.loc[firm].get("name", firm)) if firm in table.index else str(firm) for firm in firms]
    steady, robust = steadiness(assessment, parcel), assessment.robust
    if steady is not None and robust is not None:
        said = steadiness_words(assessment, steady, language, whole=True)
        rows.append((f"{head_word(language)} ±{tolerance_words(assessment, language)}", said))
    rows.append((words["enterprises"], ("、" if language == "zh" else ", ").join(named)))
    return [(label, str(value)) for label, value in rows if value is not None and value == value and str(value)]  # noqa: PLR0124


def layer_table(assessment: Assessment, parcel: str, language: Language, layers: Sequence[str] | None = None) -> Table:
    """Return the state of every layer at a parcel, or of some of them, and how much of it lies where."""
    words = words_of(language)
    evidence, place = assessment.evidence, assessment.position(parcel)
    met: dict[str, list[str]] = {}
    comma = "，" if language == "zh" else ", "
    for row in np.flatnonzero(evidence.hits.parcel == place):
        key = evidence.keys[evidence.hits.key[row]]
        zone = zone_words(assessment.project.rulebook.layers.get(key.layer), key.label, language)
        size = area(float(evidence.hits.area_m2[row]), language, assessment.project.rulebook.units)
        met.setdefault(key.layer, []).append(f"{zone} {size}{comma}{percent(float(evidence.hits.share[row]))}".strip())
    rows = [
        (
            layer_title(assessment.project, layer, language),
            STATE_WORDS[int(evidence.states[place, column])][language],
            CLAUSE[language].join(met.get(layer, [])),
        )
        for column, layer in enumerate(evidence.layers)
        if layers is None or layer in layers
    ]
    return Table(
        caption=words["layers_table"].format(parcel=parcel),
        header=(words["layer"], words["state"], words["ground"]),
        rows=tuple(rows),
    )


def check_blocks(assessment: Assessment, parcel: str, language: Language, *, in_full: bool) -> list[Block]:
    """Return a parcel's extract as tables: particulars, layers, verdicts; and every reason where `in_full`."""
    words = words_of(language)
    blocks: list[Block] = [
        Table(
            caption=words["check"].format(parcel=parcel),
            header=(words["item"], words["said"]),
            rows=tuple(area_rows(assessment, parcel, language)),
        ),
        layer_table(assessment, parcel, language),
    ]
    blocks += reason_blocks(assessment, parcel, language) if in_full else [use_table(assessment, parcel, language)]
    return [*blocks, closing(assessment, language)]


def closing(assessment: Assessment, language: Language) -> Paragraph:
    """Return what every output says once: the law's name, version and day, and that this is a screening."""
    project = assessment.project
    said = [foot_words(project.rulebook, assessment.on, language)]
    if project.notice is not None:
        said.append(_capital(project.notice[language]))
    return Paragraph(
        words=("。" if language == "zh" else ". ").join(part.rstrip("。.") for part in said)
        + ("。" if language == "zh" else ".")
    )


def use_table(assessment: Assessment, parcel: str, language: Language) -> Table:
    """Return the verdict of every use and pathway at a parcel."""
    words, asked = words_of(language), assessment.questions
    place, judged = assessment.position(parcel), assessment.judgement
    rows = []
    for use in asked.uses:
        spans = [
            short_span(int(judged.least[place, number]), int(judged.most[place, number]), language)
            for way in asked.pathways
            for number in [asked.number(use.id, way.id)]
        ]
        rows.append((use.title[language], *spans))
    return Table(
        caption=words["uses_table"].format(parcel=parcel),
        header=(words["use"], *(way.title[language] for way in asked.pathways)),
        rows=tuple(rows),
    )


def reason_blocks(assessment: Assessment, parcel: str, language: Language) -> list[Block]:
    """Return each verdict asked: its headline, its reasons with articles, what is open and what is to be signed."""
    blocks: list[Block] = []
    for use in assessment.questions.uses:
        for way in assessment.questions.pathways:
            blocks += verdict_blocks(assessment, explain(assessment, parcel, use.id, way.id), use, way, language)
    return blocks


def verdict_blocks(
    assessment: Assessment, told: Explanation, use: Use, way: Pathway, language: Language
) -> list[Block]:
    """Return one verdict with its reasons."""
    words, zh = words_of(language), language == "zh"
    project, rules = assessment.project, {rule.id: rule for rule in assessment.rules}
    head = (
        f"{told.parcel} · {use.title[language]} · {way.title[language]}{'：' if zh else ': '}{told.headline(language)}"
    )
    blocks: list[Block] = [Paragraph(words=head, strong=True)]
    if told.steady is not None:
        said = steadiness_words(assessment, told.steady, language)
        blocks.append(Paragraph(words=f"{head_word(language)}{'：' if zh else ': '}{said}"))
    blocks += [Paragraph(words=each) for each in told.ground_lines(language)]
    if told.reasons:
        blocks.append(
            reason_table(
                assessment, told.reasons, language,
                words["reasons"].format(parcel=told.parcel, use=use.title[language], pathway=way.title[language]),
                decided=frozenset(each.rule for each in told.decisions),
            )
        )  # fmt: skip
    blocks += [Paragraph(words=decision_words(each, language)) for each in told.decisions]
    for what, settled in dict.fromkeys(cause_words(project, cause, rules, language) for cause in told.causes):
        blocks.append(
            Paragraph(words=f"{words['to_settle']}{'：' if zh else ': '}{what}{'。' if zh else '. '}{settled}")
        )
    if told.permits:
        blocks.append(
            Table(
                caption=words["approval"],
                header=(words["approval"], words["authority"], words["level"], words["before"]),
                rows=tuple(
                    (
                        permit.what[language],
                        permit.authority[language],
                        LEVEL_WORDS[permit.level][language],
                        permit.before[language],
                    )
                    for permit in told.permits
                ),
            )
        )
    if told.possible_permits:
        blocks.append(
            Table(
                caption=words["possible_approval"],
                header=(
                    words["possible_approval"], words["authority"], words["level"], words["before"], words["depends_on"]
                ),
                rows=tuple(
                    (
                        each.permit.what[language],
                        each.permit.authority[language],
                        LEVEL_WORDS[each.permit.level][language],
                        each.permit.before[language],
                        hangs_on(assessment, each.causes, language),
                    )
                    for each in told.possible_permits
                ),
            )
        )  # fmt: skip
    return blocks


def reason_table(
    assessment: Assessment,
    reasons: Iterable[Reason],
    language: Language,
    caption: str,
    *,
    decided: frozenset[str] = frozenset(),
) -> Table:
    """Return findings as rows: where and how much, what, under which law; `decided` are rules that officers settled."""
    words, rulebook, project = words_of(language), assessment.project.rulebook, assessment.project
    rows = []
    for reason in reasons:
        doubt = "" if reason.holds else doubt_words(rulebook, reason.rule, reason.unknown, language)
        said = (
            f"{sign_of(reason.rule)} {finding_words(reason.rule, language, doubt, decided=reason.rule.id in decided)}"
        )
        rows.append((ground_words(project, reason, language), said, law_words(rulebook, reason.rule, language)))
    return Table(
        caption=caption,
        header=(words["ground"], words["finding"], words["law"]),
        rows=tuple(dict.fromkeys(rows)),
    )


# ---- tables over many parcels


def overlap_table(assessment: Assessment, by: str, language: Language, *, layer: str | None) -> Table:
    """Return how much ground lies under each layer, or each zone class of one layer, a row a group, with its total.

    Zone classes of a layer that lie over one another count once a parcel, at most as all of it.
    """
    words, project = words_of(language), assessment.project
    groups = _groups(assessment, by, language)
    ledger = assessment.overlaps
    if layer is not None:
        ledger = ledger[ledger["layer"] == layer]
    column = "layer" if layer is None else "zone_class"
    whole = dict(zip(assessment.parcels.index, assessment.evidence.area_m2.tolist(), strict=True))
    sizes = ledger.groupby(["parcel_id", column], observed=True)["area_m2"].sum().reset_index()
    ground: dict[tuple[str, str], float] = {
        (str(parcel), str(key)): min(float(size), whole[parcel])
        for parcel, key, size in zip(sizes["parcel_id"], sizes[column], sizes["area_m2"], strict=True)
    }
    met = {key for _, key in ground}
    order = [each.id for each in project.layers.values()] if layer is None else list(project.layers[layer].classes)
    columns = [key for key in order if key in met]
    titles = [
        layer_title(project, key, language)
        if layer is None
        else zone_words(project.rulebook.layers.get(layer), key, language)
        for key in columns
    ]

    def cells(members: Sequence[str]) -> list[float]:
        sizes = [sum(whole[each] for each in members)]
        return sizes + [sum(ground.get((each, key), 0.0) for each in members) for key in columns]

    rows = [(name, str(len(members)), *map(_hectares, cells(members))) for name, members in groups.items()]
    everyone = [each for members in groups.values() for each in members]
    total = (words["total"], str(len(everyone)), *map(_hectares, cells(everyone)))
    return Table(
        caption=words["overlap"].format(group=words[f"by_{by}"]),
        header=(words[by], words["parcels"], words["area_ha"], *titles),
        rows=tuple(rows),
        total=total,
        numbers=frozenset(range(1, len(columns) + 3)),
    )


def _hectares(square_metres: float) -> str:
    return f"{square_metres / HECTARE_M2:,.4f}" if square_metres else "0"


def matrix_table(assessment: Assessment, by: str, language: Language, *, what: str, counts_parcels: bool) -> Table:
    """Return how many verdicts have which outcome, a row a group, with its total."""
    words = words_of(language)
    judged = assessment.judgement
    outcome = np.where(judged.least == judged.most, judged.least, np.int8(Outcome.UNKNOWN))
    groups = _groups(assessment, by, language)

    def cells(members: Sequence[str]) -> list[str]:
        rows = assessment.parcels.index.get_indexer(members)
        counted = np.bincount(outcome[rows].ravel(), minlength=len(Outcome))
        return [f"{count:,}" for count in [len(members), *counted.tolist()]]

    everyone = [each for members in groups.values() for each in members]
    unit = words["parcel_count" if counts_parcels else "verdict_count"]
    return Table(
        caption=words["matrix"].format(
            group=words[f"by_{by}"], what=f"{what}{'；' if language == 'zh' else '; '}{unit}"
        ),
        header=(words[by], words["parcels"], *(outcome_words[language] for outcome_words in OUTCOME_SHORT)),
        rows=tuple((name, *cells(members)) for name, members in groups.items()),
        total=(words["total"], *cells(everyone)),
        numbers=frozenset(range(1, 6)),
    )


def approvals_table(assessment: Assessment, by: str, language: Language, *, what: str) -> Table:
    """Return which approvals are needed for how many parcels, a row a group and approval, with the parcels in all."""
    words = words_of(language)
    wanted: dict[str, set[str]] = {}
    asked = assessment.questions
    spoken = {rule.id: speaks(rule, asked) for rule in assessment.rules}
    for place, parcel in enumerate(assessment.parcels.index):
        reasons = reasons_of(assessment, parcel)
        for number in np.flatnonzero(assessment.judgement.least[place] < Outcome.PROHIBITED):
            heard = tuple(reason for reason in reasons if spoken[reason.rule.id][number])
            for permit in permits_of(assessment, heard):
                wanted.setdefault(permit.id, set()).add(str(parcel))
    permits = [permit for permit in assessment.project.rulebook.permits.values() if permit.id in wanted]
    rows = []
    for name, members in _groups(assessment, by, language).items():
        for permit in permits:
            count = len(wanted[permit.id] & set(members))
            if count:
                told = (permit.what[language], permit.authority[language], LEVEL_WORDS[permit.level][language])
                rows.append((name, *told, f"{count:,}"))
    everyone = set().union(*wanted.values()) if wanted else set()
    return Table(
        caption=words["approvals"].format(group=words[f"by_{by}"], what=what),
        header=(words[by], words["approval"], words["authority"], words["level"], words["needed_by"]),
        rows=tuple(rows),
        total=(words["total"], f"{len(permits)}", "", _highest(permits, language), f"{len(everyone):,}"),
        numbers=frozenset({4}),
    )


def _highest(permits: Sequence[Permit], language: Language) -> str:
    level = max((permit.level for permit in permits), default=Level.NONE)
    return LEVEL_WORDS[level][language]


def _groups(assessment: Assessment, by: str, language: Language) -> dict[str, list[str]]:
    """Return the parcels of each group, by name."""
    parcels: pd.DataFrame = assessment.parcels
    nobody = words_of(language)["no_village"]
    if by == "parcel":
        names = [str(parcel) for parcel in parcels.index]
    else:
        column = parcels["village"] if "village" in parcels else [None] * len(parcels)
        names = [str(value) if _given(value) else nobody for value in column]
    groups: dict[str, list[str]] = {}
    for name, parcel in zip(names, parcels.index, strict=True):
        groups.setdefault(name, []).append(parcel)
    return dict(sorted(groups.items(), key=lambda each: (each[0] == nobody, each[0])))


def counts_in_words(assessment: Assessment, use: str | None, pathway: str, language: Language) -> str:
    """Say how many parcels have which outcome of a use, or how many may take some use, for those who see no map."""
    judged, asked = assessment.judgement, assessment.questions
    zh = language == "zh"
    if use is not None:
        number = asked.number(use, pathway)
        least, most = judged.least[:, number], judged.most[:, number]
        codes = np.where(least == most, least, np.int8(Outcome.UNKNOWN)).tolist()
        told = [(OUTCOME_SHORT[code][language], count) for code, count in sorted(Counter(codes).items())]
    else:
        columns = [asked.number(each.id, pathway) for each in asked.uses]
        some = int((judged.most[:, columns] < Outcome.PROHIBITED).any(axis=1).sum())
        told = [
            ("至少一种用途未被禁止" if zh else "with some use not barred", some),
            ("其他" if zh else "others", len(judged.most) - some),
        ]
    return ("、" if zh else ", ").join(f"{words} {count}" for words, count in told)
