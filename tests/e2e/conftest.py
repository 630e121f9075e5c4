"""The real program in a real browser."""

from tests.servers.chromium import chromium, complaints, page  # noqa: F401 - fixtures
