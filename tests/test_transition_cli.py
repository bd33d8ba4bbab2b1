"""`geo-tej transition` as a user asks it: tables, one firm, steps, files, and one clear sentence for what cannot be."""

from __future__ import annotations

import json
import shutil
import tomllib

import jsonschema
import openpyxl
import pandas as pd
import pyogrio
import pytest
from click.testing import CliRunner
from specimen_routes import FACTS, ROUTES
from specimen_texts import MANIFEST, RULEBOOK, RULES
from specimens import default_frames, make_project, write_rulebook

from geo_tej import read_project
from geo_tej.cli import main
from geo_tej.io.manifest import TransitionEntry
from geo_tej.rulebook import bundled, read_rulebook
from geo_tej.transition.told import schema

FIRMS = (
    "enterprise_id,name,willing,route,relocation_m2\n"
    'F1,=HYPERLINK("x"),yes,stay,\nF2,<b>Tile</b> works,no,move,5000\nF3,[red]{{ mill }},,,\n'
)
LINKS = "enterprise_id,parcel_id,relation\nF1,A1,owner\nF2,A2,owner\nF3,A3,tenant\n"
VALUES = (
    "scheme,code,use,value,per,term_years,date,source\n"
    "code,06,,200000,mu,50,2026-01-01,survey\n,,shop,1800,m2,40,2026-01-01,survey\n"
)
EXTRA = """
[transition]
land_values = "values.csv"
events = "events.gpkg"
currency = "EUR"
quota = [{ year = 2026, area_m2 = 6000, source = "plan" }]
weights = { area = 2 }
facts = { sewer = "yes" }
"""


def call(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def make(folder, *, extra=EXTRA, routes=ROUTES, values=VALUES, firms=FIRMS):
    """Write the specimen town with firms, routes, land values and quota."""
    parcels = default_frames()["parcels"].assign(
        listed=["no", "yes", None], beds=[1.0, 1.0, 1.0], land_use_code=["0601"] * 3, term_end=["2046-01-01"] * 3
    )
    edit = {
        'path = "parcels.gpkg" }': 'path = "parcels.gpkg", columns = { land_use_code = "land_use_code" }, '
        'constants = { land_use_scheme = "code" } }'
    }
    head, _, layers = MANIFEST.partition("layer = [")
    manifest = head + "layer = [" + layers + extra
    path = make_project(folder, manifest=manifest, edit=edit, parcels=parcels, firms=firms, occupancy=LINKS)
    write_rulebook(folder / "rulebook", text=RULEBOOK.replace("fact = [\n", FACTS), rules=RULES + routes)
    (folder / "values.csv").write_text(values, encoding="utf-8")
    return path


def refused(told):
    """Hold that nothing was said but one message on stderr, with the exit code 2."""
    assert told.exit_code == 2, told.output
    assert told.stdout == ""
    assert told.stderr.startswith("geo-tej: ")
    return told.stderr


@pytest.fixture(scope="module")
def manifest(tmp_path_factory):
    return make(tmp_path_factory.mktemp("town"))


@pytest.fixture
def fresh(manifest, tmp_path):
    shutil.copytree(manifest.parent, tmp_path / "town")
    return tmp_path / "town" / "layers.toml"


def test_all_firms_in_a_table(manifest):
    told = call("transition", "-m", manifest)
    assert (told.exit_code, told.stderr) == (0, "")
    lines = told.stdout.splitlines()
    (first,) = [line for line in lines if " F1 " in line]
    assert '=HYPERLINK("x")' in first
    assert "● admissible*" in first
    assert any("[red]{{ mill }}" in line for line in lines)  # text, never markup
    assert "land quota of 2026: 6,000.00 m² available, 5,000.00 m² needed" in told.stdout
    assert "priority: willing 2, area 2" in told.stdout
    assert "Act, 1" not in told.stdout
    assert "Example act, art. 6" in told.stdout


def test_one_firm_in_full(manifest):
    told = call("transition", "F1", "-m", manifest)
    assert told.exit_code == 0
    for said in (
        "● stay in the building: admissible", "+ speaks for it: willing", "1. permit (county office, county)",
        "? as the notice says: to be settled", "only this is open: the text of Example act, art. 5",
        "(1,800.00 × 1.000000 − 300.00 × 1.000000) × 10,020.00 m² = 15,030,000 EUR",
        "No year-term correction", "not for publication",
    ):  # fmt: skip
        assert said in told.stdout, said
    in_chinese = call("transition", "F1", "F2", "-m", manifest, "--lang", "zh").stdout
    assert "补缴地价（估算）" in in_chinese
    assert in_chinese.count("优先次序：3 家企业中排第") == 2


def test_a_fact_stated_settles_and_another_use_asks_anew(manifest):
    def stay(*words):
        told = json.loads(call("transition", "F3", "-m", manifest, "--json", *words).stdout)
        return next(route for route in told["enterprises"][0]["routes"] if route["route"] == "stay")

    assert [each["fact"] for each in stay()["open"]] == ["listed", None]
    assert stay()["one_question"] is None
    flood = stay("--fact", "listed=no")
    assert (flood["standing"], flood["one_question"]) == ("open", "the text of Example act, art. 9 (for shop)")
    assert stay("--fact", "listed=yes")["standing"] == "barred"
    assert stay("--use", "hotel")["standing"] == "barred"


def test_a_fact_stated_is_told_beside_what_is_recorded(manifest, tmp_path):
    given = ("--fact", "sewer=no", "--fact", "listed=no")
    many = call("transition", "-m", manifest, *given).stdout
    assert "assumed for this answer: sewer = no (of 3 enterprises, 3 recorded otherwise)" in many
    assert "listed = no (of 3 enterprises, 1 recorded otherwise, 1 not recorded)" in many
    assert (
        "本次假设：listed = 否（数据记载：是）"
        in call("transition", "F2", "-m", manifest, "--lang", "zh", *given).stdout
    )
    told = json.loads(call("transition", "-m", manifest, "--json", *given).stdout)
    jsonschema.validate(told, schema())
    assert told["assumed"][1] == {"fact": "listed", "value": False, "otherwise": ["F2"], "unrecorded": ["F3"]}
    assert call("transition", "-m", manifest, *given, "-o", tmp_path / "t.xlsx").exit_code == 0
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert "assumed for this answer: sewer = no" in book.worksheets[0]["A1"].value
    assert "assumed" not in call("transition", "-m", manifest).stdout


def test_json_is_what_the_shipped_schema_says(manifest):
    told = json.loads(call("transition", "-m", manifest, "--json").stdout)
    jsonschema.validate(told, schema())
    assert [firm["id"] for firm in told["enterprises"]] == ["F1", "F2", "F3"]
    assert told["enterprises"][0]["name"] == '=HYPERLINK("x")'


@pytest.mark.parametrize("suffix", ["csv", "parquet", "gpkg", "xlsx"])
def test_it_writes_tables_the_same_each_time(manifest, tmp_path, suffix):
    paths = [tmp_path / f"{name}.{suffix}" for name in ("one", "two")]
    for path in paths:
        told = call("transition", "-m", manifest, "-o", path)
        assert (told.exit_code, told.stdout) == (0, f"{path}\n")
    assert paths[0].read_bytes() == paths[1].read_bytes()
    if suffix == "xlsx":
        book = openpyxl.load_workbook(paths[0])
        assert book.sheetnames == ["Overview", "Routes", "Supplement", "Priority", "Quota", "Progress", "Law", "About"]
        cells = [cell for sheet in book for row in sheet for cell in row]
        assert [cell for cell in cells if cell.data_type == "f"] == []
        assert '=HYPERLINK("x")' in [cell.value for cell in cells]
        assert book["Overview"].freeze_panes == "D4"
        return
    if suffix == "gpkg":
        assert {name for name, _ in pyogrio.list_layers(paths[0])} == {"enterprises", "routes", "about"}
        ground = pyogrio.read_dataframe(paths[0], layer="enterprises")
        assert ground.set_index("enterprise_id").loc["F2", ["stay", "chosen"]].to_list() == ["barred", "move"]
        assert ground.geometry.area.round().to_list() == [10_000] * 3
        table = pyogrio.read_dataframe(paths[0], layer="routes")
    else:
        table = pd.read_csv(paths[0]) if suffix == "csv" else pd.read_parquet(paths[0])
    assert len(table) == 3 * 5
    name = table.loc[table["enterprise_id"] == "F1", "name"].iloc[0]
    assert name == ("'" if suffix == "csv" else "") + '=HYPERLINK("x")'


def test_another_ending_is_refused(manifest, tmp_path):
    assert ".doc is no kind of table" in refused(call("transition", "-m", manifest, "-o", tmp_path / "t.doc"))
    assert list(tmp_path.iterdir()) == []


def test_steps_are_recorded_told_and_refused(fresh):
    told = call("transition", "-m", fresh, "--record", "F1", "planned", "--date", "2026-03-01", "--note", "first")
    assert told.exit_code == 0
    assert told.stdout.endswith("events.gpkg: F1 planned (planned) 2026-03-01\n")
    assert call("transition", "-m", fresh, "--record", "F1", "gone", "--date", "2026-09-01").exit_code == 0
    said = refused(call("transition", "-m", fresh, "--record", "F1", "planned", "--date", "2026-03-02"))
    assert "F1 cannot be planned on 2026-03-02: it is planned since 2026-03-01" in said
    progress = call("transition", "-m", fresh, "--progress").stdout.splitlines()
    assert [line.split()[0] for line in progress] == [
        "date",
        "2026-03-01",
        "2026-06-30",
    ]  # what comes later has not come
    later = call("transition", "-m", fresh, "--progress", "--on", "2026-12-31").stdout.splitlines()
    assert [line.split()[0] for line in later][-2:] == ["2026-09-01", "2026-12-31"]
    told_of = json.loads(call("transition", "-m", fresh, "--json").stdout)
    assert told_of["enterprises"][0]["status"] == {
        "status": "planned", "since": "2026-03-01", "note": "first", "officer": ""
    }  # fmt: skip
    assert "2026-03-01  planned  first" in call("transition", "F1", "-m", fresh).stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--record", "F9", "planned", "--date", "2026-01-01"],
            "enterprise 'F9' is not in the project; known: F1 (=HYPERLINK",
        ),
        (
            ["--record", "F1", "plannd", "--date", "2026-01-01"],
            "status 'plannd' is not in the rulebook tiny; did you mean",
        ),
        (["--record", "F1", "planned", "--date", "1.1.2026"], "--date 1.1.2026: is no date"),
        (["--record", "F1", "planned"], "--record needs the day of the step"),
        (["--date", "2026-01-01"], "belong to --record"),
        (["F1", "--record", "F1", "planned", "--date", "2026-01-01"], "--record writes one step down"),
        (["--progress", "F1"], "--progress is of all enterprises"),
        (["F1", "-o", "t.csv"], "-o writes all enterprises"),
        (["F9"], "enterprise 'F9' is not in the project"),
        (["--use", "hotle"], "use 'hotle' is not in the rulebook tiny; did you mean hotel?"),
        (["--fact", "nonsense=1"], "fact 'nonsense'"),
        (["--on", "soon"], "--on soon: is no date"),
    ],
)
def test_what_cannot_be_asked_is_told_in_a_sentence(manifest, words, said):
    assert said in refused(call("transition", "-m", manifest, *words))
    assert not (manifest.parent / "events.gpkg").exists()


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (
            EXTRA.replace("weights = { area = 2 }", "weights = { aria = 2 }"),
            "criterion 'aria' is not in the rulebook tiny",
        ),
        (EXTRA.replace('facts = { sewer = "yes" }', "facts = { sower = 1 }"), "transition.facts: fact 'sower'"),
        (EXTRA.replace('facts = { sewer = "yes" }', 'facts = { sewer = "perhaps" }'), "must be one of yes, no"),
        (EXTRA.replace("area_m2 = 6000", "area_m2 = 6000, area_mu = 9"), "a quota has one area"),
        (EXTRA.replace('"events.gpkg"', '"https://example.org/e.gpkg"'), "is remote; only local files are read"),
        (EXTRA.replace("currency", "curency"), "curency"),
    ],
)
def test_faults_of_the_manifest_are_named(tmp_path, extra, said):
    assert said in refused(call("transition", "-m", make(tmp_path / "town", extra=extra)))


def test_every_fault_of_the_land_values_is_named(tmp_path):
    values = (
        "scheme,code,use,value,per,term_years,date,source\n"
        ",06,,300,m2,50,2026-01-01,survey\ncode,06,shop,300,m2,,2026-01-01,survey\n,,shoop,300,m2,,2026-01-01,survey\n"
        ",,shop,-3,m2,,2026-01-01,survey\n,,shop,3,acre,,2026-01-01,survey\n,,shop,3,m2,,soon,survey\n,,hotel,3,m2,,2026-01-01,\n"
    )
    said = refused(call("transition", "-m", make(tmp_path / "town", values=values)))
    for place, words in (
        (2, "means nothing without its scheme"), (3, "give one of them"), (4, "use 'shoop'"), (5, "'-3' is no number"),
        (6, "per 'acre'"), (7, "'soon' is no date"), (8, "the column source is empty"),
    ):  # fmt: skip
        assert f"values.csv, row {place}" in said
        assert words in said


def test_a_chosen_route_that_there_is_not_is_told(tmp_path):
    firms = FIRMS.replace(",stay,", ",sty,")
    assert "F1: route 'sty' is not in the rulebook tiny; did you mean stay?" in refused(
        call("transition", "-m", make(tmp_path / "town", firms=firms))
    )


def test_a_rulebook_without_routes_says_so(tmp_path):
    path = make_project(tmp_path / "town")
    told = call("transition", "-m", path)
    assert (told.exit_code, told.stdout) == (
        0, "the rulebook tiny names no routes; write them as [[route]] in its rulebook.toml to have them assessed\n",
    )  # fmt: skip
    assert json.loads(call("transition", "-m", path, "--json").stdout)["routes"] == []
    assert "names no routes" in refused(call("transition", "-m", path, "-o", tmp_path / "t.csv"))
    assert "names no steps" in call("transition", "-m", path, "--progress").stdout
    said = refused(call("transition", "-m", path, "--record", "F1", "planned", "--date", "2026-01-01"))
    assert "no file for events" in said


def test_the_starter_manifest_shows_what_can_be_said(tmp_path):
    assert call("init", tmp_path / "my-town").exit_code == 0
    template = (tmp_path / "my-town" / "layers" / "layers.toml").read_text(encoding="utf-8")
    head, _, block = template.partition("# [transition]")
    shown = "[transition]" + "\n".join(line.removeprefix("# ") for line in block.splitlines() if "=" in line)
    read = tomllib.loads(shown.replace("[transition]", "[transition]\n", 1))
    assert TransitionEntry.model_validate(read["transition"]).quota[0].year == 2026
    assert "[[layer]]" in head


def test_a_step_of_a_later_day_is_marked(fresh):
    told = call("transition", "-m", fresh, "--record", "F1", "planned", "--date", "2026-09-01")
    assert "the project's day is 2026-06-30: the step counts with --on 2026-09-01 and later" in told.stderr
    assert (
        "· 2026-09-01  planned (after 2026-06-30: does not count yet)" in call("transition", "F1", "-m", fresh).stdout
    )
    later = call("transition", "F1", "-m", fresh, "--on", "2026-09-01").stdout
    assert "· 2026-09-01  planned\n" in later


def test_steps_are_kept_in_a_geopackage(tmp_path):
    path = make(tmp_path, extra=EXTRA.replace("events.gpkg", "events.csv"))
    said = refused(call("transition", "-m", path, "--record", "F1", "planned", "--date", "2026-03-01"))
    assert "transition.events 'events.csv': steps are kept in a GeoPackage; name it like events.gpkg" in said
    assert not (path.parent / "events.csv").exists()


def test_events_of_nobody_are_told(fresh):
    assert call("transition", "-m", fresh, "--record", "F1", "planned", "--date", "2026-03-01").exit_code == 0
    firms = fresh.parent / "firms.csv"
    firms.write_text(firms.read_text(encoding="utf-8").replace("F1,", "G1,"), encoding="utf-8")
    links = fresh.parent / "occupancy.csv"
    links.write_text(links.read_text(encoding="utf-8").replace("F1,", "G1,"), encoding="utf-8")
    assert "events.gpkg, row 1: enterprise 'F1' is not known" in refused(call("transition", "-m", fresh))


def test_run_writes_the_ways_out_where_there_are_any(fresh, tmp_path):
    told = call("run", "-m", fresh, "-o", tmp_path / "maps")
    assert told.exit_code == 0
    assert {"transition.xlsx", "transition.gpkg", "transition.parquet"} <= {
        path.name for path in (tmp_path / "maps").iterdir()
    }


def test_signing_a_route_lets_it_through(fresh):
    text = fresh.read_text(encoding="utf-8").replace(
        'rulebook = "rulebook"', 'rulebook = "rulebook"\nsignoffs = "signed.csv"'
    )
    fresh.write_text(text, encoding="utf-8")
    signed = fresh.parent / "signed.csv"
    signed.write_text(
        "rule,who,when,text\nR-2,A. Reader,2026-02-01,the notice of 2015\nbuy/rumour,A. Reader,2026-02-01,t\n",
        encoding="utf-8",
    )
    book = read_project(fresh).rulebook
    assert book.routes["unread"].verified
    assert book.routes["unread"].signoffs[0].who == "A. Reader"
    assert [each.verified for each in book.routes["buy"].reasons] == [True, True]
    told = json.loads(call("transition", "F1", "-m", fresh, "--json").stdout)["enterprises"][0]["routes"]
    assert next(route for route in told if route["route"] == "unread")["standing"] == "admissible"
    signed.write_text("rule,who,when,text\nR-9,A. Reader,2026-02-01,the notice\n", encoding="utf-8")
    assert "rule 'R-9' is not in the rulebook tiny" in refused(call("transition", "-m", fresh))


def test_a_layer_that_failed_is_told_and_exits_1(fresh):
    (fresh.parent / "scenic.gpkg").write_text("broken")
    told = call("transition", "-m", fresh)
    assert told.exit_code == 1
    assert "layer scenic failed" in told.stderr
    assert " F1 " in told.stdout
    (line,) = [line for line in told.stdout.splitlines() if " F1 " in line]
    assert "● admissible*" not in line


def test_facts_beside_the_firms_that_rules_ask_for_are_heard_by_them(tmp_path):
    firms = FIRMS.replace("relocation_m2\n", "relocation_m2,sewer\n").replace(",stay,\n", ",stay,,yes\n")
    firms = (
        firms.replace(",5000\n", ",5000,\n")
        .replace(",,,\n", ",,,\n")
        .replace("mill }},,,", "mill }},,,,")
        .replace("mill }},,,,,", "mill }},,,,")
    )
    project = read_project(make(tmp_path / "town", firms=firms))
    its = project.occupancy.loc[project.occupancy["enterprise_id"] == "F1", "parcel_id"]
    others = project.occupancy.loc[project.occupancy["enterprise_id"] != "F1", "parcel_id"]
    alone = sorted(set(its) - set(others))
    assert alone
    assert project.parcels.loc[alone, "sewer"].tolist() == ["yes"] * len(alone)
    assert project.parcels.loc[~project.parcels.index.isin(alone), "sewer"].isna().all()


DECISIONS = "parcel,use,rule,decision,reason,officer,date,document\n"


def deep_water(folder, rows):
    """Put the third firm's ground under deep water, where the route `buy` is left to the water board."""
    path = make(folder)
    water = path.parent / "flood.gpkg"
    pyogrio.read_dataframe(water).assign(**{"class": "deep"}).to_file(water)
    path.write_text('decisions = "decisions.csv"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    (path.parent / "decisions.csv").write_text(DECISIONS + rows, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("decision", "standing"), [("permitted", "admissible"), ("conditional", "conditional"), ("prohibited", "barred")]
)
def test_a_decision_closes_what_a_route_leaves_open_and_stands_beside_the_reason(tmp_path, decision, standing):
    row = f"A3,,buy/deep,{decision},dike is built,B. Officer,2026-05-01,W 12/2026\n"
    path = deep_water(tmp_path / "town", row)

    def route():
        told = json.loads(call("transition", "F3", "--fact", "sewer=yes", "-m", path, "--json").stdout)
        jsonschema.validate(told, schema())
        return next(each for each in told["enterprises"][0]["routes"] if each["route"] == "buy")

    after = route()
    assert after["standing"] == standing
    assert not after["open"]
    (reason,) = [each for each in after["reasons"] if each["id"] == "deep"]
    (told,) = reason["decisions"]
    assert (told["parcel"], told["decision"], told["document"]) == ("A3", decision, "W 12/2026")
    assert "dike is built (B. Officer, 2026-05-01, W 12/2026)" in call("transition", "F3", "-m", path).stdout
    (path.parent / "decisions.csv").write_text(DECISIONS, encoding="utf-8")
    before = route()
    assert before["standing"] == "open"
    assert [each["kind"] for each in before["open"]] == ["officer"]


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("A3,shop,buy/deep,permitted,x,B,2026-05-01,W", "leave the use empty"),
        ("A3,,shallow,permitted,x,B,2026-05-01,W", "the column use is empty"),
        ("A3,,buy/deeep,permitted,x,B,2026-05-01,W", "what routes leave open: buy/deep"),
        ("A3,,buy/rumour,permitted,x,B,2026-05-01,W", "what routes leave open: buy/deep"),
    ],
)
def test_a_decision_on_a_route_names_what_it_leaves_open_and_no_use(tmp_path, row, named):
    assert named in refused(call("transition", "-m", deep_water(tmp_path / "town", row + "\n")))


def test_unread_texts_of_routes_are_ranked_after_the_rules(manifest):
    rows = json.loads(call("rules", "--todo", "--json", "-m", manifest).stdout)
    ways = [row for row in rows if row["kind"] == "route"]
    assert [row["kind"] for row in rows] == ["rule"] * (len(rows) - len(ways)) + ["route"] * len(ways)
    assert {row["rule"] for row in ways} == {"unread", "buy/rumour"}
    unread = next(row for row in ways if row["rule"] == "unread")
    assert (unread["ref"], unread["verdicts"], unread["parcels"]) == ("R-2", 3, 3)
    assert [row["verdicts"] for row in ways] == sorted((row["verdicts"] for row in ways), reverse=True)
    told = call("rules", "--todo", "-m", manifest, "--lang", "en").stdout
    assert "routes (each for an enterprise and a parcel)" in told


def test_the_help_ends_in_an_example():
    told = call("transition", "--help")
    assert told.exit_code == 0
    assert "Example: geo-tej transition E12" in told.stdout
    steps = read_rulebook(bundled()["zhejiang-scenic"]).statuses
    assert f"In zhejiang-scenic: {', '.join(steps)}." in " ".join(told.stdout.split())
    assert main.commands["transition"].callback.__module__ == "geo_tej.cli.transition"
