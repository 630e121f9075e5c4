"""How the domain says no. Edges turn these into 404, 403, 422 and 429."""


class Missing(Exception):
    """It is not there, or you may not see it: the two look the same."""


class Denied(Exception):
    """You see it, but this act is not yours."""


class Refused(Exception):
    """It cannot be done now. str(error) is a sentence for the person; `field` is where it belongs, if anywhere."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


class TooMany(Refused):
    """A limit was reached; `seconds` until it makes sense to try again."""

    def __init__(self, sentence: str, *, seconds: int) -> None:
        super().__init__(sentence)
        self.seconds = seconds
