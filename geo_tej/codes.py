"""Code lists that law and data are written in: land-use codes by scheme, how schemes correspond, industries.

A code means nothing without its scheme: many stand in two schemes and mean different things there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from geo_tej.i18n import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Cardinality = Literal["1:1", "1:n", "n:1"]
_DIVISION = 2
"""Digits of an industry's division, the part of its code that tells its sector."""
TERTIARY = 3


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """A classification of land use. Codes that it does not list itself are those of the scheme it extends.

    `suffixes` may stand behind any of its codes and change no meaning.
    `columns` are the names of data columns that carry its codes; `use_column` is the column of uses.csv that does.
    """

    id: str
    title: Text
    extends: str | None = None
    columns: tuple[str, ...] = ()
    use_column: str | None = None
    suffixes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Code:
    """A class of a scheme."""

    scheme: str
    code: str
    title: Text
    level: str
    verified: bool
    source: str
    note: Text


@dataclass(frozen=True, kw_only=True)
class Counterpart:
    """What a code of one scheme is in another: one class or several, of which somebody must choose."""

    scheme: str
    code: str
    title: str
    to_scheme: str
    to_codes: tuple[str, ...]
    cardinality: Cardinality
    verified: bool
    note: Text


@dataclass(frozen=True, kw_only=True)
class Industry:
    """A division of an industrial classification, its section and its sector (1, 2, or 3: services)."""

    division: str
    title: Text
    section: str
    section_title: Text
    sector: int


@dataclass(frozen=True, kw_only=True)
class CodeLists:
    """The lists of a rulebook: codes by scheme and code, counterparts by scheme, code and the scheme asked for."""

    schemes: Mapping[str, Scheme] = field(default_factory=dict)
    codes: Mapping[tuple[str, str], Code] = field(default_factory=dict)
    counterparts: Mapping[tuple[str, str, str], Counterpart] = field(default_factory=dict)
    industries: Mapping[str, Industry] = field(default_factory=dict)
    industry_column: str | None = None

    @cached_property
    def leading(self) -> dict[tuple[str, str, str], list[Counterpart]]:
        """The counterparts that lead to a code: by their scheme, its scheme, and the code."""
        leading: dict[tuple[str, str, str], list[Counterpart]] = {}
        for pair in self.counterparts.values():
            for code in dict.fromkeys(pair.to_codes):
                leading.setdefault((pair.scheme, pair.to_scheme, code), []).append(pair)
        return leading


def codes_of(lists: CodeLists, scheme: str) -> tuple[Code, ...]:
    """Return the classes that a scheme lists itself, in its order."""
    return tuple(code for (name, _), code in lists.codes.items() if name == scheme)


def find_code(lists: CodeLists, code: str, scheme: str) -> Code | None:
    """Return a class by its code, of the scheme or of the one it extends; None where neither lists it."""
    suffixes = lists.schemes[scheme].suffixes if scheme in lists.schemes else ()
    written = (code, *(code.removesuffix(each) for each in suffixes))
    keys = [(name, each) for each in written for name in _lineage(lists, scheme)]
    return next((lists.codes[key] for key in keys if key in lists.codes), None)


def meanings(lists: CodeLists, code: str) -> dict[str, Text]:
    """Return what a code means in each scheme that lists it."""
    return {name: found.title for (name, each), found in lists.codes.items() if each == code}


def ambiguous(lists: CodeLists, code: str, schemes: Iterable[str] | None = None) -> bool:
    """Tell whether a code means different things in two of the schemes (all, unless some are named).

    Two classes are the same where their names are, or where the list of counterparts leads from one to the other.
    """
    among = [name for name in meanings(lists, code) if schemes is None or name in set(schemes)]
    return any(not _same(lists, code, one, other) for one, other in combinations(among, 2))


def counterpart(lists: CodeLists, code: str, scheme: str, to_scheme: str) -> Counterpart | None:
    """Say what a code is in another scheme, read in either direction; None where the lists do not say.

    A finer class without a line of its own goes where the class above it goes. Most lines are unverified: a hint.
    """
    for each in _upward(code):
        for name in _lineage(lists, scheme):
            if (name, each, to_scheme) in lists.counterparts:
                return lists.counterparts[name, each, to_scheme]
        back = lists.leading.get((to_scheme, scheme, each), ())
        if back:
            return _reversed(lists, back, each, scheme, to_scheme)
    return None


def unlisted_codes(lists: CodeLists, pairs: Iterable[Mapping[str, str]]) -> list[str]:
    """Name, a scheme each, the codes of zones or parcels (`code`, `scheme`) that the scheme's list does not have.

    Says nothing of schemes without a list, nor of zones without a code.
    """
    odd: dict[str, list[str]] = {}
    for pair in pairs:
        code, scheme = pair.get("code", ""), pair.get("scheme", "")
        if scheme in lists.schemes and code not in ("", "unknown") and find_code(lists, code, scheme) is None:
            odd.setdefault(scheme, []).append(code)
    return [f"not in the rulebook's list of {scheme}: {', '.join(sorted(codes))}" for scheme, codes in odd.items()]


def codes_without_scheme(lists: CodeLists, pairs: Iterable[Mapping[str, str]]) -> list[str]:
    """Say of codes (`code`, `scheme`) whose scheme nobody knows what each may mean, where schemes differ on it."""
    bare = sorted({pair.get("code", "") for pair in pairs if pair.get("scheme", "") not in lists.schemes})
    said = [
        f"{code} ({'; '.join(f'{scheme}: {title.zh}' for scheme, title in meanings(lists, code).items())})"
        for code in bare
        if ambiguous(lists, code)
    ]
    return [f"without their scheme these codes mean one thing or another: {', '.join(said)}"] if said else []


def scheme_of_column(lists: CodeLists, column: str) -> str | None:
    """Return the scheme whose codes a column of this name carries by convention; None where no scheme names it."""
    return next((name for name, scheme in lists.schemes.items() if column.upper() in scheme.columns), None)


def scheme_of_names(lists: CodeLists, pairs: Iterable[tuple[str, str]]) -> str | None:
    """Return the one scheme in which every code has the name that stands beside it; None where none or several do.

    A scheme that extends another one that fits as well adds nothing to it, and is left out.
    """
    given = set(pairs)
    fitting = [scheme for scheme in lists.schemes if given and all(_is(lists, *pair, scheme) for pair in given)]
    own = [scheme for scheme in fitting if lists.schemes[scheme].extends not in fitting]
    return own[0] if len(own) == 1 else None


def industry_of(lists: CodeLists, code: str) -> Industry | None:
    """Return the division that an industrial code lies in, with or without its section's letter before it."""
    return lists.industries.get(code.lstrip("ABCDEFGHIJKLMNOPQRST")[:_DIVISION])


def is_tertiary(lists: CodeLists, code: str) -> bool | None:
    """Tell whether an industrial code is of the tertiary sector; None where its division is not listed."""
    found = industry_of(lists, code)
    return None if found is None else found.sector == TERTIARY


def _is(lists: CodeLists, code: str, title: str, scheme: str) -> bool:
    found = find_code(lists, code, scheme)
    return found is not None and title in (found.title.zh, found.title.en)


def _same(lists: CodeLists, code: str, one: str, other: str) -> bool:
    """Tell whether a code is the same class in two schemes."""
    if lists.codes[one, code].title.zh == lists.codes[other, code].title.zh:
        return True
    pairs = [pair for pair in lists.counterparts.values() if {pair.scheme, pair.to_scheme} == {one, other}]
    own = [pair for pair in pairs if pair.code == code]
    finer = [pair for pair in pairs if pair.code != code and pair.code.startswith(code)]
    return all(to.startswith(code) for pair in own or finer for to in pair.to_codes) and bool(own or finer)


def _upward(code: str) -> Iterator[str]:
    """Give a code and the coarser ones above it, two characters less each.

    >>> list(_upward("090104")), list(_upward("B14"))
    (['090104', '0901', '09'], ['B14', 'B1'])
    """
    yield code
    while len(code) > _DIVISION:
        code = code[: -1 if len(code) == _DIVISION + 1 else -_DIVISION]
        yield code


def _lineage(lists: CodeLists, scheme: str) -> Iterator[str]:
    """Give a scheme and the one it extends."""
    yield scheme
    extended = lists.schemes[scheme].extends if scheme in lists.schemes else None
    if extended is not None:
        yield extended


def _reversed(lists: CodeLists, back: Sequence[Counterpart], code: str, scheme: str, to_scheme: str) -> Counterpart:
    """Read counterparts from their end: what several classes became one, and one that became several."""
    found = find_code(lists, code, scheme)
    codes = tuple(pair.code for pair in back)
    one_to_one = len(codes) == 1 and back[0].cardinality == "1:1"
    return Counterpart(
        scheme=scheme, code=code, title=found.title.zh if found else "", to_scheme=to_scheme, to_codes=codes,
        cardinality="1:1" if one_to_one else "1:n" if len(codes) > 1 else "n:1",
        verified=all(pair.verified for pair in back), note=back[0].note if len(back) == 1 else Text("", ""),
    )  # fmt: skip
