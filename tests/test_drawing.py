"""How tiles are drawn in real Chromium: what lies beyond a tile changes nothing on it, and names where they fit."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from chromium import chromium, opened
from specimens import GRID, square

from geo_tej.maps import parcel_columns, source_map

SOURCE = "window[Object.keys(window).find((key) => key.startsWith('source_'))].page"
THEME = {"title": "all", "classes": [{"name": "all", "fill": "#88aa66"}]}


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


def page_of(shapes, folder, ids=None):
    frame = gpd.GeoDataFrame(
        geometry=list(shapes), index=ids or [f"P{n}" for n in range(len(shapes))], crs=GRID
    ).rename_axis("parcel_id")
    theme = THEME | {"codes": np.zeros(len(frame), np.uint8)}
    header, columns = parcel_columns(frame, title="Shapes", themes=[theme], language="en")
    source_map(header, columns, title="Shapes", language="en").save(str(folder / "page.html"))
    return folder / "page.html"


def bay(rng):
    """Draw a large shape with a ragged shore and a ragged lake in it, in metres of the grid."""
    turn = np.sort(rng.uniform(0, 2 * np.pi, 3000))
    shore = np.column_stack([np.cos(turn), np.sin(turn)]) * rng.uniform(1500, 3000, (3000, 1))
    lake = np.column_stack([np.cos(turn), np.sin(turn)]) * rng.uniform(300, 900, (3000, 1))
    corner = shapely.get_coordinates(square().centroid)[0]
    return shapely.Polygon(corner + shore, [corner + lake])


def test_what_lies_beyond_a_tile_is_left_out_and_changes_nothing_on_it(browser, tmp_path):
    path = page_of([bay(np.random.default_rng(5))], tmp_path)
    with opened(browser, path) as page:
        tiles = page.evaluate(
            f"""(() => {{
              const {{ shapes, map }} = {SOURCE}, size = L.point(256, 256), zoom = 17, told = [];
              const unit = 2 ** (shapes.zoom - zoom), trace = geoTej.ShapeLayer.prototype._trace;
              const styles = [{{ fill: "#88aa66", stroke: "#223344", width: 2 }}];
              const layer = new geoTej.ShapeLayer({{ shapes, look: () => ({{ styles }}) }});
              let written = 0;
              layer._trace = (...given) => {{ written = trace.apply(layer, given); return written; }};
              const tile = document.createElement("canvas");
              tile.width = tile.height = 256;
              tile.sharpness = 1;
              const middle = map.project(shapes.middle(0), zoom).divideBy(256).floor();
              for (let k = 0; k < 144; k += 1) {{
                const x = middle.x - 6 + (k % 12), y = middle.y - 6 + Math.floor(k / 12);
                const pen = tile.getContext("2d", {{ willReadFrequently: true }});
                pen.clearRect(0, 0, 256, 256);
                for (const _ of layer._paint(tile, {{ x, y, z: zoom }}, size, 1));
                const {{ data }} = pen.getImageData(0, 0, 256, 256);
                let [inside, outside, edge, wrong] = [0, 0, 0, 0];
                for (let row = 3; row < 256; row += 13) for (let column = 3; column < 256; column += 13) {{
                  const at = [(x * 256 + column + 0.5) * unit, (y * 256 + row + 0.5) * unit];
                  const away = Math.sqrt(shapes._away(0, ...at)) / unit, covered = shapes.covers(0, ...at);
                  const [red, , , alpha] = data.subarray((row * 256 + column) * 4);
                  if (away < 0.4) {{ edge += 1; wrong += alpha < 200 || red > 0x60; }}
                  else if (away > 2) {{
                    if (covered) inside += 1; else outside += 1;
                    wrong += alpha !== (covered ? 255 : 0) || (covered && red !== 0x88);
                  }}
                }}
                told.push([inside, outside, edge, wrong, written]);
              }}
              return told;
            }})()"""
        )
    inside, outside, edge, wrong, written = np.array(tiles).T
    assert wrong.sum() == 0
    assert inside.sum() > 1000
    assert outside.sum() > 1000
    assert edge.sum() > 100
    assert written.max() < 3000


def test_a_parcel_bears_its_id_where_there_is_room(browser, tmp_path):
    shapes = [square(0, 0, 100), square(150, 0, 12), square(0, 150, 100)]
    path = page_of(shapes, tmp_path, ids=["</b>A1", "tiny", "a number that is far too long for a parcel of this size"])
    with opened(browser, path) as page:
        said = page.evaluate(
            f"""(async () => {{
              const page = {SOURCE}, said = new Set(), pen = CanvasRenderingContext2D.prototype, write = pen.fillText;
              pen.fillText = function (...given) {{ said.add(given[0]); write.apply(this, given); }};
              const at = async (zoom) => {{
                said.clear();
                const loaded = new Promise((done) => page.groups[0].tiles.once("load", done));
                page.map.setView(page.shapes.middle(0), zoom, {{ animate: false }});
                page.restyle();
                await loaded;
                return [...said];
              }};
              return [await at(13), await at(18)];
            }})()"""
        )
    assert said == [[], ["</b>A1"]]
