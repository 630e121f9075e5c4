"""The languages that people without an account are spoken to in."""

LANGUAGES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
"""Each by its own name."""
DEFAULT = "en"


def known(code: str) -> str:
    """The code itself, or English for anything else."""
    return code if code in LANGUAGES else DEFAULT
