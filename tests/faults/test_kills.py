"""Runs that are killed, starved of room and interrupted: nothing is lost, nothing is mixed."""

import itertools
import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from faults.processes import DRAWN, RUNS, end, killed_until_done, left, start

pytestmark = [pytest.mark.one_python, pytest.mark.usefixtures("somewhere_else")]

AT_ONCE = 2  # processes


def test_killed_at_random_moments_and_resumed(is_long, tmp_path, record_property):
    """Few kills; with --long 200, evenly of `sgd`, `tanh` and `softmax`, some in each save."""
    wanted, names = (200, ["sgd", "tanh", "softmax"]) if is_long else (3, ["sgd", "tanh"])
    for name in names:  # in processes too: traces name JAX's version where it is loaded
        code, _ = end(start([*RUNS[name], *DRAWN, "--quiet", "--output", "whole"]))
        assert code == 0
    whole = {name: left(tmp_path / "whole" / name) for name in names}

    def run(number):
        name = names[number % len(names)]
        rng = random.Random(number)
        folder = tmp_path / f"killed-{number}"
        kills, in_saves = killed_until_done(
            name, folder, rng.randint(2, 8) if is_long else 2, rng
        )
        return kills, in_saves, left(folder / name) != whole[name]

    kills = in_saves = lost = 0
    with ThreadPoolExecutor(AT_ONCE) as threads:
        together = 3 * AT_ONCE if is_long else AT_ONCE
        for first in itertools.count(step=together):
            for some in threads.map(run, range(first, first + together)):
                kills, in_saves, lost = kills + some[0], in_saves + some[1], lost + some[2]
            if kills >= wanted:
                break
    record_property("runs", {"killed": kills, "during a save": in_saves, "lost": lost})
    assert lost == 0
    assert in_saves > 0 or not is_long
