"""Files as people really have them, and files that were made to hurt: rows, or a sentence."""

import io
import json
import zipfile
from functools import partial
from pathlib import Path

import openpyxl
import pytest

from crm.kit import sandbox
from crm.kit.tables import Unreadable, days, headers, kinds, records

SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "ats"
HEAD = "Name,Email\n"
ADA = "Ada Byron,ada@example.org\n"


def zipped(compression=zipfile.ZIP_DEFLATED, **members):
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv").replace("_xml", ".xml"), content)
    return into.getvalue()


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    into = io.BytesIO()
    book.save(into)
    return into.getvalue()


def bomb():
    """A sheet of 300 MB in 300 kB."""
    return zipped(xl__workbook_xml=b"<workbook/>", xl__worksheets__sheet1_xml=b" " * 300_000_000)


def entities():
    declared = b'<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]><workbook>&lol2;</workbook>'
    return zipped(xl__workbook_xml=declared)


def locked():
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600)


BROKEN = {
    "empty": b"", "blanks": b" \r\n \n", "NUL bytes alone": bytes(900), "binary": bytes(range(256)) * 40,
    "heads alone": HEAD.encode(), "heads twice and nobody": (HEAD * 2).encode(), "PDF": b"%PDF-1.7 1 0 obj",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(90), "page": b"<!doctype html><td>", "gzip": b"\x1f\x8b" + bytes(90),
    "10,000 columns": (",".join(f"Name {n}" for n in range(10_000)) + "\n" + "x," * 10_000).encode(),
    "a quotation mark that is never closed": (HEAD + '"Ada,ada@example.org\n' + "more\n" * 40).encode(),
    "a cell of 3 MB": (HEAD + '"' + "x" * 3_000_000 + '",ada@example.org').encode(),
    "workbook that is a bomb": bomb(), "workbook with entities": entities(), "locked workbook": locked(),
    "old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000),
    "cut workbook": workbook(["Name", "Email"], ["Ada", "ada@example.org"])[:2_000], "empty workbook": workbook(),
    "workbook without a book": zipped(xl__workbook_xml=b"<workbook/>"),
    "zip in a zip": zipped(inner_zip=zipped(people_csv=HEAD + ADA)), "empty zip": zipped(),
    "zip of pictures": zipped(picture_png=b"\x89PNG"), "cut zip": zipped(people_csv=HEAD + ADA)[:60],
    "zip that is a bomb": zipped(people_csv=b"," * 200_000_000), "document": zipped(word__document_xml=b"<w/>"),
    "half of an object": b'{"candidates": [{"name": "Ada"', "deep object": b'{"a":' * 100_000 + b"}" * 100_000,
    "deep list": b"[" * 200_000, "number": b"[1, 2, 3]", "huge number": b'[{"a": ' + b"9" * 1_000_000 + b"}]",
    "nobody in an object": b'{"one": 1}', "applications alone": b'[{"candidate_id": 1, "jobs": [], "id": 2}]',
    "card without an end": b"BEGIN:VCARD\nFN:Ada\n", "UTF-16 that is cut": b"\xff\xfe{\x00\"",
}  # fmt: skip


def read(content):
    table = kinds.opened(io.BytesIO(content))
    rows = [row for _, row in table.rows]
    fields = headers.guess(table.columns, [row for row in rows if isinstance(row, list)])
    make = partial(records.make, columns=table.columns, fields=fields, day_first=True)
    return [make(row) if isinstance(row, list) else row for row in rows]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_a_sentence(name):
    with pytest.raises(Unreadable, match=r"^[A-Z].{10,200}\.$|^[A-Z].{10,200}\?$") as told:
        read(BROKEN[name])
    assert "Error" not in str(told.value)


def test_what_kills_the_reader_is_a_sentence_too(tmp_path):
    file = tmp_path / "deep.json"
    file.write_bytes(b"[" * 20_000_000)
    with file.open("rb") as source:
        told = b"".join(sandbox.lines("crm.kit.tables.child", ["look"], source=source, memory_mb=200))
    assert json.loads(told)["trouble"]


READABLE = {
    "UTF-8 with a mark": "\ufeff" + HEAD + "Åsa,asa@example.org", "semicolons": "Name;Email\nÅsa;asa@example.org",
    "tabs": "Name\tEmail\nÅsa\tasa@example.org", "pipes": "Name|Email\nÅsa|asa@example.org",
    "notes before the heads": "My list\n\n" + HEAD + "Åsa,asa@example.org",
    "CR alone": "Name,Email\rÅsa,asa@example.org\r",
    "heads once more": HEAD + HEAD + "Åsa,asa@example.org\n", "NUL bytes": HEAD + "\x00Åsa\x00,asa@example.org",
    "formula marks": HEAD + "Åsa,'=asa@example.org".replace("'=", ""), "one column": "Email\nÅsa <asa@example.org>",
    "no heads": "Åsa,asa@example.org\n", "short and long rows": HEAD + "Åsa,asa@example.org,,,\n",
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("name", READABLE)
def test_tables_are_read_however_they_are_written(name, encoding):
    people = read(READABLE[name].replace("\ufeff", "" if encoding != "utf-8" else "\ufeff").encode(encoding))
    assert [person["emails"] for person in people] == [["asa@example.org"]]
    assert name in {"one column", "no heads"} or people[0]["full_name"] == "Åsa"


def test_a_workbook_is_read_with_its_days_and_numbers():
    rows = ["Name", "Phone", "Applied on", "Job"], ["Ada", 49301234567.0, days.date(2024, 3, 4), "=1+1"]
    person = read(workbook(*rows))[0]
    assert (person["phones"], person["more"]) == (["49301234567"], {"Applied on": "2024-03-04"})


SAID = ["2021-03-04", "04.03.2021", "4/3/2021", "4 March 2021", "Mar 4, 2021", "4. März 2021", "4 mars 2021",
        "4 de marzo de 2021", "44259", "2021-03-04T10:11:12.000Z"]  # fmt: skip


@pytest.mark.parametrize("said", SAID)
def test_days_are_understood_however_they_are_said(said):
    assert days.read(said) == days.date(2021, 3, 4)


def test_months_first_are_known_by_a_day_over_twelve():
    assert not days.has_day_first(["03/04/2021", "03/14/2021"])
    assert days.read("03/04/2021", day_first=False) == days.date(2021, 3, 4)
    assert [days.read(nothing) for nothing in ("31.31.2024", "soon", "99999999", "30.02.2024")] == [None] * 4


CARD = (
    b"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=96berg;=C3=85sa\r\n"
    b"EMAIL;INTERNET:asa@exam\r\n ple.org\r\nNOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=\r\ntwo\r\nBDAY:1990-01-01\r\n"
    b"END:VCARD\r\n"
)


def test_a_card_of_the_old_kind_is_read_without_the_birthday():
    person = read(CARD)[0]
    assert (person["full_name"], person["emails"]) == ("Åsa Öberg", ["asa@example.org"])
    assert [note["text"].split() for note in person["notes"]] == [["one", "two"]]
    assert "1990" not in str(person)


HEADS = {
    "en": "First name,Last name,E-mail,Mobile,Current company,Rejection reason",
    "de": "Vorname,Nachname,E-Mail-Adresse,Telefonnummer,Arbeitgeber,Absagegrund",
    "fr": "Prénom,Nom,Courriel,Téléphone,Entreprise,Motif de refus",
    "es": "Nombre,Apellidos,Correo electrónico,Móvil,Empresa,Motivo de rechazo",
}


@pytest.mark.parametrize("language", HEADS)
def test_heads_are_known_in_four_languages(language):
    guessed = headers.guess(HEADS[language].split(","), [])
    assert guessed == ["first_name", "last_name", "email", "phone", "employer", "reason"]


def test_columns_that_nobody_knows_are_known_by_their_values():
    rows = [["Ada Byron", "ada@example.org", "+44 20 7946 0958", "https://example.org/ada", "blue", ""]]
    guessed = headers.guess(["a", "b", "c", "d", "e", "f"], rows)
    assert guessed == ["full_name", "email", "phone", "link", "keep", "ignore"]


def test_what_is_not_stored_is_left_out_in_every_language():
    heads = ["Gender", "Geburtsdatum", "Nationalité", "Estado civil", "Photo", "Age (years)"]
    assert headers.guess(heads, [["x"] * 6]) == ["ignore"] * 6


EXPORTS = {
    "linkedin": "First Name,Last Name,URL,Email Address,Company,Position,Connected On",
    "workable": "Name,Email,Phone,Job,Stage,Disqualified,Disqualification reason,Created at",
    "ashby": "Candidate Name,Email,Job,Current Interview Stage,Application Status,Archive Reason",
    "lever": "Candidate Name,Email,Stage,Posting title,Archive reason,Tags",
    "greenhouse": "First Name,Last Name,Email,Job Name,Current Stage,Status,Rejection Reason",
    "opencats": "First Name,Last Name,E-Mail,Key Skills,Date Available,Current Employer,Can Relocate,Notes",
}


@pytest.mark.parametrize("program", EXPORTS)
def test_exports_of_known_programs_are_known(program):
    columns = EXPORTS[program].split(",")
    guessed = headers.guess(columns, [["x"] * len(columns)])
    assert headers.program(columns) == program
    assert {"email"} < set(guessed)
    assert program in {"linkedin", "opencats"} or {"role", "stage"} < set(guessed)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("pattern", ["greenhouse/harvest_candidates_*.json", "jsonresume/*resume.json", "vcard/*"])
def test_samples_of_known_programs_are_read(pattern):
    for sample in sorted(SAMPLES.glob(pattern)):
        for person in read(sample.read_bytes()):
            assert person["full_name"], sample.name
            assert person.get("emails") or "jsonresume" in pattern, sample.name


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not here")
@pytest.mark.parametrize("program", ["greenhouse", "lever"])
def test_tables_of_a_warehouse_are_put_together(program):
    tables = {path.name.replace(".csv", "_csv"): path.read_bytes() for path in (SAMPLES / program).glob("*/*.csv")}
    people = [person for person in read(zipped(**tables)) if isinstance(person, dict)]
    assert people
    assert all(person["full_name"] for person in people)
