"""The year in which a camera came out: an earlier date from it must be wrong.

Years in which the makers announced the models, as commonly known; they were not looked up one by
one. So only families whose model names in EXIF are regular and whose years are beyond dispute are
here: a missing model costs a hint, a wrong year would cast doubt on right dates. Where one name
covers several models, the year is that of the first.
"""

from __future__ import annotations

import re

_FAMILIES: dict[str, dict[int, str]] = {
    # With 4S, 5c, XR and their like, which came out later or in the same year.
    r"iPhone (?:{})[A-Za-z]?\b.*": {
        2010: "4",
        2012: "5",
        2014: "6",
        2016: "7",
        2017: "8|X",
        2019: "11",
        2020: "12",
        2021: "13",
        2022: "14",
        2023: "15",
        2024: "16",
    },
    r"Pixel (?:{})a?\b.*": {
        2017: "2",
        2018: "3",
        2019: "4",
        2020: "5",
        2021: "6",
        2022: "7",
        2023: "8",
        2024: "9",
    },
    # Galaxy S5 to S24, with all letters that follow for countries.
    r"SM-(?:{}).*": {
        2014: "G900",
        2015: "G920|G925",
        2016: "G930|G935",
        2017: "G950|G955",
        2018: "G960|G965",
        2019: "G970|G973|G975",
        2020: "G980|G981|G985|G986|G988",
        2021: "G991|G996|G998",
        2022: "S901|S906|S908",
        2023: "S911|S916|S918",
        2024: "S921|S926|S928",
    },
    r"Canon EOS (?:{})": {
        2000: "D30",
        2002: "D60",
        2003: "10D|300D DIGITAL",
        2004: "20D",
        2005: "5D|350D DIGITAL",
        2006: "30D|400D DIGITAL",
        2007: "40D",
        2008: "50D|450D|1000D|5D Mark II",
        2009: "7D|500D",
        2010: "60D|550D",
        2011: "600D|1100D",
        2012: "6D|650D|5D Mark III",
        2013: "70D|700D",
        2014: "7D Mark II|1200D",
        2015: "750D|760D",
        2016: "80D|1300D|5D Mark IV",
        2017: "6D Mark II|77D|800D|200D",
        2018: "R|2000D|4000D",
        2019: "RP|90D|250D",
        2020: "R5|R6|850D",
        2021: "R3",
        2022: "R7|R10|R6m2",
        2023: "R8|R50|R100",
    },
    r"NIKON (?:{})": {
        1999: "D1",
        2002: "D100",
        2004: "D70",
        2005: "D50|D200",
        2006: "D40|D80",
        2007: "D3|D300",
        2008: "D60|D90|D700",
        2009: "D3000|D5000",
        2010: "D3100|D7000",
        2011: "D5100",
        2012: "D4|D600|D800|D3200|D5200",
        2013: "D610|D5300|D7100",
        2014: "D750|D810|D3300",
        2015: "D5500|D7200",
        2016: "D5|D500|D3400|D5600",
        2017: "D850|D7500",
        2018: "D3500|Z 6|Z 7",
        2019: "Z 50",
        2020: "D6|D780|Z 5|Z 6_2|Z 7_2",
        2021: "Z 9|Z fc",
        2022: "Z 30",
        2023: "Z 8|Z f",
    },
    r"(?:{})": {
        2010: "NEX-3|NEX-5",
        2012: "DSC-RX100",
        2013: "ILCE-7|ILCE-7R",
        2014: "ILCE-7S|ILCE-7M2|ILCE-5000|ILCE-5100|ILCE-6000",
        2015: "ILCE-7RM2|ILCE-7SM2",
        2016: "ILCE-6300|ILCE-6500",
        2017: "ILCE-7RM3|ILCE-9",
        2018: "ILCE-7M3",
        2019: "ILCE-7RM4|ILCE-6100|ILCE-6400|ILCE-6600",
        2020: "ILCE-7C|ILCE-7SM3",
        2021: "ILCE-1|ILCE-7M4",
        2022: "ILCE-7RM5",
        2023: "ILCE-6700|ILCE-7CM2",
    },
    # Models that aren't in the list, such as SE and the first ones.
    r"iPhone{}\b.*": {2007: ""},
}
"""Patterns of models with a gap, and what stands in it by year; the first that matches counts."""

_KNOWN = [
    (re.compile(shape.format(models)), year)
    for shape, years in _FAMILIES.items()
    for year, models in years.items()
]


def first_year(model: str | None) -> int | None:
    """Return the year in which a camera came out, by EXIF's Model; None if it isn't known."""
    if not model:
        return None
    return next((year for shape, year in _KNOWN if shape.fullmatch(model)), None)
