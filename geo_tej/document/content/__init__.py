"""What each marker stands for, from an assessment: the paragraph, the extract, the tables."""

from geo_tej.document.content.check import area_rows, check_blocks, closing, layer_table, use_table
from geo_tej.document.content.over_parcels import approvals_table, counts_in_words, matrix_table, overlap_table
from geo_tej.document.content.paragraph import text_paragraph
from geo_tej.document.content.phrases import words_of
from geo_tej.document.content.reasons import reason_blocks, reason_table, verdict_blocks

__all__ = [
    "approvals_table",
    "area_rows",
    "check_blocks",
    "closing",
    "counts_in_words",
    "layer_table",
    "matrix_table",
    "overlap_table",
    "reason_blocks",
    "reason_table",
    "text_paragraph",
    "use_table",
    "verdict_blocks",
    "words_of",
]
