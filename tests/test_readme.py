"""What the README shows is what happens."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from geo_tej.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def commands() -> list[str]:
    lines = [line.split("  #")[0].strip() for block in blocks("bash") for line in block.splitlines()]
    found = [part.strip() for line in lines for part in line.split("&&")]
    return [re.sub(r"^\S*geo-tej ", "", each) for each in found if re.match(r"(\S*/)?geo-tej ", each)]


@pytest.fixture
def here(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "layers", tmp_path / "layers", ignore=shutil.ignore_patterns("bubenec", "__pycache__"))
    (tmp_path / "plan.md").write_text("\n\n".join(re.findall(r"\{\{ geo-tej:[^}]*\}\}", README)), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(line: str) -> str:
    told = CliRunner().invoke(main, shlex.split(line))
    assert told.exit_code == 0, told.output
    return told.stdout


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("shown", blocks("console"), ids=lambda shown: " ".join(shown.split()[1:4]))
def test_the_shown_answer_is_the_answer(shown):
    line, _, answer = shown.partition("\n")
    said = call(line.removeprefix("$ geo-tej "))
    kept = [part.strip() for part in re.split(r"^…$", answer.strip(), flags=re.MULTILINE)]
    for part in kept:
        assert part in said


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("line", [line for line in commands() if not line.startswith("run")])
def test_the_other_commands_run(line):
    call(line)


def test_the_job_in_python_runs(here):
    (code,) = blocks("python")
    exec(compile(code, "README.md", "exec"), {})  # noqa: S102  the README's own code
    assert (here / "park.html").stat().st_size > 100_000


def test_the_two_commands_are_there_and_the_picture_too():
    assert README.count("<!-- run -->") == README.count("<!-- test -->") == 1
    for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / picture).exists()
