"""Ranked places as tables: a row a project and candidate with everything that speaks for and against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from geo_tej.i18n import CLAUSE, LEVEL_WORDS, Text, area
from geo_tej.model import LEVELS
from geo_tej.sites.ranking import STATUS_WORDS
from geo_tej.siting.values import LEVEL_WORDS as SUITABILITY_WORDS
from geo_tej.tables.files import write_csv, write_layers
from geo_tej.tables.words import WORDS, about
from geo_tej.tables.workbook import opened

if TYPE_CHECKING:
    from pathlib import Path

    from geo_tej.i18n import Language
    from geo_tej.sites import Sites
    from geo_tej.siting.assign import Plan

SOURCE_WORDS = {
    "enterprise": Text("企业用地", "enterprise site"),
    "parcel": Text("地块", "parcel"),
    "merged": Text("合并地块", "merged parcels"),
    "ground": Text("连片用地", "contiguous ground"),
}

PLACE_WORDS = {
    "project": Text("项目", "project"),
    "candidate": Text("候选地块", "candidate"),
    "name": Text("名称", "name"),
    "source": Text("来源", "source"),
    "outcome": Text("结论", "verdict"),
    "rank": Text("名次", "rank"),
    "score": Text("得分", "score"),
    "score_span": Text("可能得分", "possible score"),
    "suitability": Text("适宜等级", "suitability"),
    "tied": Text("并列", "tied"),
    "level": Text("最高审批层级", "highest authority"),
    "area_m2": Text("面积（平方米）", "area (m²)"),
    "usable_m2": Text("最大可用地块（平方米）", "largest usable piece (m²)"),
    "permitted_m2": Text("符合（平方米）", "no bar found (m²)"),
    "conditional_m2": Text("有条件符合（平方米）", "conditional (m²)"),
    "prohibited_m2": Text("不符合（平方米）", "not permitted (m²)"),
    "unknown_m2": Text("待核实（平方米）", "to be settled (m²)"),
    "excluded_m2": Text("项目条件排除（平方米）", "excluded by the programme (m²)"),
    "no_data_m2": Text("无数据（平方米）", "no data (m²)"),
    "topsis_rank": Text("TOPSIS名次", "TOPSIS rank"),
    "vikor_rank": Text("VIKOR名次", "VIKOR rank"),
    "top_share": Text("权重扰动下居前{top}名的比例", "share of shaken weights with it in the top {top}"),
    "rank_span": Text("扰动名次区间", "ranks under shaken weights"),
    "grade": Text("开发时序等级", "priority"),
    "missing": Text("缺测指标", "criteria not known"),
    "open": Text("待核实", "to be settled"),
    "settled": Text("如何落实", "what settles it"),
    "barred": Text("排除依据", "barred by"),
    "reason": Text("依据", "reason"),
    "article": Text("条文或文件", "article or document"),
    "cost": Text("费用", "cost"),
    "criterion": Text("指标", "criterion"),
    "unit": Text("单位", "unit"),
    "weight": Text("权重", "weight"),
    "measured": Text("{}（{}）", "{} ({})"),
    "value": Text("{}得分", "{}, value"),
    "contribution": Text("{}贡献", "{}, contribution"),
    "ranking_sheet": Text("选址排序", "ranking"),
    "plan_sheet": Text("组合方案", "plan"),
    "barred_sheet": Text("排除依据", "what bars"),
    "weights_sheet": Text("权重", "weights"),
    "about_sheet": Text("说明", "about"),
    "yes": Text("是", "yes"),
    "programme": Text("选址方案", "programme"),
    "site_id": Text("选址编号", "siting id"),
    "consistency": Text("一致性检验", "consistency"),
}  # fmt: skip

LIMIT_WORDS = {
    "land_m2": Text("用地指标", "the land quota"),
    "budget": Text("投资预算", "the budget"),
    "count": Text("可用候选地块的数量", "the number of places that fit"),
}

_AIM_WORDS = {
    "score": Text("各项目得分之和", "the sum of the projects' scores"),
    "score_hectares": Text("各项目得分与公顷数乘积之和", "the sum of the projects' scores times hectares"),
}

AREAS = (
    "area_m2", "usable_m2", "permitted_m2", "conditional_m2", "prohibited_m2", "unknown_m2", "excluded_m2",
    "no_data_m2",
)  # fmt: skip


def place_words(sites: Sites, language: Language) -> dict[str, str]:
    """Return the words of tables of ranked places; the programme says how many are at the top."""
    words = {name: text[language] for name, text in PLACE_WORDS.items()}
    return words | {"top_share": words["top_share"].format(top=sites.programme.trial.top)}


def ranking_table(sites: Sites, language: Language) -> gpd.GeoDataFrame:
    """Return the ranking with words, measures, values, contributions, what bars, and the ground."""
    ranking, index = sites.ranking, pd.MultiIndex.from_frame(sites.ranking[["project", "candidate"]])
    candidates = sites.candidates.reindex(ranking["candidate"])
    titles = {each.id: each.title[language] for each in sites.programme.projects}
    table = pd.DataFrame(
        {
            "project": ranking["project"],
            "project_title": ranking["project"].map(titles),
            "rank": ranking["rank"],
            "candidate": ranking["candidate"],
            "name": candidates["name"].to_numpy() if "name" in candidates else None,
            "source": [SOURCE_WORDS[each][language] for each in candidates["source"]],
            "outcome": [STATUS_WORDS[each][language] for each in ranking["status"]],
            "level": [LEVEL_WORDS[LEVELS.index(each)][language] for each in ranking["level"]],
            "score": ranking["score"].round(6),
            "score_span": _span(ranking["score_from"], ranking["score_to"], ranking["score"]),
            "suitability": [
                SUITABILITY_WORDS[each][language] if each >= 0 else None for each in ranking["suitability_level"]
            ],
            "tied": ranking["tied"].eq(True).map({True: PLACE_WORDS["yes"][language], False: None}),  # noqa: FBT003
            **{name: ranking[name].round(2) for name in AREAS},
            "topsis_rank": ranking["topsis_rank"],
            "vikor_rank": ranking["vikor_rank"],
            "top_share": ranking["top_share"].round(4),
            "rank_span": _ranks(ranking["rank_best"], ranking["rank_worst"]),
        }
    )
    if ranking["grade"].notna().any():
        table["grade"] = ranking["grade"]
    adds = sites.contributions
    for each in sites.programme.criteria:
        table[f"{each.id}_measured"] = sites.measures[each.id].reindex(index).to_numpy(float).round(3)
        if each.value.classes:
            table[f"{each.id}_class"] = sites.classes[each.id].reindex(index).to_numpy(object)
        table[f"{each.id}_value"] = sites.values[each.id].reindex(index).to_numpy(float).round(6)
        table[f"{each.id}_contribution"] = adds[each.id].reindex(index).to_numpy(float).round(6)
    table["missing"] = ranking["missing"].fillna("")
    table["barred"] = _barred_words(sites, language).reindex(index).fillna("").to_numpy(object)
    table["open"] = ranking[f"open_{language}"]
    table["settled"] = ranking[f"settled_{language}"]
    return gpd.GeoDataFrame(table, geometry=candidates.geometry.to_numpy(), crs=sites.candidates.crs)


def barred_table(sites: Sites, language: Language) -> pd.DataFrame:
    """Return what bars which candidate to which project, by which article, on how much ground."""
    rows = sites.barred
    return pd.DataFrame(
        {
            "project": rows["project"],
            "candidate": rows["candidate"],
            "reason": [sites.reasons[each].title[language] for each in rows["reason"]],
            "article": [sites.reasons[each].article[language] for each in rows["reason"]],
            "area_m2": rows["area_m2"].round(2),
        }
    ).sort_values(["project", "candidate", "area_m2"], ascending=[True, True, False], kind="stable", ignore_index=True)


def plan_words(sites: Sites, language: Language) -> list[str]:
    """Say what the plan takes and brings, or which limit leaves none."""
    plan, limits, zh = sites.plan, sites.programme.limits, language == "zh"
    if plan.feasible:
        said = [
            f"共用地 {area(plan.land_m2, 'zh')}，费用 {plan.cost:,.0f}，最优性差距 {plan.gap:.2%}"
            if zh
            else f"land {area(plan.land_m2, 'en')}, cost {plan.cost:,.0f}, optimality gap {plan.gap:.2%}"
        ]
        if limits.land_m2 is not None:
            more = plan.one_more_hectare
            what = _AIM_WORDS[limits.maximise][language]
            said.append(
                f"用地指标再增1公顷，{what}可增加 {more:.4f}"
                if zh
                else f"one more hectare in the land quota would raise {what} by {more:.4f}"
            )
        return said
    return [no_plan_words(plan, sites, language)]


def no_plan_words(plan: Plan, sites: Sites, language: Language) -> str:
    """Say in one sentence that nothing satisfies the programme, and which limit makes it so."""
    limits, zh = sites.programme.limits, language == "zh"
    which = (" 和 " if zh else " and ").join(LIMIT_WORDS[name][language] for name in plan.blocked_by)
    wanted = {each.id: (each.title[language], each.count) for each in sites.programme.projects}
    counts = ("，" if zh else ", ").join(
        f"{wanted[name][0]} {placed}/{wanted[name][1]}" for name, placed in (plan.most_placed or {}).items()
    )
    needs = []
    if "land_m2" in plan.blocked_by and limits.land_m2 is not None and np.isfinite(plan.least_land_m2):
        needs.append(
            f"至少需 {area(plan.least_land_m2, 'zh', ('ha',))}，仅有 {area(limits.land_m2, 'zh', ('ha',))}"
            if zh
            else f"{area(plan.least_land_m2, 'en', ('ha',))} are needed, {area(limits.land_m2, 'en', ('ha',))} allowed"
        )
    if "budget" in plan.blocked_by and limits.budget is not None and np.isfinite(plan.least_cost):
        needs.append(
            f"至少需 {plan.least_cost:,.0f}，仅有 {limits.budget:,.0f}"
            if zh
            else f"{plan.least_cost:,.0f} are needed, {limits.budget:,.0f} allowed"
        )
    short = [name for name, placed in (plan.most_placed or {}).items() if placed < wanted[name][1]]
    needs += [_why_so_few(sites, name, wanted[name][0], language) for name in short if "count" in plan.blocked_by]
    detail = CLAUSE[language].join([*needs, (f"最多可落位：{counts}" if zh else f"at most {counts} can be placed")])
    return f"没有可行方案：受限于{which}（{detail}）" if zh else f"there is no plan: {which} leaves none ({detail})"


def _why_so_few(sites: Sites, project: str, title: str, language: Language) -> str:
    """Say how many candidates of a project stand how, the commonest first, and what bars most of them."""
    status = sites.ranking["status"][sites.ranking["project"] == project]
    counts = [f"{STATUS_WORDS[str(name)][language]} {count}" for name, count in status.value_counts().items()]
    reasons = sites.barred["reason"][sites.barred["project"] == project].value_counts()
    most = [sites.reasons[str(name)].title[language] for name in reasons.index[:2]]
    if language == "zh":
        return f"{title}：{'、'.join(counts)}" + (f"，主要因{'、'.join(most)}" if most else "")
    return f"{title}: {', '.join(counts)}" + (f", mostly for {' and '.join(most)}" if most else "")


def weights_table(sites: Sites, language: Language) -> pd.DataFrame:
    """Return the criteria with their units and weights."""
    return pd.DataFrame(
        {
            "criterion": [each.title[language] for each in sites.programme.criteria],
            "unit": [each.unit[language] for each in sites.programme.criteria],
            "weight": [round(sites.weights.get(each.id, 0.0), 6) for each in sites.programme.criteria],
        }
    )


def write_sites(sites: Sites, folder: Path, language: Language) -> None:
    """Write the tables of ranked places into a folder: `ranking.csv`, `sites.xlsx`, `sites.gpkg`."""
    ranking, barred = ranking_table(sites, language), barred_table(sites, language)
    write_csv(_noticed(pd.DataFrame(ranking.drop(columns="geometry")), sites, language), folder / "ranking.csv")
    _write_workbook(sites, folder / "sites.xlsx", ranking, barred, language)
    layers: dict[str, pd.DataFrame] = {"ranking": ranking, "pieces": _pieces(sites)}
    layers["plan"] = sites.plan.places.merge(
        ranking[["project", "candidate", "project_title", "name", "outcome", "level"]], on=["project", "candidate"]
    )
    layers["barred"], layers["weights"] = barred, weights_table(sites, language)
    layers["about"] = pd.DataFrame(_about(sites, language), columns=["key", "value"])
    write_layers(layers, folder / "sites.gpkg")


def _write_workbook(
    sites: Sites, path: Path, ranking: gpd.GeoDataFrame, barred: pd.DataFrame, language: Language
) -> None:
    words = place_words(sites, language)
    criteria = {each.id: (each.title[language], each.unit[language]) for each in sites.programme.criteria}
    shown = pd.DataFrame(ranking.drop(columns=["geometry", "project"])).rename(columns={"project_title": "project"})
    with opened(path, sites.programme.title[language]) as book:
        for name, frame in (
            ("ranking_sheet", shown), ("plan_sheet", _plan_rows(sites, language)), ("barred_sheet", barred),
            ("weights_sheet", weights_table(sites, language)),
        ):  # fmt: skip
            heads = [(str(key), _head(str(key), words, criteria)) for key in frame.columns]
            book.fill(words[name], heads, frame.astype(object).itertuples(index=False, name=None), len(frame))
        rows = [[_about_word(key, language), said] for key, said in _about(sites, language)]
        book.fill(words["about_sheet"], [("key", ""), ("condition", words["about_sheet"])], rows, len(rows))


def _head(key: str, words: dict[str, str], criteria: dict[str, tuple[str, str]]) -> str:
    if key in words:
        return words[key]
    name, _, part = key.rpartition("_")
    title, unit = criteria.get(name, (key, ""))
    return words[part].format(title, unit) if part in ("measured", "value", "contribution") else title


def _plan_rows(sites: Sites, language: Language) -> pd.DataFrame:
    titles = {each.id: each.title[language] for each in sites.programme.projects}
    places = sites.plan.places.assign(project=sites.plan.places["project"].map(titles))
    said = pd.DataFrame({"project": plan_words(sites, language)})
    return pd.concat([places, said], ignore_index=True)


def _about(sites: Sites, language: Language) -> list[tuple[str, str]]:
    said = [("programme", sites.programme.title[language]), *about(sites.assessment, language)]
    for group, told in sites.programme.weighting.consistency.items():
        where = f"{group}: " if group else ""
        said.append(("consistency", f"{where}λ {told.lambda_max:.5f}, CI {told.index:.5f}, CR {told.ratio:.5f}"))
    said += [("remark", remark[language]) for remark in sites.remarks]
    return [*said, ("site_id", sites.site_id)]


def _about_word(key: str, language: Language) -> str:
    known = PLACE_WORDS.get(key) or WORDS.get(key)
    return known[language] if known else key


def _noticed(frame: pd.DataFrame, sites: Sites, language: Language) -> pd.DataFrame:
    said = dict(about(sites.assessment, language))
    return frame.assign(**{name: said[name] for name in ("notice", "assumed") if name in said})


def _pieces(sites: Sites) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        sites.pieces.index.to_frame(index=False), geometry=sites.pieces.to_numpy(), crs=sites.pieces.crs
    )


def _barred_words(sites: Sites, language: Language) -> pd.Series:
    """Return the reasons of each project and candidate in one cell, the largest first."""
    rows = barred_table(sites, language)
    joint = "：" if language == "zh" else ": "
    said = [
        f"{reason}{joint}{article}" if article else reason
        for reason, article in zip(rows["reason"], rows["article"], strict=True)
    ]
    table = rows.assign(said=said).groupby(["project", "candidate"], sort=False)["said"]
    return table.agg(lambda each: CLAUSE[language].join(dict.fromkeys(each)))


def _span(low: pd.Series, high: pd.Series, score: pd.Series) -> list[str | None]:
    return [
        f"{least:.4f}–{most:.4f}" if np.isnan(exact) and np.isfinite(least) else None
        for least, most, exact in zip(low, high, score, strict=True)
    ]


def _ranks(best: pd.Series, worst: pd.Series) -> list[str | None]:
    return [None if pd.isna(low) else f"{low}–{high}" for low, high in zip(best, worst, strict=True)]
