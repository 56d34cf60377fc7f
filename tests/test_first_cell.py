"""The first cell of every notebook: it installs the package where it is missing."""

import importlib.util
import os
import re
import subprocess
import sys
import venv
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from notebook_cells import FOLDER, NAMES, Session, code, read

CELL = code(read(NAMES[0]))[0].source
ADDRESS = re.search(r"https:\S+\.zip", CELL)[0]

EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
for path in sys.argv[1:]:
    NotebookClient(nbformat.read(path, 4), timeout=900).execute()
"""


@pytest.fixture
def installed(monkeypatch):
    """Return what the cell's session has pip install, as magics and their arguments."""
    asked = []
    shell = SimpleNamespace(run_line_magic=lambda *given: asked.append(given))
    monkeypatch.setitem(Session.NAMES, "get_ipython", lambda: shell)
    return asked


def test_where_the_package_is_there_it_does_nothing(installed):
    assert Session().run(CELL) == ""
    assert installed == []


def test_where_it_is_missing_it_is_installed(installed, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "pytensor")
    assert Session().run(CELL) == ""
    assert installed == [("pip", f'install --quiet "theano-tutorial[legacy] @ {ADDRESS}"')]


def test_pytensor_must_not_have_been_imported_before(installed, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "restart the kernel" in Session().run(CELL)


@pytest.mark.filterwarnings("ignore::Warning")
def test_a_fresh_environment_made_by_it_alone(is_long, tmp_path):
    """With --long, from an archive of the last commit; it takes minutes, and the network."""
    archive = tmp_path / "HEAD.zip"
    git = ["git", "-C", str(FOLDER.parent), "archive", "--prefix=theano_tutorial-HEAD/"]
    subprocess.run([*git, f"--output={archive}", "HEAD"], check=True)
    assert archive.stat().st_size < 10_000_000  # what each of sixty laptops fetches
    if not is_long:
        return
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "ipykernel", "nbclient"], check=True)
    paths = []
    for name in ("00_first_graph", "01_training_neural_networks", "solutions/03_solution"):
        notebook = read(name)
        code(notebook)[0].source = CELL.replace(ADDRESS, archive.as_uri())
        paths.append(tmp_path / f"{Path(name).name}.ipynb")
        nbformat.write(notebook, paths[-1])
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    subprocess.run([python, "-c", EXECUTE, *paths], cwd=tmp_path, env=env, check=True)
