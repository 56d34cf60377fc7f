"""Mutated files: each is read as what it is, or refused in one line."""

import io
import json
import time
import tracemalloc
import warnings
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from faults import files
from faults.mutations import (
    JSON_VALUES,
    edited,
    edits,
    inside_gzip,
    inside_npz,
    inside_png,
    other_json,
    reworded,
)
from theano_tutorial.errors import TutorialError

SHORT, LONG = 25, 800  # mutated files of each kind and manner
SECONDS = 5.0  # of computing, for any one file; most take milliseconds
MEMORY = 2**25  # bytes, beside ten times the file's own length

ANY = st.integers(0, 10_000)
# How a good file is changed: what is drawn, and what is made of it.
MANNERS = {
    "bytes": (
        lambda content: st.tuples(edits(len(content))),
        edited,
    ),
    "within gzip": (
        lambda content: st.tuples(edits(6_000)),
        lambda content, changes: inside_gzip(content, lambda body: edited(body, changes)),
    ),
    "within an array": (
        lambda content: st.tuples(ANY, edits(6_000)),
        lambda content, which, changes: inside_npz(
            content, which, lambda body: edited(body, changes)
        ),
    ),
    "an array's header": (
        lambda content: st.tuples(ANY, ANY),
        lambda content, which, text: inside_npz(
            content, which, lambda body: reworded(body, text)
        ),
    ),
    "a value in JSON": (
        lambda content: st.tuples(ANY, st.sampled_from(JSON_VALUES)),
        lambda content, which, value: inside_npz(
            content, -1, lambda body: other_json(body, which, value)
        ),
    ),
    "within a chunk": (
        lambda content: st.tuples(ANY, edits(300)),
        lambda content, which, changes: inside_png(
            content, which, lambda body: edited(body, changes)
        ),
    ),
}
IMAGES = ("png", "palette", "jpeg", "cmyk", "webp", "bmp", "gif", "tiff")
KINDS = {
    "bytes": [
        *("images", "images.gz", "labels", "labels.gz", "pickle", "pickle.gz"),
        *(*(f"pickle {protocol}" for protocol in range(6)), "npz", "zip"),
        *("model", "progress", "steps", "rendered", "png", "palette", "jpeg", "cmyk"),
        *("webp", "bmp", "gif", "tiff"),
    ],
    "within gzip": ["images.gz", "labels.gz", "pickle.gz"],
    "within an array": ["model", "progress", "steps", "rendered", "npz", "zip"],
    "an array's header": ["model", "progress", "steps", "rendered", "npz"],
    "a value in JSON": ["model", "progress", "steps"],
    "within a chunk": ["png", "palette"],
}
# Of these, no checksum says that the content is another one: an independent reader does.
UNCHECKED = {
    *((kind, manner) for kind in IMAGES[2:] for manner in ("bytes",)),
    *((kind, "within a chunk") for kind in ("png", "palette")),
    *(
        (kind, manner)
        for kind in ("model", "progress", "steps")
        for manner in ("within an array", "an array's header", "a value in JSON")
    ),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """Good files by kind; the package expects the small MNIST."""
    with pytest.MonkeyPatch.context() as patch:
        files.use_small_files(patch.setattr)
        yield files.good_files(tmp_path_factory.mktemp("good"))


@pytest.mark.parametrize(
    ("manner", "name"), [(manner, name) for manner in KINDS for name in KINDS[manner]]
)
def test_mutated_files(manner, name, good, tmp_path, is_long, record_property):
    """Each is read as what it is, or refused; soon, without a warning, in little memory."""
    kind = good[name]
    draw, make = MANNERS[manner]
    tally = Counter()
    right = read(kind, kind.content, tmp_path)
    image = name in IMAGES

    @settings(
        max_examples=LONG if is_long else SHORT,
        derandomize=not is_long,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    @given(draw(kind.content))
    def check(drawn):
        content = make(kind.content, *drawn)
        tally["in all"] += 1
        tally["tracebacks"] += 1  # until it is known that there was none
        found = measured(kind, content, tmp_path)
        tally["tracebacks"] -= 1
        if found is None:
            tally["refused"] += 1
            return
        tally["wrongly accepted"] += 1
        if (name, manner) not in UNCHECKED:
            assert same(found, right)
        elif image:
            assert_is_image(found, content, kind.content, right)
        else:
            assert same(found, independently_read(name, content))
        tally["wrongly accepted"] -= 1
        tally["read"] += 1

    tracemalloc.start()
    try:
        check()
    finally:
        tracemalloc.stop()
        names = ("in all", "refused", "read", "tracebacks", "wrongly accepted")
        record_property("mutated files", {each: tally[each] for each in names})
    assert tally["refused"]  # or nothing was mutated


def read(kind, content, folder):
    path = folder / "file"
    path.write_bytes(content)
    return kind.read(path)


def measured(kind, content, folder):
    """Read a file; return None if it is refused as it should be."""
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    started = time.process_time()
    found = None
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            found = read(kind, content, folder)
        except TutorialError as error:
            message = str(error)
            assert message.isprintable()
            assert len(message) < 1_000
            assert "MemoryError" not in message
    assert time.process_time() - started < SECONDS
    assert tracemalloc.get_traced_memory()[1] - before < MEMORY + 10 * len(content)
    assert [str(warning.message) for warning in warned] == []
    return found


def same(ours, theirs):
    """Whether two readings are the same: arrays to the last bit, all else equal."""
    return len(ours) == len(theirs) and all(
        a.dtype == b.dtype and np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
        for a, b in zip(ours, theirs, strict=True)
    )


def independently_read(name, content):
    """Read a model or a run's progress by what NumPy and JSON say."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        metadata = json.loads(str(arrays["metadata"]))
        if name == "model":
            return arrays["W"], arrays["b"], metadata["dataset"]
        state = metadata["state"]
        if name == "steps":
            kept = (arrays[f"{of}{each}"] for of in ("", "good_", "initial_") for each in "Wb")
            records = (
                list(map(float, arrays[f"records_{each}"])) for each in ("cost", "start_index")
            )
            return *kept, *records, state["seconds"]
        parameters = (arrays[f"{best}{name}"] for best in ("", "best_") for name in ("W", "b"))
        return *parameters, state["epochs"], state["best_epoch"], state["is_over"]


def assert_is_image(found, content, good_content, right):
    """What is read off an image is a digit; the right one, if the picture is the same."""
    (pixels,) = found
    assert (pixels.shape, pixels.dtype, pixels.max()) == ((784,), np.uint8, 255)
    before, after = (
        Image.open(io.BytesIO(each)).convert("RGB") for each in (good_content, content)
    )
    if before.tobytes() == after.tobytes():
        assert same(found, right)
