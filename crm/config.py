"""Everything that can be set, read once: the environment first, then `instance/config.toml`."""

import os
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import current_app

from crm.kit import files
from crm.kit.header_guard import address_problem
from crm.mail.dkim import Signer
from crm.mail.imap import MailAccount
from crm.mail.relay import Relay

ROOT = Path(__file__).resolve().parent.parent
SHORTEST_SECRET = 32
BASE_URL = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?/?", re.IGNORECASE)
NOT_YET = frozenset(("clamd", "oidc_issuer", "oidc_client_id", "oidc_client_secret", "s3_endpoint"))
"""Settings of later versions. Whoever sets one believes that files are scanned: so it is refused."""


class Nonsense(ValueError):
    """A setting that First Call refuses to start with; str(error) is one clear line."""


@dataclass(frozen=True)
class Config:
    instance: Path
    database_url: str
    files: Path
    secret_key: str
    base_url: str = "http://127.0.0.1:8080"
    listen: str = "127.0.0.1:8080"
    smtp_url: str = ""
    mail_from: str = "first-call@localhost.localdomain"
    imap_url: str = ""
    receives: bool = False
    """Mail to CRM_MAIL_FROM is handed to `python3 -m crm receive` by a mail server on this machine."""
    maillog: str = ""
    """The mail server's own log, where it can be read here: it settles letters in doubt."""
    dkim_key: str = ""
    dkim_selector: str = ""
    dkim_domain: str = ""
    proxy_hops: int = 0
    undo_seconds: int = 60
    undo_seconds_forward: int = -1
    undo_seconds_personal: int = -1
    """For letters of this kind; -1 is as for the others."""
    retry_seconds: int = 60
    lease_seconds: int = 300
    api_requests_a_minute: int = 1200
    letters_a_day: int = 500
    senders: int = 3
    """Connections to the mail server at once: while it keeps one letter, the next is made ready."""
    domain_letters_a_minute: int = 1200
    domain_letters_a_day: int = 20_000
    upload_mb: int = 20
    argon2_memory_kib: int = 19456
    debug: bool = False
    """Never true in a running First Call; it exists so that it can be refused."""

    @property
    def is_https(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def mail_is_kept_locally(self) -> bool:
        return not self.smtp_url

    @property
    def reads_answers(self) -> bool:
        return bool(self.imap_url) or self.receives

    @property
    def signing_domain(self) -> str:
        return self.dkim_domain or self.mail_from.rpartition("@")[2]

    def undo_for(self, kind: str) -> int:
        """Seconds in which a letter of this kind may be taken back."""
        own: int = getattr(self, f"undo_seconds_{kind}", -1)
        return self.undo_seconds if own < 0 else own

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def listen_at(self) -> tuple[str, int]:
        """Host and port; an IPv6 host comes in brackets."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


def load(environment: Mapping[str, str] = os.environ, **given: object) -> Config:
    """`given` wins over the environment, the environment over config.toml, that over the defaults."""
    instance = Path(str(given.get("instance") or instance_folder(environment))).resolve()
    settings = {**_from_file(instance / "config.toml"), **_from_environment(environment), **given}
    _make_private_folder(instance)
    settings["instance"] = instance
    settings.setdefault("database_url", f"sqlite:///{instance / 'first-call.sqlite'}")
    settings["database_url"] = _with_driver(str(settings["database_url"]))
    settings["files"] = _files_folder(str(settings.pop("files_url", "")) or str(instance / "files"))
    settings.setdefault("secret_key", _kept_secret(instance / "secret-key"))
    if settings.get("listen") and "base_url" not in settings:
        settings["base_url"] = f"http://{_reachable(str(settings['listen']))}"
    return _checked(_typed(settings))


def _reachable(listen: str) -> str:
    """Who listens everywhere is reached, from here at least, on this machine."""
    host, _, port = listen.rpartition(":")
    return f"127.0.0.1:{port}" if host.strip("[]") in {"0.0.0.0", "::", ""} else listen  # noqa: S104 - compared


def instance_folder(environment: Mapping[str, str] = os.environ) -> Path:
    return Path(environment.get("CRM_INSTANCE") or ROOT / "instance").resolve()


def _from_file(path: Path) -> dict[str, object]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:  # bad TOML and bad UTF-8 are both values
        raise Nonsense(f"{path} cannot be read: {' '.join(str(error).split())}") from error


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    """CRM_ names that are no setting of ours (switches of tests and of the launcher) are left alone."""
    known = {field.name for field in fields(Config)} | {"files_url"}
    named = {name[4:].lower(): value for name, value in environment.items() if name.startswith("CRM_")}
    for name in NOT_YET & {name for name, value in named.items() if value}:
        raise Nonsense(f"{_shown(name)} is set, but this version cannot do that yet. Leave it out.")
    return {name: value for name, value in named.items() if name in known and name != "files" and value != ""}


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Nonsense(f"The instance folder {folder} cannot be made: {error.strerror}.") from error


def _kept_secret(path: Path) -> str:
    """Made once, and whole before it has its name: a second process finds the first one's."""
    try:
        if not path.exists():
            files.put_once(path, secrets.token_urlsafe(48))
        return path.read_text().strip()
    except OSError as error:
        raise Nonsense(f"The secret key cannot be kept in {path}: {error.strerror}.") from error


def _with_driver(url: str) -> str:
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def _files_folder(url: str) -> Path:
    if url.startswith("file://"):
        url = url.removeprefix("file://")
    if "://" in url:
        raise Nonsense(f"CRM_FILES_URL is {url.split(':')[0]}://..., but only a folder is supported in this version.")
    return Path(url).resolve()


def _typed(settings: Mapping[str, object]) -> Config:
    known = {field.name: field.type for field in fields(Config)}
    for name in settings:
        if name not in known:
            raise Nonsense(f"config.toml has a setting that First Call does not know: {name}.")
    changed: dict[str, Any] = {name: _one(name, known[name], value) for name, value in settings.items()}
    return Config(**changed)


def _one(name: str, kind: object, value: object) -> object:
    if kind is int:
        try:
            return int(str(value))
        except ValueError:
            raise Nonsense(f"{_shown(name)} must be a whole number, not {value!r}.") from None
    if kind is bool:
        return str(value).lower() in {"1", "true", "yes", "on"}
    return value if isinstance(value, Path) else Path(str(value)) if kind is Path else str(value)


def _shown(name: str) -> str:
    return f"CRM_{name.upper()}"


def _checked(config: Config) -> Config:
    if config.debug:
        raise Nonsense("CRM_DEBUG is on; First Call does not run in debug mode.")
    if len(config.secret_key) < SHORTEST_SECRET:
        raise Nonsense(f"CRM_SECRET_KEY is shorter than {SHORTEST_SECRET} characters; leave it out and one is made.")
    if not config.database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise Nonsense("CRM_DATABASE_URL must begin with sqlite:/// or postgresql://.")
    _check_addresses(config)
    _check_numbers(config)
    return config


def _check_addresses(config: Config) -> None:
    host, _, port = config.listen.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise Nonsense(f"CRM_LISTEN must be host:port, not {config.listen!r}.")
    if not BASE_URL.fullmatch(config.base_url):
        raise Nonsense("CRM_BASE_URL must be http(s)://host[:port] and nothing more.")
    if trouble := address_problem(config.mail_from):
        raise Nonsense(f"CRM_MAIL_FROM must be one plain mail address, not {config.mail_from!r}: {trouble}")
    if config.smtp_url:
        _check_relay(config)
    _check_signing(config)
    _check_mailbox(config)


def _check_relay(config: Config) -> None:
    try:
        relay = Relay.parse(config.smtp_url)
    except ValueError as error:
        raise Nonsense(f"CRM_SMTP_URL: {error}") from error
    if is_loopback(relay.host):
        return
    if is_loopback(config.host) or config.host in {"0.0.0.0", "::"}:  # noqa: S104 - compared
        raise Nonsense(
            f"Mail goes out through {relay.host}, but CRM_BASE_URL is {config.base_url}: "
            "the links in it would lead nowhere."
        )
    if not config.is_https:
        raise Nonsense(
            f"CRM_BASE_URL is {config.base_url}, and mail goes out through {relay.host}: anybody on the way could read "
            "the links in it. Use https."
        )
    if config.mail_from.endswith("@localhost.localdomain"):
        raise Nonsense("CRM_MAIL_FROM must be set to an address of yours before mail can go out.")


def _check_signing(config: Config) -> None:
    if not config.dkim_key:
        return
    if not config.dkim_selector:
        raise Nonsense("CRM_DKIM_KEY is set, so CRM_DKIM_SELECTOR must be too.")
    sender = config.mail_from.rpartition("@")[2]
    if not f".{sender}".endswith(f".{config.signing_domain}"):
        raise Nonsense(f"CRM_DKIM_DOMAIN is {config.signing_domain}, but letters come from {sender}.")
    try:
        Signer.load(config.dkim_key, selector=config.dkim_selector, domain=config.signing_domain)
    except ValueError as error:
        raise Nonsense(f"CRM_DKIM_KEY: {error}") from error


def _check_mailbox(config: Config) -> None:
    if not config.imap_url:
        return
    try:
        MailAccount.parse(config.imap_url)
    except ValueError as error:
        raise Nonsense(f"CRM_IMAP_URL: {error}") from error


def _check_numbers(config: Config) -> None:
    at_least = {"undo_seconds": 0, "undo_seconds_forward": -1, "undo_seconds_personal": -1, "retry_seconds": 1,
                "lease_seconds": 1, "proxy_hops": 0, "upload_mb": 1, "api_requests_a_minute": 1, "letters_a_day": 1,
                "senders": 1,
                "domain_letters_a_minute": 1, "domain_letters_a_day": 1, "argon2_memory_kib": 8}  # fmt: skip
    for name, least in at_least.items():
        if getattr(config, name) < least:
            raise Nonsense(f"{_shown(name)} must be at least {least}.")


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def current() -> Config:
    """The running app's settings."""
    config: Config = current_app.config["FIRST_CALL"]
    return config
