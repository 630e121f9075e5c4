"""What candidates said on their own pages."""

from crm.cli.staging.stage import Stage
from crm.demo import shape as cast
from crm.domain import door_sayings
from crm.domain.candidates import Candidate


def hear(stage: Stage) -> None:
    for told in stage.story.sayings:
        with stage.on(told.day):
            _say(stage, told, stage.candidate(told.person))


def _say(stage: Stage, told: cast.Saying, candidate: Candidate) -> None:
    if told.what == "interested":
        door_sayings.interested(candidate, told.words)
    elif told.what == "thanks":
        door_sayings.thank(candidate, told.words)
    elif told.what == "useful":
        door_sayings.share(candidate, told.words, told.link)
    elif told.what == "later":
        door_sayings.later(candidate, told.months, told.words)
    else:
        door_sayings.took_job(candidate, stage.day(told.until), told.words)
