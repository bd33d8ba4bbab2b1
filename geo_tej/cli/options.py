"""The options that commands share, and how their words are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import reduce, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from geo_tej.errors import QuestionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo_tej.i18n import Language
    from geo_tej.model import Project

    Command = Callable[..., Any]

Part = Literal["use", "pathway", "on", "fact", "tolerance"]

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of words.")

_PROJECT = (
    click.option(
        "-m", "--manifest", default="layers/layers.toml", show_default=True, type=click.Path(path_type=Path),
        help="The manifest: layers, rulebook, day.",
    ),
    click.option("--scenario", help="A scenario of the manifest to put in force."),
    click.option(
        "--lang", type=click.Choice(["zh", "en"]),
        help="Language of the output and its notes; errors are in English. Default: the manifest's.",
    ),
)  # fmt: skip
_QUESTION = {
    "use": click.option(
        "-u", "--use", "use", multiple=True, metavar="USE",
        help="A use, by id or reference; may be repeated. Default: all; geo-tej rules lists them.",
    ),
    "pathway": click.option(
        "--pathway", "pathway", multiple=True, metavar="PATHWAY",
        help="What is to be done, such as keep_building; may be repeated. Default: all; geo-tej rules lists them.",
    ),
    "on": click.option(
        "--on", metavar="DATE", help="The day whose law applies, such as 2026-06-30. Default: the manifest's."
    ),
    "fact": click.option(
        "--fact", "fact", multiple=True, metavar="NAME=VALUE",
        help="A fact to take as given for all parcels asked about, like sewage_to=outside; may be repeated. "
        "geo-tej rules lists the names, check says which are open and their values.",
    ),
    "tolerance": click.option(
        "--tolerance", type=float, metavar="METRES",
        help="Also say which verdicts may change if boundaries are off by up to this much; a layer with a tolerance of "
        "its own keeps it. Default: the manifest's; 0 asks nothing.",
    ),
}  # fmt: skip


class Output(click.Path):
    """A file that a command writes; or, with names, a folder for files that are named so, or by such patterns.

    A fresh one is either, and nothing may stand there. It is looked at before anything is worked out for it: it must be
    a place to write to, and hold nothing that is read.
    """

    def __init__(self, *names: str, fresh: bool = False) -> None:
        super().__init__(path_type=Path)
        self.names = None if fresh else names


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of a project, as the shared options say it: which project, which question, in which language.

    Uses and pathways that were not named are None: all of the rulebook's.
    """

    manifest: Path
    scenario: str | None
    lang: Language | None
    uses: tuple[str, ...] | None = None
    pathways: tuple[str, ...] | None = None
    on: date | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    tolerance: float | None = None

    def language(self, project: Project) -> Language:
        """Return the language asked for, else the project's."""
        return self.lang or project.language

    @property
    def question(self) -> dict[str, Any]:
        """What `assess` takes beside the project and the parcels."""
        names = ("uses", "pathways", "on", "facts", "tolerance")
        return {name: getattr(self, name) for name in names}


def project_options(command: Command) -> Command:
    """Give a command the options that say which project is meant, as one value `asked`."""
    return question_options()(command)


def question_options(*parts: Part) -> Callable[[Command], Command]:
    """Give a command the options that say what is asked of which project, as one value `asked`; no parts, no question.

    Options appear in the help in the order of the parts, those of the project last.
    """

    def decorate(command: Command) -> Command:
        @wraps(command)
        def told(
            *,
            manifest: Path,
            scenario: str | None,
            lang: Language | None,
            **rest: Any,  # noqa: ANN401  the command's own options
        ) -> Any:  # noqa: ANN401  whatever the command returns
            _require_outputs(manifest, rest)
            given = {part: rest.pop(part) for part in parts}
            asked = Asked(
                manifest=manifest,
                scenario=scenario,
                lang=lang,
                uses=given.get("use") or None,
                pathways=given.get("pathway") or None,
                on=as_day(given.get("on")),
                facts=as_facts(given.get("fact", ())),
                tolerance=given.get("tolerance"),
            )
            return command(asked=asked, **rest)

        options = (*(_QUESTION[part] for part in parts), *_PROJECT)
        return reduce(lambda wrapped, option: option(wrapped), reversed(options), told)

    return decorate


def _require_outputs(manifest: Path, given: Mapping[str, Any]) -> None:
    """Refuse outputs that cannot be written or would take the place of what is read."""
    paths = {
        name: option.type
        for option in click.get_current_context().command.params
        if (name := str(option.name)) in given and given[name] is not None and isinstance(option.type, click.Path)
    }
    outputs = {given[name]: kind.names for name, kind in paths.items() if isinstance(kind, Output)}
    if outputs:
        from geo_tej.io.inputs import require_outputs  # noqa: PLC0415  only for what writes

        read = [given[name] for name, kind in paths.items() if not isinstance(kind, Output)]
        require_outputs(outputs, manifest, read=read)


def as_day(text: str | None, *, option: str = "--on") -> date | None:
    """Read a day, that of `--on` unless another option is named."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        message = f"{option} {text}: is no date; write it like 2026-06-30"
        raise QuestionError(message) from fault


def as_point(text: str | None) -> tuple[float, float] | None:
    """Read `--at`: longitude and latitude."""
    if text is None:
        return None
    try:
        longitude, latitude = (float(part) for part in text.split(","))
    except ValueError as fault:
        message = f"--at {text}: is no point; write it like 119.57,29.54"
        raise QuestionError(message) from fault
    return longitude, latitude


def as_facts(pairs: tuple[str, ...]) -> dict[str, object]:
    """Read `--fact` pairs, each name once."""
    facts: dict[str, object] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name or not value:
            message = f"--fact {pair}: is no fact; write it like --fact sewage_to=outside"
            raise QuestionError(message)
        if name in facts:
            message = f"--fact {name}: is given twice"
            raise QuestionError(message)
        facts[name] = value
    return facts
