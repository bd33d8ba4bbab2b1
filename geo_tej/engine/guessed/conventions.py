"""What columns and layers are called by convention, in the data sets that planners are given."""

from __future__ import annotations

PARCEL_IDS = (
    "parcel_id",
    "ZDDM",
    "BDCDYH",
    "宗地代码",
    "宗地编号",
    "地块编码",
    "不动产单元号",
    "TBBH",
    "图斑编号",
    "地块编号",
    "DKBH",
    "plot_id",
    "PIN",
    "APN",
    "PARCELNO",
    "PARCELID",
    "PARCEL_NO",
    "PARCEL_NUM",
    "PARCEL_NUMBER",
    "PARCEL",
    "GPIN",
    "PID",
    "PIDN",
    "BBL",
    "BLOCKLOT",
    "MAPLOT",
    "MAP_PAR_ID",
    "LOC_ID",
    "TAXLOT",
    "TAX_ID",
    "PROP_ID",
    "PROPID",
    "REID",
    "ACCOUNT",
    "LOTPLAN",
    "LOT_PLAN",
    "CADID",
    "CAD_ID",
    "LOTIDSTRING",
    "UPRN",
    "INSPIREID",
    "TITLE_NO",
    "EGRID",
    "FLSTKENNZ",
    "FLURSTUECKSKENNZEICHEN",
    "FLURSTÜCKSKENNZEICHEN",
    "FLURSTUECK",
    "FLURSTÜCK",
    "FLURSTK",
    "REFCAT",
    "REFERENCIA_CATASTRAL",
    "NATIONALCADASTRALREFERENCE",
    "CLAVE_CATASTRAL",
    "IDU",
    "ID_PARCELLE",
    "PNU",
    "地番",
    "筆ID",
    "GEOID",
    "BSM",
    "标识码",
)

PARCEL_COLUMNS = {
    "name": (
        "name",
        "DKMC",
        "地块名称",
        "名称",
        "ZDMC",
        "QLRMC",
        "SITEADDR",
        "SITE_ADDR",
        "SITUS",
        "SITUSADDR",
        "PROP_ADDR",
        "ADDRESS",
        "ADRESSE",
        "LAGE",
        "DIRECCION",
    ),
    "village": ("village", "ZLDWMC", "村", "ZL", "坐落", "GEMARKUNG", "MUNICIPIO", "COMMUNE", "TOWNSHIP"),
    "land_use_code": ("land_use_code", "DLBM"),
    "registered_m2": ("registered_m2", "ZDMJ", "宗地面积", "AMTLICHEFLAECHE", "FLAECHE", "CONTENANCE"),
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

AREA_WORDS = ("xzq", "行政区", "镇界", "县界", "范围", "boundary", "town", "area", "limits", "grenze", "termino")

KIND_WORDS = {
    "buildings": ("building", "bldg", "footprint", "gebaeud", "gebäud", "edifici", "batiment", "bâtiment", "房屋"),
    "railway": ("railway", "railroad", "rail", "bahnlin", "ferrocarril", "voie_ferree", "铁路"),
    "roads": (
        "road", "street", "highway", "centerline", "centreline", "strass", "straß", "vial", "carretera", "voirie",
        "公路", "道路",
    ),
    "flood": (
        "flood", "fld", "sfha", "ueberschwemm", "überschwemm", "hochwasser", "inund", "inond", "ppri", "hlfxkzx",
        "洪水", "洪涝", "淹没",
    ),
    "redline": ("redline", "stbhhx", "生态保护红线", "红线"),
    "farmland": ("farmland", "yjjbnt", "基本农田", "prime_farm"),
    "growth_boundary": ("czkfbj", "开发边界", "growth_boundary", "urban_growth"),
    "drinking_water": ("水源", "wellhead", "wasserschutz", "source_protection"),
    "scenic": ("fjmsq", "风景名胜", "风景区", "scenic"),
    "heritage": ("histor", "heritage", "denkmal", "patrimoni", "landmark", "lswhbhx", "历史文化", "文物"),
    "hazard": ("landslide", "geohazard", "地质灾害", "地灾"), "wetland": ("wetland", "humedal", "湿地"),
    "protected": (
        "protected", "conservation", "schutzgebiet", "natura", "reserve", "protegid", "protegee", "zrbhd", "自然保护",
        "保护区",
    ),
    "water": (
        "hydro", "river", "stream", "water", "lake", "creek", "gewaess", "gewäss", "rios", "lagos", "cours_eau", "水系",
        "河道", "湖",
    ),
    "power": ("power", "transmission", "电力", "电网"), "pipeline": ("pipeline", "管道", "油气"),
    "overlay": ("overlay",),
    "parcels": (
        "parcel", "taxlot", "cadastr", "catastr", "kataster", "flurst", "percel", "perceel", "particell",
        "liegenschaft", "grundstueck", "grundstück", "lotes", "matrikel", "宗地", "地块", "地籍",
    ),
    "zoning": (
        "zoning", "zone", "zona", "zonif", "baugebiet", "bebauungsplan", "bplan", "grundnutzung", "bestemming",
        "calificac", "clasificac", "youto", "plan_town", "plan_village", "detailed_plan", "land_use_plan",
        "用途地域", "zxcqghydyh", "ghydyh", "控规", "详细规划", "用地用海", "村庄规划",
    ),
}  # fmt: skip
"""What layers are called in several languages, by what they are: the first that fits counts."""

CONTROLS = (
    "flood", "redline", "farmland", "growth_boundary", "drinking_water", "scenic", "heritage", "hazard", "wetland",
    "protected", "water", "overlay",
)  # fmt: skip
"""Kinds of layers whose zones may bar uses, beside the zoning."""

CLASS_COLUMNS = {
    "zoning": (
        "class", "YDYHFLDM", "ZONING", "ZONE", "ZONE_CODE", "ZONECODE", "ZONING_CODE", "ZONINGCODE", "ZONE_CLASS",
        "ZONECLASS", "ZONE_TYPE", "ZONEDIST", "ZONE_DIST", "DISTRICT", "SYM_CODE", "BESONDEREARTDERBAULNUTZUNG", "ART",
        "CALIFICACION", "CALIF", "CLASE", "LIBELLE", "TYPEZONE", "用途地域", "用地代码", "用地性质", "规划用途",
        "ZONE_NAME", "CODE",
    ),
    "flood": ("class", "FLD_ZONE", "FLOODZONE", "FLOOD_ZONE", "PERIODO", "ART", "等级", "风险等级"),
}  # fmt: skip
"""Under which columns the class of a zone stands by convention."""

ZONE_OF_PARCEL = (
    "ZONING", "ZONE", "ZONE_CODE", "ZONECODE", "ZONING_CODE", "ZONE_CLASS", "ZONE_TYPE", "ZONEDIST1", "ZONEDIST",
    "CALIFICACION", "用途地域", "规划用途", "YDYHFLDM",
)  # fmt: skip
"""Under which columns a cadastre says in which zone its parcels lie."""

ORDINALS = ("OBJECTID", "OBJECTID_1", "FID", "OID", "ID", "GID", "OGC_FID", "FEATUREID")
"""Columns that number the rows of one edition of a file."""
