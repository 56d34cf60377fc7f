"""Say what a file is that cannot be read as a picture, and what to do about it."""

NEITHER = "not a PNG or JPEG image, nor WebP, BMP, GIF or TIFF"
_AS_JPEG = "save it as JPEG or PNG"
_IPHONE = "; an iPhone takes JPEG with Settings, Camera, Formats, Most Compatible"
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# What a file begins with, at once or after four bytes, which some formats give its length.
_MAGIC = {
    "a HEIC image": tuple(b"ftyp" + brand for brand in _HEIC),
    "an AVIF image": (b"ftypavif", b"ftypavis"),
    "a raw photograph": (b"ftypcrx ", b"FUJIFILM", b"IIU\0", b"IIRO"),
    "a film, or an image of another kind": (b"ftyp",),
    "a PDF document": (b"%PDF",),
    "a Photoshop image": (b"8BPS",),
    "a JPEG 2000 image": (b"jP  ", b"\xff\x4f\xff\x51"),
    "a JPEG XL image": (b"\xff\x0a", b"JXL "),
    "an icon": (b"\x00\x00\x01\x00",),
    "a PostScript file": (b"%!PS",),
    "a GIMP image": (b"gimp xcf",),
    "a ZIP archive": (b"PK\x03\x04",),
}


def what_it_is(content: bytes) -> str:
    """Say in words why these bytes are not a readable picture, and what to do about it."""
    if not content.strip(b"\0"):
        return "not an image: it is empty"
    for kind, starts in _MAGIC.items():
        if content.startswith(starts) or content[4:12].startswith(starts):
            advice = "unpack it" if "ZIP" in kind else _AS_JPEG
            return f"{kind}, which cannot be read here: {advice}{_IPHONE * ('HEIC' in kind)}"
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return f"an SVG drawing, which cannot be read here: {_AS_JPEG}"
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page, not an image"
    return NEITHER
