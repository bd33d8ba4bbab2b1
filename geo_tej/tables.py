"""Verdicts and other tables as files: Parquet, CSV, GeoPackage, Excel; the same input gives the same bytes."""

from __future__ import annotations

import datetime as dt
import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely
import xlsxwriter

from geo_tej.errors import OutputError
from geo_tej.i18n import LEVEL_WORDS, OUTCOME_SHORT, OUTCOME_WORDS, STATE_WORDS, Text, area, percent, span
from geo_tej.model import OUTCOMES, STATES, Outcome
from geo_tej.rules import speaks
from geo_tej.verdict.enterprises import enterprise_verdicts
from geo_tej.verdict.words import (
    action_words,
    cause_words,
    finding_words,
    law_words,
    layer_title,
    permit_words,
    zone_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Rule
    from geo_tej.verdict import Assessment

PARCEL_COLUMNS = ("name", "village", "land_use_code", "land_use_scheme", "tenure", "term_end", "registered_m2", "kind")
ENTERPRISE_COLUMNS = ("name", "industry", "industry_name", "line_commissioned")
"""What is told of an enterprise. Whether it is willing to move is its own affair and is never written."""

MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 1_048_576, 16_384, 32_767
"""What a sheet and a cell of Excel hold."""

MOST_NOTES, MOST_REASONS = 5_000, 200_000
"""Beyond these, a workbook has no cell notes and no sheet of reasons: it would open too slowly to be of use."""

ALWAYS = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The date that files bear inside, so that the same input gives the same bytes."""

SYMBOLS = "●○×?"
COLOURS = ("#CFE8D5", "#FBE9B7", "#F4C7BF", "#DEDFE8")
_SHORT = (Text("符合", "no bar"), Text("有条件", "conditional"), Text("不符合", "no"), Text("待核", "open"))
_BY_PARCEL = Text("分地块", "by parcel")
_NO_PARCEL = Text("无可评估的地块", "no parcel to assess")
_NOT_LISTED = Text("现行规划（区划）未列此用途", "the plan does not list this use")
_LIST = Text("、", ", ")
_REASON = ("ref", "law", "layer", "zone", "area_m2", "share", "condition")
_JOINT = Text("；", "; ")

_W = {
    "parcel_id": Text("地块", "parcel"),
    "enterprise_id": Text("企业", "enterprise"),
    "name": Text("名称", "name"),
    "industry": Text("行业代码", "industry code"),
    "industry_name": Text("行业", "industry"),
    "parcels": Text("用地", "parcels"),
    "area_m2": Text("面积（平方米）", "area (m²)"),
    "use": Text("用途", "use"),
    "pathway": Text("方式", "pathway"),
    "outcome": Text("结论", "outcome"),
    "open": Text("待核事项", "to be settled"),
    "ref": Text("规则", "rule"),
    "law": Text("依据条文", "law"),
    "layer": Text("图层", "layer"),
    "zone": Text("分区", "zone"),
    "share": Text("占地块比例", "share of the parcel"),
    "condition": Text("规定", "what it says"),
    "actions": Text("行为", "actions"),
    "uses": Text("适用用途", "uses"),
    "verified": Text("条文已核", "text checked"),
    "source": Text("来源", "source"),
    "licence": Text("许可", "licence"),
    "date": Text("日期", "date"),
    "rows": Text("要素数", "rows"),
    "repaired": Text("修复", "repaired"),
    "set_aside": Text("剔除", "set aside"),
    "fault": Text("故障", "fault"),
    "remarks": Text("备注", "remarks"),
    "not_supplied": Text("未提供", "not supplied"),
    "yes": Text("是", "yes"),
    "no": Text("否", "no"),
    "all": Text("全部", "all"),
    "reasons_sheet": Text("依据", "Reasons"),
    "law_sheet": Text("规则", "Law"),
    "layers_sheet": Text("图层", "Layers"),
    "about_sheet": Text("说明", "About"),
    "title": Text("项目", "project"),
    "notice": Text("注意", "notice"),
    "scenario": Text("情景", "scenario"),
    "disclaimer": Text("声明", "disclaimer"),
    "rulebook": Text("规则库", "rulebook"),
    "on": Text("适用日期", "law as of"),
    "assessment_id": Text("评估编号", "assessment"),
    "legend": Text("图例", "legend"),
    "left_out": Text(
        "依据过多，未列入本表；请见 .parquet 或 .gpkg，或减少地块、用途。",
        "There are too many reasons for a sheet; write .parquet or .gpkg, or choose fewer parcels or uses.",
    ),
}  # fmt: skip
_LEGEND = (
    OUTCOME_WORDS[Outcome.PERMITTED],
    Text("有条件符合；注明须批准的最高层级", "conditional; the highest authority that must sign is named"),
    OUTCOME_WORDS[Outcome.PROHIBITED],
    Text("待核实，或各地块结论不一；注明可能的范围", "to be settled, or differing by parcel; the span is shown"),
)


def write_verdicts(
    assessment: Assessment, path: Path, *, enterprises: bool = False, language: Language | None = None
) -> None:
    """Write a row a parcel (or enterprise) x use x pathway; `.xlsx` has a sheet a pathway, `.gpkg` the ground too.

    Parameters
    ----------
    assessment
        What was asked and answered.
    path
        A file that ends in `.csv`, `.gpkg`, `.parquet` or `.xlsx`; one that exists is replaced.
    enterprises
        Write the enterprises' verdicts instead of the parcels'.
    language
        Of the words; the project's unless given. Column names stay English ids, but for `.xlsx`.

    Raises
    ------
    OutputError
        If the file's ending is not known, or the rows do not fit.
    """
    suffix = _suffix(path)
    told = _Told(assessment, language or assessment.project.language, enterprises)
    if suffix == ".xlsx":
        _write_workbook(told, path)
    elif suffix == ".gpkg":
        _write_layers(path, told.layers())
    else:
        write_table(told.table(), path)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as it is: named indexes as columns; `.xlsx` without geometry, `.csv` with it as WKT.

    In `.csv` a text that a spreadsheet would take for a formula gets an apostrophe before it, and the file starts with
    the mark that makes Excel read Chinese; `.parquet` and `.gpkg` hold the data exactly.

    Raises
    ------
    OutputError
        If the file's ending is not known, the frame has no geometry for `.gpkg`, or too many rows for `.xlsx`.
    """
    suffix = _suffix(path)
    spatial = isinstance(frame, gpd.GeoDataFrame)
    if any(frame.index.names):
        frame = frame.reset_index()
    if suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif suffix == ".csv":
        _defused(gpd.GeoDataFrame(frame).to_wkt() if spatial else frame).to_csv(
            path, index=False, encoding="utf-8-sig", lineterminator="\n"
        )
    elif suffix == ".gpkg":
        if not spatial:
            message = "a table without geometry is no .gpkg; write .csv, .parquet or .xlsx"
            raise OutputError(message)
        _write_layers(path, {path.stem: frame})
    else:
        plain = pd.DataFrame(frame.drop(columns=frame.geometry.name)) if spatial else frame
        with _workbook(path, "") as book:
            heads = [(str(name), str(name)) for name in plain.columns]
            _fill(book, "table", heads, plain.itertuples(index=False, name=None), len(plain))


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".gpkg", ".parquet", ".xlsx"):
        message = f"{path.name}: {suffix or 'no ending'} is no kind of table; known: .csv, .gpkg, .parquet, .xlsx"
        raise OutputError(message)
    return suffix


@dataclass(frozen=True, eq=False)
class _Sets:
    """A table rows x questions of codes, each standing for a set of numbers."""

    codes: NDArray[np.int32]
    members: tuple[tuple[int, ...], ...]

    @classmethod
    def interned(cls, count: int, questions: Iterable[tuple[NDArray[np.intp], NDArray[np.intp]]]) -> _Sets:
        """Give each set of numbers that a row has on a question a code; a question is (rows, numbers)."""
        known: dict[tuple[int, ...], int] = {(): 0}
        columns = []
        for rows, numbers in questions:
            kinds, which = np.unique(numbers, return_inverse=True)
            has = np.zeros((count, len(kinds) + 1), dtype=bool)
            has[rows, which] = True
            distinct, code = np.unique(np.packbits(has, axis=1), axis=0, return_inverse=True)
            held = np.unpackbits(distinct, axis=1, count=len(kinds)).astype(bool)
            names = [known.setdefault(tuple(kinds[row].tolist()), len(known)) for row in held]
            columns.append(np.array(names, np.int32)[code.ravel()])
        return cls(np.stack(columns, axis=1), tuple(known))

    def united(self, groups: Sequence[NDArray[np.intp]], *, alone: tuple[int, ...] = ()) -> _Sets:
        """Unite the sets of groups of rows; a group without rows gets `alone`."""
        known: dict[tuple[int, ...], int] = {(): 0}
        codes = np.zeros((len(groups), self.codes.shape[1]), np.int32)
        for row, places in enumerate(groups):
            for question, column in enumerate(self.codes[places].T):
                union = {number for code in set(column.tolist()) for number in self.members[code]}
                members = tuple(sorted(union)) if len(places) else alone
                codes[row, question] = known.setdefault(members, len(known))
        return _Sets(codes, tuple(known))


@dataclass(frozen=True, eq=False)
class _Told:
    """An assessment in words of one language: everything that a table of it may say."""

    assessment: Assessment
    language: Language
    enterprises: bool

    def word(self, name: str) -> str:
        return _W[name][self.language]

    def heads(self, names: Iterable[str]) -> list[tuple[str, str]]:
        return [(name, self.word(name)) for name in names]

    @cached_property
    def groups(self) -> list[NDArray[np.intp]]:
        """The places of each enterprise's parcels."""
        links, index = self.assessment.project.occupancy, self.assessment.parcels.index
        of_firm = links.groupby("enterprise_id")["parcel_id"].unique()
        found = [index.get_indexer(of_firm.get(firm, [])) for firm in self.assessment.project.enterprises.index]
        return [places[places >= 0] for places in found]

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        return enterprise_verdicts(self.assessment) if self.enterprises else self.assessment.verdicts

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """A row a parcel or enterprise, with what may be told of it."""
        if self.enterprises:
            return _columns(self.assessment.project.enterprises, ENTERPRISE_COLUMNS)
        return _columns(self.assessment.parcels, (*PARCEL_COLUMNS, *self.assessment.project.rulebook.facts))

    @cached_property
    def rule_of(self) -> NDArray[np.intp]:
        """The number of each finding's rule."""
        number = {rule.id: place for place, rule in enumerate(self.assessment.rules)}
        return np.asarray(self.assessment.findings["rule"].map(number), dtype=np.intp)

    @cached_property
    def place_of(self) -> NDArray[np.intp]:
        """The place of each finding's parcel."""
        return np.asarray(self.assessment.parcels.index.get_indexer(self.assessment.findings["parcel_id"]))

    @cached_property
    def spoken(self) -> NDArray[np.bool_]:
        """Questions x findings: whether the finding's rule speaks on the question."""
        asked = self.assessment.questions
        return np.array([speaks(rule, asked) > 0 for rule in self.assessment.rules]).reshape(-1, len(asked)).T

    def deciding(self, question: int) -> NDArray[np.intp]:
        """Return the findings that make the verdicts of a question: those that set the mildest, or raise the span."""
        rules, judged, found = self.assessment.rules, self.assessment.judgement, self.assessment.findings
        mine = np.flatnonzero(self.spoken[question][self.rule_of])
        outcome = np.array([rule.outcome for rule in rules], np.int8)[self.rule_of[mine]]
        worst = np.array([max(rule.outcome, rule.could_be or 0) for rule in rules], np.int8)[self.rule_of[mine]]
        least, most = judged.least[self.place_of[mine], question], judged.most[self.place_of[mine], question]
        sure = (found["holds"].to_numpy(bool) & found["verified"].to_numpy(bool))[mine]
        decides = (sure & (outcome >= least)) | ((most > least) & (worst > least))
        return np.asarray(mine[decides])

    @cached_property
    def decided_by(self) -> list[NDArray[np.intp]]:
        return [self.deciding(question) for question in range(len(self.assessment.questions))]

    @cached_property
    def rule_sets(self) -> _Sets:
        """The deciding rules of each verdict; the number after the last is a plan's silence that prohibits."""
        least, silence = self.assessment.judgement.least, len(self.assessment.rules)

        def questions() -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
            for question, rows in enumerate(self.decided_by):
                places = self.place_of[rows]
                bare = least[:, question] == Outcome.PROHIBITED
                bare[places] = False
                mute = np.flatnonzero(bare)
                numbers = np.r_[self.rule_of[rows], np.full(len(mute), silence)]
                yield np.r_[places, mute], numbers

        return self._of_subjects(_Sets.interned(len(least), questions()))

    @cached_property
    def approval_sets(self) -> _Sets:
        """The rules whose approvals each verdict needs; a prohibited use needs none."""
        asks = np.array([bool(rule.approvals) and rule.outcome != Outcome.PROHIBITED for rule in self.assessment.rules])
        able = np.flatnonzero(asks[self.rule_of] & self.assessment.findings["holds"].to_numpy(bool))
        least = self.assessment.judgement.least

        def questions() -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
            for question in range(least.shape[1]):
                rows = able[self.spoken[question][self.rule_of[able]]]
                rows = rows[least[self.place_of[rows], question] != Outcome.PROHIBITED]
                yield self.place_of[rows], self.rule_of[rows]

        return self._of_subjects(_Sets.interned(len(least), questions()))

    @cached_property
    def causes(self) -> list[Any]:
        return list(dict.fromkeys(cause for causes in self.assessment.open_sets for cause in causes))

    @cached_property
    def open_sets(self) -> _Sets:
        number = {cause: place for place, cause in enumerate(self.causes)}
        members = tuple(tuple(number[cause] for cause in causes) for causes in self.assessment.open_sets)
        return self._of_subjects(_Sets(self.assessment.judgement.open, members), alone=(len(number),))

    def _of_subjects(self, sets: _Sets, *, alone: tuple[int, ...] = ()) -> _Sets:
        return sets.united(self.groups, alone=alone) if self.enterprises else sets

    @cached_property
    def open_words(self) -> list[tuple[str, ...]]:
        """What is to be settled, for each code of `open_sets`."""
        rules = {rule.id: rule for rule in self.assessment.rules}
        project, language = self.assessment.project, self.language
        said = [cause_words(project, cause, rules, language)[0] for cause in self.causes] + [_NO_PARCEL[language]]
        return [tuple(dict.fromkeys(said[number] for number in members)) for members in self.open_sets.members]

    @cached_property
    def span_words(self) -> pd.Categorical:
        """The headline of each verdict."""
        least, most = self.codes("at_least"), self.codes("at_most")
        distinct, code = np.unique(
            (self.open_sets.codes.ravel().astype(np.int64) * 4 + least) * 4 + most, return_inverse=True
        )
        said = [span(n // 4 % 4, n % 4, self.language, self.open_words[n // 16]) for n in distinct.tolist()]
        return _dictionary(code, said)

    def codes(self, column: str) -> NDArray[np.int8]:
        return np.asarray(self.verdicts[column].cat.codes)

    def _said(self, sets: _Sets, say: Callable[[tuple[int, ...]], Iterable[str]]) -> pd.Categorical:
        joint = _JOINT[self.language]
        return _dictionary(sets.codes.ravel(), [joint.join(dict.fromkeys(say(members))) for members in sets.members])

    def table(self) -> pd.DataFrame:
        """Return a row a subject x use x pathway, words as dictionaries: a million rows hold few distinct ones."""
        rulebook, asked, verdicts = self.assessment.project.rulebook, self.assessment.questions, self.verdicts
        rules, language, judged = self.assessment.rules, self.language, self.assessment.judgement
        use, pathway = self.codes("use"), self.codes("pathway")
        refs = [rule.ref or rule.id for rule in rules] + ["—"]
        laws = [f"{finding_words(rule, language)} {law_words(rulebook, rule, language)}" for rule in rules]
        laws.append(_NOT_LISTED[language])
        permits = {permit.id: permit_words(permit, language).strip(" →") for permit in rulebook.permits.values()}
        columns: dict[str, Any] = {verdicts.columns[0]: verdicts.iloc[:, 0]}
        for name in self.subjects.columns.intersection(["name", "industry"], sort=False):
            texts = [_text(value) for value in self.subjects[name]]
            columns[str(name)] = _dictionary(np.repeat(np.arange(len(texts)), len(asked)), texts)
        columns |= {
            "use": verdicts["use"],
            "use_title": _dictionary(use, [each.title[language] for each in asked.uses]),
            "use_group": _dictionary(use, [each.group for each in asked.uses]),
            "pathway": verdicts["pathway"],
            "pathway_title": _dictionary(pathway, [each.title[language] for each in asked.pathways]),
            **{name: verdicts[name] for name in ("outcome", "at_least", "at_most")},
            "words": self.span_words,
            "open": _dictionary(
                self.open_sets.codes.ravel(), [_JOINT[language].join(words) for words in self.open_words]
            ),
            "rules": self._said(self.rule_sets, lambda members: (refs[number] for number in members)),
            "reasons": self._said(self.rule_sets, lambda members: (laws[number] for number in members)),
            "approvals": self._said(
                self.approval_sets,
                lambda members: (
                    permits[name] for name in permits if any(name in rules[number].approvals for number in members)
                ),
            ),
        }
        for code, name in enumerate(OUTCOMES):
            columns[f"{name}_m2"] = self._of_ground(judged.area_m2[code], np.sum)
        columns["largest_remaining_m2"] = self._of_ground(judged.largest_m2, np.max)
        columns["level"] = verdicts["level"]
        if self.enterprises:
            columns |= {f"{name}_parcels": verdicts[f"{name}_parcels"] for name in OUTCOMES}
        table = pd.DataFrame(columns)
        table.attrs = dict(self.about())
        return table

    def _of_ground(self, values: NDArray[np.float64], how: Callable[..., Any]) -> NDArray[np.float64]:
        if not self.enterprises:
            return values.ravel()
        return np.array([how(values[places], axis=0, initial=0.0) for places in self.groups]).ravel()

    def about(self) -> list[tuple[str, str]]:
        """Return what the verdicts are and are not, by the names of `_W`."""
        project, rulebook, language = self.assessment.project, self.assessment.project.rulebook, self.language
        said = [
            ("title", project.title[language]),
            ("notice", project.notice[language] if project.notice else ""),
            ("scenario", project.scenario_title[language] if project.scenario_title else project.scenario or ""),
            ("disclaimer", rulebook.disclaimer[language]),
            ("rulebook", f"{rulebook.title[language]} ({rulebook.id} {rulebook.version}, {rulebook.date.isoformat()})"),
            ("on", self.assessment.on.isoformat()),
            ("assessment_id", self.assessment.assessment_id),
        ]
        return [(name, words) for name, words in said if words]

    def layers(self) -> dict[str, pd.DataFrame]:
        """Return the layers and tables of a GeoPackage: the ground once, everything else by id."""
        assessment, rulebook = self.assessment, self.assessment.project.rulebook
        counts = {}
        for way, codes in self.by_pathway(self.codes("outcome")):
            for code, name in enumerate(OUTCOMES):
                counts[f"{way.id}_{name}"] = (codes == code).sum(axis=1)
        ground = assessment.parcels.geometry.to_numpy()
        if self.enterprises:
            ground = np.array([shapely.union_all(ground[places]) if len(places) else None for places in self.groups])
        frame = self.subjects.assign(**counts).reset_index()
        place = self.place_of
        met = np.unique(np.concatenate([*self.groups, np.empty(0, np.intp)])) if self.enterprises else place
        findings = assessment.findings[np.isin(place, met)].reset_index(drop=True)
        rules = {rule.id: rule for rule in assessment.rules}
        findings["words"] = findings["rule"].map(lambda name: finding_words(rules[name], self.language))
        findings["law"] = findings["rule"].map(lambda name: law_words(rulebook, rules[name], self.language))
        states = assessment.layers.assign(
            words=_dictionary(
                np.asarray(assessment.layers["state"].cat.codes), [words[self.language] for words in STATE_WORDS]
            )
        )
        tables = {
            "enterprises" if self.enterprises else "parcels": gpd.GeoDataFrame(
                frame, geometry=ground, crs=assessment.parcels.crs
            ),
            "verdicts": self.table(),
            "findings": findings,
            "layers": states,
            "about": pd.DataFrame(self.about(), columns=["name", "words"]),
        }
        if self.enterprises:
            tables["occupancy"] = _columns(assessment.project.occupancy, ("enterprise_id", "parcel_id", "relation"))
        return tables

    def by_pathway(self, values: NDArray[Any]) -> Iterator[tuple[Any, NDArray[Any]]]:
        """Give each pathway's table of subjects x uses."""
        asked = self.assessment.questions
        cube = values.reshape(-1, len(asked.uses), len(asked.pathways))
        for number, way in enumerate(asked.pathways):
            yield way, cube[:, :, number]

    def cells(self) -> NDArray[np.object_]:
        """Say each verdict in a symbol and a word or two."""
        open_words = [bool(words) for words in self.open_words]
        key = np.stack(
            [self.codes("at_least"), self.codes("at_most"), self.codes("level"), self.open_sets.codes.ravel()], axis=1
        )
        distinct, code = np.unique(key, axis=0, return_inverse=True)
        said = []
        for least, most, level, causes in distinct.tolist():
            if least != most:
                word = (_SHORT[Outcome.UNKNOWN] if open_words[causes] else _BY_PARCEL)[self.language]
                said.append(f"{SYMBOLS[Outcome.UNKNOWN]} {word} {SYMBOLS[least]}–{SYMBOLS[most]}")
            else:
                named = least == Outcome.CONDITIONAL and level > 0
                said.append(f"{SYMBOLS[least]} {(LEVEL_WORDS[level] if named else _SHORT[least])[self.language]}")
        return np.array(said, dtype=object)[code.ravel()]

    @cached_property
    def where_decided(self) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """Places of verdicts (parcel x question) in order, and the findings that decide them, strictest first."""
        width = len(self.assessment.questions)
        rows = np.concatenate([*self.decided_by, np.empty(0, np.intp)])
        question = np.repeat(np.arange(width), [len(each) for each in self.decided_by])
        verdict = self.place_of[rows] * width + question
        strict = np.array([rule.outcome for rule in self.assessment.rules], np.int8)[self.rule_of[rows]]
        order = np.lexsort((-self.assessment.findings["area_m2"].to_numpy(float)[rows], -strict, verdict))
        return verdict[order], rows[order]

    @cached_property
    def _reasons(self) -> dict[int, tuple[Any, ...]]:
        return {}

    def reason(self, row: int) -> tuple[Any, ...]:
        """Return a finding as rule reference, law, layer, zone, area, share, condition."""
        if row not in self._reasons:
            rulebook, language = self.assessment.project.rulebook, self.language
            found, rule = self.assessment.findings.iloc[row], self.assessment.rules[self.rule_of[row]]
            maybe = "" if found["holds"] else {"zh": "（可能）", "en": " (possibly)"}[language]
            self._reasons[row] = (
                rule.ref or rule.id,
                law_words(rulebook, rule, language),
                layer_title(self.assessment.project, rule.layer, language),
                zone_words(rulebook.layers.get(rule.layer or ""), found["zone_class"], language),
                float(found["area_m2"]) if rule.layer else None,
                float(found["share"]) if rule.layer else None,
                finding_words(rule, language) + maybe,
            )
        return self._reasons[row]

    def why(self, verdict: int) -> Iterator[tuple[Any, ...]]:
        """Give the reasons of one verdict of a parcel, by its place among all."""
        places, rows = self.where_decided
        for row in rows[slice(*np.searchsorted(places, [verdict, verdict + 1]))].tolist():
            yield self.reason(row)

    def note(self, subject: int, question: int) -> str:
        """Say one cell of a matrix in full: the headline, and a line each reason."""
        width = len(self.assessment.questions)
        places = self.groups[subject].tolist() if self.enterprises else [subject]
        lines = [str(self.span_words[subject * width + question])]
        for place in places:
            for _, law, layer, zone, square, share, condition in dict.fromkeys(self.why(place * width + question)):
                covered = f"{area(square, self.language, ('m2',))} {percent(share)}" if layer else ""
                head = " ".join(part for part in (layer, zone, covered) if part)
                whose = f"{self.assessment.parcels.index[place]} " if self.enterprises else ""
                lines.append(f"- {whose}{head}{_JOINT[self.language] if head else ''}{condition} {law}")
        return "\n".join(lines)

    def reason_rows(self) -> Iterator[list[Any]]:
        """Give a row a parcel's verdict and reason, and one for each verdict without any."""
        asked, judged, language = self.assessment.questions, self.assessment.judgement, self.language
        index, width = self.assessment.parcels.index, len(asked)
        whose = self.groups if self.enterprises else [np.array([place]) for place in range(len(index))]
        sets = [_JOINT[language].join(dict.fromkeys(words)) for words in self._parcel_open_words()]
        for subject, places in zip(self.subjects.index, whose, strict=True):
            for place in places.tolist():
                head = [subject, index[place]] if self.enterprises else [subject]
                for question in range(width):
                    use, way = (
                        asked.uses[question // len(asked.pathways)],
                        asked.pathways[question % len(asked.pathways)],
                    )
                    said = span(int(judged.least[place, question]), int(judged.most[place, question]), language)
                    line = [*head, use.title[language], way.title[language], said, sets[judged.open[place, question]]]
                    reasons = list(dict.fromkeys(self.why(place * width + question))) or [(None,) * len(_REASON)]
                    yield from ([*line, *reason] for reason in reasons)

    def count_reasons(self) -> int:
        """Return how many rows `reason_rows` gives."""
        width, parcels = len(self.assessment.questions), len(self.assessment.parcels)
        found = np.bincount(self.where_decided[0], minlength=width * parcels)
        of_parcel = np.maximum(found, 1).reshape(parcels, width).sum(axis=1)
        told = np.concatenate([*self.groups, np.empty(0, np.intp)]) if self.enterprises else np.arange(parcels)
        return int(of_parcel[told].sum())

    def matrix_heads(self) -> tuple[list[str], Iterator[list[Any]]]:
        """Return the columns that say which parcel or enterprise a row of a matrix is, and their values."""
        known = self.subjects.columns
        trade = "industry_name" if "industry_name" in known else "industry"
        shown = [name for name in ("name", trade) if name in known]
        if self.enterprises:
            index = self.assessment.parcels.index
            last: Iterable[Any] = (_LIST[self.language].join(map(str, index[places])) for places in self.groups)
        else:
            last = self.assessment.evidence.area_m2
        first = [self.subjects.index, *(self.subjects[name] for name in shown), last]
        heads = [str(self.verdicts.columns[0]), *shown, "parcels" if self.enterprises else "area_m2"]
        return heads, (list(row) for row in zip(*first, strict=True))

    def _parcel_open_words(self) -> list[list[str]]:
        rules = {rule.id: rule for rule in self.assessment.rules}
        project = self.assessment.project
        return [
            [cause_words(project, cause, rules, self.language)[0] for cause in causes]
            for causes in self.assessment.open_sets
        ]

    def law_rows(self) -> Iterator[list[Any]]:
        rulebook, language = self.assessment.project.rulebook, self.language
        asked = {use.id: use.title[language] for use in self.assessment.questions.uses}
        for rule in self.assessment.rules:
            uses = [title for name, title in asked.items() if name in rule.uses]
            yield [
                rule.ref or rule.id,
                OUTCOME_SHORT[rule.outcome][language],
                rule.condition[language],
                law_words(rulebook, rule, language),
                layer_title(self.assessment.project, rule.layer, language),
                _JOINT[language].join(self._where(rule)),
                action_words(rule, language),
                self.word("all") if len(uses) == len(asked) else _JOINT[language].join(uses),
                self.word("yes" if rule.verified else "no"),
            ]

    def _where(self, rule: Rule) -> Iterator[str]:
        law = self.assessment.project.rulebook.layers.get(rule.layer or "")
        for name, values in rule.where.items():
            alone = law is None or len(law.attributes) == 1
            words = (zone_words(law, value if alone else f"{name}={value}", self.language) or value for value in values)
            yield _LIST[self.language].join(words)

    def layer_rows(self) -> Iterator[list[Any]]:
        project, language, evidence = self.assessment.project, self.language, self.assessment.evidence
        for name in dict.fromkeys([*project.layers, *evidence.layers]):
            layer, counts = project.layers.get(name), [None] * len(STATES)
            if name in evidence.layers:
                column = evidence.states[:, evidence.layers.index(name)]
                counts = np.bincount(column, minlength=len(STATES)).tolist()
            told = [name, layer_title(project, name, language), *counts]
            if layer is None:
                yield [*told, None, None, None, None, None, None, self.word("not_supplied"), None]
                continue
            origin = layer.provenance
            yield [
                *told, origin.source[language] if origin.source else None, origin.licence, origin.date, layer.rows_read,
                layer.repaired, layer.set_aside, layer.fault, _JOINT[language].join(layer.remarks),
            ]  # fmt: skip


def _columns(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    return frame[[name for name in dict.fromkeys(names) if name in frame.columns]]


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124  NaN is not itself


def _dictionary(codes: NDArray[Any], words: Sequence[Hashable]) -> pd.Categorical:
    """Return small integers as words, of which several may be the same."""
    distinct = list(dict.fromkeys(words))
    place = {word: number for number, word in enumerate(distinct)}
    return pd.Categorical.from_codes(np.array([place[word] for word in words], np.int32)[codes], distinct)  # type: ignore[call-overload,no-any-return]


def _defused(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before every text that a spreadsheet would take for a formula."""

    def harmless(value: object) -> object:
        return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value

    columns = {}
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = pd.Series(_dictionary(column.cat.codes.to_numpy(), [*map(harmless, column.cat.categories)]))
        elif not pd.api.types.is_numeric_dtype(column):
            column = column.map(harmless)
        columns[harmless(name)] = column
    return pd.DataFrame(columns)


@contextmanager
def _always_the_same_day() -> Iterator[None]:
    """Keep the clock out of GeoPackages."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": ALWAYS.strftime("%Y-%m-%dT%H:%M:%S.000Z")})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _write_layers(path: Path, layers: dict[str, pd.DataFrame]) -> None:
    path.unlink(missing_ok=True)
    with _always_the_same_day():
        for name, frame in layers.items():
            plain = frame.astype(dict.fromkeys(frame.select_dtypes("category").columns, object))
            ground: dict[str, Any] = {}
            if isinstance(frame, gpd.GeoDataFrame):
                polygons = frame.geometry.dropna().geom_type.isin(["Polygon", "MultiPolygon"]).all()
                ground = {
                    "geometry_type": "MultiPolygon" if polygons else "Unknown",
                    "promote_to_multi": bool(polygons),
                }
            pyogrio.write_dataframe(plain, path, layer=name, driver="GPKG", append=path.exists(), **ground)


@contextmanager
def _workbook(path: Path, title: str) -> Iterator[Any]:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": ALWAYS.replace(tzinfo=None), "title": _cell(title)})
    yield book
    book.close()


def _cell(text: str) -> str:
    """Return a text that a cell can hold: characters that XML forbids replaced, the rest of a very long one cut."""
    text = re.sub(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
    return text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"


def _put(sheet: Any, row: int, column: int, value: object, style: Any = None) -> None:  # noqa: ANN401  xlsxwriter's
    if isinstance(value, (bool, np.bool_)):
        sheet.write_boolean(row, column, bool(value), style)
    elif isinstance(value, (int, float, np.integer, np.floating)) and np.isfinite(value):
        sheet.write_number(row, column, value, style)
    elif _text(value):
        sheet.write_string(row, column, _cell(_text(value)), style)


def _sheet(book: Any, name: str, rows: int, columns: int) -> Any:  # noqa: ANN401
    """Add a landscape sheet that prints as wide as the page, under a name that Excel takes."""
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        message = (
            f"{rows:,} rows x {columns:,} columns are more than a sheet of .xlsx holds ({MOST_ROWS:,} x "
            f"{MOST_COLUMNS:,}); write .parquet, or choose fewer parcels or uses"
        )
        raise OutputError(message)
    taken = {sheet.get_name().lower() for sheet in book.worksheets()}
    plain = re.sub(r"[\[\]:*?/\\]", " ", _cell(name)).strip("' ")[:27] or "sheet"
    name = next(each for each in (plain, *(f"{plain} {n}" for n in range(2, 99))) if each.lower() not in taken)
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    return sheet


def _fill(
    book: Any,  # noqa: ANN401  xlsxwriter's
    name: str,
    heads: Sequence[tuple[str, str]],
    rows: Iterable[Iterable[object]],
    count: int,
) -> None:
    """Add a sheet of rows under one row of headers (id, words), as wide as what is in it asks for."""
    sheet = _sheet(book, name, count + 1, len(heads))
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    square, share = book.add_format({"num_format": "#,##0.00"}), book.add_format({"num_format": "0.0%"})
    styles = [share if key == "share" else square if key.endswith("_m2") else None for key, _ in heads]
    widths = [8] * len(heads)
    for column, (_, words) in enumerate(heads):
        _put(sheet, 0, column, words, bold)
    last = 1
    for last, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            _put(sheet, last, column, value, styles[column])
            if last < 200 and isinstance(value, str):  # noqa: PLR2004  enough rows to see how wide a column is
                widths[column] = max(widths[column], min(_wide(value), 60))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width + 1)
    sheet.freeze_panes(1, 1)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, last, max(len(heads) - 1, 0))


def _wide(text: str) -> int:
    return sum(2 if ord(letter) >= 0x2E80 else 1 for letter in text)  # noqa: PLR2004  Chinese takes two columns


def _write_workbook(told: _Told, path: Path) -> None:
    rules = told.assessment.rules
    title = told.assessment.project.title[told.language]
    reasons = told.count_reasons()
    with _workbook(path, title) as book:
        for number, (way, cells) in enumerate(told.by_pathway(told.cells())):
            _matrix(book, told, number, way.title[told.language], cells)
        if reasons <= MOST_REASONS:
            heads = ["parcel_id", "use", "pathway", "outcome", "open", *_REASON]
            heads = ["enterprise_id", *heads] if told.enterprises else heads
            _fill(book, told.word("reasons_sheet"), told.heads(heads), told.reason_rows(), reasons)
        heads = ["ref", "outcome", "condition", "law", "layer", "zone", "actions", "uses", "verified"]
        _fill(book, told.word("law_sheet"), told.heads(heads), told.law_rows(), len(rules))
        states = [(name, words[told.language]) for name, words in zip(STATES, STATE_WORDS, strict=True)]
        origin = told.heads(["source", "licence", "date", "rows", "repaired", "set_aside", "fault", "remarks"])
        layers = list(told.layer_rows())
        columns = [*told.heads(["layer", "name"]), *states, *origin]
        _fill(book, told.word("layers_sheet"), columns, layers, len(layers))
        _about(book, told, left_out=reasons > MOST_REASONS)


def _matrix(
    book: Any,  # noqa: ANN401  xlsxwriter's
    told: _Told,
    number: int,
    title: str,
    cells: NDArray[np.object_],
) -> None:
    """Add the sheet of one pathway: a row a parcel or enterprise, a column a use, a symbol each cell."""
    project, asked, language = told.assessment.project, told.assessment.questions, told.language
    groups = list(project.rulebook.groups)
    order = sorted(range(len(asked.uses)), key=lambda place: groups.index(asked.uses[place].group))
    heads, facts = told.matrix_heads()
    first = len(heads)
    sheet = _sheet(book, title, len(cells) + 3, first + len(order))
    bold = book.add_format({"bold": True, "valign": "bottom", "bottom": 1, "text_wrap": True})
    turned = book.add_format({"bold": True, "rotation": 90, "valign": "bottom", "align": "center", "border": 1})
    over = book.add_format({"bold": True, "align": "center", "border": 1, "bg_color": "#E8EBF0"})
    plain = book.add_format({"num_format": "#,##0.00", "valign": "vcenter"})
    filled = dict(zip(SYMBOLS, _fills(book), strict=True))
    told_of = [words for name, words in told.about() if name in ("notice", "scenario")]
    _put(sheet, 0, 0, " · ".join([project.title[language], title, *told_of]), book.add_format({"bold": True}))
    for column, (key, words) in enumerate(told.heads(heads)):
        _put(sheet, 2, column, words, bold)
        sheet.set_column(
            column, column, 12 if key.endswith("_m2") else 22 if key in ("name", "industry_name", "parcels") else 14
        )
    names = [asked.uses[place].group for place in order]
    for group in dict.fromkeys(names):
        start, stop = first + names.index(group), first + names.index(group) + names.count(group) - 1
        if stop > start:
            sheet.merge_range(1, start, 1, stop, "", over)
        _put(sheet, 1, start, project.rulebook.groups[group][language], over)
    sheet.set_row(2, 150)
    sheet.set_column(first, first + len(order) - 1, 13 if language == "zh" else 14)
    noted = len(cells) * len(asked) <= MOST_NOTES
    for column, place in enumerate(order, start=first):
        _put(sheet, 2, column, asked.uses[place].title[language], turned)
    for row, fact in enumerate(facts):
        for column, value in enumerate(fact):
            _put(sheet, row + 3, column, value, plain)
        for column, place in enumerate(order, start=first):
            cell = cells[row, place]
            _put(sheet, row + 3, column, cell, filled[cell[0]])
            if noted:
                note = told.note(row, place * len(asked.pathways) + number)
                sheet.write_comment(row + 3, column, _cell(note), {"x_scale": 4, "y_scale": 2})
    sheet.freeze_panes(3, min(first, 2))
    sheet.repeat_rows(0, 2)
    sheet.autofilter(2, 0, max(len(cells) + 2, 3), first + len(order) - 1)


def _fills(book: Any) -> list[Any]:  # noqa: ANN401
    return [book.add_format({"bg_color": colour, "border": 1, "border_color": "#FFFFFF"}) for colour in COLOURS]


def _about(book: Any, told: _Told, *, left_out: bool) -> None:  # noqa: ANN401
    sheet = _sheet(book, told.word("about_sheet"), 1, 2)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    lines = [*told.about(), *([("reasons_sheet", told.word("left_out"))] if left_out else [])]
    for row, (name, words) in enumerate(lines):
        _put(sheet, row, 0, told.word(name), bold)
        _put(sheet, row, 1, words, wrapped)
    _put(sheet, len(lines) + 1, 0, told.word("legend"), bold)
    for row, (symbol, style, meaning) in enumerate(zip(SYMBOLS, _fills(book), _LEGEND, strict=True), len(lines) + 2):
        _put(sheet, row, 0, symbol, style)
        _put(sheet, row, 1, meaning[told.language], wrapped)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
