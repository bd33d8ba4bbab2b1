"""Ways out of the tiny town: made-up routes, terms, criteria and steps, and firms on its parcels."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
from specimen_texts import RULEBOOK, RULES
from specimens import make_book, parcels, square, town

from geo_tej.i18n import Text
from geo_tej.model import LandValue, Quota, TransitionData
from geo_tej.transition import transition
from geo_tej.transition.routes import STANDINGS
from geo_tej.verdict import assess

FACTS = """fact = [
  { id = "willing", type = "bool", title = "willing", question = "Is the firm willing?" },
  { id = "relation", type = "enum", values = ["owner", "tenant"], title = "relation", question = "Owner or tenant?" },
"""


def reason(name: str, effect: str, *, law: str = "", verified: str = "true", **keys: str) -> str:
    """Write a reason of a route: a plain fact, or by an article of the act."""
    written = {"id": f'"{name}"', "effect": f'"{effect}"', "words": f'"{name}"'} | keys
    if law:
        written |= {"source": '"act"', "article": f'"{law}"', "verified": verified}
    return "\n[[route.reason]]\n" + "".join(f"{key} = {value}\n" for key, value in written.items())


def when(fact: str, test: str) -> str:
    """Write one test of a fact."""
    return f'{{ all = [{{ fact = "{fact}", {test} }}] }}'


ROUTES = (
    """
[[route]]
id = "stay"
ref = "R-1"
title = "stay in the building"
short = "stay"
words = "The building is used again."
land = "kept"
actions = ["reuse"]
uses = ["shop"]
source = "act"
article = "1"
verified = true
approvals = ["permit"]
"""
    + reason("listed", "bars", law="2", when=when("listed", "is = true"))
    + reason("beds", "conditions", law="3", when=when("beds", "at_least = 10"), approvals='["opinion"]')
    + reason("core", "bars", law="4", layer='"scenic"', where='{ core = ["yes"] }')
    + reason("willing", "for", when=when("willing", "is = true"))
    + reason("unwilling", "against", when=when("willing", "is = false"))
    + """
[[route]]
id = "unread"
ref = "R-2"
title = "as the notice says"
short = "notice"
words = "Nobody has read it."
land = "kept"
actions = ["reuse"]
uses = ["shop"]
source = "act"
article = "5"
verified = false

[[route]]
id = "buy"
title = "bought"
short = "buy"
words = "The town buys the land."
land = "leaves"
source = "act"
article = "6"
verified = true
"""
    + reason("deep", "leaves_open", law="7", layer='"flood"', where='{ class = ["deep"] }', decider='"the water board"')
    + reason("rumour", "bars", law="8", verified="false", when=when("sewer", 'is = "no"'))
    + """
[[route]]
id = "swap"
title = "new contract"
short = "swap"
words = "The use changes against the difference."
land = "new_contract"
actions = ["new"]
supplement = true
source = "act"
article = "9"
verified = true

[[route]]
id = "move"
title = "land elsewhere"
short = "move"
words = "Land elsewhere."
land = "leaves"
quota = true
source = "act"
article = "10"
verified = true

[[term]]
id = "long"
uses = "all"
except = ["workshop"]
years = 40
source = "act"
article = "11"
verified = true

[[criterion]]
id = "willing"
title = "willing"
weight = 2
when = { all = [{ fact = "willing", is = true }] }

[[criterion]]
id = "area"
title = "area"
weight = 1
fact = "area_m2"
zero_at = 0
full_at = 20000

[[status]]
id = "planned"
title = "planned"
first = true
after = ["gone"]

[[status]]
id = "moved"
title = "moved"
after = ["planned"]

[[status]]
id = "gone"
title = "gone"
after = ["planned", "moved"]
done = true
"""
)

KNOWN = {"listed": [False] * 3, "beds": [1.0] * 3, "sewer": ["yes"] * 3}
"""Facts of the three parcels under which nothing is open."""


def route_book(folder, *, rules=RULES, routes=ROUTES, edit=None):
    """Write and read the tiny law with routes; `edit` maps pieces of their text to what stands there instead."""
    for old, new in (edit or {}).items():
        assert old in routes
        routes = routes.replace(old, new, 1)
    return make_book(folder, text=RULEBOOK.replace("fact = [\n", FACTS), rules=rules + routes)


def firms_town(book, *, facts=KNOWN, firms=None, links=None, data=None, **layers):
    """Put three parcels and three firms together: F1 on A1, F2 on A2, F3 on A3, all owners."""
    plots = parcels(
        square(0), square(100), square(200), land_use_scheme=["code"] * 3, land_use_code=["0601"] * 3,
        term_end=["2046-01-01"] * 3, **facts,
    )  # fmt: skip
    links = [("F1", "A1", "owner"), ("F2", "A2", "owner"), ("F3", "A3", "owner")] if links is None else links
    names = list(dict.fromkeys(firm for firm, *_ in links))
    columns = {"name": names, "willing": [True] * len(names)} | (firms or {})
    return replace(
        town(book, plots, **layers),
        enterprises=pd.DataFrame(columns, index=pd.Index(names, name="enterprise_id")),
        occupancy=pd.DataFrame(links, columns=["enterprise_id", "parcel_id", "relation"]),
        transition=data or TransitionData(quota=(Quota(year=2026, area_m2=1e6, source=Text("q", "q")),)),
    )


def told(project, **question):
    """Work out the ways out."""
    return transition(assess(project, **question))


def standings(worked_out, route="stay"):
    """Return how a route stands, a firm each."""
    (judged,) = [each for each in worked_out.routes if each.route.id == route]
    return [STANDINGS[worked_out.standing(firm, judged)] for firm in range(len(worked_out.firms))]


def questions(worked_out, firm="F1", route="stay"):
    """Return what holds a route open for a firm, as (kind, name)."""
    (judged,) = [each for each in worked_out.routes if each.route.id == route]
    rows = worked_out.held.of(worked_out.firm(firm))
    return sorted({(each.cause.kind, each.cause.name or each.cause.layer) for row in rows for each in judged.open[row]})


def value(amount, *, code="", use="", term=None, day=date(2026, 1, 1)):
    """Make a land value per m²."""
    return LandValue(
        value=amount, date=day, source="survey", scheme="code" if code else "", code=code, use=use, term_years=term
    )
