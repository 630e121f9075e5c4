"""The letters that everybody begins with. They promise nothing, press nobody, and wish the reader well elsewhere."""

from dataclasses import dataclass

REGARDS = "With kind regards,\n{my name}\n{company}"


@dataclass(frozen=True)
class Starter:
    name: str
    purpose: str
    subject: str
    body: str

    @property
    def text(self) -> str:
        return f"Dear {{first name}},\n\n{self.body}\n\n{REGARDS}"


STARTERS = {
    "thanks": Starter(
        "Thanks for your time",
        "thanks",
        "Thank you for your time",
        "Thank you for the time you gave us for {role}: the preparation, the conversations, the patience with our "
        "calendars. I take nothing of it for granted.\n\n"
        "If a question has stayed with you, write to me. The answer will come from me and from no system.",
    ),
    "door_open": Starter(
        "Turn-down, with the door open",
        "note",
        "Our decision on {role}",
        "You should hear this from me: we have decided on {role}, and we will not be making you an offer. I know that "
        "you were hoping for another answer, and I am sorry to bring you this one.\n\n"
        "Thank you for the care you put into our conversations. I think well of your work, and this decision does not "
        "change that.\n\n"
        "Please take other offers gladly; I can promise you nothing, and I would not want you to wait for us. If I can "
        "be of use to you meanwhile, with an introduction or a second pair of eyes on something, write to me. The door "
        "here stays open.",
    ),
    "checking_in": Starter(
        "Checking in",
        "note",
        "How have you been?",
        "We last spoke {last spoke}, and I wondered how you are getting on.\n\n"
        "There is no role behind this letter, and nothing is expected of you: a line is enough, and so is none. If you "
        "are happy where you are, I am glad. If you would like to do something else one day, tell me what, so that I "
        "write only when it is of use to you.",
    ),
    "useful": Starter(
        "Something useful",
        "useful",
        "This made me think of you",
        "I came across something that may be of use to you:\n\n{your words}\n\nNo answer is needed.",
    ),
    "role_opened": Starter(
        "A role has opened",
        "note",
        "A role that may interest you: {role}",
        "We have opened a role, {role}, and after our conversations I wanted you to hear of it from me.\n\n"
        "I cannot say how it will end: we are asking others too, and will take care in deciding. If you are happy "
        "where you are, or something better is at hand, take that gladly; no answer is needed then.\n\n"
        "If you would like to know more, a line is enough. I will send you the description, or call you when it suits "
        "you.",
    ),
    "introduction": Starter(
        "Introduction",
        "intro",
        "May I introduce you to somebody?",
        "I know somebody whom you may like to talk to:\n\n{your words}\n\n"
        "They have not heard of you from me. If you would like to be introduced, tell me, and I will ask them too; "
        "nothing is sent before you both said yes. If you would rather not, that is fine, and nobody hears of it.",
    ),
    "letting_go": Starter(
        "Letting go",
        "note",
        "A last letter from me, for now",
        "I do not want to keep writing to you with nothing to offer, so this is the last letter from me for now.\n\n"
        "Thank you for the conversations we had. I hope you have found work that you like, or soon will. Should you "
        "want to be in touch again, write to me at any time; you will be welcome.\n\nI wish you well.",
    ),
}
