"""Faults of TOML are said in the words of whoever writes it, each once, at its place."""

from __future__ import annotations

import pytest
from specimen_texts import MANIFEST

from geo_tej.errors import ManifestError
from geo_tej.io.manifest import read_manifest
from geo_tej.strict import parse_toml

PARCELS = 'path = "parcels.gpkg"'


def faults(folder, text):
    path = folder / "layers.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("thresholds = { width = 1 }", "layer parcels: unknown key `thresholds.width`; did you mean width_m?"),
        ("colums = {}", "layer parcels: unknown key `colums`; did you mean columns?"),
        ("columns = 3", "layer parcels: `columns`: must be a table (given: '3')"),
        ("extent = 5", "layer parcels: `extent`: must be text or a list (given: '5')"),
        ('kind = "right"', "layer parcels: `kind`: did you mean rights? (given: 'right')"),
        ('remote = "maybe"', "layer parcels: `remote`: must be true or false (given: 'maybe')"),
        ("band = 0", "layer parcels: `band`: must be at least 1 (given: '0')"),
        ("date = 5", "layer parcels: `date`: must be a date, like 2026-06-30 without quotes (given: '5')"),
        ("sublayer = 7", "layer parcels: `sublayer`: must be text (given: '7')"),
        ('thresholds = { share = "a" }', "layer parcels: `thresholds.share`: must be a number (given: 'a')"),
    ],
)
def test_a_key_of_a_layer(tmp_path, more, said):
    told = faults(tmp_path, MANIFEST.replace(PARCELS, f"{PARCELS}, {more}"))
    assert told.endswith(f"layers.toml: {said}")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            'transition = { quota = [{ year = 2026, area_m2 = 1, source = "x", area_ha = 1 }] }',
            "manifest: unknown key `transition.quota.0.area_ha`; did you mean area_m2 or area_mu?",
        ),
        (
            'transition = { quota = [{ year = "x", area_m2 = 1, source = "x" }] }',
            "manifest: `transition.quota.0.year`: must be a whole number (given: 'x')",
        ),
        ("limits = { nestd = 1 }", "manifest: unknown key `limits.nestd`; did you mean nested?"),
        ("transition = { weights = { a = -1 } }", "manifest: `transition.weights.a`: must be at least 0 (given: '-1')"),
        ("transition = { reduction_rate = 3 }", "`transition.reduction_rate`: must be less than 1 (given: '3')"),
        ('precision_m = "fine"', "manifest: `precision_m`: must be a number (given: 'fine')"),
    ],
)
def test_a_key_of_a_table_inside(tmp_path, more, said):
    assert said in faults(tmp_path, f"{more}\n{MANIFEST}")


def test_what_is_no_layer(tmp_path):
    text = MANIFEST.replace('role = "parcels", title = "Parcels"', 'role = "parcel", title = 5')
    told = faults(tmp_path, text.replace("layer = [", "layer = [ 7,"))
    assert "layer number 1: must be a table (given: '7')" in told
    assert "layer parcels: `role`: did you mean parcels or area? (given: 'parcel')" in told
    assert "layer parcels: `title`: must be text, or a table with the keys zh and en (given: '5')" in told
    assert not any(word in told for word in ("Input should", "dictionary", "the table", "str", "tuple"))


def test_an_id_that_could_be_no_name_of_a_file(tmp_path):
    told = faults(tmp_path, MANIFEST.replace('id = "flood"', 'id = "a b"'))
    assert "layer a b: `id`: must be of letters, digits, _ and - only (given: 'a b')" in told


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("on = 2026-13-01", "; 2026-13-01 is no date: write it like 2026-06-30"),
        ("on = 2026-6-3", "; 2026-6-3 is no date: write it like 2026-06-30"),
        ('path = "..\\..\\x.gpkg"', r"; write a path with /, or between single quotes: '..\file.gpkg'"),
        ('path = "C:\\Users\\x.gpkg"', r"; write a path with /, or between single quotes: '..\file.gpkg'"),
        ("on = ", ""),
        ("a = 1\na = 2", ""),
    ],
)
def test_toml_that_cannot_be_read_is_told_with_what_is_likely_meant(text, hint):
    with pytest.raises(ManifestError) as caught:
        parse_toml(f'title = "t"\n{text}\n', "layers.toml", ManifestError)
    told = str(caught.value)
    assert told.startswith("layers.toml: is not TOML in UTF-8: ")
    assert told.endswith(hint or ")")
