"""Say what a file is that cannot be read as a picture, and what to do about it."""

NEITHER = "not a PNG or JPEG image, nor WebP, BMP, GIF or TIFF"
_AS_JPEG = "save it as JPEG or PNG"
_IPHONE = "; an iPhone takes JPEG with Settings, Camera, Formats, Most Compatible"
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
# What a file begins with, by where: formats made of boxes begin with the first one's length.
_MAGIC = {
    (4, "a HEIC image"): tuple(b"ftyp" + brand for brand in _HEIC),
    (4, "an AVIF image"): (b"ftypavif", b"ftypavis"),
    (4, "a raw photograph"): (b"ftypcrx ",),
    (4, "a film, or an image of another kind"): (b"ftyp",),
    (4, "a JPEG 2000 image"): (b"jP  ",),
    (4, "a JPEG XL image"): (b"JXL ",),
    (0, "a raw photograph"): (b"FUJIFILM", b"IIU\0", b"IIRO"),
    (0, "a PDF document"): (b"%PDF",),
    (0, "a Photoshop image"): (b"8BPS",),
    (0, "a JPEG 2000 image"): (b"\xff\x4f\xff\x51",),
    (0, "a JPEG XL image"): (b"\xff\x0a",),
    (0, "an icon"): (b"\x00\x00\x01\x00",),
    (0, "a PostScript file"): (b"%!PS",),
    (0, "a GIMP image"): (b"gimp xcf",),
    (0, "a ZIP archive"): (b"PK\x03\x04",),
}


def what_it_is(content: bytes) -> str:
    """Say in words why these bytes are not a readable picture, and what to do about it."""
    if not content.strip(b"\0"):
        return "not an image: it is empty"
    for (first, kind), starts in _MAGIC.items():
        if content.startswith(starts, first):
            advice = "unpack it" if "ZIP" in kind else _AS_JPEG
            more = _IPHONE if "HEIC" in kind else ""
            return f"{kind}, which cannot be read here: {advice}{more}"
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return f"an SVG drawing, which cannot be read here: {_AS_JPEG}"
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page, not an image"
    return NEITHER
