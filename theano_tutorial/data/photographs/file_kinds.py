"""Say what a file is that cannot be read as a picture, and what to do about it."""

NEITHER = "not a PNG or JPEG image, nor WebP, BMP, GIF or TIFF"
_AS_JPEG = "save it as JPEG or PNG"
_IPHONE = "; an iPhone takes JPEG with Settings, Camera, Formats, Most Compatible"
# The brand after "ftyp", in the family of formats that MP4 films belong to.
_BRANDS = {
    "a HEIC image": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"),
    "an AVIF image": (b"avif", b"avis"),
    "a raw photograph": (b"crx ",),
}
_MAGIC = {
    "a PDF document": (b"%PDF",),
    "a Photoshop image": (b"8BPS",),
    "a JPEG 2000 image": (b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51"),
    "a JPEG XL image": (b"\xff\x0a", b"\x00\x00\x00\x0cJXL "),
    "an icon": (b"\x00\x00\x01\x00",),
    "a raw photograph": (b"FUJIFILM", b"IIU\0", b"IIRO"),
    "a PostScript file": (b"%!PS",),
    "a GIMP image": (b"gimp xcf",),
    "a ZIP archive": (b"PK\x03\x04",),
}


def what_it_is(content: bytes) -> str:
    """Say in words why these bytes are not a readable picture, and what to do about it."""
    if not content.strip(b"\0"):
        return "not an image: it is empty"
    if content[4:8] == b"ftyp":
        for kind, brands in _BRANDS.items():
            if content[8:12] in brands:
                advice = _AS_JPEG + (_IPHONE if "HEIC" in kind else "")
                return f"{kind}, which cannot be read here: {advice}"
        return f"a film, or an image of a kind that cannot be read: {_AS_JPEG}"
    for kind, starts in _MAGIC.items():
        if content.startswith(starts):
            advice = "unpack it" if "ZIP" in kind else _AS_JPEG
            return f"{kind}, which cannot be read here: {advice}"
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return f"an SVG drawing, which cannot be read here: {_AS_JPEG}"
    if start.startswith((b"<!doctype html", b"<html")):
        return "a web page, not an image"
    return NEITHER
