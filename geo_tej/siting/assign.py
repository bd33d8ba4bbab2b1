"""Several projects to places at once, exactly: one project a place, within land and money, by HiGHS through scipy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from geo_tej.siting.nouns import Limits, TourismProject

HECTARE_M2 = 10_000.0
AS_MUCH = 1e-9
"""Plans whose values differ by no more are worth as much."""

LIMITS = ("count", "land_m2", "budget")
"""The limits that can make a programme impossible, in the order in which they are looked at."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """A plan for all projects, or which limits leave none.

    `places` has a row a project placed: `project, candidate, area_m2, cost, score`. `gap` is the relative gap to the
    best bound. `one_more_hectare` is what the objective gains from a hectare more of land, NaN where land is not
    limited. Of a programme that nothing satisfies, `blocked_by` names the smallest set of limits without which there is
    a plan, `most_placed` says how many of each project fit at best, `least_land_m2` and `least_cost` what a plan needs.
    """

    places: pd.DataFrame
    objective: float
    gap: float
    land_m2: float
    cost: float
    one_more_hectare: float
    feasible: bool
    blocked_by: tuple[str, ...] = ()
    most_placed: Mapping[str, int] | None = None
    least_land_m2: float = float("nan")
    least_cost: float = float("nan")


def assign(
    options: pd.DataFrame, projects: Sequence[TourismProject], limits: Limits, rivals: Sequence[Sequence[str]] = ()
) -> Plan:
    """Choose a place for every project, so that the sum of scores is the largest possible.

    A mixed-integer linear programme: a place is taken or not, and a project takes from its least to its largest area of
    it, as far as there is usable ground. Of plans that put projects on the same places in another order, and are worth
    as much, it is the cheapest. With `maximise = "score"` it takes its least area, which leaves most of the
    land and money to the others; with `"score_hectares"` scores count by the hectare.

    Parameters
    ----------
    options
        A row a project and candidate that fits: `project, candidate, score, usable_m2`, and perhaps `price_per_m2`,
        what the land itself costs, and `new`, whether it counts as new land.
    projects
        With their sizes, counts and costs.
    limits
        On land and money.
    rivals
        Groups of candidates that share ground, of which one at most may be taken.
    """
    problem = _problem(options, projects, limits, rivals)
    best = _solve(problem)
    if best is None:
        return _no_plan(problem)
    taken, value, gap = best
    more = float("nan")
    if limits.land_m2 is not None:
        again = _solve(replace(problem, limits=replace(limits, land_m2=limits.land_m2 + HECTARE_M2)))
        more = round(again[1] - value, 9) if again is not None else float("nan")
    taken = _cheapest(problem, taken, value)
    places = _places(problem, taken)
    return Plan(
        places=places,
        objective=value,
        gap=gap,
        land_m2=float(problem.land @ taken[len(problem.options) :]),
        cost=float(places["cost"].sum()),
        one_more_hectare=more,
        feasible=True,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Problem:
    """The options with what each asks for, and the limits; variables are a choice and an area (ha) an option."""

    options: pd.DataFrame
    projects: Sequence[TourismProject]
    limits: Limits
    rivals: Sequence[Sequence[int]]
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    fixed: NDArray[np.float64]
    per_hectare: NDArray[np.float64]
    land: NDArray[np.float64]
    score: NDArray[np.float64]
    of_project: NDArray[np.intp]


def _problem(
    options: pd.DataFrame, projects: Sequence[TourismProject], limits: Limits, rivals: Sequence[Sequence[str]]
) -> _Problem:
    by_id = {project.id: project for project in projects}
    kept = options[options["score"].notna()].reset_index(drop=True)
    kept = kept[kept["usable_m2"] >= [by_id[name].least_m2 for name in kept["project"]]].reset_index(drop=True)
    mine = [by_id[name] for name in kept["project"]]
    least = np.array([project.least_m2 for project in mine]) / HECTARE_M2
    most = np.minimum([project.most_m2 for project in mine], kept["usable_m2"].to_numpy(float)) / HECTARE_M2
    price = kept["price_per_m2"].to_numpy(float) if "price_per_m2" in kept else np.zeros(len(kept))
    new = kept["new"].to_numpy(bool) if "new" in kept else np.ones(len(kept), dtype=bool)
    groups = [list(where) for where in kept.groupby("candidate", sort=False).indices.values()]
    groups += [np.flatnonzero(kept["candidate"].isin(list(group))).tolist() for group in rivals]
    place = {project.id: number for number, project in enumerate(projects)}
    return _Problem(
        options=kept,
        projects=projects,
        limits=limits,
        rivals=[group for group in groups if len(group) > 1],
        least=least,
        most=least if limits.maximise == "score" else most,
        fixed=np.array([project.cost for project in mine]),
        per_hectare=(np.array([project.cost_per_m2 for project in mine]) + price) * HECTARE_M2,
        land=HECTARE_M2 * (new if limits.land_of == "new" else np.ones(len(kept))),
        score=kept["score"].to_numpy(float),
        of_project=np.array([place[name] for name in kept["project"]], dtype=np.intp),
    )


Aim = Literal["value", "placed", "land", "cost"]


def _cheapest(problem: _Problem, taken: NDArray[np.float64], value: float) -> NDArray[np.float64]:
    """Return the cheapest of the plans on the same places that are worth as much."""
    names = problem.options["candidate"]
    places = names.isin(names[taken[: len(names)] == 1]).to_numpy()
    found = _solve(problem, aim="cost", worth=value - AS_MUCH, only=places) if places.any() else None
    return taken if found is None else found[0]


def _solve(
    problem: _Problem,
    *,
    aim: Aim = "value",
    without: Sequence[str] = (),
    worth: float | None = None,
    only: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.float64], float, float] | None:
    """Return choices and areas, the objective and the gap; None where there is no plan.

    `worth` is the least value that a plan must have, `only` which options may be taken.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415  heavy, and only assignment needs it
    from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack  # noqa: PLC0415

    count = len(problem.options)
    if not count:
        return None if any(project.count for project in problem.projects) else (np.empty(0), 0.0, 0.0)
    nothing, limits = np.zeros(count), problem.limits
    held: list[tuple[NDArray[np.intp], NDArray[np.float64], float, float]] = []
    for number, project in enumerate(problem.projects):
        mine = np.flatnonzero(problem.of_project == number)
        held.append(
            (mine, np.ones(len(mine)), 0.0 if "count" in without else float(project.count), float(project.count))
        )
    held += [(np.array(group), np.ones(len(group)), 0.0, 1.0) for group in problem.rivals]
    everything = np.arange(2 * count)
    if limits.land_m2 is not None and "land_m2" not in without:
        held.append((everything, np.r_[nothing, problem.land], 0.0, limits.land_m2))
    if limits.budget is not None and "budget" not in without:
        held.append((everything, np.r_[problem.fixed, problem.per_hectare], 0.0, limits.budget))
    value = np.r_[nothing, problem.score] if limits.maximise == "score_hectares" else np.r_[problem.score, nothing]
    if worth is not None:
        held.append((everything, value, worth, np.inf))
    row = np.repeat(np.arange(len(held)), [len(where) for where, *_ in held])
    column, factor = (np.concatenate([each[part] for each in held]) for part in (0, 1))
    shared = csr_array((factor, (row, column)), shape=(len(held), 2 * count))
    sizes = vstack(
        [
            hstack([diags_array(problem.least), -eye_array(count)]),
            hstack([diags_array(-problem.most), eye_array(count)]),
        ]
    )
    goal = {
        "value": -value,
        "placed": np.r_[-np.ones(count), nothing],
        "land": np.r_[nothing, problem.land],
        "cost": np.r_[problem.fixed, problem.per_hectare],
    }[aim]
    open_to = np.ones(count) if only is None else only.astype(float)
    found = milp(
        goal,
        integrality=np.r_[np.ones(count), nothing],
        bounds=Bounds(0, np.r_[open_to, problem.most]),
        constraints=[
            LinearConstraint(shared, [low for *_, low, _ in held], [high for *_, high in held]),
            LinearConstraint(sizes.tocsr(), -np.inf, 0),
        ],
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        return None
    return np.r_[np.round(found.x[:count]), found.x[count:]], abs(float(found.fun)), float(found.mip_gap or 0.0)


def _places(problem: _Problem, taken: NDArray[np.float64]) -> pd.DataFrame:
    count = len(problem.options)
    chosen = np.flatnonzero(taken[:count] == 1)
    area = np.clip(taken[count:][chosen], problem.least[chosen], problem.most[chosen])
    places = problem.options.iloc[chosen][["project", "candidate", "score"]].copy()
    places.insert(2, "area_m2", (area * HECTARE_M2).round(2))
    places.insert(3, "cost", (problem.fixed[chosen] + problem.per_hectare[chosen] * area).round(2))
    order = problem.of_project[chosen]
    return places.iloc[np.lexsort((-places["score"].to_numpy(), order))].reset_index(drop=True)


def _no_plan(problem: _Problem) -> Plan:
    """Say which limits leave no plan: the smallest set without which there is one, land before money."""
    limits = problem.limits
    given = [name for name in LIMITS[1:] if getattr(limits, name) is not None]
    trials = [(name,) for name in given] + ([tuple(given)] if len(given) > 1 else [])
    blocked = next((trial for trial in trials if _solve(problem, without=trial) is not None), ("count",))
    open_ended = tuple(given)
    land, cost = (_solve(problem, aim=aim, without=open_ended) for aim in ("land", "cost"))
    most = _solve(problem, aim="placed", without=("count",))
    placed = np.zeros(len(problem.projects), int)
    if most is not None:
        np.add.at(placed, problem.of_project[most[0][: len(problem.options)] == 1], 1)
    return Plan(
        places=_places(problem, np.zeros(2 * len(problem.options))),
        objective=float("nan"),
        gap=float("nan"),
        land_m2=float("nan"),
        cost=float("nan"),
        one_more_hectare=float("nan"),
        feasible=False,
        blocked_by=blocked,
        most_placed={project.id: int(placed[number]) for number, project in enumerate(problem.projects)},
        least_land_m2=land[1] if land is not None else float("nan"),
        least_cost=cost[1] if cost is not None else float("nan"),
    )
