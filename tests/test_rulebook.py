"""Rulebooks: those that are bundled, every fault by its name, and all of them at once."""

from __future__ import annotations

import datetime as dt
import re
from itertools import combinations

import pytest
from specimen_texts import RULEBOOK, RULES, TABLES, rule
from specimens import make_book, write_rulebook

from geo_tej.errors import RulebookError
from geo_tej.io.signed import rules_named
from geo_tej.model import Action, Outcome
from geo_tej.report import rulebook_report
from geo_tej.rulebook import bundled, find_rulebook, read_rulebook

BUNDLED = sorted(bundled())


def test_both_rulebooks_are_there():
    assert BUNDLED == ["starter", "zhejiang-scenic"]


@pytest.mark.parametrize("name", BUNDLED)
def test_every_rule_of_a_bundled_rulebook_cites_its_law(name):
    law = read_rulebook(name)
    assert law.rules
    assert law.id == name
    for each in law.rules:
        assert each.source in law.sources
        assert each.article or not each.verified, each.id
        assert each.condition.zh
        assert each.condition.en
        assert set(each.approvals) <= set(law.permits)
        assert each.layer is None or each.layer in law.layers
        assert each.uses <= set(law.uses)
    assert any(layer.base for layer in law.layers.values())
    assert {use.group for use in law.uses.values()} <= set(law.groups)
    assert len({each.id for each in law.rules}) == len(law.rules)


@pytest.mark.parametrize("name", BUNDLED)
def test_every_rule_of_a_bundled_rulebook_speaks_of_something(name):
    law = read_rulebook(name)
    silent = [each.id for each in law.rules if not each.uses or not each.actions]
    assert silent == []


def test_the_tiny_rulebook_is_read_as_written(book):
    by_id = {each.id: each for each in book.rules}
    core = by_id["core"]
    assert (core.kind, core.layer, core.outcome, core.binds) == ("zone", "scenic", Outcome.PROHIBITED, "ground")
    assert (core.actions, core.uses) == ({Action.NEW}, {"hotel", "shop", "workshop"})
    assert by_id["grade1"].uses == {"hotel"}
    assert by_id["strip"].distance_m == 10
    assert by_id["shallow"].could_be == Outcome.PROHIBITED
    cell = by_id["plan/mixed/C/conditional"]
    assert (cell.uses, cell.where, cell.approvals) == ({"hotel"}, {"class": ("mixed",)}, ("permit",))
    assert by_id["plan/works/X/prohibited"].approvals == ()
    assert "plan/works/C/conditional" not in by_id
    assert (book.uses["hotel"].least_area_m2, book.uses["hotel"].least_width_m) == (1000, 15)
    assert book.uses["shop"].least_area_m2 is None


def test_the_hash_is_of_what_is_said_not_of_where_or_how(tmp_path, book):
    other = make_book(tmp_path / "elsewhere" / "law", text="# a remark\n" + RULEBOOK)
    assert other.sha256 == book.sha256
    assert make_book(tmp_path / "b", rules=RULES.replace('article = "9"', 'article = "10"')).sha256 != book.sha256
    shop_needs_permit = TABLES["zoning.csv"].replace("shop,P,P", "shop,C,P")
    assert make_book(tmp_path / "c", zoning=shop_needs_permit).sha256 != book.sha256


UNKNOWN_DATE = 'valid_from = "some day"\n'
FAULTS = [
    ("unknown key", {"rules": rule("r1", layer='"flood"', outcom='"x"')}, ["rule r1", "outcom", "outcome"]),
    ("unknown kind", {"rules": rule("r1", layer='"flood"', kind='"zoning"')}, ["rule r1", "kind"]),
    ("unknown use", {"rules": rule("r1", layer='"flood"', uses='["hotle"]')}, ["rule r1", "hotle", "hotel"]),
    ("unknown tag", {"rules": rule("r1", layer='"flood"', uses='["@nite"]')}, ["rule r1", "nite", "night"]),
    ("unknown action", {"rules": rule("r1", layer='"flood"', actions='["build"]')}, ["rule r1", "actions"]),
    ("unknown outcome", {"rules": rule("r1", layer='"flood"', outcome='"maybe"')}, ["rule r1", "outcome"]),
    ("missing source", {"rules": rule("r1", layer='"flood"', source='"acts"')}, ["rule r1", "source", "acts"]),
    ("unknown layer", {"rules": rule("r1", layer='"floods"')}, ["rule r1", "layer", "floods", "flood"]),
    ("unknown attribute", {"rules": rule("r1", layer='"flood"', where='{ kind = ["deep"] }')}, ["rule r1", "kind"]),
    ("unknown value", {"rules": rule("r1", layer='"flood"', where='{ class = ["deap"] }')}, ["rule r1", "deap"]),
    ("unknown permit", {"rules": rule("r1", layer='"flood"', approvals='["permitt"]')}, ["rule r1", "permitt"]),
    ("duplicate rule", {"rules": rule("r1", layer='"flood"') * 2}, ["rule r1", "more than once"]),
    ("no layer", {"rules": rule("r1")}, ["rule r1", "layer"]),
    ("no distance", {"rules": rule("r1", layer='"roads"', kind='"setback"')}, ["rule r1", "distance_m"]),
    ("negative distance", {"rules": rule("r1", layer='"roads"', kind='"setback"', distance_m="-5")}, ["distance_m"]),
    ("distance of a zone", {"rules": rule("r1", layer='"flood"', distance_m="5")}, ["rule r1", "distance_m"]),
    ("fact without test", {"rules": rule("r1", kind='"fact"', binds='"parcel"')}, ["rule r1", "when"]),
    ("fact on the ground", {"rules": rule("r1", kind='"fact"', when='{ all = [{ fact = "sewer", is = "no" }] }')},
     ["rule r1", "ground"]),
    ("unknown fact", {"rules": rule("r1", layer='"flood"', when='{ all = [{ fact = "sewr", is = "no" }] }')},
     ["rule r1", "sewr", "sewer"]),
    ("unknown fact value", {"rules": rule("r1", layer='"flood"', when='{ all = [{ fact = "sewer", is = "none" }] }')},
     ["rule r1", "none", "no"]),
    ("text for a number", {"rules": rule("r1", layer='"flood"', when='{ all = [{ fact = "beds", is = "ten" }] }')},
     ["rule r1", "beds"]),
    ("texts for a number", {"rules": rule("r1", layer='"flood"', when='{ all = [{ fact = "beds", in = ["ten"] }] }')},
     ["rule r1", "beds"]),
    ("word for a bool", {"rules": rule("r1", layer='"flood"', when='{ all = [{ fact = "listed", is = "so" }] }')},
     ["rule r1", "listed"]),
    ("two operators", {"rules": rule("r1", layer='"flood"', when='{ all = [{ fact = "beds", is = 1, at_most = 2 }] }')},
     ["rule r1", "exactly one"]),
    ("bad date", {"rules": rule("r1", layer='"flood"') + UNKNOWN_DATE}, ["rule r1", "valid_from"]),
    ("decider without could_be", {"rules": rule("r1", layer='"flood"', decider='"x"')}, ["rule r1", "could_be"]),
    ("no source at all", {"text": RULEBOOK.replace('source = "act"', "")}, ["matrix plan", "source"]),
    ("unknown key on top", {"text": "colour = 1\n" + RULEBOOK}, ["colour"]),
    ("no version", {"text": RULEBOOK.replace('version = "1"', "")}, ["version"]),
    ("bad head date", {"text": RULEBOOK.replace("date = 2026-01-01", 'date = "soon"')}, ["date"]),
    ("no pathway", {"text": re.sub(r"pathway = .*", "", RULEBOOK)}, ["pathway"]),
    ("no base layer", {"text": RULEBOOK.replace("base = true, ", "")}, ["base = true"]),
    ("duplicate layer", {"text": RULEBOOK.replace('id = "flood"', 'id = "roads"')}, ["layer roads", "more than once"]),
    ("unlisted left out", {"text": RULEBOOK.replace(', unlisted = "prohibited"', "")}, ["layer zoning", "unlisted"]),
    ("enum without values", {"text": RULEBOOK.replace('values = ["yes", "no"], ', "")}, ["fact sewer", "values"]),
    ("measure of no layer", {"text": RULEBOOK.replace('layer = "dem"', 'layer = "dom"')}, ["slope_mean_deg", "dom"]),
    ("matrix file gone", {"text": RULEBOOK.replace('"zoning.csv"', '"zones.csv"')}, ["zones.csv", "cannot be read"]),
    ("unknown verb", {"text": RULEBOOK.replace('actions = ["reuse"]', 'actions = ["use"]')}, ["pathway keep"]),
    ("symbol not declared", {"zoning": "use,mixed,works\nshop,P,Q\n"}, ["zoning.csv", "row 2", "works", "'Q'"]),
    ("row of no use", {"zoning": "use,mixed,works\nshoop,P,P\n"}, ["zoning.csv", "shoop", "shop"]),
    ("column of no class", {"zoning": "use,mixed,work\nshop,P,P\n"}, ["zoning.csv", "row 1", "work"]),
    ("row twice", {"zoning": "use,mixed,works\nshop,P,P\nshop,P,X\n"}, ["zoning.csv", "row 3", "shop"]),
    ("short row", {"zoning": "use,mixed,works\nshop,P\n"}, ["zoning.csv", "row 2", "2 cells"]),
    ("empty table", {"zoning": ""}, ["zoning.csv", "empty"]),
    ("use twice", {"uses": TABLES["uses.csv"] + "hotel,9,x,x,other,,,\n"}, ["uses.csv", "row 5", "hotel"]),
    ("use that is no id", {"uses": TABLES["uses.csv"].replace("hotel,", "my hotel!,")},
     ["uses.csv", "row ", "'my hotel!'", "must be of letters"]),
    ("use of no group", {"uses": TABLES["uses.csv"].replace("other,,,", "others,,,")}, ["uses.csv", "others"]),
    ("size that is none", {"uses": TABLES["uses.csv"].replace("9000", "big")}, ["uses.csv", "row 4", "big"]),
    ("size below nothing", {"uses": TABLES["uses.csv"].replace("9000", "-1")}, ["uses.csv", "row 4", "-1"]),
    ("use without name", {"uses": TABLES["uses.csv"].replace("商店", "")}, ["uses.csv", "row 3", "name_zh"]),
    ("level that is none", {"permits": TABLES["permits.csv"].replace("county,act", "town,act")}, ["permits", "town"]),
    ("permit of no source", {"permits": TABLES["permits.csv"].replace("act,2", "akt,2")}, ["permits.csv", "akt"]),
    ("not TOML", {"text": "id = \n"}, ["rulebook.toml", "TOML"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "named"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_named_with_its_place(tmp_path, change, named):
    with pytest.raises(RulebookError) as caught:
        make_book(tmp_path / "law", **change)
    for word in named:
        assert word in str(caught.value)


def test_all_faults_are_told_at_once_with_file_and_rule(tmp_path):
    faulty = rule("r1", layer='"flood"', uses='["hotle"]') + rule("r2", layer='"flod"', source='"akt"')
    with pytest.raises(RulebookError) as caught:
        make_book(tmp_path / "law", rules=faulty, zoning="use,mixed,works\nshop,Q,P\n")
    message = str(caught.value)
    assert message.startswith("rulebook law: 4 faults:")
    for words in (("rulebook.toml, rule r1", "hotle"), ("rulebook.toml, rule r2", "flod"), ("rule r2", "akt"),
                  ("zoning.csv, row 2", "'Q'")):  # fmt: skip
        assert any(all(word in line for word in words) for line in message.splitlines()), words


FAULTY = (
    RULEBOOK
    + rule("one", layer='"flood"', where='{ class = ["deep"] }', actions='["new"]', valid_from="2026-01-01")
    + rule("two", kind='"fact"', binds='"parcel"', when='{ all = [{ fact = "sewer", is = "no" }] }', uses='["hotel"]')
)
"""A rulebook in which every one of the changes below is a fault."""

CHANGES = [
    # one and the same rule
    ('condition = "as the act says"\nsource = "act"\narticle = "9"\nverified = true\nlayer = "flood"',
     'condition = "as the act says"\nsource = "akt"\narticle = "9"\nverified = true\nlayer = "flood"'),
    ('where = { class = ["deep"] }', 'where = { class = ["deap"] }'),
    ("valid_from = 2026-01-01", 'valid_from = "soon"'),
    ('id = "one"\nkind = "zone"\nuses = "all"', 'id = "one"\nkind = "zone"\nuses = ["hotle"]'),
    ('id = "one"\n', 'id = "one"\ndecider = "the mayor"\n'),
    ('actions = ["new"]\noutcome', "outcome"),
    ('id = "one"\n', 'id = "one"\ncolour = "red"\n'),
    # another one, inside its tests
    ('fact = "sewer", is = "no"', 'fact = "sewer", is = "perhaps", at_least = 3'),
    ('uses = ["hotel"]', 'uses = ["hotell"]'),
    ('uses = ["hotel"]', 'uses = ["hotel"]\nwhere = { class = ["deep"] }'),
    # a table, its law and its cells
    ('id = "plan"\nfile = "zoning.csv"', 'id = "plan"\nmatch = "about"\nfile = "zoning.csv"'),
    ('rows = "use"\nbinds = "ground"\nsource = "act"', 'rows = "use"\nbinds = "ground"\nsource = "aktt"'),
    ('approvals = ["permit"]', 'approvals = ["permitt"]'),
    # terms
    ('id = "sewer", type = "enum"', 'id = "sewer", type = "list"'),
    ('unlisted = "prohibited"', 'unlisted = "barred"'),
    ('source = [{ id = "act", title = "Example act" }]', 'source = [{ id = "act", title = 7 }]'),
    ('version = "1"', "version = 1"),
]  # fmt: skip


def told(folder, *changes):
    """Return the faults of the rulebook with some changes, without what was given and what might be meant."""
    text = FAULTY
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    with pytest.raises(RulebookError) as caught:
        make_book(folder / "law", text=text, rules="")
    return faults_in(str(caught.value))


def faults_in(message):
    first, *others = message.removeprefix("rulebook law: ").splitlines()
    return {re.split(r"; | \(given", line.strip().removeprefix("- "))[0] for line in others or [first]}


PAIRS = [
    pair
    for pair in combinations(CHANGES, 2)
    if not any(one[0] in other[0] or other[0] in one[0] for one, other in [pair])
]


@pytest.mark.parametrize("pair", PAIRS, ids=range(len(PAIRS)))
def test_no_fault_hides_another(tmp_path, pair):
    one, other = (told(tmp_path / name, each) for name, each in zip("ab", pair, strict=True))
    assert told(tmp_path, *pair) >= one | other


def test_all_of_them_are_told_at_once(tmp_path):
    apart = {}
    for number, change in enumerate(CHANGES):
        apart[change[0]] = apart.get(change[0], set()) | told(tmp_path / str(number), change)
    one_each = {old: new for old, new in CHANGES if sum(old in other for other, _ in CHANGES) == 1}
    everything = told(tmp_path, *one_each.items())
    assert everything >= set().union(*(apart[old] for old in one_each))


def test_a_faulty_entry_is_no_reason_to_doubt_who_names_it(tmp_path):
    assert len(told(tmp_path, ('title = "Example act"', "title = 7"))) == 1


def test_every_empty_cell_of_a_row_is_told_and_the_rest_of_it_read(tmp_path):
    tables = {"uses": TABLES["uses.csv"].replace("2,商店,shop,other,,,", "2,商店,shop,,,wide,"),
              "permits": TABLES["permits.csv"].replace("office,province,act", "office,land,akt"),
              "zoning": "use,mixed,works\nshop,Q,P\n"}  # fmt: skip
    with pytest.raises(RulebookError) as caught:
        make_book(tmp_path / "law", text=RULEBOOK.replace('layer = "zoning"', 'layer = "zonig"'), **tables)
    message = str(caught.value)
    for words in ("row 3: the column group is missing or empty", "'wide' is not a number", "level 'land'",
                  "source 'akt'", "symbol 'Q'", "'zonig'"):  # fmt: skip
        assert words in message, words
    assert "\N{REPLACEMENT CHARACTER}" not in message


@pytest.mark.parametrize("test", ["at_least = 5", 'is = "soon"', "is = true", "in = [2026]"])
def test_a_fact_that_is_a_date_is_tested_by_dates(tmp_path, test):
    dated = RULEBOOK.replace('{ id = "beds", type = "number"', '{ id = "beds", type = "date"')
    with pytest.raises(RulebookError, match="beds"):
        make_book(
            tmp_path / "law",
            text=dated,
            rules=rule("r", layer='"flood"', when=f'{{ all = [{{ fact = "beds", {test} }}] }}'),
        )


def test_a_row_that_is_named_and_absent_is_noted(tmp_path):
    kinds = RULEBOOK.replace('rows = "use"', 'rows = "row_keys"')
    uses = "use_id,ref,name_zh,name_en,group,row_keys\nhotel,1,旅馆,hotel,tourism,inn|camp\nshop,2,商店,shop,other,\n"
    law = make_book(tmp_path / "law", text=kinds, rules="", uses=uses, zoning="kind,mixed,works\ninn,C,X\n")
    (note,) = law.notes
    assert "camp" in note
    assert "hotel" in note
    assert {each.outcome for each in law.rules} == {Outcome.CONDITIONAL, Outcome.PROHIBITED}


def test_rows_that_serve_one_use_are_variants_that_a_fact_tells_apart(tmp_path):
    kinds = RULEBOOK.replace('rows = "use"', 'rows = "row_keys"')
    uses = "use_id,ref,name_zh,name_en,group,row_keys\nhotel,1,旅馆,hotel,tourism,inn|camp\n"
    law = make_book(tmp_path / "law", text=kinds, rules="", uses=uses, zoning="kind,mixed,works\ninn,C,X\ncamp,P,X\n")
    assert law.facts["row_keys"].values == ("camp", "inn")
    asked = {each.when.tests[0].value: each.outcome for each in law.rules if each.when}
    assert asked == {"inn": Outcome.CONDITIONAL, "camp": Outcome.PERMITTED}
    assert [each.outcome for each in law.rules if not each.when] == [Outcome.PROHIBITED]


def test_tables_may_come_from_a_spreadsheet_in_gbk_or_with_a_mark(tmp_path, book):
    folder = write_rulebook(tmp_path / "law")
    (folder / "uses.csv").write_bytes(TABLES["uses.csv"].encode("gb18030"))
    (folder / "zoning.csv").write_bytes(TABLES["zoning.csv"].encode("utf-8-sig"))
    assert read_rulebook(folder).uses == book.uses
    assert read_rulebook(folder).sha256 == book.sha256


def test_a_rulebook_is_found_by_name_or_beside_and_else_refused(tmp_path):
    folder = write_rulebook(tmp_path / "law")
    assert find_rulebook("law", beside=tmp_path) == folder
    assert find_rulebook("starter", beside=tmp_path) == bundled()["starter"]
    with pytest.raises(RulebookError, match=r"nolaw.*starter, zhejiang-scenic"):
        find_rulebook("nolaw", beside=tmp_path)


def test_rules_of_a_day(tmp_path):
    dated = rule("old", layer='"flood"', valid_until="2026-01-01") + rule(
        "new", layer='"flood"', valid_from="2026-01-01"
    )
    law = make_book(tmp_path / "law", rules=dated)
    for day, name in [(dt.date(2025, 12, 31), "old"), (dt.date(2026, 1, 1), "new")]:
        assert [each.id for each in law.on(day) if each.kind == "zone"] == [name]


def test_a_rule_of_several_layers_is_a_rule_in_each(tmp_path):
    two = make_book(tmp_path / "two", rules=rule("r", layer='["flood", "zoning"]'))
    written_out = rule("r/flood", layer='"flood"') + rule("r/zoning", layer='"zoning"')
    assert two.sha256 == make_book(tmp_path / "out", rules=written_out).sha256
    assert [(each.id, each.layer) for each in two.rules if each.id.startswith("r/")] == [
        ("r/flood", "flood"), ("r/zoning", "zoning"),
    ]  # fmt: skip
    assert {each.id for each in rules_named(two, "r")} == {"r/flood", "r/zoning"}


def test_in_a_table_the_layers_of_a_rule_are_divided_by_a_stroke(tmp_path):
    columns = "id,kind,layer,uses,actions,outcome,binds,condition,source,article,verified"
    row = "r,zone,flood|zoning,all,new,prohibited,ground,no,act,1,true"
    folder = write_rulebook(tmp_path / "law", rules="")
    (folder / "rules.csv").write_text(f"{columns}\n{row}\n", encoding="utf-8")
    assert {each.id for each in read_rulebook(folder).rules if each.kind == "zone"} == {"r/flood", "r/zoning"}
    (folder / "rules.csv").write_text(f"{columns}\n{row.replace('flood|zoning', 'flood|zonin')}\n", encoding="utf-8")
    with pytest.raises(RulebookError, match=r"rules.csv, row 2, column layer \(C\) 'zonin'.*zoning"):
        read_rulebook(folder)


def test_the_list_says_a_sentence_once_with_the_ids_and_zones_of_its_rules(tmp_path):
    deep, often = (
        rule(name, layer='"flood"', where=f'{{ class = ["{name}"] }}', condition='"no ground"')
        for name in ("deep", "often")
    )
    said = rulebook_report(make_book(tmp_path, rules=deep + often), "en").splitlines()
    (at,) = [place for place, line in enumerate(said) if "no ground" in line]
    assert said[at + 1 : at + 3] == ["      deep [deep]", "      often [often]"]
