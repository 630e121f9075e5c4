"""Letters that lead to the candidate's own page, and codes that open what a link alone does not."""

from crm import language
from crm.domain import codes, workspace
from crm.domain.codes import Code
from crm.domain.outbox import Letter
from crm.mail.compose import Draft
from crm.mail.writing import Tokens, rendered


def write_code(letter: Letter, code: Code, given: Tokens) -> Draft:
    """In two groups of three, as it is read out."""
    six = codes.digits(given.link)
    with language.speaking(code.language):
        words = rendered("code", code=f"{six[:3]} {six[3:]}", purpose=code.purpose)
    return Draft(sender_name=workspace.name(), to=letter.to_address, to_name=letter.to_name, **words)
