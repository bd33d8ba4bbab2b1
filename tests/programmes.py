"""A programme for the specimens' town, written to files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from specimens import default_frames, make_project

from geo_tej.io import read_project
from geo_tej.programme import read_programme

if TYPE_CHECKING:
    from pathlib import Path

PROGRAMME = """
title = { zh = "示例选址", en = "Specimen siting" }
cell_m = 10

[[project]]
id = "inn"
title = "Inn"
use = "hotel"
pathway = "build"
area_m2 = [1000, 5000]
least_width_m = 20

[[project]]
id = "stall"
title = "Stall"
use = "shop"
pathway = "keep"
area_m2 = [500, 900]
cost_per_m2 = 2

[candidates]
sources = ["parcel"]

[[exclusion]]
id = "steep"
title = { zh = "过陡", en = "Too steep" }
basis = { zh = "技术条件一", en = "Brief, item 1" }
layer = "dem"
derive = "slope_deg"
above = 25

[[criterion]]
id = "road"
title = { zh = "距路", en = "Road" }
unit = "m"
measure = "distance"
direction = "less"
layer = "roads"
value = { kind = "linear", worst = 100, best = 0 }

[[criterion]]
id = "height"
title = { zh = "高程", en = "Height" }
unit = "m"
measure = "zonal"
direction = "more"
layer = "dem"
value = { kind = "classes", breaks = [90, 120], classes = ["N1", "S3", "S1"] }

[weights]
method = "direct"

[weights.direct]
road = 0.4
height = 0.6

[stability]
draws = 50
seed = 3
"""


def town(folder: Path, **more):
    """Write the specimens' town with tenures and sewers, and read it."""
    frames = default_frames()
    frames["parcels"]["tenure"] = ["granted", "granted", "leased"]
    frames["parcels"]["sewer"] = "yes"
    return read_project(make_project(folder, parcels=more.pop("parcels", frames["parcels"]), **more))


def programme(project, folder: Path, *, edit=None, text: str = PROGRAMME):
    """Write a programme beside a project and read it; `edit` maps pieces of its text to what stands there instead."""
    for old, new in (edit or {}).items():
        assert old in text
        text = text.replace(old, new)
    path = folder / "programme.toml"
    path.write_text(text, encoding="utf-8")
    return read_programme(path, project)
