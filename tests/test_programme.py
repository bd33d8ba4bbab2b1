"""Programmes read strictly: every fault at once, with its table, key and the way out."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files

import jsonschema
import pytest
from programmes import PROGRAMME, programme, town

from geo_tej.errors import ProgrammeError
from geo_tej.programme import schema

AHP = """
[weights]
method = "ahp"
of = ["road", "ground"]
matrix = [[1, "1/3"], [3, 1]]

[[weights.group]]
id = "ground"
of = ["height", "slope"]
matrix = [[1, 4], ["1/4", 1]]
"""
SLOPE = """
[[criterion]]
id = "slope"
title = "Slope"
unit = "°"
measure = "zonal"
direction = "less"
layer = "dem"
derive = "slope_deg"
value = { kind = "steps", breaks = [2, 8], values = [1, 0.5, 0] }
"""
DIRECT = PROGRAMME[PROGRAMME.index("[weights]") : PROGRAMME.index("[stability]")]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return town(tmp_path_factory.mktemp("town"))


def test_a_programme_as_read(project, tmp_path):
    read = programme(project, tmp_path)
    assert [each.id for each in read.projects] == ["inn", "stall"]
    inn = read.projects[0]
    assert (inn.least_m2, inn.most_m2, inn.least_width_m) == (1000, 5000, 20)
    assert read.criteria[1].value.values == (0.25, 0.5, 1)
    assert read.weighting.weights == {"road": 0.4, "height": 0.6}
    assert (read.trial.draws, read.trial.top, read.trial.seed) == (50, 3, 3)


def test_a_rulebooks_least_sizes_hold_where_the_programme_asks_for_less(project, tmp_path):
    read = programme(
        project, tmp_path, edit={"area_m2 = [1000, 5000]": "area_m2 = [100, 500]", "width_m = 20": "width_m = 2"}
    )
    assert (read.projects[0].least_m2, read.projects[0].most_m2, read.projects[0].least_width_m) == (1000, 1000, 15)


def test_several_uses_and_references(project, tmp_path):
    read = programme(project, tmp_path, edit={'use = "hotel"': 'use = ["1", "shop"]'})
    assert read.projects[0].uses == ("hotel", "shop")


def test_groups_multiply_down_and_each_consistency_is_told(project, tmp_path):
    read = programme(project, tmp_path, text=PROGRAMME.replace(DIRECT, AHP + SLOPE))
    assert read.weighting.weights == pytest.approx({"road": 0.25, "height": 0.75 * 0.8, "slope": 0.75 * 0.2})
    assert set(read.weighting.consistency) == {"", "ground"}


def test_a_table_of_weights(project, tmp_path):
    (tmp_path / "weights.csv").write_text(
        "indicator,parent,weight\nroad,,0.4\nall,,0.6\nheight,all,0.6\n", encoding="utf-8"
    )
    read = programme(project, tmp_path, edit={DIRECT: '[weights]\nmethod = "direct"\ntable = "weights.csv"\n'})
    assert read.weighting.weights == pytest.approx({"road": 0.4, "height": 0.6})
    (tmp_path / "weights.csv").write_text(
        "indicator,parent,weight\nroad,,0.4\nall,,0.6\nheight,all,0.5\n", encoding="utf-8"
    )
    with pytest.raises(ProgrammeError, match=r"all weighs 0\.6, what stands under it adds up to 0.5"):
        programme(project, tmp_path, edit={DIRECT: '[weights]\nmethod = "direct"\ntable = "weights.csv"\n'})


GROUPED = """
[[weights.group]]
id = "way"
of = ["road"]
weight = 0.4

[[weights.group]]
id = "land"
of = ["height"]
weight = 0.6
"""


def test_groups_of_direct_weights_must_agree_with_what_stands_in_them(project, tmp_path):
    read = programme(project, tmp_path, text=PROGRAMME + GROUPED)
    assert read.weighting.weights == pytest.approx({"road": 0.4, "height": 0.6})
    with pytest.raises(ProgrammeError, match=r"way weighs 0\.5, what stands under it adds up to 0\.4\n.*land weighs"):
        programme(project, tmp_path, text=PROGRAMME + GROUPED.replace("0.4", "0.5").replace("0.6", "0.5"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("cell_m = 10", "cel_m = 10", "unknown key `cel_m`; did you mean cell_m"),
        ("cell_m = 10", "cell_m = 0", "`cell_m`"),
        ('use = "hotel"', 'use = "hotle"', "project inn: use 'hotle' is not in the rulebook tiny; did you mean hotel"),
        ('pathway = "build"', 'pathway = "biuld"', "project inn: pathway 'biuld'"),
        ("area_m2 = [1000, 5000]", "area_m2 = [5000, 1000]", "the smaller comes first"),
        ('id = "stall"', 'id = "inn"', "project inn: this id stands more than once"),
        ("above = 25", "above = 25\nwithin_m = 3", "exclusion steep: .*one of them an exclusion"),
        ("above = 25", "", "say what bars"),
        ('layer = "roads"', 'layer = "dem"', "criterion road: layer dem is of the role raster; a layer with shapes"),
        ('layer = "roads"', 'layer = "road"', "layer 'road' is not in the manifest; did you mean roads"),
        ('layer = "roads"', 'path = "away.gpkg"', "away.gpkg: there is no such file"),
        ('layer = "roads"', 'path = "/vsicurl/x.gpkg"', "is remote"),
        ('layer = "roads"', "", "name either a `layer`"),
        ('measure = "zonal"', 'measure = "view"', "a view needs `radius_m`"),
        ('direction = "less"', 'direction = "more"', "criterion road: the direction is 'more', but"),
        ("worst = 100, best = 0", "worst = 100", "`best` is missing"),
        ('kind = "linear"', 'kind = "liner"', "did you mean linear"),
        ('classes = ["N1", "S3", "S1"]', 'classes = ["N1", "S1"]', "2 breaks make 3 intervals, not 2"),
        ('classes = ["N1", "S3", "S1"]', 'classes = ["bad", "S3", "S1"]', "others need their `values`"),
        ("road = 0.4", "road = 0.3", "weights: the weights add up to 0.9, not to 1"),
        ("road = 0.4", "rood = 0.4", "criterion road has no weight"),
        ('method = "direct"', 'method = "entropy"', "method entropy has no use for `direct`"),
        ('method = "direct"', 'method = "ahp"', "method ahp needs `of`"),
        ('sources = ["parcel"]', 'sources = ["field"]', "candidates.sources.0"),
        ("cell_m = 10", 'cell_m = 10\nwithin = "dem"', "within 'dem' is no layer with ground"),
        ("draws = 50", "draws = 0", "stability.draws"),
    ],
)
def test_what_cannot_be_followed_is_told(project, tmp_path, old, new, told):
    with pytest.raises(ProgrammeError, match=told):
        programme(project, tmp_path, edit={old: new})


def test_all_faults_at_once_and_a_file_that_is_none(project, tmp_path):
    with pytest.raises(ProgrammeError, match="3 faults") as refused:
        programme(project, tmp_path, edit={'use = "hotel"': 'use = "x"', "above = 25": "", "road = 0.4": "road = 0.3"})
    assert "programme.toml" in str(refused.value)
    with pytest.raises(ProgrammeError, match="is not TOML"):
        programme(project, tmp_path, text="[[")


def test_contradicting_pairs_are_refused_in_their_group(project, tmp_path):
    text = PROGRAMME.replace(DIRECT, AHP + SLOPE)
    with pytest.raises(ProgrammeError, match=r"road against ground is 0\.5"):
        programme(project, tmp_path, text=text.replace('[1, "1/3"]', '[1, "1/2"]'))
    with pytest.raises(ProgrammeError, match='a number, or a fraction like "1/3"'):
        programme(project, tmp_path, text=text.replace('"1/3"', '"third"'))


def test_the_schema_takes_what_the_reader_takes():
    shipped = json.loads((files("geo_tej") / "schemas" / "programme.schema.json").read_text(encoding="utf-8"))
    assert shipped == json.loads(json.dumps(schema()))
    jsonschema.validate(tomllib.loads(PROGRAMME), shipped)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tomllib.loads(PROGRAMME.replace("cell_m", "cel_m")), shipped)
