"""What candidates and colleagues did by their links; it is listed with /today."""

from crm.api.access import me
from crm.api.contract import call
from crm.domain import news


@call("POST", "/news/{news_id}/sight", "Put a piece of news aside")
def see(news_id: str) -> None:
    """It stands on /today no more. What it tells of keeps its own record."""
    news.see(news.find(news_id, seen_by=me()), by=me())
