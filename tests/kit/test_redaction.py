"""What is taken out of a text before somebody sees it who is not to know whom it is about."""

import time

import pytest

from crm.kit import redaction
from crm.kit.redaction import MARK, Identity

JURGEN = Identity(
    names=("Dr. Jürgen van der Weidmann",),
    addresses=("j.weidmann@posteo.example", "wolf93@web.example"),
    numbers=("+49 30 1234 5678",),
    links=("https://www.linkedin.com/in/juergen-w-93ab", "github.com/nightwolf"),
    employers=("Globex Data Systems GmbH",),
    files=("CV_JW_final2.pdf",),
)
SAME = (
    "Jürgen",
    "JÜRGEN",
    "Juergen",
    "Jurgen",
    "Ju\u0308rgen",
    "J\u00adür\u200bgen",
    "J Ü R G E N",
    "J.ü.r.g.e.n",
    "Jürgen's",
    "Weidmann",
    "W E I D M A N N",
    "Weid-\nmann",
    "weidmann.juergen",
    "JuergenWeidmann",
    "jweidmann",
    "weidmannj_93",
    "Weidmann, Jürgen",
    "J. Weidmann",
    "J.W.",
    "JW",
    "Ｗｅｉｄｍａｎｎ",
    "j.weidmann@posteo.example",
    "wolf93",
    "WOLF93",
    "jurgen [at] mail [dot] example [dot] org",
    "jurgen at mail dot example dot org",
    "someone@else.example.org",
    "+49 30 1234 5678",
    "030/12345678",
    "(030) 1234-5678",
    "٠٣٠ ١٢٣٤ ٥٦٧٨",
    "0170 555 66 77",
    "tel:+4930123456",
    "https://juergen.example/x",
    "www.weid.example",
    "linkedin.com/in/juergen-w-93ab",
    "juergen-w-93ab",
    "nightwolf",
    "GitHub: nightwolf",
    "github.com/nightwolf",
    "@nightwolf",
    "Skype: live:jw93",
    "portfolio.dev/me",
    "my-own-page.io",
    "Globex Data Systems GmbH",
    "GLOBEX DATA SYSTEMS",
    "GlobexDataSystems",
    "Globex's",
    "Globex-Data Systems",
    "CV_JW_final2.pdf",
    "CV_JW_final2",
    "Skype: juergen.m",
    "Skype name: juergen.m",
    "Skype-ID: juergen.m",
    "Discord: wolf#1234",
    "Discord wolf#1234",
    "wolf#1234",
    "discord.gg/wolfpack",
    "Telegram: t.me/wolfpack",
    "t.me/wolfpack",
    "Telegram wolf_pack",
    "GitHub wolf-93",
    "GitHub (wolf93)",
    "GitLab: wolfpack",
    "gitlab.com/wolfpack/cv",
    "GitHub handle: wolfpack",
    "LinkedIn profile: wolf-pack",
    "/in/wolf-pack",
    "linktr.ee/wolfpack",
    "mastodon.social/@wolfpack",
    "Postfach 1234",
    "Postfach 12 34 56",
    "PO Box 12",
    "P.O. Box 12",
    "P. O. Box 1234",
    "Boîte postale 12",
    "Apartado de correos 123",
    "born 12.03.1980",
    "Born: 12 March 1980",
    "born on March 12th, 1980",
    "born in Berlin on 12/03/1980",
    "born 1980",
    "Date of birth: 1980-03-12",
    "DOB 12/03/80",
    "D.O.B.: 12.3.1980",
    "geb. 12.03.1980",
    "geb. am 12. März 1980",
    "geboren am 12. Dezember 1980",
    "Geburtsdatum: 12.03.1980",
    "Geburtstag 12.3.1980",
    "Jahrgang 1980",
    "né le 12 mars 1980",
    "née le 12/03/1980",
    "Date de naissance : 12/03/1980",
    "nacida el 12 de marzo de 1980",
    "Fecha de nacimiento: 12-03-1980",
    "* 12.03.1980",
    "*12.03.1980",
    "Geburtsdatum\n12.03.1980",
    "J\u00fcrg\u0435n",  # with one Cyrillic letter
    "Weidm\u0430nn",
    "W\u0435idmann, J\u00fcrg\u0435n",
    "\u0408\u00fcrgen",
    "JuergenW\u0435idmann",
    "Lindenstraße 12",
    "12 Elm Grove Street",
)


@pytest.mark.parametrize("said", SAME)
def test_whatever_tells_who_it_is_is_taken_out_and_the_rest_stays(said):
    hidden = redaction.hide(f"Before it {said}, and after.", JURGEN)
    assert hidden == f"Before it {MARK}, and after."
    assert redaction.tells(f"Before it {said}, and after.", JURGEN)


@pytest.mark.parametrize(
    "said",
    [
        "Data engineer, 2016 - 2020, then 01/2019 – 03/2021.",
        "Cut 1,200,000 rows to 3.5 million in Q3 2024; grew 40 %.",
        "Node.js, ASP.NET, C++, CI/CD, e.g. Kafka, i.e. streams.",
        "In data systems and engineering, since 12.03.2015.",
        "03.2018 - 12.2020: data engineer; 12.03.2018 bis 31.12.2020: Teamleiter.",
        "March 2018 - December 2020, 2018/03 to 2020/12, since 1998, in 2004.",
        "GitHub Actions, GitLab CI, Telegram bots, Discord community, Signal processing, Medium sized teams.",
        "git, github actions, gitlab pipelines, docker | github workflows | linkedin ads",
        "A cloud-born team of 12, a newborn product in 2021; an idea born in a workshop of 2019.",
        "Inbound/in/outbound calls, box 12 of the form, post office of 1234 people, issue #1234, C#, F# 4.7",
        "* 12.03.2008 - 31.12.2010 Analyst at NATO, 12.03.2015\n* 01.02.2011 bis 31.12.2012 lead",
        "Rated 5 * 12 points; release 1.2.3 * 2.0.1.",
        "\u041c\u043e\u0441\u043a\u0432\u0430, \u0391\u03b8\u03ae\u03bd\u03b1.",
        "2018-2021: Kafka 2.8.1, Python 3.11.4, PostgreSQL 14.",
    ],
)
def test_ordinary_words_dates_and_figures_stay(said):
    assert redaction.hide(said, JURGEN) == said
    assert redaction.tells(said, JURGEN) == ""


def test_a_name_that_is_a_word_goes_where_it_is_written_like_a_name():
    will = Identity(names=("Will Long",))
    assert redaction.hide("WILL LONG will lead a long project. Will did.", will) == (
        f"{MARK} will lead a long project. {MARK} did."
    )


def test_an_own_name_on_a_site_goes_where_it_stands_alone():
    listed = "Berlin | github wolfpack | 2016 - 2020\nTelegram wolfpack\nKafka, github actions"
    assert redaction.hide_contact(listed) == f"Berlin |{MARK}| 2016 - 2020\n{MARK}\nKafka, github actions"


def test_a_birthday_is_no_way_to_reach_somebody():
    assert redaction.hide_contact("born 12.03.1980, Postfach 1234") == f"born 12.03.1980, {MARK}"


def test_a_name_without_spaces_between_words_goes_inside_of_longer_ones():
    assert redaction.hide("我叫王小明，工程师", Identity(names=("王小明",))) == f"我叫{MARK}，工程师"


def test_contact_alone_leaves_the_name():
    text = "Ada Byron\nada@example.org · +46 70 123 45 67 · linkedin.com/in/ada\nAnalyst, 2016-2020"
    assert redaction.hide_contact(text) == f"Ada Byron\n{MARK} · {MARK} · {MARK}\nAnalyst, 2016-2020"


def test_a_long_text_takes_no_longer_than_its_length():
    def seconds(text):
        start = time.perf_counter()
        redaction.hide(text, JURGEN)
        return time.perf_counter() - start

    for odd in (
        "born ",
        "born 1.",
        "github a",
        "github a-",
        "a#",
        "* 1.",
        "po box ",
        "| github a",
        "g\u0435",
        "a.",
        "1 ",
        "@",
        "j ",
        "a-b.",
        "weid",
        "(1",
        "x dot ",
        "/ ",
    ):
        short, long = seconds(odd * 1_000), seconds(odd * 8_000)
        assert long < 20 * short + 0.3, odd
