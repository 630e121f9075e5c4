from striprtf.striprtf import rtf_to_text

from crm.kit import plaintext
from crm.kit.readers import report


def read(data: bytes) -> None:
    text = plaintext.tidy(rtf_to_text(data.decode("latin-1"), errors="replace"))
    report.text(((line.replace("|", "\t"), 0, 1) for line in text.split("\n")), pages=1)


if __name__ == "__main__":
    report.answer(read)
