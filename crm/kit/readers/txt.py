from crm.kit import plaintext
from crm.kit.readers import report


def read(data: bytes) -> None:
    text = plaintext.tidy(plaintext.decode(data))
    report.text(((line, 0, 1) for line in text.split("\n")), pages=1)


if __name__ == "__main__":
    report.answer(read)
