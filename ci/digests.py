#!/usr/bin/env python3
"""Compares the digests of two reports of `dht-harness run --json`.

  ci/digests.py OLD.json NEW.json

A refactoring changes no digest. Prints the cases that are missing, new or have
another digest, and exits with 1 if there are any.
"""

import json
import sys


def cases(path):
    with open(path) as file:
        return {case["name"]: case for case in json.load(file)["scenarios"]}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    old, new = cases(sys.argv[1]), cases(sys.argv[2])
    missing = [name for name in old if name not in new]
    added = [name for name in new if name not in old]
    changed = [
        name
        for name in old
        if name in new and old[name]["digest"] != new[name]["digest"]
    ]
    for title, names in [("missing", missing), ("new", added)]:
        for name in names:
            print(f"{title}: {name}")
    for name in changed:
        events = old[name]["events"], new[name]["events"]
        print(f"changed: {name}: {events[0]} events before, {events[1]} now")
    equal = len(old) - len(missing) - len(changed)
    print(f"{equal} equal, {len(changed)} changed, {len(missing)} missing, {len(added)} new")
    sys.exit(1 if missing or changed else 0)


if __name__ == "__main__":
    main()
