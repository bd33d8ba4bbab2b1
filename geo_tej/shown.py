"""How the nouns show themselves at a prompt and in a notebook: in a line, and as a small table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


class RulebookShown:
    """Shows a rulebook."""

    def __repr__(self) -> str:
        """Say which rulebook it is, and how much it holds."""
        book: Any = self
        return f"<Rulebook {book.id} {book.version}: {len(book.rules)} rules, {len(book.uses)} uses>"


class LayerShown:
    """Shows a layer."""

    def __repr__(self) -> str:
        """Say which layer it is, and how much of it was read."""
        layer: Any = self
        what = f"{layer.rows_read} rows read" if layer.fault is None else f"failed: {layer.fault}"
        return f"<Layer {layer.id} ({layer.role}): {what}>"


class ProjectShown:
    """Shows a project."""

    def __repr__(self) -> str:
        """Say which project it is."""
        project: Any = self
        return f"<Project {project.title[project.language]!r} {_asked(project)}, layers {', '.join(project.layers)}>"

    def _repr_html_(self) -> str:
        """Say in HTML which project it is, with a row a layer."""
        project: Any = self
        rows = [(each.id, each.role, str(each.rows_read), each.fault or "") for each in project.layers.values()]
        title = f"{project.title[project.language]} {_asked(project)}"
        return table(title, ("layer", "role", "rows", "fault"), rows)


class SitesShown:
    """Shows places for projects."""

    def __repr__(self) -> str:
        """Say for which projects places were sought, and how many were found."""
        sites: Any = self
        ranked = int(sites.ranking["rank"].notna().sum())
        of = f"{len(sites.candidates):,} candidates, {ranked:,} ranked for {len(sites.programme.projects)} projects"
        return f"<Sites {sites.project.title[sites.project.language]!r}: {of}>"


class RasterShown:
    """Shows a raster."""

    def __repr__(self) -> str:
        """Say how large it is, and where."""
        raster: Any = self
        rows, columns = raster.values.shape
        return f"<Raster {rows:,} x {columns:,} cells of {raster.transform.a:g} m, {raster.crs.to_string()}>"


def table(title: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table in HTML; whatever stands in it is text.

    >>> table("<town>", ("layer",), [("roads",)])
    '<div>&lt;town&gt;<table><tr><th>layer</th></tr><tr><td>roads</td></tr></table></div>'
    """
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div>{escape(title)}<table><tr>{head}</tr>{body}</table></div>"


def _asked(project: Any) -> str:  # noqa: ANN401
    parcels = f"{len(project.parcels)} parcel{'s' * (len(project.parcels) != 1)}"
    return f"on {project.on.isoformat()}: {parcels}, rulebook {project.rulebook.id}"
