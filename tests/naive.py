"""The rules of the ground once more, as one would first write them: by parcel, by question, by rule.

Slow, and short enough to be read beside the law; what the package answers is compared with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from geo_tej.measure import CIRCLE_TOLERANCE_M, HAIRLINE_M, mean_width_m, widest_circle_m
from geo_tej.rules import NO, YES, matches, missing_facts, truth

CONDITIONAL, PROHIBITED = 1, 2
UNKNOWN_STANDING, NO_BUILDING, BUILT = 0, 1, 2
IN_BUILDINGS, ANEW = {"alter", "reuse", "change_building_use"}, {"new", "enlarge", "rebuild"}
ON_GROUND = ("zone", "matrix", "setback")


@dataclass
class Speaking:
    """A rule that may hold on a parcel: on which key, and how surely."""

    rule: object
    key: int | None
    match: int
    unknown: tuple
    held: int

    @property
    def sure(self):
        return self.match == YES and self.held == YES and self.rule.verified


def spans(evidence, book, rules, questions):
    """Return (parcels x questions) the mildest and the strictest outcomes."""
    each = [one(evidence.only(place), book, rules, questions) for place in range(len(evidence.ids))]
    least, most = (np.array([rows[part] for rows in each], int).reshape(len(each), -1) for part in (0, 1))
    return least, most


def one(evidence, book, rules, questions):
    """Judge one parcel on every question."""
    parcel = _Parcel(evidence, book, rules)
    asked = [(use, set(way.actions)) for use in questions.uses for way in questions.pathways]
    told = [parcel.judge(use, needed) for use, needed in asked]
    return [least for least, _ in told], [most for _, most in told]


class _Parcel:
    def __init__(self, evidence, book, rules):
        self.evidence, self.book, self.in_force = evidence, book, rules
        self.held = {rule.id: int(truth(rule.when, evidence.facts)[0]) for rule in rules}
        self.lacks = {rule.id: missing_facts(rule.when, evidence.facts) for rule in rules if rule.when}
        self.rules = [rule for rule in rules if self.held[rule.id] != NO]
        self.faces = list(range(len(evidence.faces.parcel)))
        self.keys_of = {face: set(evidence.faces.key[evidence.faces.face == face].tolist()) for face in self.faces}
        self.wide = mean_width_m(evidence.faces.polygon) >= HAIRLINE_M
        self.speaking = [
            Speaking(r, None, YES, (), self.held[r.id]) for r in self.rules if r.kind in ("fact", "raster")
        ]
        for number in evidence.hits.key.tolist():
            key = evidence.keys[number]
            for rule in self.rules:
                if (rule.layer, rule.distance_m) == (key.layer, key.distance_m) and rule.kind in ON_GROUND:
                    match, unknown = matches(rule, key.attributes)
                    if match != NO:
                        self.speaking.append(Speaking(rule, number, match, unknown, self.held[rule.id]))
        self.unsurveyed = {name for name, out in zip(evidence.layers, evidence.unsurveyed[0], strict=True) if out}
        self.left = {}

    def judge(self, use, needed):
        """Return the mildest and the strictest that a use can be, for the actions that a pathway means."""
        said = {rule.id: rule.actions & needed if use.id in rule.uses else frozenset() for rule in self.rules}
        everywhere, faces = [0, 0], {face: [0, 0] for face in self.faces}
        granted = {face: {name: set() for name, law in self.book.layers.items() if law.base} for face in self.faces}
        for each in self.speaking:
            if said[each.rule.id]:
                self._hear(each, said[each.rule.id], everywhere, faces, granted)
        for number in self.evidence.hits.key.tolist():
            self._silence(number, needed, said, faces, granted)
        for name in self.unsurveyed:
            everywhere[1] = max(everywhere[1], self._fear(name, said))
        for face in self.faces:
            if self.wide[face] and self._ungranted(face, needed, granted[face]):
                faces[face][1] = PROHIBITED
        least, most = (self._together(use, {face: faces[face][part] for face in faces}, part) for part in (0, 1))
        least, most = max(everywhere[0], least), max(everywhere[1], most, everywhere[0], least)
        if not least and not self._fits(use, tuple(self.faces)):
            most = max(most, CONDITIONAL)
        return self._standing(faces, least, most) if needed & IN_BUILDINGS and not needed & ANEW else (least, most)

    def _standing(self, faces, least, most):
        """Judge what is kept in a building by the ground under it; anywhere where nobody knows where it stands."""
        built = self.evidence.built
        if built.standing[0] == NO_BUILDING:
            return least, PROHIBITED
        under = [faces[n] for n in self.faces if built.standing[0] == UNKNOWN_STANDING or built.face_m2[n] > 0]
        if built.standing[0] == BUILT and under and all(span[0] == PROHIBITED for span in under):
            return PROHIBITED, PROHIBITED
        return least, PROHIBITED if any(span[1] == PROHIBITED for span in under) else most

    def _hear(self, each, said, everywhere, faces, granted):
        """Let one rule raise what it binds, and a base layer's grant what it lists."""
        rule, within = each.rule, self._faces_in(each.key)
        ground = each.key is not None and rule.binds == "ground"
        ceiling = max(rule.outcome, rule.could_be or 0)
        for span in [faces[face] for face in within] if ground else [everywhere]:
            span[:] = max(span[0], rule.outcome if each.sure else 0), max(span[1], ceiling)
        if each.sure and rule.lists and each.key is not None and self.book.layers[rule.layer].base:
            for face in within:
                granted[face][rule.layer] |= said

    def _faces_in(self, key):
        return [face for face in self.faces if key in self.keys_of[face]]

    def _silence(self, number, needed, said, faces, granted):
        """Give a use that a zone does not list the meaning that its layer declares."""
        key = self.evidence.keys[number]
        law = self.book.layers[key.layer]
        if key.distance_m is not None or law.unlisted == "silent":
            return
        listing = [each for each in self.speaking if each.key == number and each.rule.lists]
        perhaps = {action for each in listing for action in said[each.rule.id]}
        surely = {action for each in listing if each.sure for action in said[each.rule.id]}
        declared = any(
            matches(rule, key.attributes)[0] == YES and rule.verified and rule.lists for rule in self.listed_here(key)
        )
        for face in self._faces_in(number):
            if not perhaps and law.unlisted == "permitted" and declared and law.base:
                granted[face][law.id] |= needed
            elif not perhaps and law.unlisted == "prohibited":
                faces[face][:] = PROHIBITED, PROHIBITED
                if law.base:
                    granted[face][law.id] |= needed
            elif not perhaps and law.unlisted == "unknown" and not law.base:
                faces[face][1] = PROHIBITED
            elif perhaps and law.unlisted in ("prohibited", "unknown") and not law.base:
                doubt = surely != needed and any(said[each.rule.id] and self._doubtful(each) for each in listing)
                if perhaps != needed or doubt:
                    faces[face][1] = PROHIBITED

    def listed_here(self, key):
        """Return the rules of a key's layer, whatever facts say."""
        return [rule for rule in self.in_force if rule.layer == key.layer and rule.kind in ("zone", "matrix")]

    def _doubtful(self, each):
        absent = any(bool(out[0]) for out in self.lacks.get(each.rule.id, {}).values())
        return bool(each.unknown) or not each.rule.verified or absent

    def _fear(self, name, said):
        """Return the strictest that a layer could say where nobody has looked."""
        if self.book.layers[name].unlisted in ("prohibited", "unknown"):
            return PROHIBITED
        could = [
            max(rule.outcome, rule.could_be or 0)
            for rule in self.rules
            if rule.layer == name and rule.kind in ON_GROUND and said[rule.id]
        ]
        return max(could, default=0)

    def _ungranted(self, face, needed, granted):
        """Tell whether a base layer on this face lists the use for less than all actions, or none lies there."""
        names = {self.evidence.keys[n].layer for n in self.keys_of[face] if self.evidence.keys[n].distance_m is None}
        over = names & set(granted)
        return not over or any(granted[name] != needed for name in over)

    def _together(self, use, outcome, part):
        """Put faces together: prohibited ground prohibits all only if the use fits nowhere else."""
        if not outcome:
            return PROHIBITED if part else 0
        free = tuple(face for face in outcome if outcome[face] < PROHIBITED)
        if not free or len(free) == len(outcome):
            return max(outcome.values())
        return CONDITIONAL if self._fits(use, free) else PROHIBITED

    def _fits(self, use, free):
        """Tell whether one piece of some faces together has the use's least area and width."""
        if free not in self.left:
            self.left[free] = _pieces(self.evidence.faces.polygon[list(free)])
        area, width = use.least_area_m2 or 0, use.least_width_m or 0
        return not free or any(a >= area and w >= width - CIRCLE_TOLERANCE_M for a, w in self.left[free])


def _pieces(polygons):
    """Return the areas and widths of what hangs together, but for hairlines and corridors of them."""
    whole = shapely.union_all(polygons)
    parts = shapely.get_parts(whole)
    inner = shapely.buffer(whole, -HAIRLINE_M / 2, join_style="mitre")
    if shapely.get_num_geometries(inner) > len(parts):
        opened = shapely.intersection(shapely.buffer(inner, HAIRLINE_M / 2, join_style="mitre"), whole)
        parts = np.array([part for part in shapely.get_parts(opened) if part.geom_type == "Polygon"])
    parts = parts[mean_width_m(parts) >= HAIRLINE_M]
    return list(zip(shapely.area(parts), widest_circle_m(parts), strict=True))
