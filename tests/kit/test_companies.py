"""Two names of one company, or a name and a domain; and what only looks like it."""

import pytest

from crm.kit import companies, domains

SAME = [
    ("Acme", "ACME"),
    ("Acme GmbH", "Acme"),
    ("Acme GmbH, Berlin", "Acme"),
    ("Acme, Berlin", "Acme Ltd."),
    ("Acme GmbH Berlin", "Acme"),
    ("Acme AG Zürich", "Acme Holding AG"),
    ("Acme - Berlin", "Acme"),
    ("Acme – Berlin office", "Acme Inc"),
    ("Acme (Berlin)", "Acme"),
    ("Google (Alphabet)", "Alphabet Inc."),
    ("Google (Alphabet)", "Google LLC"),
    ("Google (part of Alphabet)", "Alphabet"),
    ("Meta (formerly Facebook)", "Facebook"),
    ("Acme, a Globex company", "Globex"),
    ("Acme / Globex", "Globex"),
    ("Acme / Globex", "Acme"),
    ("Acme/Globex", "Globex GmbH"),
    ("Acme | Globex", "Globex"),
    ("Initech / Globex", "Acme / Globex"),
    ("Acme; Globex", "Globex"),
    ("Globex Deutschland GmbH", "Globex"),
    ("Globex Group", "Globex International Ltd"),
    ("The Globex Company", "Globex"),
    ("Globex Österreich", "Globex (Schweiz) AG"),
    ("Müller AG", "Mueller"),
    ("Müller AG", "Muller"),
    ("Møller", "Moller"),
    ("Møller", "Moeller GmbH"),
    ("Ørsted A/S", "Orsted"),
    ("Łódź Motors", "Lodz Motors Sp. z o.o."),
    ("Đuro Đaković", "Duro Dakovic"),
    ("Mærsk", "Maersk"),
    ("Ångström AB", "Angstrom"),
    ("Ðalur hf", "Dalur hf"),
    ("Novo Nordisk A/S", "Novo Nordisk"),
    ("Acme S.A.", "Acme"),
    ("Acme S.p.A.", "ACME SpA"),
    ("Acme S.r.l.", "Acme"),
    ("Acme Sp. z o.o.", "Acme"),
    ("Acme e.K.", "Acme"),
    ("Acme UG (haftungsbeschränkt)", "Acme"),
    ("Acme & Co. KGaA", "Acme"),
    ("AB Volvo", "Volvo"),
    ("J.P. Morgan", "JP Morgan"),
    ("Johnson & Johnson", "Johnson and Johnson"),
    ("Dr. Oetker", "Dr.Oetker"),
    ("globex.com", "Globex"),
    ("https://www.globex.com/", "Globex"),
    ("globex.co.uk", "Globex"),
    ("Booking.com B.V.", "Booking"),
    ("Amazon.de GmbH", "amazon.de"),
    ("Аcme", "Acme"),  # with a Cyrillic letter
    ("Ac\u200bme", "Acme"),
    ("Coca-Cola", "Coca Cola"),
    ("24/7 Media", "247 Media"),
]  # fmt: skip
OTHERS = [
    ("", ""),
    ("", "Acme"),
    ("Acme", "Globex"),
    ("GmbH", "Acme GmbH"),
    ("Acme & Co", "Globex & Co"),
    ("Glob", "Globex"),
    ("Acme, Berlin", "Globex, Berlin"),
    ("Acme (Berlin)", "Globex (Berlin)"),
    ("Acme GmbH Berlin", "Globex GmbH Berlin"),
    ("Acme - Berlin", "Globex - Berlin"),
    ("Air France", "Air Canada"),
    ("Radio France", "Radio España"),
    ("Bank of America", "Bank of Ireland"),
    ("First Group", "First Holding"),
    ("France Telecom", "Deutsche Telekom"),
    ("Deutsche Bank", "Deutsche Bahn"),
    ("Smith & Wesson", "Smith"),
    ("Novo Nordisk A/S", "Lego A/S"),
    ("St.Gallen Bank", "St.Pauli Bank"),
    ("Acme, Inc.", "Globex, Inc."),
    ("Acme Sp. z o.o.", "Globex Sp. z o.o."),
    ("Mail", "Gmail"),
]  # fmt: skip
THERE = [
    ("Acme", "x@acme.com"),
    ("Acme GmbH, Berlin", "x@acme.de"),
    ("Google (Alphabet)", "x@alphabet.com"),
    ("Acme / Globex", "x@globex.example"),
    ("Acme", "x@eu.mail.acme.com"),
    ("Acme", "x@acme.co.uk"),
    ("Acme", "x@mail.acme.co.uk"),
    ("Acme", "x@acme.com.au"),
    ("Acme", "x@acme.example.org"),
    ("Acme", "x@acme-group.com"),
    ("Acme", "x@acmegroup.com"),
    ("Acme Corp", "x@acme-corp.com"),
    ("Acme Corp", "x@acmecorp.com"),
    ("Müller AG", "x@mueller.de"),
    ("Møller", "x@moller.no"),
    ("Møller", "x@moeller.no"),
    ("Łódź Motors", "x@lodzmotors.pl"),
    ("Đaković", "x@dakovic.hr"),
    ("Bücher", "x@xn--bcher-kva.example.org"),
    ("Deutsche Bahn", "x@deutschebahn.com"),
    ("Booking.com B.V.", "x@booking.com"),
    ("globex.io", "x@globex.com"),
    ("Novo Nordisk A/S", "x@novonordisk.com"),
]  # fmt: skip
ELSEWHERE = [
    ("", "x@acme.com"),
    ("Acme", ""),
    ("Acme", "acme"),
    ("Co", "x@globex.co.uk"),
    ("Co", "x@co.uk"),
    ("Com", "x@globex.com.au"),
    ("Mail", "x@mail.globex.com"),
    ("Mail", "x@mail.com"),
    ("Eu", "x@eu.globex.com"),
    ("Www", "x@www.globex.com"),
    ("Acme", "x@acme.globex.com"),
    ("Acme", "x@acme-law.com"),
    ("Glob", "x@globex.com"),
    ("Group", "x@globexgroup.com"),
    ("Acme, Berlin", "x@berlin.de"),
    ("Outlook", "x@outlook.com"),
    ("Example", "x@example.org"),
    ("GmbH", "x@gmbh.de"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_names_of_one(one, other):
    assert companies.is_same(one, other)
    assert companies.is_same(other, one)
    assert companies.is_same(one.upper(), other.lower())


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_names_of_two(one, other):
    assert not companies.is_same(one, other)
    assert not companies.is_same(other, one)


@pytest.mark.parametrize(("company", "address"), THERE)
def test_an_address_there(company, address):
    assert companies.is_at(company, address)
    assert companies.is_at(company.upper(), address.upper())


@pytest.mark.parametrize(("company", "address"), ELSEWHERE)
def test_an_address_elsewhere(company, address):
    assert not companies.is_at(company, address)


def test_every_name_is_itself():
    """Whatever stands in the list of pairs: the same with a form and a place behind it."""
    for name in {name for pair in SAME for name in pair}:
        for more in ("", " GmbH", ", Berlin", " (Berlin)", " - Berlin"):
            assert companies.is_same(name, name + more), (name, more)


@pytest.mark.parametrize(
    ("domain", "own"),
    [
        ("acme.com", "acme.com"), ("mail.acme.com", "acme.com"), ("a.b.acme.co.uk", "acme.co.uk"), ("co.uk", ""),
        ("com", ""), ("", ""), ("acme.com.au", "acme.com.au"), ("gmail.com", ""), ("yahoo.co.uk", ""), ("web.de", ""),
        ("example.org", ""), ("acme.example.org", "acme.example.org"), ("ACME.com.", "acme.com"), ("..", ""),
    ],
)  # fmt: skip
def test_what_was_registered(domain, own):
    assert domains.registered(domain) == own


@pytest.mark.parametrize(
    "odd", ["(", "((((", "/" * 50, "," * 50, " - " * 300, "a." * 5_000, "(a" * 5_000, "\u0301", "@"]
)
def test_odd_names_are_nobody_in_no_time(odd):
    assert not companies.is_same(odd, "Acme")
    assert not companies.is_at(odd, "x@acme.com")
