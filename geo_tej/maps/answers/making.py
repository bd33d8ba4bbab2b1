"""Put the header and the columns of a page of answers together."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.i18n import GROUP_WORDS, LEVEL_WORDS, OUTCOME_SHORT, OUTCOME_SIGNS, OUTCOME_WORDS, STATE_WORDS
from geo_tej.maps.answers.enterprises import enterprises_part
from geo_tej.maps.answers.laid_out import lay_out
from geo_tej.maps.answers.law import law_part
from geo_tej.maps.answers.layers import layers_part
from geo_tej.maps.answers.parcels import parcels_part, tolerance_part
from geo_tej.maps.looks import LOOKS, overview_bins
from geo_tej.maps.release import foot_lines, warnings
from geo_tej.maps.relief import relief_png
from geo_tej.maps.words import PAGE_WORDS, class_words
from geo_tej.verdict.words import layer_title

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.i18n import Language
    from geo_tej.maps.answers.laid_out import Page
    from geo_tej.verdict import Assessment

DEFAULT_MANIFEST = Path("layers/layers.toml")


def answer_columns(
    assessment: Assessment, language: Language, *, opens_on: str | None, parcel: str | None, paper: str
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return the header and the columns of a page of answers, which opens on a use or on the overview."""
    page = lay_out(assessment, language)
    opened = None if parcel is None else int(np.flatnonzero(page.order == assessment.position(parcel))[0])
    parcels, texts, columns = parcels_part(page)
    law, of_law = law_part(page)
    layers, of_layers = layers_part(page)
    enterprises, of_enterprises = enterprises_part(page)
    tolerance, of_tolerance = tolerance_part(page)
    header = _header(page, opens_on) | {
        "parcels": parcels,
        "texts": texts,
        "law": law,
        "layers": layers,
        "enterprises": enterprises,
        "relief": relief_png(page.project),
        "tolerance": tolerance,
        "bounds": page.bounds,
        "opens_parcel": opened,
        "paper": paper,
    }
    return header, columns | of_law | of_layers | of_enterprises | of_tolerance


def _header(page: Page, opens_on: str | None) -> dict[str, Any]:
    """Return what the page says of the question and of itself."""
    project, language = page.project, page.language
    asked = page.assessment.questions
    groups = list(dict.fromkeys(use.group for use in asked.uses))
    return {
        "page": "answers",
        "words": {name: words[language] for name, words in PAGE_WORDS.items()},
        "language": language,
        "title": project.title[language],
        "notice": project.notice[language] if project.notice else "",
        "failed": _failed(page),
        "warnings": warnings(project, page.assessment.parcels, language),
        "foot": foot_lines(page.assessment, language),
        "disclaimer": page.rulebook.disclaimer[language],
        "assessment": page.assessment.assessment_id,
        "command": _command(page),
        "units": list(page.rulebook.units),
        "outcomes": [
            [short[language], whole[language]] for short, whole in zip(OUTCOME_SHORT, OUTCOME_WORDS, strict=True)
        ],
        "class_words": class_words(language),
        "bins": overview_bins(len(asked.uses)),
        "looks": LOOKS,
        "signs": list(OUTCOME_SIGNS),
        "states": [words[language] for words in STATE_WORDS],
        "levels": [words[language] for words in LEVEL_WORDS],
        "groups": [_group(page, name) for name in groups],
        "uses": [[use.title[language], use.ref, groups.index(use.group), use.id] for use in asked.uses],
        "pathways": [pathway.title[language] for pathway in asked.pathways],
        "pathway_ids": [pathway.id for pathway in asked.pathways],
        "opens_on": None if opens_on is None else [use.id for use in asked.uses].index(opens_on),
    }


def _failed(page: Page) -> list[str]:
    """Say which layers could not be read."""
    failed = [layer_title(page.project, name, page.language) for name in page.project.faults]
    joint = "、" if page.language == "zh" else ", "
    return [PAGE_WORDS["failed"][page.language] + joint.join(failed)] if failed else []


def _command(page: Page) -> str:
    """Return the command that prints a parcel's extract, as it would be typed where the project lies."""
    asked = page.assessment
    options = [f"--on {asked.on.isoformat()}"] if asked.on != page.project.on else []
    options += [f"--fact {name}={value}" for name, value in asked.facts.items()]
    if asked.robust is not None and asked.robust.default_m:
        options.append(f"--tolerance {asked.robust.default_m:g}")
    options += [f"--scenario {page.project.scenario}"] if page.project.scenario else []
    manifest = page.project.manifest
    if not manifest.is_absolute() and manifest != DEFAULT_MANIFEST:
        options.append(f"-m {shlex.quote(manifest.as_posix())}")
    return " ".join(["geo-tej check", "{id}", *options])


def _group(page: Page, name: str) -> str:
    words = page.rulebook.groups.get(name) or GROUP_WORDS.get(name)
    return words[page.language] if words else name
