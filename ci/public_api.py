#!/usr/bin/env python3
"""Lists the public items of the published crates; see public-api.sh.

A line is the public path of an item, its kind, and its signature as it is
written in the source. Listed are modules, types, traits, functions, constants,
statics and macros, the inherent methods and constants of types, and the items
of traits. Fields, variants and implementations of traits are not.

An item that is reachable by several paths has its line under the shortest one,
and a line `use` under each other one; so has what is re-exported from another
crate.
"""

import difflib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LISTS = ROOT / "ci" / "public-api"
CRATES = [
    "dht-harness",
    "dht-harness-clock",
    "dht-fixtures",
    "dht-scenarios",
    "dht-fuzz",
    "dht-harness-cli",
]
KINDS = {
    "module": "mod",
    "struct": "struct",
    "enum": "enum",
    "union": "union",
    "trait": "trait",
    "type_alias": "type",
    "function": "fn",
    "constant": "const",
    "static": "static",
    "macro": "macro",
    "assoc_const": "const",
    "assoc_type": "type",
}


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else "--write"
    if mode not in ("--write", "--check", "--count"):
        sys.exit(__doc__)
    changed = False
    for crate in CRATES:
        lines = Crate(documented(crate)).lines()
        if mode == "--count":
            print(f"{crate}: {sum(' use ' not in line for line in lines)}")
            continue
        path = LISTS / f"{crate}.txt"
        text = "".join(line + "\n" for line in lines)
        listed = path.read_text() if path.exists() else ""
        if mode == "--write":
            LISTS.mkdir(exist_ok=True)
            path.write_text(text)
        elif text != listed:
            changed = True
            name = str(path.relative_to(ROOT))
            diff = difflib.unified_diff(
                listed.splitlines(True), text.splitlines(True), name, "public items now", n=0
            )
            sys.stdout.writelines(diff)
    if changed:
        sys.exit(
            "public-api: the public items have changed. If that is intended, run ci/public-api.sh "
            "and commit the lists."
        )


def documented(crate):
    """Returns rustdoc's JSON of a crate."""
    command = ["cargo", "rustdoc", "--quiet", "--package", crate, "--lib", "--"]
    command += ["-Zunstable-options", "--output-format", "json", "--document-hidden-items"]
    # Missing documentation is checked elsewhere.
    command += ["--cap-lints", "allow"]
    environment = dict(os.environ, RUSTDOC=str(ROOT / "ci" / "rustdoc-unstable.sh"))
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    path = target() / "doc" / f"{crate.replace('-', '_')}.json"
    return json.loads(path.read_text())


def target():
    command = ["cargo", "metadata", "--format-version=1", "--no-deps"]
    metadata = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(json.loads(metadata.stdout)["target_directory"])


class Crate:
    def __init__(self, doc):
        self.items = {str(key): item for key, item in doc["index"].items()}
        self.elsewhere = {str(key): path for key, path in doc["paths"].items()}
        self.root = str(doc["root"])
        self.sources = {}

    def lines(self):
        # Paths by number of components: an item belongs to its shortest path.
        owners, lines = {}, []
        level = [(self.items[self.root]["name"], self.root)]
        while level:
            following = []
            for path, key in sorted(level):
                item = self.items.get(key)
                if item is None:
                    original = "::".join(self.elsewhere[key]["path"])
                    lines.append(f"{path} use {original}")
                elif key in owners:
                    lines.append(f"{path} use {owners[key]}")
                else:
                    owners[key] = path
                    lines.append(f"{path} {self.described(item)}")
                    following += [(f"{path}::{name}", key) for name, key in self.within(item)]
            level = following
        return sorted(set(lines))

    def within(self, item):
        """Returns the public items inside an item, by name."""
        kind, inner = next(iter(item["inner"].items()))
        if kind == "module":
            for key in inner["items"]:
                yield from self.named(str(key))
        elif kind == "trait":
            for key in inner["items"]:
                yield self.items[str(key)]["name"], str(key)
        elif kind in ("struct", "enum", "union"):
            for key in inner["impls"]:
                block = self.items.get(str(key))
                if block is None or block["inner"]["impl"]["trait"] is not None:
                    continue
                for key in block["inner"]["impl"]["items"]:
                    if self.items[str(key)]["visibility"] == "public":
                        yield self.items[str(key)]["name"], str(key)

    def named(self, key):
        """Returns an item of a module, or the item that it re-exports."""
        item = self.items[key]
        kind, inner = next(iter(item["inner"].items()))
        if item["visibility"] != "public" or kind == "impl":
            return
        if kind != "use":
            yield item["name"], key
        elif not inner["is_glob"]:
            if inner["id"] is not None:
                yield inner["name"], str(inner["id"])
        elif str(inner["id"]) in self.items:
            for key in self.items[str(inner["id"])]["inner"]["module"]["items"]:
                yield from self.named(str(key))
        else:
            # A module of another crate.
            yield "*", str(inner["id"])

    def described(self, item):
        """Returns the kind of an item and its signature, as in `fn(&self) -> usize`."""
        kind = next(iter(item["inner"]))
        if kind in ("module", "macro") or item["span"] is None:
            return KINDS[kind]
        text = self.source(item["span"])
        head = rf"(pub )?((?:(?:async|const|unsafe) )*{KINDS[kind]}) {re.escape(item['name'])}\b"
        if not re.match(head, text):
            # The item was created by a macro.
            return KINDS[kind]
        # Apart from attributes of parameters, a body begins with the first
        # brace.
        text = re.split(r"[{;]" if kind != "struct" else r"[{(]|;", hide_arrays(text))[0]
        if kind in ("constant", "static", "assoc_const"):
            text = text.split(" = ")[0]
        text = re.sub(r"\s+", " ", text.replace("\0", ";")).strip()
        # `name(` and `Name<` are omitted, because the path contains them.
        text = re.sub(head, r"\2", text)
        text = re.sub(r"(?<=[(<\[]) | (?=[)>\]])|,(?= ?[)>\]])", "", text)
        text = re.sub(r" (?=[)>\]])(?<!-)(?<!=)", "", text)
        # Whether a function may change its own parameter is not part of the
        # API.
        return re.sub(r"([(,] ?)mut (?=\w+[:,)])", r"\1", text).rstrip(",")

    def source(self, span):
        """Returns the text of an item, on one line and without comments."""
        file = ROOT / span["filename"]
        if file not in self.sources:
            self.sources[file] = file.read_text().splitlines()
        (first, column), (last, end) = span["begin"], span["end"]
        lines = list(self.sources[file][first - 1 : last])
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][column - 1 :]
        return " ".join(re.sub(r"//.*", "", line) for line in lines)


def hide_arrays(text):
    """Replaces the semicolons in types such as `[u8; 32]` by another character."""
    return re.sub(r"\[[^\[\]]*\]", lambda array: array[0].replace(";", "\0"), text)


if __name__ == "__main__":
    main()
