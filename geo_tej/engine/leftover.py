"""What an earlier run left in a folder: results that the last one did not write, and that look as if it had."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

RESULTS = (
    "verdicts.parquet", "verdicts.gpkg", "verdicts.xlsx", "enterprises.xlsx", "enterprises.csv", "enterprises.gpkg",
    "enterprises.parquet", "transition.xlsx", "transition.gpkg", "transition.parquet", "overlaps.parquet",
    "dropped.csv", "layers.csv", "quarantine.csv", "constraints.html",
)  # fmt: skip
"""All that a run may write; which of them depends on what the project holds."""

SITING = ("ranking.csv", "sites.xlsx", "sites.gpkg", "siting.html", "suitability-*.tif", "exclusions-*.tif")
"""All that places for a programme are written as, the rasters one a project."""


def left_over(folder: Path, written: Collection[str]) -> list[str]:
    """Return the results in a folder that are not among those just written."""
    return [name for name in RESULTS if name not in written and (folder / name).is_file()]
