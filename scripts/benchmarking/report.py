"""What the benchmark found, as Markdown tables and a picture."""


def markdown(result):
    """Return everything as tables."""
    tables = {"steps": _steps, "starts": _starts, "whole": _whole, "growth": _growth}
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
    """Print the tables; put them into a file, in the place of an earlier run's."""
    tables = markdown(result)
    print(tables)
    if readme:
        before, begin, rest = readme.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        readme.write_text(f"{before}{begin}\n\n{tables}\n\n{END}{after}")


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _steps(result):
    """One table: rows are those who train, columns what; float64 / float32 in a cell."""
    steps, limits = result["steps"], result["limits"]
    tasks = list(dict.fromkeys(task.rsplit(", ", 1)[0] for task in steps))
    names = list(dict.fromkeys(name for measured in steps.values() for name in measured))

    def both(task, number):
        values = [number(f"{task}, {dtype}") for dtype in ("float64", "float32")]
        return " / ".join("" if value is None else f"{value:.3g}" for value in values).strip(
            " /"
        )

    rows = [
        [
            name,
            *(
                both(task, lambda full, n=name: steps[full].get(n, {}).get("ms"))
                for task in tasks
            ),
        ]
        for name in names
    ]
    for label, key in (
        ("*machine: to read the images once*", "read_ms"),
        ("*machine: to multiply and add*", "arithmetic_ms"),
    ):
        rows.append(
            [label, *(both(task, lambda full, k=key: limits[full][k]) for task in tasks)]
        )
    for ours in [name for name in ("ours, numpy", "ours, c") if name in names]:
        ratios = (
            f"**{both(task, lambda full, o=ours: _advantage(steps[full], o))}**"
            for task in tasks
        )
        rows.append([f"**fastest other / {ours}**", *ratios])
    head = ["milliseconds a step, float64 / float32", *tasks]
    return f"{_table(head, rows)}\n\n{_spread(steps)}"


def _spread(found):
    """Say how far apart the values lie whose medians a table shows."""
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
