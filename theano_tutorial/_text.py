"""Words for people: one printable line, shortened, counted."""

_LONGEST_REASON = 300  # characters; a file or a server may send megabytes of it


def one_line(text: object) -> str:
    """Return a text as one printable line.

    File names and servers' messages may hold line ends and a terminal's control characters;
    these are escaped, as ``repr`` does it.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in str(text)
    )


def shortened(text: object) -> str:
    """Return a text by somebody else as one line of at most 300 characters and an ellipsis."""
    whole = str(text)
    end = "..." if len(whole) > _LONGEST_REASON else ""
    return one_line(whole[:_LONGEST_REASON]) + end


def counted(n: int, plural: str) -> str:
    """Return a number and what it counts, such as "1 value" or "2 values"."""
    return f"{n:,} {plural.removesuffix('s') if n == 1 else plural}"
