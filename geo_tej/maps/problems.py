"""A page of a project's layers: a line a layer, and a small map of where their problems are. No script, no network."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_tej.crs import true_north
from geo_tej.i18n import LAYER_WORDS, ROLE_WORDS, Text, aside, percent
from geo_tej.maps.looks import round_length
from geo_tej.maps.words import PAGE_WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from geo_tej.i18n import Language
    from geo_tej.model import Project

_POLICY = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
"""What a browser lets the page do: show itself."""

_WIDE = 900
_MOST_DRAWN = 4_000
_MOST_LISTED = 300
_LONGEST = 400
_TOGETHER, _NUMBERED = 12, 3
"""Problems nearer to one another than this share a label, with so many numbers."""

_KINDS = {
    "set_aside": (Text("已剔除", "set aside"), "#b3261e"),
    "repaired": (Text("已修复", "repaired"), "#9a6700"),
    "overlap": (Text("重叠", "overlap"), "#7b2cbf"),
    "gap": (Text("缝隙", "gap"), "#0b6bcb"),
    "near_duplicate_boundary": (Text("边界近似重合", "boundaries nearly coincide"), "#00796b"),
    "duplicate": (Text("图形重复", "duplicate"), "#5d4037"),
    "spike": (Text("尖刺", "spike"), "#c2185b"),
}
_HOW = (
    ("the manifest's word", "清单声明"), ("the file's word", "文件自述"), ("as the format has it", "按格式规定"),
    ("declared", "清单声明"), ("strict UTF-8", "严格符合 UTF-8"), ("strict GB18030", "严格符合 GB18030"),
    ("nothing but ASCII", "仅含 ASCII"), ("guessed from all of its text", "据全部文字猜测"), ("inferred", "推断"),
    ("its .prj", "据 .prj"), ("by its .cpg", "据 .cpg"), ("by its byte-order mark", "据 BOM"),
)  # fmt: skip
"""How a thing was known, in Chinese; what follows these words stays as it is."""

_TOLD = (
    "layer", "role", "format", "rows", "repaired", "set_aside", "crs", "encoding", "coverage", "date", "licence",
)  # fmt: skip
_KNOWN = Text("依据", "how known")
_STYLE = """
body{font:14px/1.45 system-ui,"Noto Sans CJK SC",sans-serif;margin:1.2rem;color:#1b1b1f;background:#fff;max-width:75rem}
h1{font-size:1.3rem}h2{font-size:1.05rem}.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%}
td,th{padding:.25rem .5rem;border-bottom:1px solid #ddd;text-align:left;vertical-align:top}
th{font-weight:600}td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}.whole,td.number{white-space:nowrap}.fault{color:#b3261e}th{white-space:nowrap}
tr:has(+.said) td{border-bottom:0}
.said div{position:sticky;left:.5rem;max-width:min(72rem,calc(100vw - 3.5rem));overflow-wrap:anywhere}
.key span{margin-right:1.2em;white-space:nowrap}
.key i{display:inline-block;width:.75em;height:.75em;border-radius:50%;margin-right:.35em;forced-color-adjust:none}
.quiet{display:inline-block;min-width:6.5em;max-width:18em;color:#555;font-size:.85em}
svg{width:100%;max-height:70vh;border:1px solid #ddd;background:#fafafa}
@media (max-width:600px){svg text{font-size:22px}}
@page{margin:12mm}
@media print{body{margin:0;max-width:none;font-size:8.5pt}svg{box-sizing:border-box;max-height:120mm}
tr{break-inside:avoid}.scroll{overflow:visible}.key i{print-color-adjust:exact}
td,th{padding:.2rem .25rem;overflow-wrap:break-word}th{white-space:normal}.quiet{min-width:0}
.said div{position:static;max-width:none}thead{display:table-header-group}}
@media print and (orientation:portrait){body{font-size:6.5pt}}
"""


def layers_page(project: Project, rows: list[dict[str, Any]], problems: pd.DataFrame, *, language: Language) -> str:
    """Return the page's text; all that comes from data is text in it."""
    zh = language == "zh"
    title = f"{project.title[language]} · {'图层检查' if zh else 'layers'}"
    known = aside(_KNOWN[language], language)
    titles = [LAYER_WORDS[name][language] + (known if name in ("crs", "encoding") else "") for name in _TOLD]
    head = _heads(titles, numbers=(3, 4, 5, 8))
    body = "\n".join(_row(row, language) for row in rows)
    notice = f"<p>{escape(project.notice[language])}</p>" if project.notice is not None else ""
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
{_POLICY}
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{notice}
<h2>{"问题位置" if zh else "Where the problems are"} ({len(problems):,})</h2>
{_map(project, problems, language)}
<h2>{"图层" if zh else "Layers"}</h2>
<div class="scroll" role="region" tabindex="0" aria-label="{"图层" if zh else "Layers"}"><table>
<thead><tr>{head}</tr></thead><tbody>
{body}
</tbody></table></div>
<h2>{"问题清单" if zh else "Problems"}</h2>
{_list(problems, language)}
<p class="quiet">{escape(project.crs.name)}</p>
</main>
</body>
</html>
"""


def _heads(titles: Sequence[str], *, numbers: Sequence[int]) -> str:
    return "".join(
        f'<th scope="col"{" class=number" if column in numbers else ""}>{escape(title)}</th>'
        for column, title in enumerate(titles)
    )


def _row(row: dict[str, Any], language: Language) -> str:
    said = f'<span class="fault">{escape(row["fault"])}</span>' if row["fault"] else _cut(row["remarks"])
    role = ROLE_WORDS[row["role"]][language] if row["role"] else "—"
    covered = percent(row["coverage"]) if row.get("coverage") is not None else "—"
    cells = [
        f'<td>{escape(row["title"])}<br><span class="quiet">{escape(row["id"])}</span></td>',
        f'<td class="whole">{escape(role)}</td>',
        f"<td>{escape(row['format'] or '—')}</td>",
        *(f'<td class="number">{row[name]:,}</td>' for name in ("rows", "repaired", "set_aside")),
        _known(row["crs"].split(" (")[0], _how(row["crs_how"], language), row["crs"]),
        _known(row["encoding"], _how(row["encoding_how"], language), row["encoding"]),
        f'<td class="number">{covered}</td>',
        *(f'<td class="whole">{escape(text or "—")}</td>' for text in (row["date"], row["licence"])),
    ]
    below = f'<tr class="said"><td colspan="{len(_TOLD)}"><div>{said}</div></td></tr>' if said else ""
    return f"<tr>{''.join(cells)}</tr>{below}"


def _how(words: str, language: Language) -> str:
    known = next((pair for pair in _HOW if words.startswith(pair[0])), None)
    return words if language == "en" or known is None else known[1] + words.removeprefix(known[0])


def _known(short: str, how: str, full: str) -> str:
    """Write what something is, in small how it was known, and in full for who points at it."""
    if not short:
        return "<td>—</td>"
    return f'<td title="{escape(full)}">{escape(short)}<br><span class="quiet">{escape(how)}</span></td>'


def _cut(remarks: str) -> str:
    """Write remarks, the first of many."""
    return escape(remarks if len(remarks) <= _LONGEST else remarks[:_LONGEST].rsplit(" ", 1)[0] + " …")


def _map(project: Project, problems: pd.DataFrame, language: Language) -> str:
    """Draw the project's area, its parcels, and a numbered dot at each problem, north up; nothing without ground."""
    placed = problems[np.isfinite(problems["x"].astype(float))][:_MOST_LISTED]
    bounds = np.array(project.parcels.total_bounds)
    if project.area is not None:
        bounds = np.r_[np.fmin(bounds[:2], project.area.bounds[:2]), np.fmax(bounds[2:], project.area.bounds[2:])]
    if not np.isfinite(bounds).all():
        return ""
    west, south, east, north = bounds
    wide, high = max(east - west, 1.0), max(north - south, 1.0)
    scale = _WIDE / max(wide, high)

    def path(geometry: shapely.Geometry) -> str:
        drawn = []
        for ring in shapely.get_rings(shapely.get_parts(shapely.simplify(geometry, 0.7 / scale))):
            points = shapely.get_coordinates(ring)
            drawn.append("M" + "L".join(f"{(x - west) * scale:.1f} {(north - y) * scale:.1f}" for x, y in points) + "Z")
        return "".join(drawn)

    layers = []
    if project.area is not None:
        layers.append(f'<path d="{path(project.area)}" fill="#eef3ea" stroke="#8a9a80"/>')
    plots = project.parcels.geometry.to_numpy()
    plots = plots[~(shapely.is_missing(plots) | shapely.is_empty(plots))]
    largest = plots[np.argsort(-shapely.area(plots), kind="stable")[:_MOST_DRAWN]]
    outlines = "".join(map(path, largest))
    layers.append(f'<path d="{outlines}" fill="#d8d8de" stroke="#aaa" stroke-width=".5" fill-rule="evenodd"/>')
    labels: dict[tuple[int, int], tuple[float, float, str, list[str]]] = {}
    for number, row in zip(placed.index + 1, placed.to_dict("records"), strict=True):
        x, y = (row["x"] - west) * scale, (north - row["y"]) * scale
        words, colour = _KINDS[row["kind"]]
        told = escape(f"{number}. {words[language]}: {row['what']}")
        layers.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{colour}" fill-opacity=".75"><title>{told}</title></circle>'
        )
        spot = labels.setdefault((round(x / _TOGETHER), round(y / _TOGETHER)), (x, y, colour, []))
        spot[3].append(str(number))
    for x, y, colour, numbers in labels.values():
        said = ", ".join(numbers[:_NUMBERED]) + (" …" if len(numbers) > _NUMBERED else "")
        layers.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" font-size="12" fill="{colour}">{said}</text>')
    turn = true_north(project.crs, (west, south, east, north))
    layers.append(_marginalia(wide * scale, high * scale, scale, turn, language))
    frame = f"-20 -20 {wide * scale + 40:.0f} {high * scale + 40:.0f}"
    label = "问题位置图" if language == "zh" else "map of the problems"
    counted = placed["kind"].value_counts()
    key = "".join(
        f'<span><i style="background:{colour}"></i>{escape(words[language])} {counted[kind]:,}</span>'
        for kind, (words, colour) in _KINDS.items()
        if kind in counted
    )
    return f'<svg viewBox="{frame}" role="img" aria-label="{label}">{"".join(layers)}</svg><p class="key">{key}</p>'


def _marginalia(wide: float, high: float, scale: float, turn: float, language: Language) -> str:
    """Draw a scale bar at the lower left and north at the upper right, turned clockwise by so many degrees."""
    metres = round_length(wide / scale / 5)
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"  # noqa: PLR2004  a kilometre
    north = escape(PAGE_WORDS["north"][language])
    return (
        f'<path d="M0 {high - 6:.1f}v6h{metres * scale:.1f}v-6" fill="none" stroke="#1b1b1f" stroke-width="1.5"/>'
        f'<text x="4" y="{high - 8:.1f}" font-size="13" fill="#1b1b1f">{words}</text>'
        f'<path d="M{wide - 6:.1f} 14l6 -14l6 14l-6 -4z" transform="rotate({turn:.1f} {wide:.1f} 8)" fill="#1b1b1f"/>'
        f'<text x="{wide:.1f}" y="29" font-size="13" text-anchor="middle" fill="#1b1b1f">{north}</text>'
    )


def _list(problems: pd.DataFrame, language: Language) -> str:
    if not len(problems):
        return f"<p>{'未发现问题。' if language == 'zh' else 'None was found.'}</p>"
    zh = language == "zh"
    header = ("序号", "图层", "问题", "对象", "面积 m²", "宽 m", "东", "北") if zh else (
        "no.", "layer", "problem", "what", "m²", "width m", "easting", "northing")  # fmt: skip
    lines = []
    for number, row in zip(problems.index[:_MOST_LISTED] + 1, problems[:_MOST_LISTED].to_dict("records"), strict=True):
        numbers = [_number(row[name], digits) for name, digits in (("area_m2", 2), ("width_m", 3), ("x", 1), ("y", 1))]
        lines.append(
            f'<tr><td class="number">{number}</td><td>{escape(row["layer"])}</td>'
            f"<td>{escape(_KINDS[row['kind']][0][language])}</td><td>{escape(str(row['what']))}</td>"
            + "".join(f'<td class="number">{each}</td>' for each in numbers)
            + "</tr>"
        )
    more = len(problems) - _MOST_LISTED
    rest = (f"另有 {more:,} 处" if zh else f"and {more:,} more") if more > 0 else ""
    head = _heads(header, numbers=(0, 4, 5, 6, 7))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    label = "问题清单" if zh else "Problems"
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">{table}</div><p>{rest}</p>'


def _number(value: float | None, digits: int) -> str:
    return "" if value is None or not np.isfinite(value) else f"{value:,.{digits}f}"
