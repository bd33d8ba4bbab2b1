"""The enterprises of a page of answers, their verdicts and where they sit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from geo_tej.i18n import RELATION_WORDS
from geo_tej.maps.release import published
from geo_tej.verdict import enterprise_verdicts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_tej.maps.answers.laid_out import Page


def enterprises_part(page: Page) -> tuple[list[dict[str, Any]], dict[str, NDArray[Any]]]:
    """Return the enterprises that may be told of, and the column of their verdicts."""
    project, asked = page.project, page.assessment.questions
    if not len(project.enterprises) or not published(project, "enterprises", "name"):
        return [], {}
    table = enterprise_verdicts(page.assessment)
    spans = (
        table["at_least"].cat.codes.to_numpy(np.uint32)
        | table["at_most"].cat.codes.to_numpy(np.uint32) << 2
        | table["level"].cat.codes.to_numpy(np.uint32) << 4
        | table["differs"].to_numpy(np.uint32) << 7
    )
    verdicts = spans.reshape(len(project.enterprises) * len(asked)).astype(np.uint8)
    place = {name: number for number, name in enumerate(page.assessment.parcels.index[page.order])}
    links = project.occupancy[project.occupancy["parcel_id"].isin(place)]
    sites: dict[object, list[list[Any]]] = {}
    for link in links.to_dict("records"):
        relation = _or_nothing(link.get("relation")) if published(project, "occupancy", "relation") else ""
        words = RELATION_WORDS[relation][page.language] if relation in RELATION_WORDS else relation
        sites.setdefault(link["enterprise_id"], []).append([place[link["parcel_id"]], words])

    def told(row: dict[Any, Any], name: str) -> str:
        return _or_nothing(row.get(name)) if published(project, "enterprises", name) else ""

    listed = [
        {
            "id": str(enterprise) if published(project, "enterprises", "enterprise_id") else "",
            "name": told(row, "name"),
            "industry": told(row, "industry_name"),
            "designated": bool(told(row, "above_designated")) and row.get("above_designated") is True,
            "parcels": sites.get(enterprise, []),
        }
        for enterprise, row in zip(project.enterprises.index, project.enterprises.to_dict("records"), strict=True)
    ]
    return listed, {"enterprise.verdict": verdicts}


def _or_nothing(value: object) -> str:
    """Return a cell as text, nothing where it is empty."""
    return "" if value is None or value != value else str(value)  # noqa: PLR0124  NaN is not itself
