"""What can be set, where it comes from, and what First Call refuses to start with: one clear line each."""

import dataclasses
import os
import stat

import pytest
from click.testing import CliRunner

from crm import config
from crm.config import Config, Nonsense

LONG = "a secret that is long enough for anybody"


def load(tmp_path, **environment):
    return config.load({"CRM_INSTANCE": str(tmp_path), **environment})


def test_nothing_has_to_be_set(tmp_path):
    settings = load(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path / 'first-call.sqlite'}"
    assert settings.files == tmp_path / "files"
    assert settings.base_url == "http://127.0.0.1:8080"
    assert settings.listen_at == ("127.0.0.1", 8080)
    assert settings.mail_is_kept_locally
    assert not settings.is_https


def test_a_secret_is_made_once_and_kept_to_ourselves(tmp_path):
    first, second = load(tmp_path), load(tmp_path)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 64
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_two_places_have_two_secrets(tmp_path):
    assert load(tmp_path / "a").secret_key != load(tmp_path / "b").secret_key


def test_what_is_given_wins_over_the_environment_and_that_over_the_file(tmp_path):
    (tmp_path / "config.toml").write_text('undo_seconds = 1\nretry_seconds = 2\nbase_url = "https://file.example"\n')
    settings = config.load(
        {"CRM_INSTANCE": str(tmp_path), "CRM_UNDO_SECONDS": "10", "CRM_RETRY_SECONDS": "20"}, undo_seconds=100
    )
    assert (settings.undo_seconds, settings.retry_seconds) == (100, 20)
    assert settings.base_url == "https://file.example"
    assert settings.is_https


def test_an_empty_variable_is_as_good_as_none(tmp_path):
    assert load(tmp_path, CRM_BASE_URL="", CRM_UNDO_SECONDS="").undo_seconds == 60


def test_the_address_follows_where_it_listens(tmp_path):
    assert load(tmp_path, CRM_LISTEN="127.0.0.1:9000").base_url == "http://127.0.0.1:9000"
    assert load(tmp_path, CRM_LISTEN="[::1]:9000").listen_at == ("::1", 9000)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_postgresql_is_spoken_through_our_driver(tmp_path, scheme):
    url = load(tmp_path, CRM_DATABASE_URL=f"{scheme}://crm@db/crm").database_url
    assert url == "postgresql+psycopg://crm@db/crm"


def test_variables_of_others_are_left_alone(tmp_path):
    load(tmp_path, CRM_TEST_POSTGRES_URL="x", CRM_REQUIRE_ALL="1", CRM_FILES="x", PATH="/bin")


def test_a_setting_cannot_be_changed_afterwards(tmp_path):
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(tmp_path).debug = True


REFUSED = {
    "debug": ({"CRM_DEBUG": "1"}, "CRM_DEBUG is on; First Call does not run in debug mode."),
    "debug in words": ({"CRM_DEBUG": "true"}, "CRM_DEBUG is on"),
    "weak secret": ({"CRM_SECRET_KEY": "x" * 31}, "CRM_SECRET_KEY is shorter than 32 characters"),
    "database": ({"CRM_DATABASE_URL": "mysql://x/y"}, "CRM_DATABASE_URL must begin with sqlite:/// or postgresql://."),
    "database in memory": ({"CRM_DATABASE_URL": "sqlite://"}, "CRM_DATABASE_URL must begin with"),
    "files elsewhere": ({"CRM_FILES_URL": "s3://bucket/x"}, "CRM_FILES_URL is s3://..."),
    "address without scheme": ({"CRM_BASE_URL": "crm.example.org"}, "CRM_BASE_URL must be http(s)://host[:port]"),
    "address of a script": ({"CRM_BASE_URL": "javascript:alert(1)"}, "CRM_BASE_URL must be"),
    "address with a path": ({"CRM_BASE_URL": "https://crm.example.org/x"}, "CRM_BASE_URL must be"),
    "address with a question": ({"CRM_BASE_URL": "https://crm.example.org?x"}, "CRM_BASE_URL must be"),
    "address with a name": ({"CRM_BASE_URL": "https://user:pw@crm.example.org"}, "CRM_BASE_URL must be"),
    "address with a bad port": ({"CRM_BASE_URL": "https://crm.example.org:port"}, "CRM_BASE_URL must be"),
    "address with a line break": ({"CRM_BASE_URL": "https://crm.example.org\n.evil.example"}, "CRM_BASE_URL must be"),
    "listening nowhere": ({"CRM_LISTEN": "8080"}, "CRM_LISTEN must be host:port, not '8080'."),
    "listening at no port": ({"CRM_LISTEN": "127.0.0.1:http"}, "CRM_LISTEN must be host:port"),
    "listening too high": ({"CRM_LISTEN": "127.0.0.1:65536"}, "CRM_LISTEN must be host:port"),
    "no sender": ({"CRM_MAIL_FROM": "first-call"}, "CRM_MAIL_FROM must be one plain mail address"),
    "two senders": ({"CRM_MAIL_FROM": "a@example.org, b@example.org"}, "CRM_MAIL_FROM must be one plain mail address"),
    "sender with a line break": ({"CRM_MAIL_FROM": "a@example.org\nBcc: b@example.org"}, "CRM_MAIL_FROM must be one"),
    "no number": ({"CRM_UNDO_SECONDS": "soon"}, "CRM_UNDO_SECONDS must be a whole number, not 'soon'."),
    "undo before now": ({"CRM_UNDO_SECONDS": "-1"}, "CRM_UNDO_SECONDS must be at least 0."),
    "no lease": ({"CRM_LEASE_SECONDS": "0"}, "CRM_LEASE_SECONDS must be at least 1."),
    "no retry": ({"CRM_RETRY_SECONDS": "0"}, "CRM_RETRY_SECONDS must be at least 1."),
    "hops": ({"CRM_PROXY_HOPS": "-1"}, "CRM_PROXY_HOPS must be at least 0."),
    "uploads": ({"CRM_UPLOAD_MB": "0"}, "CRM_UPLOAD_MB must be at least 1."),
    "relay": ({"CRM_SMTP_URL": "http://mail.example.org"}, "CRM_SMTP_URL: "),
    "relay with nonsense": ({"CRM_SMTP_URL": "smtp://mail.example.org?tls=maybe"}, "CRM_SMTP_URL: "),
    "links that lead nowhere": (
        {"CRM_SMTP_URL": "smtp://mail.example.org", "CRM_MAIL_FROM": "crm@example.org"},
        "Mail goes out through mail.example.org, but CRM_BASE_URL is http://127.0.0.1:8080: the links in it would lead",
    ),
    "nobody's address": (
        {"CRM_SMTP_URL": "smtp://mail.example.org", "CRM_BASE_URL": "https://crm.example.org"},
        "CRM_MAIL_FROM must be set to an address of yours before mail can go out.",
    ),
    "links anybody can read": (
        {"CRM_SMTP_URL": "smtp://mail.example.org", "CRM_MAIL_FROM": "crm@example.org",
         "CRM_BASE_URL": "http://crm.example.org"},
        "CRM_BASE_URL is http://crm.example.org",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_nonsense_is_refused_with_one_line(tmp_path, what):
    environment, sentence = REFUSED[what]
    with pytest.raises(Nonsense) as refusal:
        load(tmp_path, **environment)
    said = str(refusal.value)
    assert said.startswith(sentence)
    assert "\n" not in said
    assert LONG not in said


def test_a_real_mail_server_with_real_addresses_is_welcome(tmp_path):
    settings = load(
        tmp_path, CRM_SMTP_URL="smtp://user:pw@mail.example.org:587", CRM_MAIL_FROM="crm@example.org",
        CRM_BASE_URL="https://crm.example.org",
    )  # fmt: skip
    assert not settings.mail_is_kept_locally
    assert settings.host == "crm.example.org"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.5.0.1", "[::1]", "mail.localhost"])
def test_a_mail_server_on_this_machine_needs_no_address(tmp_path, host):
    load(tmp_path, CRM_SMTP_URL=f"smtp://{host}:2525")


def test_an_unknown_setting_in_the_file_is_named(tmp_path):
    (tmp_path / "config.toml").write_text('smtp_ulr = "smtp://localhost"\n')
    with pytest.raises(Nonsense, match=r"config\.toml has a setting that First Call does not know: smtp_ulr\."):
        load(tmp_path)


def test_each_kind_of_letter_may_have_its_own_time_for_taking_it_back(tmp_path):
    settings = load(tmp_path, CRM_UNDO_SECONDS="30", CRM_UNDO_SECONDS_FORWARD="300", CRM_UNDO_SECONDS_PERSONAL="0")
    assert [settings.undo_for(kind) for kind in ("forward", "personal", "invitation")] == [300, 0, 30]


@pytest.mark.parametrize("text", ["undo_seconds =", "\x00", "é = 1\n[", "a"])
def test_a_broken_file_is_named(tmp_path, text):
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(Nonsense, match=r"config\.toml cannot be read: "):
        load(tmp_path)


def test_a_file_in_another_encoding_is_named(tmp_path):
    (tmp_path / "config.toml").write_bytes(b'company = "\xff"')
    with pytest.raises(Nonsense, match=r"config\.toml cannot be read: "):
        load(tmp_path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Nonsense, match=r"The instance folder .*/file/inside cannot be made: Not a directory"):
        load(tmp_path / "file" / "inside")


def test_a_secret_that_cannot_be_kept_is_said(tmp_path):
    (tmp_path / "secret-key").mkdir()
    with pytest.raises(Nonsense, match="The secret key cannot be kept in"):
        load(tmp_path)


def test_a_secret_file_that_was_cut_short_is_refused(tmp_path):
    (tmp_path / "secret-key").write_text("")
    with pytest.raises(Nonsense, match="CRM_SECRET_KEY is shorter than 32 characters"):
        load(tmp_path)


def test_every_number_has_its_least(tmp_path):
    numbers = [field.name for field in dataclasses.fields(Config) if field.type is int]
    for name in numbers:
        with pytest.raises(Nonsense, match="must be at least"):
            load(tmp_path, **{f"CRM_{name.upper()}": "-2"})


@pytest.mark.parametrize(
    ("host", "is_here"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("[::1]", True), ("app.localhost", True),
     ("example.org", False), ("localhost.example.org", False), ("198.51.100.7", False), ("", False)],
)  # fmt: skip
def test_what_is_this_machine(host, is_here):
    assert config.is_loopback(host) is is_here


def test_a_command_says_the_line_and_ends(tmp_path, monkeypatch):
    from crm import cli  # noqa: PLC0415  (reads the environment that is set here)

    monkeypatch.setenv("CRM_INSTANCE", str(tmp_path))
    monkeypatch.setenv("CRM_DEBUG", "1")
    monkeypatch.setattr("sys.argv", ["crm", "db", "check"])
    mask = os.umask(0o022)
    try:
        with pytest.raises(SystemExit) as end:
            cli.main()
    finally:
        os.umask(mask)  # a command closes its files to others; the rest of the run does not
    assert end.value.code == 1


def test_help_needs_no_settings():
    from crm.cli import commands  # noqa: PLC0415

    assert CliRunner().invoke(commands, ["--help"]).exit_code == 0
