"""The first picture of a page: ours beside folium.GeoJson, the same parcels, in the same browser without a network.

Parcels without gaps, six verdicts and a Chinese name each, over zones with fractal shores. `seconds` is from opening
the file to the first whole picture; `build_seconds` from the assessment in memory to the file; `bytes` the file.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import geopandas as gpd
import numpy as np
import shapely

sys.path.insert(0, str(Path(__file__).parents[1]))

from chromium import chromium
from specimens import GRID, layer_of, make_book, town

from geo_tej import assess
from geo_tej.maps import constraint_map
from geo_tej.maps.page import asset
from tests.benchmarks.common import Timed, arguments, report, timed

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from playwright.sync_api import Browser, Page

    from geo_tej.verdict import Assessment

CORNER = np.array([500_000.0, 3_260_000.0])
CELL_M = 60.0
MOST_OF_PEER = 100_000
LOOKED_AT = 2_000
THREE_FRAMES = """new Promise((done) => {
  let left = 3;
  const frame = () => { left -= 1; if (left) requestAnimationFrame(frame); else done(performance.now()); };
  requestAnimationFrame(frame);
})"""


def coverage(count: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Make parcels of 8 vertices each that leave no gap and share every edge, named in Chinese."""
    side = max(int(np.sqrt(count)), 1)
    across, up = np.meshgrid(np.arange(side + 1), np.arange(side + 1))
    corner = np.stack([across, up], -1) * CELL_M + rng.uniform(-18, 18, (side + 1, side + 1, 2))
    flat = (corner[:, :-1] + corner[:, 1:]) / 2 + rng.uniform(-4, 4, (side + 1, side, 2))
    steep = (corner[:-1] + corner[1:]) / 2 + rng.uniform(-4, 4, (side, side + 1, 2))
    around = [
        corner[:-1, :-1],
        flat[:-1],
        corner[:-1, 1:],
        steep[:, 1:],
        corner[1:, 1:],
        flat[1:],
        corner[1:, :-1],
        steep[:, :-1],
    ]
    rings = np.stack([*around, around[0]], 2).reshape(-1, 9, 2) + CORNER
    number = np.arange(len(rings))
    return gpd.GeoDataFrame(
        {"name": [f"示例地块{n}号" for n in number]},
        geometry=shapely.polygons(rings),
        index=[f"P{n:07d}" for n in number],
        crs=GRID,
    ).rename_axis("parcel_id")


def shore(side_m: float, at: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw a river's line with more and more bends, from west to east."""
    points = np.array([[0, side_m * at], [side_m, side_m * (1 - at)]])
    for _ in range(12):
        step = np.diff(points, axis=0)
        middle = (points[:-1] + points[1:]) / 2 + np.column_stack([-step[:, 1], step[:, 0]]) * rng.uniform(
            -0.18, 0.18, (len(step), 1)
        )
        merged = np.empty((len(points) + len(middle), 2))
        merged[::2], merged[1::2] = points, middle
        points = merged
    return points + CORNER


def judged(count: int, folder: Path) -> Assessment:
    """Assess the parcels under three uses and two pathways."""
    rng = np.random.default_rng(7)
    parcels = coverage(count, rng)
    side_m = np.sqrt(len(parcels)) * CELL_M
    whole = shapely.box(*(CORNER - 1000), *(CORNER + side_m + 1000))
    rivers = shapely.MultiLineString([shore(side_m, at, rng) for at in (0.2, 0.5, 0.8)])
    near = [rivers.buffer(side_m * share) for share in (0.01, 0.03, 0.06)]
    scenic = [
        ({"grade": "1", "core": "yes"}, near[0]),
        ({"grade": "2", "core": "no"}, near[1].difference(near[0])),
        ({"grade": "unknown", "core": "no"}, near[2].difference(near[1])),
    ]
    middle = rng.uniform(0, side_m, (200, 2)) + CORNER
    blobs = shapely.buffer(shapely.points(middle), rng.uniform(0.002, 0.012, 200) * side_m)
    flood = [({"class": ("deep", "often", "shallow")[n % 3]}, blob) for n, blob in enumerate(blobs)]
    book = make_book(folder / "book")
    rows = {"zoning": [({"class": "mixed"}, whole)], "scenic": scenic, "flood": flood}
    layers = {name: replace(layer_of(book, name, each, extent=None), extent=whole) for name, each in rows.items()}
    return assess(town(book, parcels, dem=None, roads=None, **layers))


def peer_page(assessment: Assessment, most: int, path: Path) -> None:
    """Write the page that folium makes of the same parcels, with colour and popup."""
    parcels = assessment.parcels.iloc[:most].to_crs(4326)
    table = assessment.verdicts.iloc[: most * len(assessment.questions)]
    outcome = table["outcome"].to_numpy(object).reshape(len(parcels), -1)
    names = [f"{use.id}.{way.id}" for use in assessment.questions.uses for way in assessment.questions.pathways]
    frame = parcels[["name", "geometry"]].assign(**{name: outcome[:, k] for k, name in enumerate(names)}).reset_index()
    colours = {"permitted": "#3c9d8f", "conditional": "#f3d27a", "prohibited": "#b9504a", "unknown": "#8a7fb0"}
    west, south, east, north = frame.total_bounds
    page = folium.Map(location=[(south + north) / 2, (west + east) / 2], tiles=None)
    folium.GeoJson(
        frame,
        style_function=lambda row: {
            "fillColor": colours[row["properties"][names[0]]],
            "weight": 0.6,
            "fillOpacity": 0.8,
        },
        popup=folium.GeoJsonPopup(["parcel_id", "name", *names]),
    ).add_to(page)
    page.fit_bounds([[south, west], [north, east]])
    page.save(str(path))


def serve_leaflet(page: Page) -> None:
    """Give the peer its Leaflet from the disk and nothing else: it asks for ten files from four servers."""

    def answer(route: Any) -> None:
        name = route.request.url.rsplit("/", 1)[-1]
        known = {"leaflet.js": "leaflet/leaflet.js", "leaflet.css": "leaflet/leaflet.css"}
        route.fulfill(
            body=asset(known[name]) if name in known else "",
            content_type="text/css" if name.endswith("css") else "text/javascript",
        )

    page.route("http*://**/*", answer)


def first_picture(browser: Browser, path: Path, *, ours: bool) -> tuple[float, Page]:
    """Open a page and return the seconds to its first whole picture, and the page."""
    page = browser.new_context(viewport={"width": 1360, "height": 820}).new_page()
    page.set_default_timeout(1_200_000)
    if not ours:
        serve_leaflet(page)
    page.goto(path.as_uri())
    if ours:
        page.wait_for_selector("[data-drawn=yes]", state="attached")
    return float(page.evaluate(THREE_FRAMES)) / 1000, page


def agrees(page: Page, assessment: Assessment) -> bool:
    """Tell whether the page holds what was assessed: vertices within 5 cm, ids, names, verdicts, and clicks."""
    rng = np.random.default_rng(3)
    chosen = rng.choice(len(assessment.parcels), min(LOOKED_AT, len(assessment.parcels)), replace=False)
    parcels = assessment.parcels.iloc[chosen]
    inside = parcels.geometry.representative_point().to_crs(4326)
    name = page.evaluate("Object.keys(window).find((key) => key.startsWith('source_'))")
    told = page.evaluate(
        f"""(asked) => {{
          const p = {name}.page, ids = p.data.text('parcel.id'), place = new Map(ids.map((id, i) => [id, i]));
          return asked.map(([id, lat, lon]) => {{
            const i = place.get(id), spans = [];
            for (let question = 0; question < 6; question += 1) {{
              const span = p.spanOf(i, question >> 1, question & 1);
              spans.push(span.least, span.most);
            }}
            const ring = p.shapes.latLngs(i)[0].map((at) => [at.lng, at.lat]);
            return [p.at(L.latLng(lat, lon), 0) === i, p.name(i), spans, ring];
          }});
        }}""",
        [[str(id_), point.y, point.x] for id_, point in zip(parcels.index, inside, strict=True)],
    )
    least, most = assessment.judgement.least[chosen], assessment.judgement.most[chosen]
    far = 0.0
    for row, (hit, named, spans, ring) in enumerate(told):
        expected = np.stack([least[row], most[row]], 1).ravel().tolist()
        if not hit or named != parcels["name"].iloc[row] or spans != expected:
            return False
        back = gpd.GeoSeries(gpd.points_from_xy(*zip(*ring, strict=True)), crs=4326).to_crs(GRID)
        corners = shapely.multipoints(shapely.get_coordinates(parcels.geometry.iloc[row]))
        far = max(far, float(back.distance(corners).max()))
    return far <= 0.05


def main() -> None:
    """Run the benchmark."""
    given = arguments(__doc__ or "", size=100_000)
    with tempfile.TemporaryDirectory() as scratch, chromium() as browser:
        folder = Path(scratch)
        assessment = judged(given.size, folder)
        built = timed(
            lambda: constraint_map(assessment, language="zh", kind="use", use="hotel").save(str(folder / "ours.html"))
        )
        seconds, page = first_picture(browser, folder / "ours.html", ours=True)
        agree = agrees(page, assessment)
        heap_mb = page.context.new_cdp_session(page).send("Runtime.getHeapUsage")
        page.context.close()
        most = min(given.size, MOST_OF_PEER)
        peer = timed(lambda: peer_page(assessment, most, folder / "peer.html"))
        theirs, page = first_picture(browser, folder / "peer.html", ours=False)
        page.context.close()
        report(
            size=given.size,
            agree=agree,
            ours=Timed(result=None, seconds=seconds, peak_mb=built.peak_mb),
            peers={"folium.GeoJson": Timed(result=None, seconds=theirs, peak_mb=peer.peak_mb, size=most)},
            as_json=given.json,
            bytes=(folder / "ours.html").stat().st_size,
            peer_bytes=(folder / "peer.html").stat().st_size,
            page_mb=round((heap_mb["usedSize"] + heap_mb["backingStorageSize"]) / 1e6, 1),
            build_seconds=round(built.seconds, 2),
            peer_build_seconds=round(peer.seconds, 2),
        )


if __name__ == "__main__":
    main()
