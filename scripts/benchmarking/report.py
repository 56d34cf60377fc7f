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


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _steps(result):
    dtypes = ("float64", "float32")
    return "\n\n".join(_steps_of(result, dtype) for dtype in dtypes)


def _steps_of(result, dtype):
    tasks = [task for task in result["steps"] if task.endswith(dtype)]
    names = list(dict.fromkeys(name for task in tasks for name in result["steps"][task]))
    rows = []
    for name in names:
        cells = [result["steps"][task].get(name) for task in tasks]
        rows.append(
            [name, *(f"{c['ms']:.3g} ± {50 * c['spread']:.0f} %" if c else "" for c in cells)]
        )
    rows.append(["*machine: read the images once*", *_limits(result, tasks, "read_ms")])
    rows.append(["*machine: multiply and add*", *_limits(result, tasks, "arithmetic_ms")])
    ratios = []
    for task in tasks:
        measured = result["steps"][task]
        fastest = min(v["ms"] for k, v in measured.items() if not k.startswith("ours"))
        mine = min(v["ms"] for k, v in measured.items() if k == "ours, numpy")
        ratios.append(f"**{fastest / mine:.1f}**")
    rows.append(["**fastest peer / ours, numpy**", *ratios])
    return _table(["milliseconds a step", *tasks], rows)


def _limits(result, tasks, key):
    return [f"{result['limits'][task][key]:.3g}" for task in tasks]


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
    rows = []
    for task, names in result["whole"].items():
        theirs = names.get("Theano 1.0.5")
        ratio = f"{theirs / names['ours']:.1f}" if theirs else ""
        rows.append([task, f"{names['ours']:.2f}", f"{theirs:.2f}" if theirs else "", ratio])
    return _table(["whole command (s)", "ours, numpy", "Theano 1.0.5", "ratio"], rows)


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
