"""The ledger: how much of each parcel lies in each class of zone, exactly, and what was too thin to count.

The way the data goes: zones that overlap within a class are united, and their boundaries are charted in short pieces
on a grid, once. A parcel whose box meets no piece lies wholly in or out, and the chart says which; of the others, the
overlap's area is integrated along the two boundaries. Overlaps are constructed only for those who want their shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_tej.lazy import resolve

if TYPE_CHECKING:
    from geo_tej.overlay.clip import polygons, resolution_m2, unite_by
    from geo_tej.overlay.framed import Overlaps, index_zones, ledger, overlaps
    from geo_tej.overlay.pieces import Pieces, meet
    from geo_tej.overlay.zones import ZoneIndex

_HOME = {
    "Overlaps": "framed",
    "Pieces": "pieces",
    "ZoneIndex": "zones",
    "index_zones": "framed",
    "ledger": "framed",
    "meet": "pieces",
    "overlaps": "framed",
    "polygons": "clip",
    "resolution_m2": "clip",
    "unite_by": "clip",
}

__all__ = [
    "Overlaps", "Pieces", "ZoneIndex", "index_zones", "ledger", "meet", "overlaps", "polygons", "resolution_m2",
    "unite_by",
]  # fmt: skip


def __getattr__(name: str) -> Any:  # noqa: ANN401  whatever the name stands for
    return resolve(__name__, _HOME, name)
