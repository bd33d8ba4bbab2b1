"""The specimens' texts: a tiny made-up law and the manifest of a town under it."""

from __future__ import annotations

RULEBOOK = """
id = "tiny"
version = "1"
date = 2026-01-01
title = { zh = "小规则库", en = "Tiny rulebook" }
disclaimer = { zh = "示例", en = "Made up" }
source = [{ id = "act", title = "Example act" }]
pathway = [{ id = "keep", title = "keep", actions = ["reuse"] }, { id = "build", title = "build", actions = ["new"] }]
layer = [
 { id = "zoning", title = "plan", base = true, attributes = { class = ["mixed", "works"] }, unlisted = "prohibited" },
  { id = "scenic", title = "scenic", attributes = { grade = ["1", "2"], core = ["yes", "no"] }, unlisted = "silent" },
  { id = "flood", title = "flood", attributes = { class = ["deep", "shallow", "often"] }, unlisted = "silent" },
  { id = "roads", title = "roads", attributes = { class = ["main", "lane"] }, unlisted = "silent" },
  { id = "dem", title = "elevation", unlisted = "silent" },
]
fact = [
  { id = "sewer", type = "enum", values = ["yes", "no"], title = "sewer", question = "Is there a sewer?" },
  { id = "beds", type = "number", title = "beds", question = "How many beds?" },
  { id = "listed", type = "bool", title = "listed", question = "Is the building listed?" },
]
measure = [{ id = "slope_mean_deg", layer = "dem", derive = "slope_deg", statistic = "mean", title = "slope" }]
symbol = [
  { id = "P", title = "allowed", outcomes = { "*" = "permitted" } },
  { id = "C", title = "by permit", outcomes = { "*" = "conditional" } },
  { id = "X", title = "not allowed", outcomes = { "*" = "prohibited" } },
]

[[matrix]]
id = "plan"
file = "zoning.csv"
layer = "zoning"
attribute = "class"
rows = "use"
binds = "ground"
source = "act"
article = "1"
verified = true
approvals = ["permit"]
"""


def rule(name: str, **keys: str) -> str:
    """Write a rule of the tiny law: prohibited, on the ground, for all uses and actions, unless said otherwise."""
    written = {
        "id": f'"{name}"', "kind": '"zone"', "uses": '"all"', "actions": '"all"', "outcome": '"prohibited"',
        "binds": '"ground"', "condition": '"as the act says"', "source": '"act"', "article": '"9"', "verified": "true",
    } | keys  # fmt: skip
    return "\n[[rule]]\n" + "".join(f"{key.rstrip('_')} = {value}\n" for key, value in written.items())


RULES = "".join(
    [
        rule("core", layer='"scenic"', where='{ core = ["yes"] }', actions='["new"]'),
        rule("grade1", layer='"scenic"', where='{ grade = ["1"] }', uses='["@night"]', binds='"parcel"'),
        rule(
            "grade2", layer='"scenic"', where='{ grade = ["2"] }', uses='["@night"]', binds='"parcel"',
            outcome='"conditional"', approvals='["opinion"]',
        ),
        rule("deep", layer='"flood"', where='{ class = ["deep"] }'),
        rule("often", layer='"flood"', where='{ class = ["often"] }', verified="false"),
        rule(
            "shallow", layer='"flood"', where='{ class = ["shallow"] }', binds='"parcel"', outcome='"conditional"',
            could_be='"prohibited"', decider='"the water board"', uses='["workshop"]',
        ),
        rule(
            "strip", layer='"roads"', kind='"setback"', where='{ class = ["main"] }', distance_m="10",
            actions='["new"]',
        ),
        rule(
            "steep", layer='"dem"', kind='"raster"', when='{ all = [{ fact = "slope_mean_deg", more_than = 15 }] }',
            actions='["new"]', outcome='"conditional"', binds='"parcel"',
        ),
        rule(
            "sewer", kind='"fact"', when='{ all = [{ fact = "sewer", is = "no" }] }', uses='["hotel"]',
            binds='"parcel"',
        ),
    ]
)  # fmt: skip

TABLES = {
    "uses.csv": "use_id,ref,name_zh,name_en,group,tags,least_area_m2,least_width_m\n"
    "hotel,1,旅馆,hotel,tourism,night,1000,15\n"
    "shop,2,商店,shop,other,,,\n"
    "workshop,3,作坊,workshop,other,,9000,\n",
    "zoning.csv": "use,mixed,works\nhotel,C,\nshop,P,P\nworkshop,P,X\n",
    "permits.csv": "ref,what_zh,what_en,authority_zh,authority_en,level,source,article,before_zh,before_en,verified\n"
    "permit,许可,permit,县,county office,county,act,2,开工,works,true\n"
    "opinion,意见,opinion,省,province office,province,act,3,开工,works,true\n",
}

MANIFEST = """
title = "Specimen town"
crs = "EPSG:4549"
on = 2026-06-30
rulebook = "rulebook"
layer = [
  { id = "parcels", role = "parcels", title = "Parcels", path = "parcels.gpkg" },
  { id = "firms", role = "enterprises", title = "Firms", path = "firms.csv" },
  { id = "occupancy", role = "occupancy", title = "Who is where", path = "occupancy.csv" },
  { id = "zoning", role = "zones", title = "Plan", path = "zoning.gpkg", extent = "zoning" },
  { id = "scenic", role = "zones", title = "Scenic", path = "scenic.gpkg", extent = "zoning" },
  { id = "flood", role = "zones", title = "Flood", path = "flood.gpkg", extent = "zoning" },
  { id = "roads", role = "objects", title = "Roads", path = "roads.gpkg", extent = "zoning" },
  { id = "dem", role = "raster", title = "Elevation", path = "dem.tif" },
]
"""
