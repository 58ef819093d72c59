"""run.py PAIRS DIVISOR FORM FILE ROW...: measures the rows in pairs, prints a table, writes FILE. Servers and programs are in the environment.

PAIRS 0 stands for each row's own number. Sizes are divided by DIVISOR: 1 for figures that count. FORM is short, or long for the long rows as well. Without a ROW all are measured.
"""

import json
import os
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

from command import Failure  # noqa: E402
from rows import ROWS  # noqa: E402  (uses what the line above lets it find)


def measure(row, size, pairs):
    """`value`, `yardstick` and `ratio` are medians; the ratio is taken pair by pair."""
    turns = [row.measure(size, turn) for turn in range(1, pairs + 1)]
    values, missed = [turn[0] for turn in turns], sorted({sentence for turn in turns for sentence in turn[2]})
    result = {"name": row.name, "size": size, "pairs": pairs, "unit": row.unit, "value": statistics.median(values), "yardstick": None, "ratio": None,
              "ratio_min": None, "ratio_max": None, "reach": row.reach}
    judged = result["value"]
    if turns[0][1] is not None:
        ratios = [turn[0] / turn[1] for turn in turns]
        judged = statistics.median(ratios)
        result |= {"yardstick": statistics.median(turn[1] for turn in turns), "ratio": judged, "ratio_min": min(ratios), "ratio_max": max(ratios)}
    is_reached = judged >= row.reach if row.higher_is_better else judged <= row.reach
    return result | {"met": is_reached and not missed, "missed": missed}


def growth(row, whole, pairs):
    """The same at a tenth of the size: time per coupon must not grow with the size."""
    small = measure(row, max(1, whole["size"] // 10), pairs)
    grown = small["value"] / whole["value"] if row.higher_is_better else whole["value"] / small["value"] * small["size"] / whole["size"]
    return {"name": f"{row.name}_growth", "size": whole["size"], "pairs": pairs, "unit": "times", "value": grown, "yardstick": None, "ratio": None,
            "ratio_min": None, "ratio_max": None, "reach": row.growth, "met": grown <= row.growth, "missed": []}


def line(result, what):
    def number(value):
        return "" if value is None else f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"

    spread = f"{result['ratio_min']:.2f}..{result['ratio_max']:.2f}" if result["ratio"] is not None else ""
    ratio = f"{result['ratio']:.2f}" if result["ratio"] is not None else ""
    words = "; ".join(["met" if result["met"] else "NOT MET", *result["missed"]])
    return (f"{result['name']:<16}{number(result['value']):>10} {result['unit']:<11}{number(result['yardstick']):>10}{ratio:>7} "
            f"{spread:<12}{result['reach']:>5} {words:<8} {what}")


def main(pairs, divisor, path, names):
    results = []
    print(f"{'row':<16}{'suite':>10} {'':<11}{'yardstick':>10}{'ratio':>7} {'spread':<12}{'reach':>5}", flush=True)
    for row in (row for row in ROWS if row.name in names):
        times = pairs or row.pairs
        results.append(measure(row, max(1, row.size // divisor), times))
        print(line(results[-1], row.what), flush=True)
        if row.growth:
            results.append(growth(row, results[-1], times))
            print(line(results[-1], "time per coupon, to that at a tenth of the size"), flush=True)
    document = {"schema": "coupon.bench/1", "cores": os.cpu_count(), "divisor": divisor, "rows": results}
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2)
        file.write("\n")
    os.replace(f"{path}.new", path)


if __name__ == "__main__":
    try:
        pairs, divisor, form, path, *names = sys.argv[1:]
        main(int(pairs), int(divisor), path, names or [row.name for row in ROWS if form == "long" or not row.is_long])
    except Failure as failure:
        sys.exit(f"bench: {failure}")
