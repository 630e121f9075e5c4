"""Phrases by which machines give themselves away in a subject or at the head of a text, in the languages we met."""

import re
from typing import Final

_AWAY: Final = (
    r"out of (?:the )?office",
    r"auto(?:mated|matic)?[- ]?(?:reply|response|responder|antwort)",
    r"away from (?:my|the) (?:office|desk)",
    r"on (?:annual leave|vacation|holiday|parental leave|maternity leave)",
    r"vacation (?:reply|response)",
    r"abwesenheits(?:notiz|meldung|nachricht|assistent)|automatische antwort|abwesend|nicht im (?:büro|haus)",
    r"réponse automatique|(?:message|notification) d['’]absence|absence du bureau|absente? du bureau",
    r"respuesta automática|fuera de (?:la )?oficina",
    r"automatisch antwoord|automatische beantwoording|afwezig(?:heidsbericht)?|niet op kantoor",
    r"automatiskt? svar|autosvar|frånvaro(?:meddelande)?|ikke til stede|fraværsmelding",
    r"automaattinen vastaus|poissaolo\w*",
    r"risposta automatica|fuori (?:sede|ufficio)",
    r"resposta automática|ausência temporária",
    r"automatyczna odpowiedź|nieobecność|automatická odpověď|автоответ|自动回复|自動返信|不在通知",
)
_REFUSED: Final = (
    r"undeliver|non[- ]?delivery|returned mail|failure notice|failed mail|mail (?:failed|error)|processing error",
    r"(?:mail |message |permanent )?delivery (?:has )?(?:failed|failure|problem)",
    r"(?:mail|message)? ?(?:could |can ?|was )?not (?:be )?delivered",
    r"(?:wasn|couldn)['’]t (?:be )?delivered",
    r"delivery (?:status )?(?:notification|report):? \(?(?:failure|delivery has failed|error)",
    r"delivery has failed|(?:automatically|message|mail) rejected|address not found",
    r"unzustellbar|konnte nicht zugestellt|nicht zugestellt",
    r"non remis|n['’]a pas (?:pu être|été) (?:remis|distribué)|échec de la remise",
    r"no se (?:puede|pudo|ha podido) entregar",
    r"onbestelbaar|niet (?:worden )?bezorgd",
    r"olevererbart|oleverbart|(?:kan|kunde) inte levereras",
    r"non recapitabile|mancato recapito|não foi possível entregar|недоставлен|не доставлено",
)
_DELAYED: Final = (
    r"delayed|delivery (?:status )?notification \(delay|warning: (?:could not|message)",
    r"still being retried|not yet been delivered",
    r"verzögert|retardé|retrasado|vertraagd|fördröj",
)
_SERVERS: Final = (
    r"mailer-?daemon|post-?master|mdaemon@|mail delivery|delivery (?:sub)?system",
    r"(?:mail|system) administrator|mail[ ._-]?(?:delivery|system|service)",
    r"symantec_antivirus|microsoft ?exchange",
)
_ANSWERED: Final = (r"(?:re|aw|sv|antw|tr|rv|rif|fwd?|wg|vs|odp)\s?(?:\[\d+\])?\s?:",)
# After the words of an absence comes a colon or the end; "Out of office hours call?" is a person's.
_GOES_ON: Final = r"[\]).]*\s*(?:[:：!–—(\[|]| - |-- |\Z|re\b|aw\b|auto|from\b|until\b|bis\b|message|notif)"


def _any(phrases: tuple[str, ...], *, after: str = r"(?<!\w)", before: str = "") -> re.Pattern[str]:
    return re.compile(rf"{after}(?:{'|'.join(phrases)}){before}", re.IGNORECASE)


AWAY = _any(_AWAY)
AWAY_SUBJECT = _any(_AWAY, after=r"\W{0,20}", before=_GOES_ON)
"""To be matched at the start of a subject; one that begins with "Re:" is an answer to such a mail."""
REFUSED = _any(_REFUSED)
DELAYED = _any(_DELAYED)
SERVERS = _any(_SERVERS, after="")
ANSWERED = _any(_ANSWERED, after="")
