"""Cities of the world: the nearest to a point, and lookup by name.

Data of GeoNames, packed by packaging/places.py; names of countries from Unicode's CLDR. See
resources/places/README.md for origin and licenses.
"""

from __future__ import annotations

import functools
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from facesorter import paths
from facesorter.geo.world import View, mercator
from facesorter.names import fold

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

LANGUAGES: Final = ("en", "de", "fr", "ro", "ru")
"""The languages in which the names of countries are known, in the order of the file."""
NOWHERE: Final = 0
"""Stands for "no place" among the ids of cities, which are those of GeoNames and positive."""
FARTHEST_KM: Final = 100.0
"""Distance from which a city says nothing about where a photo was taken: at sea, in a desert. On
land outside the polar regions, hardly any point is farther from a city of 1,000 inhabitants."""
NEAR_KM: Final = 20.0
"""Distance from which a photo is "near" a city rather than in it: beyond the outskirts of all but
the largest."""
DENSITY: Final = 6_000.0
"""Inhabitants per km² from which a large city's extent follows, about as in Berlin or Munich: a
photo inside it is in the city, not in the district whose center happens to be nearer. Rome gets a
radius of 11 km, Cluj one of 4."""
LARGE: Final = 100_000
"""Inhabitants from which a city has districts that are cities in the data."""
EARTH_KM: Final = 6371.0
"""Mean radius of the Earth (IUGG)."""
_SCALE: Final = 10_000
"""Units per degree in the file."""
_WORD_FROM: Final = 3
"""Typed characters from which words inside names are searched as well: "york" finds New York."""


@dataclass(frozen=True, slots=True)
class City:
    """A populated place."""

    id: int
    """Its number in GeoNames."""
    name: str
    region: str
    """State, province or the like; "" if unknown."""
    country: str
    """Two letters, as in ISO 3166."""
    latitude: float
    longitude: float
    """Degrees, north and east positive."""
    zone: str = ""
    """Time zone, such as "Europe/Rome"; "" if unknown."""


class Label(NamedTuple):
    """A city on the map."""

    name: str
    x: float
    y: float
    """As from `geo.world.mercator`."""


class Gazetteer:
    """All cities, in arrays. Thread: any, since only caches are written."""

    def __init__(self, arrays: dict[str, NDArray[Any]]) -> None:
        self.ids: NDArray[np.int32] = arrays["id"]
        self.latitude: NDArray[np.float64] = arrays["latitude"] / _SCALE
        self.longitude: NDArray[np.float64] = arrays["longitude"] / _SCALE
        self.size: NDArray[np.uint8] = arrays["size"]
        """Eighths of the binary logarithm of the number of inhabitants."""
        self._country, self._region = arrays["country"], arrays["region"]
        self._names, self._others = _Lines(arrays["names"]), _Lines(arrays["others"])
        self._zone = arrays["zone"]
        self._regions = bytes(arrays["regions"]).decode().split("\n")
        self._zones = bytes(arrays["zones"]).decode().split("\n")
        rows = [line.split("\t") for line in bytes(arrays["countries"]).decode().split("\n")]
        self._codes = [code for code, *_ in rows]
        self._countries = {code: tuple(names) for code, *names in rows}
        self._order = np.argsort(self.ids)
        self._sorted = self.ids[self._order]

    def city(self, identity: int) -> City | None:
        """Return a city by its id, or None if this version of the data has none."""
        at = int(np.searchsorted(self._sorted, identity))
        if at == len(self._sorted) or self._sorted[at] != identity:
            return None
        return self._city(int(self._order[at]))

    def nearest(self, latitude: float, longitude: float) -> int:
        """Return the id of the city at a point: the large one that it is in, else the nearest.

        `NOWHERE` if that is farther than `FARTHEST_KM`.
        """
        point = on_sphere(latitude, longitude)
        distance, at = self._tree.query(point, distance_upper_bound=_chord(FARTHEST_KM))
        if not np.isfinite(distance):
            return NOWHERE
        large, tree, reach = self._large
        around = np.array(tree.query_ball_point(point, reach.max()), np.int64)
        if len(around):
            away = np.linalg.norm(tree.data[around] - point, axis=1)
            # A suburb across a border is a town of its own.
            inside = around[
                (away <= reach[around]) & (self._region[large[around]] == self._region[at])
            ]
            if len(inside):
                at = large[inside[np.argmax(self.size[large[inside]])]]
        return int(self.ids[at])

    def country(self, code: str, language: str = "en") -> str:
        """Return the name of a country; English if the language isn't one of `LANGUAGES`."""
        names = self._countries.get(code)
        if names is None:
            return code
        return names[LANGUAGES.index(language) if language in LANGUAGES else 0]

    def words(self, city: City) -> list[str]:
        """Return all names by which a photo taken in a city is found, most exact first."""
        at = int(self._order[np.searchsorted(self._sorted, city.id)])
        others = self._others[at]
        return [
            city.name,
            *(others.split("\t") if others else ()),
            *([city.region] if city.region else ()),
            *dict.fromkeys(self._countries.get(city.country, ())),
        ]

    def search(self, typed: str, most: int) -> list[City]:
        """Return the cities whose name begins with the text, or has a word that does.

        Full names come first, then those that begin so, then large cities. After a comma, the
        region or country may follow: "Rome, Ge".
        """
        text, _, rest = typed.partition(",")
        start, within = fold(text), fold(rest)
        if not start:
            return []
        ranks: dict[int, int] = {}
        for at, rank in self._found(start):
            ranks[at] = min(ranks.get(at, rank), rank)
        order = sorted(ranks, key=lambda at: (ranks[at], -int(self.size[at]), at))
        found = []
        for at in order:
            city = self._city(at)
            around = (city.region, *self._countries.get(city.country, ()))
            if not within or any(fold(name).startswith(within) for name in around):
                found.append(city)
            if len(found) == most:
                break
        return found

    def largest(self, view: View, most: int) -> list[Label]:
        """Return the largest cities in a part of the map, largest first."""
        xy = self._xy
        inside = np.flatnonzero(view.contains(xy))
        if len(inside) > most:
            inside = inside[np.argpartition(-self.size[inside].astype(np.int16), most)[:most]]
        order = inside[np.argsort(-self.size[inside].astype(np.int16), kind="stable")]
        return [Label(self._names[at], *xy[at].tolist()) for at in order.tolist()]

    def _found(self, start: str) -> Iterator[tuple[int, int]]:
        """Yield positions of cities, and how well one of their names matches: 0 is best."""
        text, begins = self._folded
        needle = start if len(start) >= _WORD_FROM else f"\n{start}"
        at = text.find(needle)
        while at >= 0:
            first = at if needle is start else at + 1
            if not text[first - 1].isalnum():
                end = first + len(start)
                whole = text[first - 1] in "\n\t" and text[end] in "\n\t"
                rank = 0 if whole else 1 if text[first - 1] == "\n" else 2
                yield bisect_right(begins, first) - 1, rank
            at = text.find(needle, at + 1)

    @functools.cached_property
    def _folded(self) -> tuple[str, list[int]]:
        """All names as `names.fold` makes them, a city in a line, and where the lines begin."""
        # The function's own cache is for the names that are compared again and again.
        plain = fold.__wrapped__
        text, begins, at = ["\n"], [], 1
        for name, others in zip(self._names, self._others, strict=True):
            line = "\t".join(plain(each) for each in (name, *others.split("\t")) if each) + "\n"
            begins.append(at)
            text.append(line)
            at += len(line)
        return "".join(text), begins

    @functools.cached_property
    def _xy(self) -> NDArray[np.float64]:
        return mercator(self.latitude, self.longitude)

    @functools.cached_property
    def _large(self) -> tuple[NDArray[np.int64], cKDTree, NDArray[np.float64]]:
        """Positions of large cities, a tree of them, and how far they reach."""
        from scipy.spatial import cKDTree

        large = np.flatnonzero(self.size >= 8 * np.log2(LARGE))
        inhabitants = np.exp2(self.size[large] / 8)
        tree = cKDTree(on_sphere(self.latitude[large], self.longitude[large]))
        return large, tree, _chord(np.sqrt(inhabitants / DENSITY / np.pi))

    @functools.cached_property
    def _tree(self) -> cKDTree:
        from scipy.spatial import cKDTree

        return cKDTree(on_sphere(self.latitude, self.longitude))

    def _city(self, at: int) -> City:
        return City(
            int(self.ids[at]),
            self._names[at],
            self._regions[self._region[at]],
            self._codes[self._country[at]],
            float(self.latitude[at]),
            float(self.longitude[at]),
            self._zones[self._zone[at]],
        )


class _Lines(Sequence[str]):
    """Lines of UTF-8 text, decoded one by one: 165,000 strings would take 12 MB."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        ends = np.flatnonzero(data == ord("\n"))
        self._data = bytes(data)
        self._begins = np.r_[0, ends + 1]
        self._ends = np.r_[ends, len(data)]

    def __len__(self) -> int:
        return len(self._begins)

    def __getitem__(self, at: Any) -> Any:
        return self._data[self._begins[at] : self._ends[at]].decode()

    def __iter__(self) -> Iterator[str]:
        return iter(self._data.decode().split("\n"))


_loading = threading.Lock()


def gazetteer() -> Gazetteer:
    """Return all cities; the first call reads them for 0.5 s. Thread: any but the GUI's."""
    with _loading:
        return _read()


@functools.cache
def _read() -> Gazetteer:
    with np.load(paths.resources() / "places" / "cities.npz") as file:
        return Gazetteer({name: file[name] for name in file})


def on_sphere(latitude: Any, longitude: Any) -> NDArray[np.float64]:
    """Return points on the unit sphere, (…, 3), so that neighbors are near across 180° as well."""
    north, east = np.radians(latitude), np.radians(longitude)
    level = np.cos(north)
    return np.stack([level * np.cos(east), level * np.sin(east), np.sin(north)], -1)


def _chord(km: Any) -> Any:
    """Return the straight distance on the unit sphere of a distance on the ground."""
    return 2 * np.sin(km / EARTH_KM / 2)


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance of two points, each latitude and longitude in degrees."""
    straight = float(np.linalg.norm(on_sphere(*one) - on_sphere(*other)))
    return 2 * EARTH_KM * float(np.arcsin(min(straight / 2, 1.0)))
