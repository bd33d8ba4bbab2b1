"""The house: imports point down, only the edges touch files, and the package wakes up light."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import geo_tej

ROOT = Path(geo_tej.__file__).parent
FLOORS = (
    {
        "errors",
        "accounts",
        "model",
        "i18n",
        "codes",
        "encoding",
        "stand_in",
        "strict",
        "spreadsheet",
        "lazy",
        "keeps",
        "shown",
    },
    {"crs", "frames", "offset", "placing"},
    {"threads", "ragged", "bits"},
    {"measure", "widths", "setback", "overlay", "ground", "grid", "topology"},
    {"rules", "facts", "siting"},
    {"verdict"},
    {"transition"},
    {"rulebook", "io", "programme"},
    {"sites"},
    {"tables"},
    {"maps"},
    {"document"},
    {"engine", "ledgers", "report", "site_report", "transition_report"},
    {"cli"},
    {"__main__"},
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
EDGES = {
    "strict", "spreadsheet", "rulebook", "programme", "io", "tables", "maps", "document", "engine", "ledgers", "cli",
}  # fmt: skip
LONGEST = 450  # "about 400"

PATHS = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py" and "assets" not in path.parts)
NAMES = [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in PATHS]
modules = pytest.mark.parametrize(("name", "path"), list(zip(NAMES, PATHS, strict=True)), ids=NAMES)


def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path):
    """Return the names of all modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "absolute imports only"
            if node.module == "geo_tej":
                found |= {f"geo_tej.{alias.name}" for alias in node.names}
            else:
                found.add(node.module)
    return found


def ours(path):
    return {name.removeprefix("geo_tej.") for name in imported(path) if name.startswith("geo_tej.")}


def floor(name):
    return FLOOR[name.split(".")[0]]


def test_every_module_has_a_floor_and_every_floor_its_modules():
    assert {name.split(".")[0] for name in NAMES} == set(FLOOR)


@modules
def test_imports_point_down(name, path):
    upward = sorted(other for other in ours(path) if floor(other) > floor(name))
    assert upward == []


def test_no_module_is_reached_from_itself():
    graph = {name: ours(path) - {name} for name, path in zip(NAMES, PATHS, strict=True)}
    folders = {name for name in NAMES if any(other.startswith(f"{name}.") for other in NAMES)}
    for name, targets in graph.items():  # inside a folder, its front door is not a way
        assert not {target for target in targets if target in folders and name.startswith(f"{target}.")}
    order = list(TopologicalSorter(graph).static_order())
    assert set(NAMES) <= set(order)


FILES = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "read_file", "read_parquet", "read_csv",
    "read_excel", "to_file", "to_parquet", "to_excel", "savefig", "mkdir", "unlink", "rename", "rmtree", "copytree",
    "read_dataframe", "write_dataframe", "mkdtemp", "NamedTemporaryFile", "urlopen",
}  # fmt: skip
TALK = {"print", "input", "echo"}
CLOCK = {"now", "today", "utcnow", "time", "time_ns", "perf_counter", "monotonic", "uuid4", "random"}


def called(path):
    """Return the names of all functions and methods that a file calls."""
    functions = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    return {
        function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "") for function in functions
    }


@modules
def test_only_the_edges_touch_files_and_only_the_command_line_talks(name, path):
    calls = called(path)
    if name.split(".")[0] not in EDGES:
        assert not calls & FILES
    if name.split(".")[0] != "cli":
        assert not calls & TALK
    if name != "io.present":
        assert not calls & CLOCK


@modules
def test_modules_are_of_a_length_to_be_read(name, path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST, name


@modules
def test_every_module_says_what_it_is_for(name, path):
    assert ast.get_docstring(tree(path)), name


@pytest.mark.parametrize("path", sorted((ROOT / "cli").glob("*.py")), ids=lambda path: path.stem)
def test_the_command_line_knows_no_geometry(path):
    assert not {"shapely", "geopandas", "pandas", "numpy", "folium"} & {name.split(".")[0] for name in imported(path)}


@modules
def test_fiona_and_browsers_stay_in_their_files(name, path):
    roots = {other.split(".")[0] for other in imported(path)}
    assert "fiona" not in roots or name.startswith("io.")
    assert not roots & {"folium", "branca"} or name.startswith("maps.")
    assert not roots & {"rich", "click"} or name.split(".")[0] == "cli"


HEAVY = {"geopandas", "pandas", "shapely", "folium", "rasterio", "matplotlib", "scipy", "pyarrow"}
WAKE = {
    "import": "import geo_tej; dir(geo_tej); geo_tej.__version__",
    "help": "from click.testing import CliRunner; from geo_tej.cli import main; "
    "assert CliRunner().invoke(main, ['--help']).exit_code == 0",
    "help of a command": "from click.testing import CliRunner; from geo_tej.cli import main; "
    "assert CliRunner().invoke(main, ['check', '--help']).exit_code == 0",
}


@pytest.mark.parametrize("how", WAKE)
def test_it_wakes_up_light(how):
    code = f"import sys; {WAKE[how]}; print(sorted({HEAVY!r} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert told.stdout.strip() == "[]"


def test_names_of_the_root_resolve_and_others_do_not():
    for name in geo_tej.__all__:
        assert callable(getattr(geo_tej, name))
    assert set(geo_tej.__all__) < set(dir(geo_tej))
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = geo_tej.no_such_thing


def test_the_shipped_schemas_are_the_generated_ones():
    from geo_tej.engine import SCHEMAS  # noqa: PLC0415

    shipped = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "schemas").glob("*.json")}
    assert shipped == {f"{name}.schema.json": make() for name, make in SCHEMAS.items()}
