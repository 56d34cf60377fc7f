"""The package's version, which distinguishes commits."""

import functools
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parent.parent


@functools.cache
def version() -> str:
    """Return the installed version; in a checkout, with the commit that is checked out.

    An editable installation keeps the version of the commit that it was installed from, so
    in a checkout the commit is looked up: ``0.2.0.dev+g1a2b3c4d5``. Uncommitted changes do
    not show.
    """
    try:
        installed = metadata.version("theano-tutorial")
    except metadata.PackageNotFoundError:  # a copy on the path that nobody has installed
        installed = "0"
    try:
        commit = _commit(ROOT / ".git")
    except (OSError, ValueError, StopIteration):  # not a checkout, or in an unknown format
        return installed
    release = installed.partition("+")[0].partition(".dev")[0]
    return f"{release}.dev+g{commit[:9]}"


def _commit(git: Path) -> str:
    """Read the current commit from Git's own files, which is faster than starting Git."""
    if git.is_file():  # in a worktree, it names the folder
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
