"""How people are found again: a record that is there twice, named lists, kept searches, a file of another program."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Twin:
    """A second record of somebody, made by somebody else."""

    of: str
    full_name: str
    email: str
    headline: str
    employer: str
    location: str
    source: str
    owner: str
    day: int
    note: str


@dataclass(frozen=True)
class Pool:
    name: str
    about: str
    owner: str
    made: int
    people: tuple[tuple[str, str, int], ...]  # person, reason, day
    search: str = ""  # what an address of the list has after its ?; who fits is in it, too


@dataclass(frozen=True)
class Search:
    name: str
    search: str
    owner: str
    kept: int
    visibility: str = "owner"
    alert: bool = False


@dataclass(frozen=True)
class File:
    """A table from another program, taken in."""

    name: str
    by: str
    day: int
    tag: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Shelves:
    twins: tuple[Twin, ...]
    pools: tuple[Pool, ...]
    searches: tuple[Search, ...]
    files: tuple[File, ...]
