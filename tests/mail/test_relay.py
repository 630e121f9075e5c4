"""The address of the mail server, as the operator writes it."""

import pytest

from crm.mail.relay import Relay


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.example.org", Relay("mail.example.org", 25)),
        ("smtp://u:p@mail.example.org", Relay("mail.example.org", 587, "u", "p")),
        (
            "smtp://u%40x:p%2F%3A%23@Mail.Example.org:2525/?tls=none",
            Relay("mail.example.org", 2525, "u@x", "p/:#", "none"),
        ),
        ("smtp://mail.example.org?tls=optional", Relay("mail.example.org", 25, tls="optional")),
        ("smtp://127.0.0.1:1025", Relay("127.0.0.1", 1025, tls="optional")),
        ("smtp://localhost:1025?tls=required", Relay("localhost", 1025)),
        ("smtp://[::1]:1025", Relay("::1", 1025, tls="optional")),
        ("smtps://mail.example.org", Relay("mail.example.org", 465, tls="implicit")),
    ],
)
def test_addresses_of_servers(url, relay):
    assert Relay.parse(url) == relay


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://:25",
        "smtp://mail.example.org:0",
        "smtp://mail.example.org:65536",
        "smtp://mail.example.org:smtp",
        "smtp://mail.example.org/path",
        "smtp://mail.example.org#x",
        "smtp://mail.example.org?tls=maybe",
        "smtp://mail.example.org?tls=none&tls=required",
        "smtp://mail.example.org?timeout=5",
        "smtps://mail.example.org?tls=none",
        "smtp://user@mail.example.org",
        "smtp://:secret@mail.example.org",
        "smtp://user:sec/ret@mail.example.org",
        "smtp://user:sec%0Aret@mail.example.org",
        "smtp://user:sec ret@mail.example.org",
        "smtp://user:sec\nret@mail.example.org",
        "smtp://user:secrét@mail.example.org",
        "smtp://user:secr%C3%A9t@mail.example.org",
        "smtp://mäil.example.org",
        "smtp://mail_server",
        "smtp://[::1",
    ],
)
def test_nonsense_is_refused_without_telling_the_password(url):
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$") as refused:
        Relay.parse(url)
    assert "sec" not in str(refused.value)


def test_the_password_is_not_shown():
    relay = Relay.parse("smtp://user:secret@mail.example.org")
    assert "secret" not in f"{relay} {relay!r} {[relay]}"
    assert relay.password == "secret"
