#!/usr/bin/env python3
"""Attributes instructions to crates. Reads the callgrind profiles of a run with the
standard checks and of the same run without; see instructions.sh."""

import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
OWN_CRATES = {"dht_harness", "dht_harness_clock", "futures_timer", "fnv", "dht_scenarios", "dht_harness_cli"}
OTHERS = re.compile(r"libp2p|multistream_select|multistream-select|rw-stream-sink|dht_fixtures$")
TOKIO = re.compile(r"tokio")
SHOWN = 25


def crate_of(symbol):
    """Returns the crate at the start of a mangled symbol."""
    legacy = re.match(r"_ZN(\d+)", symbol)
    if legacy:
        start = legacy.end()
        path = symbol[start : start + int(legacy[1])]
        # `_$LT$$RF$mut$u20$a..b..C$u20$as$u20$..`: skip to the first name.
        path = re.sub(r"\$\w+\$", " ", path)
        found = re.match(r"[ _]*(?:(?:mut|dyn|const) )*([A-Za-z0-9_]+)", path)
        return found[1] if found else ""
    modern = re.search(r"C(?:s[0-9A-Za-z]*_)?(\d+)_?", symbol) if symbol.startswith("_R") else None
    if modern:
        start = modern.end()
        return symbol[start : start + int(modern[1])]
    return ""


class Owners:
    """Returns the owner of a file or symbol: a label of the harness, "" for other code, None if unknown."""

    def __init__(self, with_tokio):
        self.others = OTHERS if with_tokio else re.compile(f"{OTHERS.pattern}|{TOKIO.pattern}")

    def of_file(self, path):
        if path.startswith(f"{ROOT}/fixtures/"):
            return ""
        for part in ("harness", "scenarios"):
            if path.startswith(f"{ROOT}/{part}/"):
                return path[len(ROOT) + 1 :]
        crate = re.search(r"/registry/src/[^/]+/([^/]+)/", path)
        return "" if crate and self.others.match(crate[1]) else None

    def of_symbol(self, symbol):
        crate = crate_of(symbol)
        if crate in OWN_CRATES:
            return crate
        return "" if self.others.match(crate) else None


def read(path):
    """Reads self costs {function: {file: cost}} and calls {callee: {(caller, file): inclusive cost}}."""
    costs = defaultdict(lambda: defaultdict(int))
    calls = defaultdict(lambda: defaultdict(int))
    names = {"file": {}, "fn": {}}

    def name(kind, text):
        number, _, rest = text.partition(" ")
        if not number.startswith("("):
            return text
        if rest:
            names[kind][number] = rest
        return names[kind][number]

    function = file = callee = None
    is_call = False
    for line in open(path, errors="replace"):
        line = line.rstrip("\n")
        if not line:
            continue
        if line[0] in "0123456789+-*":
            cost = int(line.split()[1])
            if is_call:
                calls[callee][(function, file)] += cost
                is_call = False
            else:
                costs[function][file] += cost
            continue
        key, equals, value = line.partition("=")
        if not equals:
            continue
        if key == "fn":
            function = name("fn", value)
        elif key in ("fl", "fi", "fe"):
            file = name("file", value)
        elif key in ("cfi", "cfl"):
            name("file", value)
        elif key == "cfn":
            callee = name("fn", value)
        elif key == "calls":
            is_call = True
    return costs, calls


def own_costs(costs, calls, owners):
    """Returns {file of the harness: [instructions of its lines, instructions of its callees]}."""
    file_owner = {file: owners.of_file(file) for files in list(costs.values()) for file in files}
    for edges in calls.values():
        for _, file in edges:
            file_owner.setdefault(file, owners.of_file(file))

    # The shares of unattributed lines, per function: {label: share}; the share
    # of other code is not stored.
    parts, open_ones = {}, []
    for function in set(costs) | set(calls):
        known = defaultdict(int)
        for file, cost in costs[function].items():
            if file_owner[file] is not None:
                known[file_owner[file]] += cost
        total = sum(known.values())
        if total:
            parts[function] = {label: cost / total for label, cost in known.items() if label}
            continue
        owner = owners.of_symbol(function)
        if owner is not None:
            parts[function] = {owner: 1.0} if owner else {}
        else:
            parts[function] = {}
            open_ones.append(function)
    # The rest follows its callers, until nothing changes; callers usually come
    # first.
    open_ones.sort(key=lambda function: -sum(calls[function].values()))
    for _ in range(100):
        change = 0.0
        for function in open_ones:
            edges = calls[function]
            total = sum(cost for (caller, _), cost in edges.items() if caller != function)
            if not total:
                continue
            part = defaultdict(float)
            for (caller, file), cost in edges.items():
                if caller == function:
                    continue
                owner = file_owner[file]
                if owner:
                    part[owner] += cost / total
                elif owner is None:
                    for label, share in parts[caller].items():
                        part[label] += share * cost / total
            change = max(change, abs(sum(part.values()) - sum(parts[function].values())))
            parts[function] = part
        if change < 1e-4:
            break

    own = defaultdict(lambda: [0, 0.0])
    neutral = defaultdict(float)
    for function, files in costs.items():
        for file, cost in files.items():
            owner = file_owner[file]
            if owner:
                own[owner][0] += cost
            elif owner is None:
                for label, share in parts[function].items():
                    own[label][1] += cost * share
                    neutral[function] += cost * share
    return own, neutral


def total_of(path):
    """Returns the total instructions of a profile, as summed up by callgrind."""
    with open(path) as profile:
        sums = [line.split()[1] for line in profile if line.startswith("totals:")]
    return int(sums[-1])


def main():
    costs, calls = read(sys.argv[1])
    total = sum(cost for files in costs.values() for cost in files.values())
    own, neutral = own_costs(costs, calls, Owners(with_tokio=False))
    ours = sum(lines + below for lines, below in own.values())
    bound, _ = own_costs(costs, calls, Owners(with_tokio=True))
    bound = sum(lines + below for lines, below in bound.values())

    print("\nPer mille of all instructions, by source file of the harness:")
    print("  lines  below")
    ranked = sorted(own.items(), key=lambda item: -sum(item[1]))
    for label, (lines, below) in ranked[:SHOWN]:
        print(f"  {lines / total * 1000:5.2f}  {below / total * 1000:5.2f}  {label}")
    print("\nPer mille, by function below:")
    for function, cost in sorted(neutral.items(), key=lambda item: -item[1])[:SHOWN]:
        print(f"  {cost / total * 1000:5.2f}  {function[:110]}")
    print(f"\ninstructions:    {total:>15,}")
    print(f"the harness's:   {ours:>15,.0f}  {ours / total:7.2%}")
    print(f"  with tokio's:  {bound:>15,.0f}  {bound / total:7.2%}")
    checks = total - total_of(sys.argv[2])
    print(f"the checks':     {checks:>15,}  {checks / total:7.2%}")


if __name__ == "__main__":
    main()
