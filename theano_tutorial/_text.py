"""Text for people to read: on one printable line, shortened, or with a count."""

_LONGEST_REASON = 300  # characters; a file or a server may supply megabytes


def one_line(text: object) -> str:
    """Return a text as one printable line.

    File names and servers' messages may contain line breaks and terminal control characters;
    these are escaped as in ``repr``.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in str(text)
    )


def shortened(text: object) -> str:
    """Return text from elsewhere as one line; an ellipsis replaces all after 300 characters."""
    whole = str(text)
    end = "..." if len(whole) > _LONGEST_REASON else ""
    return one_line(whole[:_LONGEST_REASON]) + end


def counted(n: int, plural: str) -> str:
    """Return a number and what it counts, such as "1 value" or "2 values"."""
    return f"{n:,} {plural.removesuffix('s') if n == 1 else plural}"
