"""The version tells commits apart, however Git keeps them."""

import subprocess
from importlib import metadata

import pytest

from theano_tutorial import _version


def git(folder, *arguments):
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    command = ["git", "-C", str(folder), *who, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with one commit, in the place of this one."""
    folder = tmp_path / "checkout"
    git(tmp_path, "init", "--quiet", str(folder))
    git(folder, "commit", "--quiet", "--allow-empty", "--message=first")
    monkeypatch.setattr(_version, "ROOT", folder)
    return folder


def version():
    return _version.version.__wrapped__()


def test_each_commit_has_a_version(checkout):
    first = version()
    git(checkout, "commit", "--quiet", "--allow-empty", "--message=second")
    assert version() != first
    assert version().endswith(f".dev+g{git(checkout, 'rev-parse', 'HEAD')[:9]}")
    git(checkout, "checkout", "--quiet", "HEAD~1")
    assert version() == first


def test_packed_branches_and_worktrees(checkout, tmp_path, monkeypatch):
    first = version()
    git(checkout, "worktree", "add", "--quiet", str(tmp_path / "other"))
    git(checkout, "pack-refs", "--all")
    assert version() == first
    monkeypatch.setattr(_version, "ROOT", tmp_path / "other")
    assert version() == first


def test_without_git(tmp_path, monkeypatch):
    """There it is the version that was installed."""
    monkeypatch.setattr(_version, "ROOT", tmp_path)
    assert version() == metadata.version("theano-tutorial")
    (tmp_path / ".git").mkdir()  # of a format to come
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/.invalid\n")
    assert version() == metadata.version("theano-tutorial")


def test_a_copy_that_is_not_installed(checkout, monkeypatch):
    """Such as a clone on PYTHONPATH or an archive."""

    def nothing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", nothing)
    assert version() == f"0.dev+g{git(checkout, 'rev-parse', 'HEAD')[:9]}"
    monkeypatch.setattr(_version, "ROOT", checkout / "nowhere")
    assert version() == "0"
