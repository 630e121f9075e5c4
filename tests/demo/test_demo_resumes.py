"""The files of the invented people, read back by the libraries that the product reads resumes with."""

import zipfile
from datetime import date
from io import BytesIO

import pypdfium2
import pytest

from crm.demo import layouts, resumes, story
from crm.demo.careers import printable, resume
from crm.kit import reading

TODAY = date(2026, 11, 23)
PEOPLE = story(TODAY).people


def read(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document), " ".join("".join(page.get_textpage().get_text_range() for page in document).split())


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.key)
def test_a_pdf_has_one_or_two_pages_with_name_mail_and_work(person):
    pages, text = read(resumes.pdf(person, today=TODAY))
    assert pages in (1, 2)
    assert printable(person.printed_name) in text
    assert person.emails[0] in text
    assert person.phone in text
    assert person.headline in text
    assert "Experience" in text or "EXPERIENCE" in text
    assert len(text.split()) > 120
    assert not set("{}[]■�") & set(text)


def test_all_layouts_are_in_use_and_none_by_most():
    used = [resumes.layout_of(person) for person in PEOPLE]
    assert {used.count(layout) for layout in range(len(layouts.LAYOUTS))} <= set(range(8, 25))


def test_the_same_person_sends_the_same_bytes():
    assert resumes.pdf(PEOPLE[0], today=TODAY) == resumes.pdf(PEOPLE[0], today=TODAY)
    assert resumes.docx(PEOPLE[0], today=TODAY) == resumes.docx(PEOPLE[0], today=TODAY)


def test_two_people_of_one_field_do_not_send_the_same_words():
    told = [resume(person, today=TODAY).jobs[0].bullets for person in PEOPLE]
    assert len({*told}) == len(told)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.key)
def test_jobs_follow_each_other_up_to_today(person):
    jobs = resume(person, today=TODAY).jobs
    assert jobs[0].until is None
    assert [job.until for job in jobs[1:]] == [job.since for job in jobs[:-1]]
    assert all(job.since < (job.until or TODAY) for job in jobs)
    assert len({job.title for job in jobs}) == len(jobs)


def test_whoever_was_hired_had_not_worked_here_when_applying():
    assert "Norrland" not in repr([resume(person, today=TODAY) for person in PEOPLE])


def test_names_that_the_fonts_lack_are_written_in_latin():
    wang = next(person for person in PEOPLE if person.full_name == "王芳")
    assert "Wang Fang" in read(resumes.pdf(wang, today=TODAY))[1]
    assert printable("Đorđe Wiśniewska Søren Ærø") == "Dorde Wisniewska Søren Ærø"


def test_docx_is_read_with_its_name_as_written():
    person = next(person for person in PEOPLE if person.resume == "docx")
    content = resumes.docx(person, today=TODAY)
    text = reading.read(content, "docx").text
    assert person.full_name in text
    assert person.emails[0] in text
    assert zipfile.ZipFile(BytesIO(content)).testzip() is None


def test_txt_is_plain_text():
    person = next(person for person in PEOPLE if person.resume == "txt")
    lines = resumes.txt(person, today=TODAY).decode().splitlines()
    assert lines[0] == person.full_name
    assert "Experience" in lines


def test_files_are_named_after_the_person_and_kind():
    kinds = {person.resume for person in PEOPLE}
    assert kinds == {"pdf", "docx", "txt"}
    for person in PEOPLE:
        name, data = resumes.file(person, today=TODAY)
        assert name.isascii() or person.full_name.split()[0] in name
        assert name.endswith(f".{person.resume}")
        assert " " not in name
        assert data


def test_a_long_career_still_ends_after_two_pages():
    veteran = next(person for person in PEOPLE if person.years == max(other.years for other in PEOPLE))
    told = resume(veteran, today=TODAY)
    assert all(read(layouts.printed(told, layout=layout))[0] <= 2 for layout in range(len(layouts.LAYOUTS)))
