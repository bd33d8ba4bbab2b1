"""An assessment in words of one language: the long table, and what the rows of other tables say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_tej.frames import columns_of
from geo_tej.i18n import CLAUSE, COLON, IN_PART_WORDS, OUTCOME_SHORT, span
from geo_tej.model import OUTCOMES, Level, Outcome
from geo_tej.tables.clear import clear_words, ground_words
from geo_tej.tables.deciding import Deciding
from geo_tej.tables.sets import Sets, dictionary
from geo_tej.tables.words import ENTERPRISE_COLUMNS, NO_PARCEL, PARCEL_COLUMNS, WORDS, Reason, about, plain, ref_words
from geo_tej.verdict import Cause, enterprise_verdicts
from geo_tej.verdict.explanation import hangs_on
from geo_tej.verdict.footprint import ALL_BARRED
from geo_tej.verdict.standing import BARRED
from geo_tej.verdict.steadiness import boundary_words, centimetres, steadiness, steadiness_words
from geo_tej.verdict.words import (
    cause_words,
    decision_words,
    doubt_words,
    finding_words,
    law_words,
    layer_title,
    permit_words,
    zone_words,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.model import Pathway, Rule
    from geo_tej.verdict import Assessment
    from geo_tej.verdict.key import Key
    from geo_tej.verdict.robust import Robustness


@dataclass(frozen=True, eq=False)
class Told:
    """An assessment in words of one language: everything that a table of it may say."""

    assessment: Assessment
    language: Language
    enterprises: bool

    def word(self, name: str) -> str:
        """Return a word of `WORDS`."""
        return WORDS[name][self.language]

    def joined(self, words: Iterable[str]) -> str:
        """Put words in a row, each once."""
        return CLAUSE[self.language].join(dict.fromkeys(words))

    @cached_property
    def deciding(self) -> Deciding:
        """What decides the parcels' verdicts."""
        return Deciding(self.assessment)

    @cached_property
    def groups(self) -> list[NDArray[np.intp]]:
        """The places of the parcels of each parcel (itself) or enterprise."""
        index = self.assessment.parcels.index
        if not self.enterprises:
            return list(np.arange(len(index))[:, None])
        of_firm = self.assessment.project.occupancy.groupby("enterprise_id")["parcel_id"].unique()
        found = [index.get_indexer(of_firm.get(firm, [])) for firm in self.assessment.project.enterprises.index]
        return [places[places >= 0] for places in found]

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """A row a parcel or enterprise x use x pathway."""
        return enterprise_verdicts(self.assessment) if self.enterprises else self.assessment.verdicts

    @cached_property
    def subjects(self) -> pd.DataFrame:
        """A row a parcel or enterprise, with what may be told of it."""
        if not self.enterprises:
            return columns_of(self.assessment.parcels, (*PARCEL_COLUMNS, *self.assessment.project.rulebook.facts))
        firms = columns_of(self.assessment.project.enterprises, ENTERPRISE_COLUMNS)
        return firms.astype({name: "boolean" for name in firms.columns if name == "above_designated"})

    def of_subjects(self, sets: Sets, *, alone: tuple[int, ...] = ()) -> Sets:
        """Unite the sets of an enterprise's parcels."""
        return sets.united(self.groups, alone=alone) if self.enterprises else sets

    def codes(self, column: str) -> NDArray[np.int8]:
        """Return a column of the verdicts as numbers."""
        return np.asarray(self.verdicts[column].cat.codes)

    def by_pathway(self, values: NDArray[Any]) -> Iterator[tuple[Pathway, NDArray[Any]]]:
        """Give each pathway's table of subjects x uses."""
        asked = self.assessment.questions
        cube = values.reshape(-1, len(asked.uses), len(asked.pathways))
        for number, way in enumerate(asked.pathways):
            yield way, cube[:, :, number]

    @cached_property
    def _causes(self) -> dict[Cause, int]:
        causes = dict.fromkeys(cause for causes in self.assessment.open_sets for cause in causes)
        return {cause: number for number, cause in enumerate(causes)}

    def _open_words(self, sets: Sets) -> list[tuple[str, ...]]:
        project, language = self.assessment.project, self.language
        said = [cause_words(project, cause, self.assessment.rules_by_id, language)[0] for cause in self._causes]
        said.append(NO_PARCEL[language])
        return [tuple(dict.fromkeys(said[number] for number in members)) for members in sets.members]

    @cached_property
    def _parcel_open(self) -> Sets:
        members = tuple(tuple(self._causes[cause] for cause in causes) for causes in self.assessment.open_sets)
        return Sets(self.assessment.judgement.open, members)

    @cached_property
    def open_sets(self) -> Sets:
        """The causes that hold each verdict open; the number after the last is that there is no parcel."""
        return self.of_subjects(self._parcel_open, alone=(len(self._causes),))

    @cached_property
    def open_words(self) -> list[tuple[str, ...]]:
        """What is to be settled, for each code of `open_sets`."""
        return self._open_words(self.open_sets)

    @cached_property
    def span_words(self) -> pd.Categorical:
        """The headline of each verdict."""
        least, most = self.codes("at_least"), self.codes("at_most")
        clear, beside = self._clear
        key = ((self.open_sets.codes.ravel().astype(np.int64) * 4 + least) * 4 + most) * 2 + self.differs
        key = key * len(beside) + clear
        distinct, code = np.unique(key, return_inverse=True)
        language, to_settle = self.language, self.open_words
        said = [
            span(n // 8 % 4, n // 2 % 4, language, to_settle[n // 32], differs=n % 2 == 1, beside=beside[place])
            for n, place in (divmod(each, len(beside)) for each in distinct.tolist())
        ]
        return dictionary(code, said)

    @property
    def _clear(self) -> tuple[NDArray[np.intp], list[str]]:
        """Which words on ground to keep clear go beside each verdict, and the words; a firm's are without areas."""
        if self.enterprises:
            return self.in_part.astype(np.intp), ["", IN_PART_WORDS[self.language]]
        return clear_words(self.assessment.judgement, self.language)

    @cached_property
    def differs(self) -> NDArray[np.bool_]:
        """Whether an enterprise's parcels are settled each, and differ; never of a parcel."""
        return self.verdicts["differs"].to_numpy() if self.enterprises else np.zeros(len(self.verdicts), bool)

    def silence_words(self, key: Key) -> str:
        """Say that a zone's layer does not list the use."""
        cause = Cause(kind="unlisted", layer=key.layer)
        return cause_words(self.assessment.project, cause, self.assessment.rules_by_id, self.language)[0]

    def _said(self, sets: Sets, words: list[str]) -> pd.Categorical:
        return dictionary(
            sets.codes.ravel(), [self.joined(words[number] for number in members) for members in sets.members]
        )

    def _law(self, rule: Rule, *, decided: bool = False) -> str:
        said = finding_words(rule, self.language, decided=decided)
        return f"{said} {law_words(self.assessment.project.rulebook, rule, self.language)}"

    def _reasons(self, sets: Sets, words: list[str]) -> pd.Categorical:
        """Say what decides each verdict; of what an officer has decided, nobody may hold it stricter any more."""
        said = [self.joined(words[number] for number in members) for members in sets.members]
        rules = self.assessment.rules_by_id
        codes = sets.codes.ravel().astype(np.intp)
        stood = self.assessment.judgement.stood == BARRED
        if self.enterprises:
            stood = np.array([stood[places].any(axis=0) for places in self.groups], bool)
        barred = np.flatnonzero(stood)
        place_of = {rule: number for number, rule in enumerate(rules)}
        for subject, places in enumerate(self.groups):
            settled = [self._settled(place) for place in places.tolist()]
            for question in set.intersection(*map(set, settled)) if settled else ():
                names = frozenset.intersection(*(each[question] for each in settled))
                own = [*words]
                for name in names:
                    own[place_of[name]] = self._law(rules[name], decided=True)
                verdict = subject * len(self.assessment.questions) + question
                said.append(self.joined(own[number] for number in sets.members[codes[verdict]]))
                codes[verdict] = len(said) - 1
        distinct, which = np.unique(codes[barred], return_inverse=True)
        codes[barred] = len(said) + which
        said += [self.joined(filter(None, (ALL_BARRED[self.language], said[code]))) for code in distinct.tolist()]
        return dictionary(codes, said)

    def _settled(self, place: int) -> dict[int, frozenset[str]]:
        """Return the rules that officers decided on a parcel, by question."""
        return self._all_settled.get(place, {})

    @cached_property
    def _all_settled(self) -> dict[int, dict[int, frozenset[str]]]:
        settled: dict[int, dict[int, frozenset[str]]] = {}
        for (place, question), decisions in self.assessment.decided.items():
            settled.setdefault(place, {})[question] = frozenset(each.rule for each in decisions)
        return settled

    def table(self, *, noticed: bool = False) -> pd.DataFrame:
        """Return a row a subject x use x pathway, words as dictionaries; `noticed` with the project's notice if any."""
        project, asked, verdicts = self.assessment.project, self.assessment.questions, self.verdicts
        rulebook, rules, language = project.rulebook, self.assessment.rules, self.language
        judged, deciding = self.assessment.judgement, self.deciding
        use, pathway = self.codes("use"), self.codes("pathway")
        silences = [self.silence_words(self.assessment.evidence.keys[key]) for key in deciding.found.silences]
        laws = [self._law(rule) for rule in rules]
        speakers = self.of_subjects(deciding.speaker_sets)
        columns: dict[str, Any] = {verdicts.columns[0]: verdicts.iloc[:, 0]}
        each = np.repeat(np.arange(len(self.subjects)), len(asked))
        for name in self.subjects.columns.intersection(["name", "industry"], sort=False):
            columns[str(name)] = dictionary(each, [plain(value) for value in self.subjects[name]])
        if "above_designated" in self.subjects:
            columns["above_designated"] = self.subjects["above_designated"].array[each]
        columns |= {
            "use": verdicts["use"],
            "use_title": dictionary(use, [each.title[language] for each in asked.uses]),
            "use_group": dictionary(use, [each.group for each in asked.uses]),
            "pathway": verdicts["pathway"],
            "pathway_title": dictionary(pathway, [each.title[language] for each in asked.pathways]),
            **{name: verdicts[name] for name in ("outcome", "differs", "at_least", "at_most") if name in verdicts},
            "words": self.span_words,
            "open": dictionary(self.open_sets.codes.ravel(), map(self.joined, self.open_words)),
            "rules": self._said(speakers, [*map(ref_words, rules), *("—" for _ in silences)]),
            "reasons": self._reasons(speakers, laws + silences),
            "approvals": self.approvals,
            "possible_approvals": self.possible_approvals,
            "decisions": self._decisions(),
        }
        for name in judged.grounds:
            columns[name] = self._of_ground(judged.m2(name), np.max if name.startswith("largest") else np.sum)
        columns["level"] = verdicts["level"]
        columns["rank"] = self._rank()
        columns |= self.steady_columns()
        if self.enterprises:
            columns |= {f"{name}_parcels": verdicts[f"{name}_parcels"] for name in OUTCOMES}
        if noticed and project.notice:
            always = np.zeros(len(verdicts), np.intp)
            columns["notice"] = dictionary(always, [project.notice[language]])
            columns["rulebook"] = dictionary(always, [f"{rulebook.id} {rulebook.version}"])
        said: dict[Hashable | None, Any] = dict(about(self.assessment, language))
        if noticed and "assumed" in said:
            columns["assumed"] = dictionary(np.zeros(len(verdicts), np.intp), [said["assumed"]])
        table = pd.DataFrame(columns)
        table.attrs = said
        return table

    def _rank(self) -> NDArray[np.int8]:
        """Return what verdicts sort by: the mildest they can be, then the strictest, then the highest authority."""
        least, most, level = (self.codes(name).astype(np.int8).ravel() for name in ("at_least", "at_most", "level"))
        rank: NDArray[np.int8] = (least * len(Outcome) + most) * np.int8(len(Level)) + level
        return rank

    @cached_property
    def _permit_words(self) -> dict[str, str]:
        rulebook = self.assessment.project.rulebook
        return {
            name: permit_words(rulebook, permit, self.language).strip(" →") for name, permit in rulebook.permits.items()
        }

    @cached_property
    def _approval_sets(self) -> tuple[Sets, list[set[str]]]:
        """The rules whose sign-offs each verdict needs, and the sign-offs of each set of them."""
        sets, rules = self.of_subjects(self.deciding.approval_sets), self.assessment.rules
        return sets, [{name for number in members for name in rules[number].approvals} for members in sets.members]

    @cached_property
    def approvals(self) -> pd.Categorical:
        """The sign-offs that each verdict needs, in the order of the rulebook's table."""
        sets, wanted = self._approval_sets
        words = self._permit_words
        return dictionary(
            sets.codes.ravel(), [self.joined(words[name] for name in words if name in names) for names in wanted]
        )

    @cached_property
    def possible_approvals(self) -> pd.Categorical:
        """The sign-offs that each verdict may need beside those, and what each of them hangs on."""
        sets, wanted = self._approval_sets
        perhaps, (pairs, _) = self.of_subjects(self.deciding.possible_sets), self.deciding.possible
        key = perhaps.codes.ravel().astype(np.int64) * len(wanted) + sets.codes.ravel()
        distinct, code = np.unique(key, return_inverse=True)
        return dictionary(
            code,
            [self._possible([pairs[n] for n in perhaps.members[at // len(wanted)]], wanted[at % len(wanted)])
             for at in distinct.tolist()],
        )  # fmt: skip

    def _possible(self, pairs: list[tuple[int, tuple[Cause, ...]]], sure: set[str]) -> str:
        hangs: dict[str, dict[Cause, None]] = {}
        for number, causes in pairs:
            for name in self.assessment.rules[number].approvals:
                hangs.setdefault(name, {}).update(dict.fromkeys(causes))
        form = {"zh": "{}（视{}而定）", "en": "{} (depends on: {})"}[self.language]
        return self.joined(
            form.format(
                words,
                hangs_on(self.assessment, tuple(sorted(hangs[name], key=lambda cause: cause.rank)), self.language),
            )
            for name, words in self._permit_words.items()
            if name in hangs and name not in sure
        )

    def decision_words(self, place: int, question: int) -> list[str]:
        """Say what officers decided on a parcel's verdict, oldest first."""
        return [decision_words(each, self.language) for each in self.assessment.decided.get((place, question), ())]

    def _decisions(self) -> pd.Categorical:
        """Return what officers decided on each verdict, of an enterprise with the parcel that it was decided on."""
        width, words = len(self.assessment.questions), [""]
        codes = np.zeros(len(self.verdicts), np.intp)
        concerned = {place for place, _ in self.assessment.decided}
        for subject, group in enumerate(self.groups):
            places = [place for place in group.tolist() if place in concerned]
            for question in range(width if places else 0):
                said = [
                    f"{self.assessment.parcels.index[place]} {each}" if self.enterprises else each
                    for place in places
                    for each in self.decision_words(place, question)
                ]
                if said:
                    codes[subject * width + question] = len(words)
                    words.append(self.joined(said))
        return dictionary(codes, words)

    @cached_property
    def steady(self) -> Robustness | None:
        """How robust each subject's verdicts are, an enterprise's as those of its least robust parcel; if asked."""
        robust, question = self.assessment.robust, np.arange(len(self.assessment.questions))
        if robust is None or not self.enterprises:
            return robust
        place = np.full((len(self.groups), len(question)), -1)
        for row, places in enumerate(self.groups):
            if len(places):
                place[row] = places[np.argmin(robust.distance_m[places], axis=0)]
        distance = np.where(place < 0, np.float32(np.nan), robust.distance_m[place, question])
        return replace(robust, distance_m=distance, boundary=np.where(place < 0, -1, robust.boundary[place, question]))

    def steady_columns(self) -> dict[str, Any]:
        """Return whether each verdict is stable, and else how far away which boundary is; nothing unless asked."""
        robust = self.steady
        return {} if robust is None else self._steady_columns(robust.distance_m.ravel(), robust.boundary.ravel())

    def steady_of_subjects(self, pathway: int | None = None) -> dict[str, NDArray[Any]]:
        """Return the same of all verdicts of each subject together, or of those by one pathway."""
        robust = self.steady
        if robust is not None and pathway is not None:
            chosen = slice(pathway, None, len(self.assessment.questions.pathways))
            robust = replace(robust, distance_m=robust.distance_m[:, chosen], boundary=robust.boundary[:, chosen])
        columns = {} if robust is None else self._steady_columns(*robust.of_parcels)
        return {name: np.asarray(values) for name, values in columns.items()}

    def _steady_columns(self, distance_m: NDArray[np.float32], boundary: NDArray[np.int32]) -> dict[str, Any]:
        keys = [*self.assessment.evidence.keys, None]
        return {
            "stable": np.isinf(distance_m),
            "changes_at_m": centimetres(np.where(np.isfinite(distance_m), distance_m, np.nan)),
            "boundary": dictionary(
                boundary, [boundary_words(self.assessment.project, key, self.language) for key in keys]
            ),
        }

    @cached_property
    def in_part(self) -> NDArray[np.bool_]:
        """Whether some ground of each verdict must or may have to be kept clear though no parcel is barred for it."""
        in_part = self.assessment.judgement.in_part
        return np.array([in_part[places].any(axis=0) for places in self.groups], bool).ravel()

    def ground_words(self, place: int, question: int) -> str:
        """Say how much ground of a parcel must or may have to be kept clear though the whole surely is not barred."""
        judged = self.assessment.judgement
        if judged.most[place, question] == Outcome.PROHIBITED:
            return ""
        return ground_words(judged, int(judged.ground[place, question]), self.language)

    def steady_words(self, place: int, question: int) -> str:
        """Say how robust a parcel's verdict is."""
        steady = steadiness(self.assessment, self.assessment.parcels.index[place], question)
        return "" if steady is None else steadiness_words(self.assessment, steady, self.language)

    def _of_ground(self, values: NDArray[np.float64], how: Callable[..., Any]) -> NDArray[np.float64]:
        if not self.enterprises:
            return values.ravel()
        return np.array([how(values[places], axis=0, initial=0.0) for places in self.groups]).ravel()

    @cached_property
    def told_places(self) -> NDArray[np.intp]:
        """The places of the parcels that are told of, one that several enterprises use as often."""
        return np.concatenate([*self.groups, np.empty(0, np.intp)])

    @cached_property
    def _known_reasons(self) -> dict[tuple[int, bool], Reason]:
        return {}

    def reason(self, ground: int, settled: frozenset[str] = frozenset()) -> Reason:
        """Say why a ground decides; `settled` are the rules that officers decided on."""
        speaker = int(self.deciding.found.speaker[ground])
        decided = speaker < len(self.assessment.rules) and self.assessment.rules[speaker].id in settled
        if (ground, decided) not in self._known_reasons:
            self._known_reasons[ground, decided] = self._reason(ground, decided=decided)
        return self._known_reasons[ground, decided]

    def _reason(self, ground: int, *, decided: bool) -> Reason:
        project, language, found = self.assessment.project, self.language, self.deciding.found
        area_m2, share, hit = float(found.area_m2[ground]), float(found.share[ground]), int(found.hit[ground])
        silent = found.silence(int(found.speaker[ground]))
        if silent:
            said = OUTCOME_SHORT[Outcome.PROHIBITED][language] + COLON[language] + self.silence_words(silent)
            law = project.rulebook.layers[silent.layer]
            zone = zone_words(law, silent.zone_class, language)
            return Reason("—", "", law.title[language], zone, area_m2, share, said)
        rule, evidence = self.assessment.rules[found.speaker[ground]], self.assessment.evidence
        label = evidence.keys[evidence.hits.key[hit]].label if hit >= 0 else ""
        unknown = found.unknown(ground)
        doubt = "" if found.holds[ground] else doubt_words(project.rulebook, rule, unknown, language)
        return Reason(
            ref=ref_words(rule),
            law=law_words(project.rulebook, rule, language),
            layer=layer_title(project, rule.layer, language),
            zone=zone_words(project.rulebook.layers.get(rule.layer or ""), label, language),
            area_m2=area_m2 if rule.layer else None,
            share=share if rule.layer else None,
            condition=finding_words(rule, language, doubt, decided=decided),
        )

    def why(self, place: int, question: int) -> list[Reason]:
        """Return the reasons of one verdict of a parcel, each once."""
        verdict = place * len(self.assessment.questions) + question
        settled = self._settled(place).get(question, frozenset())
        return list(dict.fromkeys(self.reason(ground, settled) for ground in self.deciding.of(verdict)))

    def parcel_open_words(self, place: int) -> list[str]:
        """Return what is to be settled on a parcel, question by question."""
        return [self._parcel_open_sets[code] for code in self._parcel_open.codes[place]]

    @cached_property
    def _parcel_open_sets(self) -> list[str]:
        return [self.joined(words) for words in self._open_words(self._parcel_open)]
