"""Words for people: one printable line, shortened, counted."""

_LONGEST_REASON = 300  # characters; what a file or a server says may go on for megabytes


def one_line(text: object) -> str:
    """Return a text as one printable line.

    Names of files and words of servers may hold line ends and a terminal's control characters;
    such are escaped, as ``repr`` does it.
    """
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in str(text)
    )


def shortened(text: object) -> str:
    """Return a text that somebody else wrote as one line of at most 300 characters."""
    whole = str(text)
    end = "..." if len(whole) > _LONGEST_REASON else ""
    return one_line(whole[:_LONGEST_REASON]) + end


def counted(n: int, plural: str) -> str:
    """Return a number and what it counts, such as "1 value" or "2 values"."""
    return f"{n:,} {plural.removesuffix('s') if n == 1 else plural}"
