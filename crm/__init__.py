"""First Call: the CRM for the finalists you did not hire and would like to.

Nothing heavy is imported here, so that `python3 -m crm` can start on a machine where nothing is installed yet.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm.app import App

__version__ = "0.1.0"


def create_app(**given: object) -> "App":
    """The whole application. `given` settings win over the environment; see crm.config."""
    from crm.app import build  # noqa: PLC0415 - the launcher imports this package before Flask is there

    return build(**given)
