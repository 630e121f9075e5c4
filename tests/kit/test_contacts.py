import re
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from json import loads
from pathlib import Path

import pytest

from crm.kit import (
    contacts,
    contacts_labels,
    contacts_mails,
    contacts_names,
    contacts_phones,
    contacts_places,
    contacts_words,
    plaintext,
    reading,
    sniff,
    sniff_zip,
)
from crm.kit.readers import hyphens, pdf
from tests import documents

RESUMES = Path(__file__).resolve().parents[3] / "shared" / "data" / "resumes"


def find(*lines, size=0.0):
    """Of a text whose first line is set in `size` and the others in 10 points."""
    sizes = [size, *[10.0 if size else 0.0] * (len(lines) - 1)]
    made = tuple(reading.Line(line, points, 1) for line, points in zip(lines, sizes, strict=True))
    return contacts.find(reading.Reading("\n".join(lines), made, 1))


def test_a_plain_resume():
    assert find(
        "Ada Example", "Staff Engineer", "ada@example.org", "+44 20 7946 0958", "Location: Exampleton, UK"
    ) == contacts.Contacts("Ada Example", "ada@example.org", "+44 20 7946 0958", "Exampleton, UK", "Staff Engineer")


REFEREE = ("References", "Robert Miller, Acme Holding", "rmiller@acme.example", "+1 212 555 0188")


def test_a_referee_is_nobodys_contact():
    assert find("Education", "University of Example", *REFEREE) == contacts.Contacts()
    found = find("Ada Example", "ada@example.org", "(415) 555-0134", "Experience", *REFEREE)
    assert (found.full_name, found.email, found.phone) == ("Ada Example", "ada@example.org", "(415) 555-0134")


def test_what_stands_below_the_referees_may_be_the_persons_own():
    found = find("Ada Example", "Experience", *REFEREE, "ada@example.org | 06 39 98 12 34", size=20)
    assert (found.email, found.phone) == ("ada@example.org", "06 39 98 12 34")
    found = find("Ada Example", "References on request", "ada@example.org", "06 39 98 12 34", size=20)
    assert (found.email, found.phone) == ("ada@example.org", "06 39 98 12 34")


@pytest.mark.parametrize("title", ["Shift Supervisor", "Supervisor", "Referentin Marketing", "Reference: 22/17"])
@pytest.mark.parametrize("top", [("Lebenslauf",), ()])
def test_a_job_title_is_no_heading_above_referees(title, top):
    found = find(*top, "Maria Lopez", title, "Leeds, UK", "sunnyday87@example.org", "+44 20 7946 0958", "Experience")
    assert (found.full_name, found.email, found.phone) == ("Maria Lopez", "sunnyday87@example.org", "+44 20 7946 0958")


def test_nobody_is_a_referee_before_the_first_section():
    found = find("Maria Lopez", "References", "sunnyday87@example.org", "+44 20 7946 0958", "Experience", "Education")
    assert (found.email, found.phone) == ("sunnyday87@example.org", "+44 20 7946 0958")


@pytest.mark.parametrize("head", ["Referees", "References:", "Professional references", "REFERENZEN", "Supervisor:"])
def test_headings_above_referees(head):
    found = find("Ada Example", "Experience", head, "Bob Other", "bob@acme.example", "Tel. 030 1234567")
    assert (found.email, found.phone) == (None, None)


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("ПІБ Кравченко Олексій", "o@example.org"), "Кравченко Олексій"),
        (("Nom Ada Exemple", "a@example.org"), "Ada Exemple"),
        (("Zita Példa, Fejlesztő", "zita@example.org"), "Zita Példa"),
        (("Ada Example, Senior Developer", "ada.example@example.org"), "Ada Example"),
        (("García López, María", "maria.garcia@example.org"), "García López María"),
        (("García López, María", "garcia.lopez@example.org"), "García López María"),
        (("Van Houten, Petra", "van.houten@example.org"), "Van Houten Petra"),
        (("مثال العلي", "m@example.org"), "مثال العلي"),
        (("דנה לוי", "d@example.org"), "דנה לוי"),
    ],
)
def test_names_beside_a_label_a_title_or_without_capitals(lines, name):
    assert find(*lines, "+44 20 7946 0958", "Experience", "2019", "2018", size=18).full_name == name


def test_a_long_name_goes_on_in_the_next_line():
    sizes = (("ADA ARRIZABALAGA", 25.0), ("EXAMPLE", 25.0), ("ada@example.org", 9.0), ("Experience", 9.0))
    made = tuple(reading.Line(text, size, 1) for text, size in sizes)
    assert contacts.find(reading.Reading("", made, 1)).full_name == "Ada Arrizabalaga Example"


def test_a_plus_stands_behind_in_a_line_from_right_to_left():
    assert find("x", "966+ 55 555 0123", "d@example.org").phone == "+966 55 555 0123"


def test_words_that_stand_turned_on_the_page_are_turned_back():
    def glyphs(text, *lefts):
        return [pdf.Glyph(letter, False, left, left + 5) for letter, left in zip(text, lefts, strict=True)]

    assert pdf._spell(glyphs("דב א", 50, 56, 47, 40), 9) == "בד א"
    assert pdf._spell(glyphs("בד א", 56, 50, 47, 40), 9) == "בד א"


@pytest.mark.parametrize("kind", ["pdf", "docx", "odt", "rtf", "txt"])
def test_every_kind_of_document(kind):
    found = contacts.find(reading.read(getattr(documents, kind)(), kind))
    assert (found.full_name, found.email) == ("Ada Example", "ada@example.org")
    assert (found.phone, found.headline) == ("+44 20 7946 0958", "Staff Engineer")


@pytest.mark.parametrize(
    ("first", "name"),
    [
        ("Ada Example", "Ada Example"),
        ("ADA EXAMPLE", "Ada Example"),
        ("JAN VAN DER BERG", "Jan van der Berg"),
        ("Minna von Barnhelm", "Minna von Barnhelm"),
        ("MARY O'NEIL-MCDONALD", "Mary O'Neil-McDonald"),
        ("Jean DUPONT", "Jean Dupont"),
        ("Dr. Ada Example", "Ada Example"),
        ("Prof. Dr. Ada Example", "Ada Example"),
        ("Ada Example, PhD", "Ada Example"),
        ("Ada Example, M.Sc., PMP", "Ada Example"),
        ("Ada Example (she/her)", "Ada Example"),
        ("Ada Q. Example", "Ada Q. Example"),
        ("Ada Example Jr.", "Ada Example"),
        ("Ada Example – Product Manager", "Ada Example"),
        ("Ada Example | ada@example.org", "Ada Example"),
        ("Curriculum Vitae of Ada Example", "Ada Example"),
        ("Lebenslauf Ada Example", "Ada Example"),
        ("Name: Ada Example", "Ada Example"),
        ("Name: Example, Ada", "Ada Example"),
        ("Name Ada Example", "Ada Example"),
        ("Vor- und Nachname: Jörg Müller", "Jörg Müller"),
        ("Nom et prénom : Zoë Lefèvre", "Zoë Lefèvre"),
        ("Naam: Pieter de Vries", "Pieter de Vries"),
        ("Ονοματεπώνυμο: Γιώργος Παπαδόπουλος", "Γιώργος Παπαδόπουλος"),
        ("ФИО: Смирнова Анна Сергеевна", "Смирнова Анна Сергеевна"),
        ("ИВАН ПЕТРОВ", "Иван Петров"),
        ("姓名：李小龙 性别：男", "李小龙"),
        ("张伟", "张伟"),
        ("山田 太郎", "山田 太郎"),
        ("김민준", "김민준"),
        ("Nguyễn Thị Minh Khai", "Nguyễn Thị Minh Khai"),
        ("José Ángel García y Vega", "José Ángel García y Vega"),
        ("PERSONAL INFORMATION Ada Example", "Ada Example"),
        ("Surname(s) / First name(s) Example Ada", "Example Ada"),
        ("♂ Jack Example", "Jack Example"),
    ],
)
def test_names(first, name):
    assert find(first, "hello@company.example", "+44 20 7946 0958", "Experience", size=10).full_name == name
    assert find(first, "hello@company.example", "+44 20 7946 0958", "Experience").full_name == name


def test_a_name_in_two_fields():
    found = find("Lebenslauf", "Nachname: Müller", "Vorname: Jörg", "Geburtsdatum: 12.03.1980")
    assert found.full_name == "Jörg Müller"


def test_a_name_over_two_lines():
    data = documents.placed(
        [(72, 100, 30, "JOHN"), (72, 135, 30, "EXAMPLE"), (72, 170, 10, "Experience of many years")]
    )
    assert contacts.find(reading.read(data, "pdf")).full_name == "John Example"


def test_a_letter_spaced_name():
    data = documents.pdf("J O H N", ["C O N T A C T"])
    assert contacts.find(reading.read(data, "pdf")).full_name is None
    data = documents.pdf("JOHN EXAMPLE", documents.LINES[1:], letter_space=7)
    assert contacts.find(reading.read(data, "pdf")).full_name == "John Example"


def test_the_largest_line_may_be_a_title():
    lines = ["Enseignant en Mathématiques", "Jean DUPONT", "3, rue de la Liberté", "05.56.31.32.33"]
    assert find(*lines, size=24).full_name == "Jean Dupont"


def test_a_sidebar_that_comes_first():
    side = [
        (40, 100 + 14 * row, 10, text)
        for row, text in enumerate(["CONTACT", "ada@example.org", "SKILLS", "Python", "Team Work"])
    ]
    main = [
        (220, 90, 26, "Ada Example"),
        (220, 115, 12, "Data Analyst"),
        (220, 160, 14, "Experience"),
        (220, 180, 10, "Worked in Great Exampleton for ten years on large things"),
    ]
    found = contacts.find(reading.read(documents.placed(side + main), "pdf"))
    assert (found.full_name, found.headline) == ("Ada Example", "Data Analyst")


def test_the_mail_decides_between_two_lines():
    found = find("Grand Avenue Press", "Ada Example", "ada.example@post.example")
    assert found.full_name == "Ada Example"


@pytest.mark.parametrize(
    "lines",
    [
        ["Curriculum Vitae", "Work Experience", "Software Engineer"],
        ["Customer Advocate", "Summary", "A customer comes first; every advocate knows."],
        ["Επώνυμο Όνομα", "Τηλέφωνο", "Διεύθυνση"],
        ["Vorname Nachname", "Straße 1"],
        ["个人简历", "教育背景", "工作经历"],
        ["JavaScript TypeScript", "Visual Studio"],
        ["we do not know"],
        [""],
    ],
)
def test_no_name_rather_than_a_guess(lines):
    assert find(*lines, size=10).full_name is None


@pytest.mark.parametrize(
    ("text", "mail"),
    [
        ("E-mail: ada@example.org.", "ada@example.org"),
        ("<mailto:ada@example.org>", "ada@example.org"),
        ("mailto:ada.example@\nexample.org", "ada.example@example.org"),
        ("ada.example\n@example.org", "ada.example@example.org"),
        ("ada@example\n.org", "ada@example.org"),
        ("ada@sub.\nexample.org", "ada@sub.example.org"),
        ("ada @ example.org", "ada@example.org"),
        ("ada (at) example dot com", "ada@example.com"),
        ("ada.example [at] example [dot] co [dot] uk", "ada.example@example.co.uk"),
        ("ada{at}example.org", "ada@example.org"),
        ("ada at example dot org", "ada@example.org"),
        ("ada dot example at example dot org", "ada.example@example.org"),
        ("your.email@email.com", "your.email@email.com"),
        ("ada+jobs@example.museum", "ada+jobs@example.museum"),
        ("ада@пример.рф", "ада@пример.рф"),
        ("@ada github.com/ada", None),
        ("I worked at example dot", None),
        ("rate 5@10", None),
    ],
)
def test_mails(text, mail):
    assert find(*text.split("\n")).email == mail


def test_of_several_mails_the_one_like_the_name():
    assert find("Ada Example", "info@office.example", "ada.example@post.example").email == "ada.example@post.example"


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("+1 (415) 555-0142", "+1 (415) 555-0142"),
        ("(555) 123-4567", "(555) 123-4567"),
        ("415.555.0142", "415.555.0142"),
        ("CA 94588 (555) 123-4567", "(555) 123-4567"),
        ("Tel.: 030 / 1234567", "030 / 1234567"),
        ("Mobil: 0171-2345678", "0171-2345678"),
        ("+49 (0)30 1234567", "+49 (0)30 1234567"),
        ("06 12 34 56 78", "06 12 34 56 78"),
        ("05.56.31.32.33.", "05.56.31.32.33"),
        ("Portable : 06.98.52.36.12", "06.98.52.36.12"),
        ("Telefoon 06-12345678", "06-12345678"),
        ("Τηλ.: 210 1234567", "210 1234567"),
        ("8 (912) 345-67-89", "8 (912) 345-67-89"),
        ("手机：13912345678", "13912345678"),
        ("(+86) 133-3333-3333", "(+86) 133-3333-3333"),
        ("+353 555 123 555 +353 127 6689", "+353 555 123 555"),
        ("0099/333 5647380", "0099/333 5647380"),
        ("T 001 23456789", "001 23456789"),
        ("TEL: 888-PUCK", "888-PUCK"),
        ("Fax: +1 415 555 0142", None),
    ],
)
def test_phones(text, phone):
    assert find("Ada Example", "ada@example.org", text).phone == phone


@pytest.mark.parametrize(
    "text",
    [
        "2015 - 2018",
        "2015 2018 2020",
        "01/2015 – 03/2019",
        "12.03.1985",
        "1985-03-12",
        "Born 12 03 1985",
        "03.2015-12.2018",
        "(2016-2017)",
        "Springfield 12345-6789",
        "ISBN 978-3-16-148410-0",
        "978-3-16-148410-0",
        "ORCID 0000-0002-1825-0097",
        "IBAN DE89 3704 0044 0532 0130 00",
        "Passport No. 123456789",
        "Patent US 10,123,456 B2",
        "revenue of 1 000 000 EUR",
        "1.000.000",
        "192.168.100.200",
        "https://linkedin.com/in/ada-1234567890",
        "linkedin.com/in/ada-1234567890",
        "ada1234567890@example.org",
        "Steuernummer 12/345/67890",
        "Matrikelnummer: 1234567",
        "GPA 3.97/4.00",
        "24/7 365",
        "123 Main Street",
        "QQ: 123456789",
        "doi:10.1000/182.1234567",
        "1111111111",
    ],
)
def test_no_phone_is_invented(text):
    assert find("Ada Example", "ada@example.org", text).phone is None


def test_the_phone_of_a_referee_is_not_taken():
    far = [f"Line {letter} of a long story" for letter in "abcdefghijklmnop"]
    assert find("Ada Example", "ada@example.org", *far, "References", "Bob Other", "Tel. 030 1234567").phone is None


def test_a_page_set_right_to_left():
    lines = ["Ada Example", "ada@example.org", "456789 0123", ".Made things", ".Made other things"]
    assert find(*lines).phone == "0123 456789"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Location: San Francisco, CA", "San Francisco, CA"),
        ("San Francisco, CA • ada@example.org", "San Francisco, CA"),
        ("17 Prime Avenue, Springfield, Pennsylvania 10111, USA", "Springfield, Pennsylvania 10111, USA"),
        ("33000 BORDEAUX", "33000 BORDEAUX"),
        ("Wohnort: Köln", "Köln"),
        ("Местоположение: Москва, Россия", "Москва, Россия"),
        ("地址：上海市浦东新区", "上海市浦东新区"),
        ("1234 Broadway", None),
        ("Location: I would move anywhere for the right work and the right people.", None),
        ("Great, fun", None),
    ],
)
def test_locations(text, place):
    assert find("Ada Example", "ada@example.org", text).location == place


@pytest.mark.parametrize(
    ("line", "headline"),
    [
        ("Senior Software Engineer", "Senior Software Engineer"),
        ("Diplom-Ingenieurin (FH)", "Diplom-Ingenieurin (FH)"),
        ("Business Analyst", "Business Analyst"),
        ("Position: Главный бухгалтер", "Главный бухгалтер"),
        ("求职意向：软件工程师", "软件工程师"),
        ("Executive Summary", None),
        ("I am an engineer who likes work.", None),
        ("https://engineer.example/ada", None),
        ("Likes trains", None),
    ],
)
def test_headlines(line, headline):
    assert find("Ada Example", line, "ada@example.org").headline == headline


PATTERNS = [
    pattern
    for module in (
        contacts_labels,
        contacts_mails,
        contacts_names,
        contacts_phones,
        contacts_places,
        contacts_words,
        plaintext,
        sniff,
        sniff_zip,
        hyphens,
    )
    for value in vars(module).values()
    for pattern in (value if isinstance(value, tuple) else (value,))
    if isinstance(pattern, re.Pattern)
]
PIECES = (
    *("a", " ", "1", ".", "-", "@", "(", "\n", "=", "Я", "中", "\x02", "a ", "1 ", "a.", "1.", "a-", "a'"),
    *("a@", "1/", "+1", "x: "),
    *("Ab ", "1 (", "://", "<a", "a\x02a", "a at ", "a dot ", "a(at)", "2015 ", "Tel 1 ", "a@b.", "{\\*\\template "),
)
LONG = [(piece * 50_000)[:50_000] for piece in PIECES]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: str(pattern.pattern)[:40])
def test_patterns_are_linear(pattern):
    for text in LONG:
        subject = text.encode() if isinstance(pattern.pattern, bytes) else text
        started = time.process_time()
        for _ in pattern.finditer(subject):
            pass
        pattern.fullmatch(subject)
        assert time.process_time() - started < 0.1, text[:10]


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:8]))
def test_hostile_texts_take_no_time(text):
    started = time.process_time()
    find(text)
    find(*[text[:60]] * 800)
    assert time.process_time() - started < 2


@pytest.fixture(scope="module")
def real():
    if not RESUMES.exists():
        pytest.skip("the shared resumes are not here")
    paths = [path for path in sorted(RESUMES.iterdir()) if path.suffix != ".json"]

    def read(path):
        data = path.read_bytes()
        return reading.read(data, sniff.kind_of(data))

    with ThreadPoolExecutor(2) as pool:
        return dict(zip([path.name for path in paths], pool.map(read, paths), strict=True))


def test_real_resumes_have_text_and_a_picture(real):
    for name, read in real.items():
        if name.endswith(".doc"):
            assert read.trouble == reading.TROUBLES["doc"]
            continue
        assert len(read.text) > 300, name
        assert not read.trouble, name
        assert bool(read.preview) == name.endswith(".pdf"), name
        tokens = [token for token in read.text.split() if token.isalpha() and token.isascii()]
        assert sum(len(token) > 15 for token in tokens) <= 0.03 * len(tokens), name


def test_real_resumes_are_understood(real):
    truth = loads((RESUMES / "truth.json").read_text())
    found = {name: contacts.find(read) for name, read in real.items()}
    named = {name for name, facts in truth.items() if facts["name"] and not facts["placeholder"]}
    names = [n for n in named if _words(found[n].full_name) in map(_words, truth[n]["name"])]
    mails = [n for n in truth if (found[n].email or "").lower() in [m.lower() for m in truth[n]["email"] or [""]]]
    phones = [n for n in truth if _same_phone(found[n].phone, truth[n]["phone"])]
    invented = [n for n in truth if found[n].phone and not truth[n]["phone"]]
    assert len(names) / len(named) >= 0.95, sorted(named - set(names))
    assert len(mails) / len(truth) >= 0.99, sorted(set(truth) - set(mails))
    assert len(phones) / len(truth) >= 0.95, sorted(set(truth) - set(phones))
    assert not invented


def _words(name):
    plain = "".join(c for c in unicodedata.normalize("NFKD", name or "") if not unicodedata.combining(c))
    return sorted(re.findall(r"\w+", plain.casefold()))


def _same_phone(got, accepted):
    mine, others = re.sub(r"\D", "", got or ""), [re.sub(r"\D", "", phone) for phone in accepted]
    return not mine if not accepted else any(mine and mine[-8:] == other[-8:] for other in others)


def test_the_words_are_written_as_fold_makes_them():
    lists = chain.from_iterable(words for name, words in contacts_words._LISTS.items() if name != "east asian headings")
    assert [word for word in lists if contacts_words.fold(word) != word] == []


@pytest.mark.parametrize("name", ["Ben Okafor", "Van Nguyen", "Al Haddad"])
def test_a_particle_in_front_is_a_given_name(name):
    read = reading.read(documents.txt(name, ["Engineer", "someone@example.org"]), "txt")
    assert contacts.find(read).full_name == name
