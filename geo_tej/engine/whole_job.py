"""The whole job: every parcel assessed, tables and maps written; of a second run only what is new since the first.

    files' hashes -> (nothing new: done)
    layers, law, signatures, decisions -> assessment -> tables and page
    the same and land values, events   -> ways out   -> their tables

A stage is handed all that it may look at, its key is a hash of all that it is handed and of what computes it, and it
is left alone where the key is the last run's and its files are still what that run wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from geo_tej.engine.digest import digest, file_digest, files_digest, made_by
from geo_tej.engine.jobs import only_kind
from geo_tej.engine.keeping import FOLDER, Kept, Record, Stage, read_record, read_work, write_record, write_work
from geo_tej.engine.layering import set_aside_table
from geo_tej.engine.lists import layer_rows
from geo_tej.engine.mapping import require_size, save_map
from geo_tej.engine.news import New, answered, news, parts
from geo_tej.engine.recall import Recall
from geo_tej.engine.transition_jobs import events_of, transitions
from geo_tej.errors import MapError, OutputError
from geo_tej.i18n import told_in
from geo_tej.io import read_project
from geo_tej.io.inputs import input_files
from geo_tej.io.manifest import manifest_path
from geo_tej.io.write import replacing_all
from geo_tej.model import STATES, TransitionData
from geo_tej.report import complaints, outlived_words, summary
from geo_tej.tables import write_table, write_verdicts
from geo_tej.tables.transition import write_transition_table
from geo_tej.verdict import assess

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.model import Project
    from geo_tej.verdict import Assessment

ANSWERS, WAYS_OUT = "answers", "ways out"
"""The stages."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a run is asked for; every field is part of what its results are known by."""

    manifest: Path
    scenario: str | None = None
    language: Language | None = None
    tolerance: float | None = None


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What a run has to say: words, the files there now and which of them it wrote, how many parcels it overlapped.

    `news` is what is new since the last run, None where there was none to compare with; `recomputed` are the parcels
    that were overlapped again, `judged` those that were judged again; `ways_out` says whether ways out were worked out
    again, None where there are none.
    """

    language: Language
    summary: str
    notes: tuple[str, ...]
    faulty: bool
    files: tuple[str, ...]
    written: tuple[str, ...]
    parcels: int
    recomputed: int
    judged: int
    ways_out: bool | None
    news: tuple[New, ...] | None


def run(asked: Asked, folder: Path, *, fresh: bool = False, tell: Callable[[str], None] = lambda _: None) -> Ran:
    """Do the whole job into a folder, all files or none; what an earlier run did and nothing has changed is kept.

    The summary is of the rights parcels, which are the sites that people ask about (of all, where there is no such
    kind).

    Parameters
    ----------
    asked
        Which project, how.
    folder
        Where to write to; files of other names stay there.
    fresh
        Whether everything is to be done again.
    tell
        Called with the name of each part of the job when it begins.

    Raises
    ------
    GeoTejError
        If the project is unfit or the folder cannot be written to.
    """
    tell("layers")
    manifest = manifest_path(asked.manifest)
    kept = Kept(manifest.parent / FOLDER, made_by())
    before, lost = read_record(kept, folder)
    last = None if fresh else before
    key = _key_of_files(asked, kept, manifest)
    if last is not None and key and last.key == key and all(_intact(stage, folder) for stage in last.stages.values()):
        return _ran(last, written=(), due=(), recomputed=0, news=())
    project = read_project(asked.manifest, scenario=asked.scenario)
    language = asked.language or project.language
    ways_out = bool(len(project.enterprises) and project.rulebook.routes)
    looked_at = parts(
        project, language=language, tolerance=asked.tolerance, events=events_of(project) if ways_out else ()
    )
    handed = {ANSWERS: answered(looked_at)} | ({WAYS_OUT: looked_at} if ways_out else {})
    keys = {name: digest((kept.made_by, asked, each)) for name, each in handed.items()}
    due = {name for name in keys if last is None or not _stands(last.stages.get(name), keys[name], folder)}
    work, damage = ({}, None) if fresh or not due else read_work(kept, project.scenario)
    recall = Recall(work)
    said, warned, unkept = ("", (), None) if last is None else (last.summary, last.warned, None)
    stages = {} if last is None else {name: each for name, each in last.stages.items() if name in keys}
    with replacing_all(folder) as beside:
        if ANSWERS in due:
            tell("assess")
            assessment = assess(_answered(project), tolerance=asked.tolerance, steps=recall)
            unkept = write_work(kept, project.scenario, recall.after)
            rights = only_kind(assessment, "rights")
            said = summary(rights, language)
            warned = _write_answers(assessment, rights, beside, language=language, tell=tell)
            stages[ANSWERS] = _stage(keys[ANSWERS], beside)
        if WAYS_OUT in due:
            others = {path.name for path in beside.iterdir()}
            _write_ways_out(project, beside, recall, language=language, tell=tell)
            stages[WAYS_OUT] = _stage(keys[WAYS_OUT], beside, but=others)
        written = tuple(sorted(path.name for path in beside.iterdir()))
    record = Record(
        key=key if key == _key_of_files(asked, kept, manifest) else "",
        language=language,
        summary=said,
        warned=warned,
        notes=tuple(told_in(each, language) for each in (*complaints(project, layers=True), *outlived_words(project))),
        faulty=bool(project.faults),
        parcels=len(project.parcels),
        stages=stages,
        parts=looked_at,
    )
    _clear(before, record, folder)
    write_record(kept, folder, record)
    return _ran(
        record,
        written=written,
        due=due,
        recomputed=int(recall.afresh.sum()) if ANSWERS in due else 0,
        news=None if last is None else news(last.parts, looked_at),
        more=[each for each in (damage or (None if fresh else lost), unkept) if each is not None],
    )


def _key_of_files(asked: Asked, kept: Kept, manifest: Path) -> str:
    """Hash what is asked and all that will be read for it; nothing where some of it lies on other machines."""
    files = input_files(manifest, scenario=asked.scenario)
    return "" if files is None else digest((kept.made_by, asked, files_digest(files, beside=manifest.parent)))


def _answered(project: Project) -> Project:
    """Return a project as the answers see it, without what only ways out ask for."""
    return replace(project, transition=TransitionData())


def _write_answers(
    assessment: Assessment, rights: Assessment, beside: Path, *, language: Language, tell: Callable[[str], None]
) -> tuple[str, ...]:
    """Write the verdicts, what they rest on, and the page; return what is to be told of the page.

    A page that would be too large to open is left out.
    """
    project = assessment.project
    for name in ("verdicts.parquet", "verdicts.gpkg", "verdicts.xlsx"):
        tell(name)
        write_verdicts(assessment if name == "verdicts.parquet" else rights, beside / name, language=language)
    if len(project.enterprises):
        for name in ("enterprises.xlsx", "enterprises.csv", "enterprises.gpkg", "enterprises.parquet"):
            tell(name)
            write_verdicts(rights, beside / name, enterprises=True, language=language)
    tell("overlaps.parquet")
    write_table(assessment.overlaps, beside / "overlaps.parquet")
    if len(assessment.dropped):
        write_table(assessment.dropped, beside / "dropped.csv")
    tell("layers.csv")
    layers = pd.DataFrame(layer_rows(project, assessment, language=language))
    write_table(layers.astype(dict.fromkeys(STATES, "Int64")), beside / "layers.csv")
    aside = set_aside_table(project, language=language)
    if len(aside):
        write_table(aside, beside / "quarantine.csv")
    tell("constraints.html")
    return _write_page(assessment, beside / "constraints.html", language)


def _write_page(assessment: Assessment, path: Path, language: Language) -> tuple[str, ...]:
    """Write the page and return what must be cleared before it is public, or why there is none."""
    try:
        told = save_map(assessment, path, language=language, anyway=True)
        require_size(path.stat().st_size, path.name, "make one of less with geo-tej map (--use, --pathway)")
    except (MapError, OutputError) as fault:
        path.unlink(missing_ok=True)
        return (str(fault),)
    return tuple(told)


def _write_ways_out(
    project: Project, beside: Path, recall: Recall, *, language: Language, tell: Callable[[str], None]
) -> None:
    told = transitions(project, steps=recall)
    for name in ("transition.xlsx", "transition.gpkg", "transition.parquet"):
        tell(name)
        write_transition_table(told, beside / name, language=language)


def _stage(key: str, beside: Path, *, but: Collection[str] = ()) -> Stage:
    return Stage(key=key, files={path.name: file_digest(path) for path in beside.iterdir() if path.name not in but})


def _stands(stage: Stage | None, key: str, folder: Path) -> bool:
    """Say whether a stage was done with the same key, and what it wrote is still there."""
    return stage is not None and stage.key == key and _intact(stage, folder)


def _intact(stage: Stage, folder: Path) -> bool:
    return all(_is(folder / name, sha) for name, sha in stage.files.items())


def _is(path: Path, sha: str) -> bool:
    try:
        return path.is_file() and file_digest(path) == sha
    except OSError:
        return False


def _clear(before: Record | None, now: Record, folder: Path) -> None:
    """Remove what the last run wrote and this one would not have, unless somebody has changed it."""
    there = {name for stage in now.stages.values() for name in stage.files}
    for stage in before.stages.values() if before is not None else ():
        for name, sha in stage.files.items():
            if name not in there and _is(folder / name, sha):
                (folder / name).unlink(missing_ok=True)


def _ran(  # noqa: PLR0913  all that a run has to say
    record: Record,
    *,
    written: tuple[str, ...],
    due: Collection[str],
    recomputed: int,
    news: tuple[New, ...] | None,
    more: Iterable[str] = (),
) -> Ran:
    return Ran(
        language="zh" if record.language == "zh" else "en",
        summary=record.summary,
        notes=(*record.warned, *record.notes, *more),
        faulty=record.faulty,
        files=tuple(sorted(name for stage in record.stages.values() for name in stage.files)),
        written=written,
        parcels=record.parcels,
        recomputed=recomputed,
        judged=record.parcels if ANSWERS in due else 0,
        ways_out=WAYS_OUT in due if WAYS_OUT in record.stages else None,
        news=news,
    )
