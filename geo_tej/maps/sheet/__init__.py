"""The cartographic sheet of an assessment without a browser: title, map at a round scale, legend, in ISO sizes."""

from geo_tej.maps.sheet.frames import SHEETS_MM
from geo_tej.maps.sheet.making import DPI, FORMATS, constraint_sheet, save_sheet

__all__ = ["DPI", "FORMATS", "SHEETS_MM", "constraint_sheet", "save_sheet"]
