"""What the benchmark found, as Markdown tables and a picture."""


def markdown(result):
    """Return everything that was measured as tables."""
    tables = {
        "steps": _steps,
        "minibatches": _epochs,
        "starts": _starts,
        "whole": _whole,
        "growth": _growth,
    }
    parts = [table(result) for part, table in tables.items() if result.get(part)]
    noise = result["noise"]
    verdict = "quiet enough" if noise < 0.15 else "TOO NOISY: measure again"
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    parts.append(
        f"Measured by `scripts/benchmark` on {result['date']}: "
        f"{result['machine']}; {versions}. "
        f"The same read of memory, repeated throughout, varied by {100 * noise:.0f} % "
        f"(middle half): {verdict}."
    )
    return "\n\n".join(parts)


BEGIN, END = "written by scripts/benchmark --readme -->", "<!-- end -->"


def publish(result, readme):
    """Print the tables; if `readme` is given, replace those of an earlier run in that file."""
    tables = markdown(result)
    print(tables)
    if readme:
        before, begin, rest = readme.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        readme.write_text(f"{before}{begin}\n\n{tables}\n\n{END}{after}")


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _by_task(found):
    """Return the tasks of measured steps, one for both dtypes, and the contestants' names."""
    tasks = dict.fromkeys(task.rsplit(", ", 1)[0] for task in found)
    return list(tasks), list(dict.fromkeys(name for names in found.values() for name in names))


def _both(task, number):
    """Return a number in float64 and in float32, as a cell."""
    values = [number(f"{task}, {dtype}") for dtype in ("float64", "float32")]
    return " / ".join("" if value is None else f"{value:.3g}" for value in values).strip(" /")


def _steps(result):
    """Return a table: a row per contestant, a column per task, float64 / float32 in a cell."""
    steps, limits = result["steps"], result["limits"]
    tasks, names = _by_task(steps)

    def row(label, number):
        return [label, *(_both(task, number) for task in tasks)]

    rows = [row(n, lambda full, n=n: steps[full].get(n, {}).get("ms")) for n in names]
    rows.append(row("*machine: to read the images once*", lambda t: limits[t]["read_ms"]))
    rows.append(row("*machine: to multiply and add*", lambda t: limits[t]["arithmetic_ms"]))
    for ours in [name for name in ("ours, numpy", "ours, c") if name in names]:
        label, *ratios = row(
            f"fastest other / {ours}", lambda t, o=ours: _advantage(steps[t], o)
        )
        rows.append([f"**{label}**", *(f"**{ratio}**" for ratio in ratios)])
    head = ["milliseconds a step, float64 / float32", *tasks]
    return f"{_table(head, rows)}\n\n{_spread(steps)}"


def _epochs(result):
    """Return a table of whole epochs of these steps, and our fastest backend's lead."""
    seconds = {
        task: {name: found["ms"] * n / 1000 for name, found in result["steps"][task].items()}
        for task, n in result["minibatches"].items()
    }
    tasks, names = _by_task(seconds)
    ours = {
        t: min(s for n, s in found.items() if n[:4] == "ours") for t, found in seconds.items()
    }
    rows = [
        [n, *(_both(task, lambda t, n=n: seconds[t].get(n)) for task in tasks)] for n in names
    ]
    for other in [name for name in names if not name.startswith("ours")]:
        ratios = (
            _both(task, lambda t, n=other: seconds[t][n] / ours[t] if n in seconds[t] else None)
            for task in tasks
        )
        rows.append([f"**{other} / our fastest**", *(f"**{r}**" if r else "" for r in ratios)])
    return _table(["seconds an epoch, float64 / float32", *tasks], rows)


def _spread(found):
    """Say how widely the values spread whose medians a table shows."""
    widest = max(value["spread"] for names in found.values() for value in names.values())
    return f"(Medians; the middle half of a cell's values spans {100 * widest:.0f} % at most.)"


def _advantage(measured, ours):
    others = [value["ms"] for name, value in measured.items() if not name.startswith("ours")]
    return round(min(others) / measured[ours]["ms"], 1)


def _starts(result):
    held = result["held"]
    rows = [
        [
            name,
            f"{v['cold']:.2f}",
            f"{v['warm']:.2f}",
            f"{v['peak'] / 1e6:.0f}",
            f"{v['peak'] / held:.2f}",
        ]
        for name, v in result["starts"].items()
    ]
    head = [
        "softmax, float64",
        "first line, cold (s)",
        "warm (s)",
        "peak memory (MB)",
        "of the images",
    ]
    return _table(head, rows)


def _whole(result):
    columns = list(dict.fromkeys(name for found in result["whole"].values() for name in found))
    theirs = "Theano 1.0.5"
    rows = []
    for task, found in result["whole"].items():
        seconds = {name: value["seconds"] for name, value in found.items()}
        row = [task, *(f"{seconds[name]:.2f}" if name in seconds else "" for name in columns)]
        if theirs in columns:
            ours = [name for name in columns if name != theirs and theirs in seconds]
            ratios = [seconds[theirs] / seconds[name] for name in ours]
            row.append(" / ".join(f"**{ratio:.1f}**" for ratio in ratios))
        rows.append(row)
    head = ["whole command (s)", *columns]
    if theirs in columns:
        head.append(f"{theirs} / ours")
    return f"{_table(head, rows)}\n\n{_spread(result['whole'])}"


def _growth(result):
    tables = []
    for dtype, found in result["growth"].items():
        for what, sizes in found.items():
            names = list(next(iter(sizes.values())))
            rows = [
                [f"{int(size):,}", *(f"{measured[name]['ms']:.3g}" for name in names)]
                for size, measured in sizes.items()
            ]
            tables.append(_table([f"{what}, {dtype}: ms a step", *names], rows))
    return "\n\n".join(tables)


def draw(path, result):
    """Draw everyone's steps as bars, each task beside the machine's own limit."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    tasks = list(result["steps"])
    if not tasks:
        return
    rows = (len(tasks) + 3) // 4
    figure, axes = plt.subplots(rows, 4, figsize=(16, 1 + 3.4 * rows), squeeze=False)
    for ax, task in zip(axes.flat, tasks, strict=False):
        measured = sorted(result["steps"][task].items(), key=lambda item: -item[1]["ms"])
        names = [name for name, _ in measured]
        values = [value["ms"] for _, value in measured]
        colours = ["tab:red" if name.startswith("ours") else "tab:gray" for name in names]
        ax.barh(names, values, color=colours)
        for place, value in enumerate(values):
            ax.text(value, place, f" {value:.3g}", va="center", fontsize=7)
        ax.axvline(max(result["limits"][task].values()), color="k", linestyle=":", linewidth=1)
        ax.set_xscale("log")
        ax.set_title(f"{task}\nms a step; dotted: the machine's limit", fontsize=9)
        ax.tick_params(labelsize=7)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
