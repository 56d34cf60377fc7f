"""The README's commands and links, and what its scripts say when something is missing."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

import choice_of_tests
import pytest

from theano_tutorial.cli.parsing import parse_options

ROOT = Path(__file__).parent.parent
BASE_PYTHON = f"{sys.base_prefix}/bin/python3"  # the interpreter behind this environment


@pytest.fixture
def checkout(tmp_path):
    """A checkout without an environment, and a folder for stand-ins of Python."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(checkout, python, *arguments):
    return subprocess.run(
        [checkout / "scripts" / "train", *arguments],
        env=os.environ | {"PYTHON": str(python), "EXTRAS": ""},
        capture_output=True,
        text=True,
    )


def stand_in(checkout, body):
    """Make a program that answers as a Python of some kind would."""
    path = checkout / "python"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_python_that_is_not_there(checkout):
    done = run(checkout, "no-such-python")
    assert done.returncode == 2
    assert done.stderr == "error: PYTHON=no-such-python cannot be run\n"


def test_python_too_old(checkout):
    body = 'case "$*" in -V) echo Python 3.9.2;; *version_info*) exit 1;; esac'
    done = run(checkout, stand_in(checkout, body))
    assert done.returncode == 2
    assert "is Python 3.9.2; Python 3.11 or newer is needed" in done.stderr
    assert done.stderr.count("\n") == 1


def test_python_without_venv(checkout):
    body = 'case "$*" in -V) echo Python 3.11.2;; *ensurepip*) exit 1;; esac'
    done = run(checkout, stand_in(checkout, body))
    assert done.returncode == 2
    assert "has no venv module; install it (Debian, Ubuntu: apt install python3-venv)" in (
        done.stderr
    )
    assert done.stderr.count("\n") == 1


def test_no_network_for_packages(checkout):
    """A real environment; pip is pointed at a port that refuses."""
    environment = os.environ | {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_EXTRA_INDEX_URL": "",
        "PIP_FIND_LINKS": "",
        "PIP_RETRIES": "0",
        "PIP_CONFIG_FILE": os.devnull,
    }
    done = subprocess.run(
        [checkout / "scripts" / "train"],
        env=environment | {"PYTHON": BASE_PYTHON},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    first, error, *rest = done.stderr.splitlines()
    assert first.startswith("Setting up .venv with Python 3")
    assert error.startswith("error: packages could not be fetched: is there a network?")
    assert rest == []


VENV = """
case "$*" in
    -V) printf 'Python 3.12.4\\r\\n' ;;
    "-m venv --clear "*) mkdir -p "$4/FOLDER" && cp "$0" "$4/FOLDER/python" ;;
    *"pip install"*) PIP ;;
    *theano_tutorial.train*) echo "trained by $0" ;;
esac
"""


def an_environment(checkout, folder="Scripts", pip="exit 0"):
    """Make a Python whose environments have their programs in a folder of that name."""
    return stand_in(checkout, VENV.replace("FOLDER", folder).replace("PIP", pip))


@pytest.mark.parametrize("folder", ["bin", "Scripts"])
def test_an_environment_as_windows_makes_it(folder, checkout):
    """Git Bash runs these scripts there; the second call installs nothing."""
    python = an_environment(checkout, folder)
    done = run(checkout, python, "softmax")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert done.stdout.endswith(f"/.venv/{folder}/python\n")
    assert done.stderr.startswith("Setting up .venv with Python 3.12.4")
    again = run(checkout, python, "softmax")
    assert (again.stdout, again.stderr) == (done.stdout, "")


def test_a_folder_that_setuptools_takes_for_a_variable(checkout):
    folder = checkout / "of $b"
    shutil.copytree(checkout / "scripts", folder / "scripts")
    shutil.copy(ROOT / "pyproject.toml", folder)
    done = run(folder, an_environment(checkout))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"install from {folder}, whose name has a $: rename it" in done.stderr


def test_a_checkout_of_another_user():
    """Setuptools would write there, and fail with a page of its own."""
    with tempfile.TemporaryDirectory() as folder:  # not tmp_path, which only its owner enters
        checkout = Path(folder)
        shutil.copytree(ROOT / "scripts", checkout / "scripts")
        shutil.copy(ROOT / "pyproject.toml", checkout)
        checkout.chmod(0o555)
        done = subprocess.run(
            [checkout / "scripts" / "train"],
            env=os.environ | {"PYTHON": "/bin/true", "THEANO_TUTORIAL_VENV": f"{folder}/venv"},
            capture_output=True,
            text=True,
            user=None if os.geteuid() else 65534,  # root may write anywhere
        )
        checkout.chmod(0o755)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert f"error: {checkout} cannot be written to: let its owner run this" in done.stderr


def test_the_command_to_run_next_is_the_one_that_was_typed(checkout):
    python = an_environment(checkout)
    body = python.read_text().replace("tutorial.train*", "tutorial.[tp]*")
    python.write_text(body.replace("by $0", "by $THEANO_TUTORIAL_COMMAND"))
    (checkout / "notebooks").mkdir()
    for script in ("train", "predict"):
        done = subprocess.run(
            ["sh", f"../scripts/{script}"],
            cwd=checkout / "notebooks",
            env=os.environ | {"PYTHON": str(python), "EXTRAS": ""},
            capture_output=True,
            text=True,
        )
        assert done.stdout == "trained by ../scripts/train\n"


if shutil.which("flock"):

    def test_two_that_set_up_at_once(checkout):
        """One installs, the other waits for it and finds everything there."""
        python = an_environment(checkout, pip='echo once >>"${0%/*}/../../calls"; sleep 2')
        environment = os.environ | {"PYTHON": str(python), "EXTRAS": ""}
        command = [checkout / "scripts" / "train"]
        both = [subprocess.Popen(command, env=environment) for _ in range(2)]
        assert [process.wait(60) for process in both] == [0, 0]
        assert (checkout / "calls").read_text() == "once\n"


def test_extras_go_into_the_environment_that_is_there(checkout):
    """Even if python3 is by now too old, or another one: only PYTHON makes it anew."""
    run(checkout, an_environment(checkout, "bin"), "softmax")
    (checkout / ".venv" / "kept").touch()
    programs = checkout / "programs"
    programs.mkdir()
    old = stand_in(checkout, 'case "$*" in -V) echo Python 3.9.2;; *) exit 1;; esac')
    shutil.copy(old, programs / "python3")
    environment = {k: v for k, v in os.environ.items() if k != "PYTHON"} | {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "EXTRAS": "jax",
    }
    done = subprocess.run(
        [checkout / "scripts" / "train"], env=environment, capture_output=True, text=True
    )
    assert done.stderr.startswith("Setting up .venv with Python 3.12.4")
    assert done.returncode == 0
    assert (checkout / ".venv" / "kept").exists()
    assert (checkout / ".venv" / "installed[jax]").exists()


@pytest.mark.parametrize("name", ["python", "py"])
def test_other_names_of_python(name, checkout):
    """On Windows python3 may be missing, or a stub that only opens a shop."""
    programs = checkout / "programs"
    programs.mkdir()
    shutil.copy(an_environment(checkout), programs / name)
    (programs / "python3").write_text("#!/bin/sh\necho 'Python was not found' >&2\nexit 49\n")
    (programs / "python3").chmod(0o755)
    for tool in ("cksum", "cat", "cp", "mkdir", "sh", "dirname", "grep", "tail", "tr"):
        (programs / tool).symlink_to(shutil.which(tool))
    done = subprocess.run(
        [checkout / "scripts" / "train"],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.count("trained by")) == (0, 1), done.stderr


@pytest.mark.parametrize(
    ("pip", "reason"),
    [
        (
            "echo 'ERROR: No space left on device'; echo; exit 1",
            "ERROR: No space left on device",
        ),
        (
            "echo 'error: ResolutionImpossible: x wants y'; exit 1",
            "error: ResolutionImpossible",
        ),
        ("echo 'killed by somebody'; echo ' '; exit 137", "killed by somebody"),
    ],
)
def test_why_packages_cannot_be_installed(pip, reason, checkout):
    done = run(checkout, an_environment(checkout, pip=pip))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: packages could not be installed: {reason}" in done.stderr.splitlines()[1]
    assert done.stderr.count("\n") == 2


def test_why_an_environment_cannot_be_made(checkout):
    body = (
        'case "$*" in -V) echo Python 3.12.4;; *--clear*) echo "Error: no room"; exit 1;; esac'
    )
    done = run(checkout, stand_in(checkout, body))
    assert done.returncode == 2
    assert done.stderr.splitlines()[1].endswith("/.venv could not be made: Error: no room")


def test_second_call_adds_under_a_second(checkout):
    """With its stamp in place, the bootstrap does next to nothing before Python starts."""
    environment = checkout / ".venv"
    (environment / "bin").mkdir(parents=True)
    python = stand_in(checkout, "echo Python 3.11.2")
    shutil.copy(python, environment / "bin" / "python")
    with (checkout / "pyproject.toml").open("rb") as file:
        wanted = subprocess.run(["cksum"], stdin=file, capture_output=True, text=True).stdout
    (environment / "installed").write_text(f"{wanted.strip()} Python 3.11.2\n")
    started = time.perf_counter()
    done = run(checkout, python, "softmax")
    assert time.perf_counter() - started < 1
    assert (done.returncode, done.stdout, done.stderr) == (0, "Python 3.11.2\n", "")


@pytest.mark.parametrize("name", ["train", "predict"])
def test_a_folder_with_modules_of_ones_own(name, checkout):
    """Where a user calls from, a random.py must not take the place of Python's."""
    environment = checkout / "elsewhere"
    (environment / "bin").mkdir(parents=True)
    python = stand_in(checkout, f'exec {shlex.quote(sys.executable)} "$@"')
    shutil.copy(python, environment / "bin" / "python")
    with (checkout / "pyproject.toml").open("rb") as file:
        wanted = subprocess.run(["cksum"], stdin=file, capture_output=True, text=True).stdout
    (environment / "installed").write_text(f"{wanted.strip()} Python\n")
    (checkout / "random.py").write_text("raise SystemExit('mine')")
    place = {"PYTHON": "", "EXTRAS": "", "THEANO_TUTORIAL_VENV": str(environment)}
    done = subprocess.run(
        [checkout / "scripts" / name, "--help"],
        cwd=checkout,
        env=os.environ | place | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_tests_say_first_how_long_they_take(checkout):
    """On all cores, and without the slow ones; options and paths go to pytest as they are."""
    environment = checkout / "elsewhere"
    (environment / "bin").mkdir(parents=True)
    body = 'case "$*" in -V) echo Python 3.11.2;; -c*) echo 2;; '
    python = stand_in(checkout, body + '*) echo "$OMP_NUM_THREADS" "$@";; esac')
    shutil.copy(python, environment / "bin" / "python")
    with (checkout / "pyproject.toml").open("rb") as file:
        wanted = subprocess.run(["cksum"], stdin=file, capture_output=True, text=True).stdout
    (environment / "installed[test]").write_text(f"{wanted.strip()} Python 3.11.2\n")
    place = {"PYTHON": str(python), "EXTRAS": "", "THEANO_TUTORIAL_VENV": str(environment)}

    def answer(*arguments):
        command = [checkout / "scripts" / "test", *arguments]
        done = subprocess.run(
            command,
            env=os.environ | place | {"OMP_NUM_THREADS": ""},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0
        return done.stderr.strip(), done.stdout.strip()

    said, called = answer()
    assert re.fullmatch(r"All but the slow tests, 2 at once: about 7 minutes\.", said)
    xdist = "1 -m pytest --numprocesses 2 --dist worksteal --quiet"
    assert called == f"{xdist} -m not slow -p no:nbmake"
    said, called = answer("--all", "--durations=5")
    assert re.fullmatch(r"All tests, 2 at once: about 20 minutes\.", said)
    assert called == f"{xdist} --durations=5"
    assert answer("tests/recipes", "-x") == ("", "-m pytest tests/recipes -x")
    assert not (checkout / ".venv").exists()


def test_an_extra_that_there_is_not(checkout):
    """Pip only warns of it, in a log that nobody reads."""
    done = subprocess.run(
        [checkout / "scripts" / "train"],
        env=os.environ | {"EXTRAS": "jax,pytroch", "PYTHON": BASE_PYTHON},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "error: EXTRAS=jax,pytroch: there is no extra pytroch; accepted: jax pytorch "
    )
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["benchmark", "docs", "gpu", "pictures", "results", "test"])
def test_scripts_have_help_and_refuse_what_they_do_not_know(name):
    command = [ROOT / "scripts" / name]
    if command[0].read_text().startswith("#!/usr/bin/env python3"):
        command.insert(0, sys.executable)
    asked = subprocess.run([*command, "--help"], capture_output=True, text=True)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout.count("\n") >= 2
    if name != "test":  # whose options are pytest's
        refused = subprocess.run([*command, "--nonsense"], capture_output=True, text=True)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert re.fullmatch(r".*error: .*--nonsense.*\n", refused.stderr)


PAGES = [
    "README.md",
    ".github/CONTRIBUTING.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    "scripts/benchmarking/README.md",
    "tests/faults/README.md",
]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    path = ROOT / page
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text())
    assert links or "TEMPLATE" in page
    for link in links:
        if not link.startswith("http"):
            name, _, heading = link.partition("#")
            target = path.parent / name if name else path
            assert target.exists(), link
            headings = (
                re.findall(r"^## (.*)", target.read_text(), re.MULTILINE) if heading else []
            )
            assert not heading or heading in [
                text.lower().replace(" ", "-") for text in headings
            ]


def test_the_readme_is_short_and_its_commands_are_accepted():
    text = (ROOT / "README.md").read_text()
    assert text.count("\n") <= 200
    commands = re.findall(r"scripts/train\b([^`#\n]*)", text)
    assert len(commands) > 10
    for command in commands:
        arguments = [word for word in shlex.split(command) if word != "--help"]
        if "--like" not in arguments:  # which would read the trace
            parse_options(arguments)


def test_slow_tests_are_there():
    """A test that was renamed would be quick again, in name only."""
    text = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    named = [*choice_of_tests.SLOW, *choice_of_tests.ENOUGH]
    assert [name for name in named if f"def {name}(" not in text] == []


@pytest.mark.parametrize("module", ["train", "predict"])
def test_a_python_without_the_packages(module):
    """Who has only cloned it may start the module by hand."""
    command = [sys.executable, "-S", "-m", f"theano_tutorial.{module}", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert re.match("theano-tutorial: error: No module named .*: it needs Python", done.stderr)


@pytest.mark.parametrize("arguments", [["--help"], ["sgd", "--lr"], ["predict", "--help"]])
def test_the_installed_command_is_the_module(arguments):
    with (ROOT / "pyproject.toml").open("rb") as file:
        entry = tomllib.load(file)["project"]["scripts"]["theano-tutorial"]
    module, _, name = entry.partition(":")
    installed = f"import sys; from {module} import {name}; sys.exit({name}())"
    answers = []
    for command in (["-c", installed], ["-m", "theano_tutorial.train"]):
        done = subprocess.run(
            [sys.executable, *command, *arguments], capture_output=True, text=True
        )
        answers.append((done.returncode, done.stdout, done.stderr))
    assert answers[0] == answers[1]
    code, out, err = answers[0]
    usage = "usage: theano-tutorial predict"
    expected = {"predict": usage, "--help": "theano-tutorial predict", "sgd": "learning-"}
    assert code == (2 if arguments[0] == "sgd" else 0)
    assert expected[arguments[0]] in out + err
