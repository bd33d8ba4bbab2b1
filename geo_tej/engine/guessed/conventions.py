"""What columns and layers are called by convention, in the data sets that planners are given."""

from __future__ import annotations

PARCEL_IDS = (
    "parcel_id",
    "ZDDM",
    "BDCDYH",
    "宗地代码",
    "不动产单元号",
    "TBBH",
    "图斑编号",
    "地块编号",
    "DKBH",
    "plot_id",
    "BSM",
    "标识码",
)

PARCEL_COLUMNS = {
    "name": ("name", "DKMC", "地块名称", "名称", "ZDMC", "QLRMC"),
    "village": ("village", "ZLDWMC", "村", "ZL", "坐落"),
    "land_use_code": ("land_use_code", "DLBM"),
    "registered_m2": ("registered_m2", "ZDMJ", "宗地面积"),
}
"""What parcels may bring, and the names of columns by convention (TD/T 1055, 宗地基本信息)."""

SURVEY_IDS = ("TBBH", "图斑编号")
FIRM_COLUMNS = {
    "enterprise_id": ("enterprise_id", "企业编号", "统一社会信用代码", "序号"),
    "name": ("name", "企业名称", "单位名称", "名称"),
    "industry": ("industry", "行业代码"),
}

LAYER_NAMES = {
    "redline": ("stbhhx", "生态保护红线", "红线"), "farmland": ("yjjbnt", "永久基本农田", "基本农田"),
    "growth_boundary": ("czkfbj", "城镇开发边界", "开发边界"), "scenic": ("fjmsq", "风景名胜", "风景区"),
    "drinking_water": ("水源",), "river_strip": ("河道",), "flood": ("hlfxkzx", "洪涝", "洪水", "淹没"),
    "heritage": ("lswhbhx", "历史文化", "文物"), "roads": ("公路", "道路", "road"), "power": ("电力", "电网"),
    "geohazard": ("地质灾害", "地灾"), "wetland": ("湿地",), "reserve": ("zrbhd", "自然保护"),
    "railway": ("铁路",), "pipeline": ("管道", "油气"), "plan_village": ("村庄规划",),
    "plan_town": ("zxcqghydyh", "ghydyh", "控规", "详细规划", "用地用海"), "dem": ("dem", "高程"),
}  # fmt: skip
"""What layers are called in practice, by the rulebook's names for them (data sets of 国土空间规划 and 三调)."""

AREA_WORDS = ("xzq", "行政区", "镇界", "县界", "范围", "boundary", "town", "area")
