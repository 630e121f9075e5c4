"""What kind of picture some bytes are, told from their structure: PNG or JPEG, whole from first mark to last."""

MEDIA_TYPES = {"png": "image/png", "jpg": "image/jpeg"}
_PNG, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_JPEG, _JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
_TAIL = 64
"""Some programs write a few zeros behind the last mark; more than that is another file behind the picture."""


def kind_of(data: bytes) -> str:
    """ "png", "jpg", or nothing."""
    tail = data.rstrip(b"\x00\r\n")
    if len(data) - len(tail) > _TAIL:
        return ""
    if data.startswith(_PNG + b"\x00\x00\x00\rIHDR") and tail.endswith(_PNG_END):
        return "png"
    if data.startswith(_JPEG) and tail.endswith(_JPEG_END):
        return "jpg"
    return ""
