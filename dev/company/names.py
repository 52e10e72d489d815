"""Invented names for people who have only numbers in the files: the same number, the same name."""

import re
import unicodedata
import zlib

_ENGLISH = (
    "Alice Amber Brian Carla Daniel Eleanor Frank Grace Harold Irene "
    "Jack Karen Leo Megan Nathan Olivia Peter Rachel Simon Teresa",
    "Ashworth Barlow Calloway Dunmore Ellery Fairbanks Garside Hollis Ingram Jessup "
    "Kendrick Lockhart Merriman Northcote Oakley Pemberton Quimby Radcliffe Stanhope Thackeray",
)
_POOLS = {
    "France": (
        "Aurélie Bastien Camille Denis Élodie Fabien Gisèle Hugo Inès Julien Laure Mathieu Nadège Olivier Pauline Rémi",
        "Aubertin Belmont Carpentier Delorme Estève Fontenay Garnier Hautecœur "
        "Jourdan Lambertin Marchais Noiret Perrault Roussel Savary Vasseur",
    ),
    "Germany": (
        "Anja Bernd Claudia Dirk Elke Florian Gesine Holger Ina Jürgen Katrin Lars Monika Norbert Petra Rolf",
        "Ahlers Brandt Cordes Dornbach Eickhoff Falkenstein Gerber Hartwig "
        "Imhoff Jessen Kaltenbach Lindner Möhring Niemann Ostermann Petersen",
    ),
    "China": (
        "Jing Wei Hao Lan Min Qiang Rui Ting Xin Yan Bo Chen Fei Hui Jun Ling",
        "Zhao Qian Sun Li Zhou Wu Zheng Wang Feng Chu Jiang Shen Han Yang Zhu Qin",
    ),
}


def pool(country):
    """The name of the pool that serves a country."""
    return country if country in _POOLS else ""


def person_name(number, country=""):
    """The `number`-th name of a country's pool: no name returns before first names × last names were used."""
    firsts, lasts = (part.split() for part in _POOLS.get(country, _ENGLISH))
    round_, place = divmod(number, len(firsts))
    return f"{firsts[place * 7 % len(firsts)]} {lasts[(place * 3 + round_ * 3 + 5) % len(lasts)]}"


def contact_name(ref, country=""):
    """The name of an account's contact person, drawn by the account's number."""
    return person_name(zlib.crc32(f"contact {ref}".encode()) % 320, country)


def slug(text):
    """`text` as part of a login or mail address."""
    ascii_text = unicodedata.normalize("NFKD", text.replace("œ", "oe")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", ".", ascii_text.lower()).strip(".")
