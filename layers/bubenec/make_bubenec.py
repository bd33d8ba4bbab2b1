"""Make the layers of the second example from momepy's Bubeneč data: real plots, buildings and streets of Prague.

    pip install "geo_tej[test]"
    python layers/bubenec/make_bubenec.py

Copies `bubenec.gpkg` out of the installed package momepy (BSD-3-Clause) and draws two zones from its own buildings:
`built-up` is the ground within 15 m of a building, `open` is the rest of what the plots cover. The file is in Web
Mercator, where areas are 2.4 times too large at this latitude; the manifest computes in EPSG:5514 (S-JTSK / Krovak).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import geopandas as gpd
import momepy

CRS = 5514
NEAR_BUILDING_M = 15.0


def main(folder: Path) -> None:
    """Write bubenec.gpkg and zones.gpkg into a folder."""
    source = Path(momepy.datasets.get_path("bubenec"))
    shutil.copyfile(source, folder / "bubenec.gpkg")
    plots = gpd.read_file(source, layer="plots").to_crs(CRS)
    buildings = gpd.read_file(source, layer="buildings").to_crs(CRS)
    survey = plots.union_all().buffer(1).buffer(-1)
    built_up = buildings.buffer(NEAR_BUILDING_M).union_all().intersection(survey)
    zoning = gpd.GeoDataFrame(
        {"class": ["built-up", "open"]}, geometry=[built_up, survey.difference(built_up)], crs=CRS
    )
    zones = folder / "zones.gpkg"
    zones.unlink(missing_ok=True)
    zoning.to_file(zones, layer="zoning", engine="pyogrio")
    gpd.GeoDataFrame({"name": ["Bubeneč"]}, geometry=[survey], crs=CRS).to_file(zones, layer="survey", engine="pyogrio")
    print(f"{folder}: {len(plots)} plots, {len(buildings)} buildings")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
