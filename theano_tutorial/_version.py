"""The package's version, which tells two commits apart."""

import functools
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent


@functools.cache
def version() -> str:
    """Return the installed version; in a checkout, with the commit that is checked out.

    An editable installation keeps the version of the commit that it was installed from, so
    in a checkout the commit is looked up: ``0.2.0.dev+g1a2b3c4d5``. Changes that are not
    committed do not show.
    """
    installed = metadata.version("theano-tutorial")
    try:
        commit = _commit(ROOT / ".git")
    except (OSError, ValueError, StopIteration):  # no checkout, or one of another format
        return installed
    release = installed.partition("+")[0].partition(".dev")[0]
    return f"{release}.dev+g{commit[:9]}"


def _commit(git: Path) -> str:
    """Return the commit that Git's own files name; starting Git would take longer."""
    if git.is_file():  # a worktree's names the folder
        git = git.parent / git.read_text().removeprefix("gitdir:").strip()
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref:"):
        return head
    branch = head.removeprefix("ref:").strip()
    common = git / "commondir"
    shared = git / common.read_text().strip() if common.exists() else git
    if (shared / branch).exists():
        return (shared / branch).read_text().strip()
    packed = (shared / "packed-refs").read_text().splitlines()
    return next(line.split()[0] for line in packed if line.endswith(f" {branch}"))
