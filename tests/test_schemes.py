"""A code column carries its scheme: by its name where all codes are of it, by the manifest, or it is refused."""

from __future__ import annotations

import pytest
from specimens import box, parcels, square, write_frame

from geo_tej.errors import ManifestError
from geo_tej.io import read_project

HEAD = 'title = "t"\ncrs = "EPSG:4549"\non = 2026-06-30\nrulebook = "zhejiang-scenic"\nlanguage = "zh"\n'


def project(folder, *, column, code, more=""):
    plots = parcels(square()).reset_index()
    write_frame(folder / "parcels.gpkg", plots.assign(DLBM="0601"))
    write_frame(folder / "plan.gpkg", plots.assign(**{column: code}, geometry=[box(-100, -100, 300, 300)]))
    (folder / "layers.toml").write_text(
        HEAD + '[[layer]]\nid = "parcels"\nrole = "parcels"\ntitle = "p"\npath = "parcels.gpkg"\n'
        'columns = { land_use_code = "DLBM" }\n[[layer]]\nid = "plan_town"\nrole = "zones"\ntitle = "z"\n'
        f'path = "plan.gpkg"\ncolumns = {{ code = "{column}" }}\n{more}',
        encoding="utf-8",
    )
    return folder / "layers.toml"


def test_the_name_of_a_column_tells_the_scheme_of_its_codes(tmp_path):
    read = read_project(project(tmp_path, column="YDYHFLDM", code="090104"))
    plan = read.layers["plan_town"]
    assert list(plan.classes.values()) == [{"code": "090104", "scheme": "用地用海2023"}]
    assert "the codes of YDYHFLDM are taken for 用地用海2023, as the name of the column says" in plan.remarks
    assert read.parcels[["land_use_code", "land_use_scheme"]].to_numpy().tolist() == [["0601", "三调工作分类"]]


def test_codes_that_are_not_of_the_scheme_of_their_column_are_refused(tmp_path):
    with pytest.raises(
        ManifestError, match=r"YDYHFLDM has codes of '用地用海2023' by convention.*0999.*constants.scheme"
    ):
        read_project(project(tmp_path, column="YDYHFLDM", code="0999"))
    declared = 'constants = { scheme = "GB/T 21010-2017" }\n'
    read = read_project(project(tmp_path, column="YDYHFLDM", code="0601", more=declared))
    assert next(iter(read.layers["plan_town"].classes.values()))["scheme"] == "GB/T 21010-2017"


def test_codes_in_a_column_of_another_name_must_say_their_scheme(tmp_path):
    with pytest.raises(ManifestError, match="a code means nothing without its scheme"):
        read_project(project(tmp_path, column="dm", code="0601"))


def test_the_names_beside_refused_codes_say_whose_they_are(tmp_path):
    path = project(tmp_path, column="YDYHFLDM", code="05H1")
    plots = parcels(square()).reset_index()
    write_frame(
        tmp_path / "plan.gpkg",
        plots.assign(YDYHFLDM="05H1", DLMC="商业服务业设施用地", geometry=[box(-100, -100, 300, 300)]),
    )
    with pytest.raises(
        ManifestError, match="with the names in DLMC they are those of '三调工作分类'; say the scheme itself"
    ):
        read_project(path)


@pytest.mark.parametrize("code", [901, 901.0])
def test_codes_that_lost_their_first_zero_are_told(tmp_path, code):
    with pytest.raises(ManifestError, match=r"have lost their first zero \(0901\); make the column one of text"):
        read_project(project(tmp_path, column="YDYHFLDM", code=code))


def test_a_declared_scheme_that_nobody_lists_is_told(tmp_path):
    declared = 'constants = { scheme = "用地用海2032" }\n'
    plan = read_project(project(tmp_path, column="YDYHFLDM", code="0601", more=declared)).layers["plan_town"]
    assert "the scheme '用地用海2032' is not listed in the rulebook; did you mean 用地用海2023?" in plan.remarks
