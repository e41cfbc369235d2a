// Which host has which lane: hosts that are concerned first, the others below them or
// folded into one lane.
const Lanes = (() => {
  const LOWEST = 16,
    HIGHEST = 220,
    HEAD = 18;
  let rows = [];
  let rowOf = [];

  const glob = (text) =>
    new RegExp(`^${text.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`, "i");

  /** Whether a host is meant by a filter such as `a, h0..h3, relay*`. */
  function matcher(filter) {
    const words = filter
      .split(/[\s,]+/)
      .filter(Boolean)
      .map((word) => {
        const range = word.match(/^(.*?)(\d+)\.\.(?:\1)?(\d+)$/);
        if (range) {
          const [, prefix, first, last] = range;
          return (name) => {
            const rest = name.startsWith(prefix) ? name.slice(prefix.length) : "";
            return (
              /^\d+$/.test(rest) && Number(rest) >= Number(first) && Number(rest) <= Number(last)
            );
          };
        }
        if (word.includes("*")) return (name) => glob(word).test(name);
        const exact = Model.hosts.some((host) => host.name === word);
        return exact
          ? (name) => name === word
          : (name) => name.toLowerCase().includes(word.toLowerCase());
      });
    return (host) => words.some((word) => word(Model.hosts[host].name));
  }

  /** The hosts that a selected thing is about; empty if nothing is selected. */
  function concerned(pick) {
    if (!pick) return [];
    const { kind, n } = pick;
    if (kind === "host") {
      const others = Model.connectionsOfHost[n].map((c) => Model.connections[c]);
      return [n, ...others.flatMap((c) => [c.from, c.to])];
    }
    if (kind === "connection") {
      const { from, to, relay } = Model.connections[n];
      return [from, to, relay].filter((h) => Model.hosts[h]);
    }
    if (kind === "message") return [Model.message(n).from, Model.message(n).to];
    if (kind === "fault") return Model.faults[n].hosts;
    if (kind === "check") return Model.checks[n].hosts;
    if (kind === "key") return Model.stores.filter((s) => s.key === n).map((s) => s.host);
    if (kind === "query") {
      const q = Model.queries[n];
      const asked = Model.requestsOf(n).map((m) => Model.message(m).to);
      const found = q.found.map((p) => Model.peer(p).host);
      return [q.host, ...asked, ...found, ...q.truth];
    }
    return [];
  }

  /** The hosts of the upper group, or null where there is one group only. */
  function first() {
    const s = State.state;
    const all = Model.hosts.map((_, h) => h);
    if (s.hosts.trim()) return all.filter(matcher(s.hosts));
    if (s.matter && s.pick) {
      const set = new Set(concerned(s.pick).filter((h) => h >= 0));
      if (set.size) return all.filter((h) => set.has(h));
    }
    const set = new Set(Model.focus.hosts);
    return set.size && set.size < all.length ? all.filter((h) => set.has(h)) : null;
  }

  /** Lays the lanes out in the height that there is. */
  function lay(available) {
    const upper = first();
    const all = Model.hosts.map((_, h) => h);
    const inUpper = new Set(upper || all);
    const others = all.filter((h) => !inUpper.has(h));
    const folded = State.state.folded;
    rows = (upper || all).map((host) => ({ kind: "host", host }));
    // A single host needs no heading, as there is nothing to gain from folding it.
    if (folded ? others.length : others.length > 1)
      rows.push({ kind: folded ? "fold" : "head", hosts: others });
    if (others.length) {
      if (!folded) rows.push(...others.map((host) => ({ kind: "host", host })));
    }
    const lanes = rows.filter((row) => row.kind !== "head").length || 1;
    const heads = (rows.length - lanes) * HEAD;
    const height = Math.floor(Dom.clamp((available - heads) / lanes, LOWEST, HIGHEST));
    rowOf = new Array(Model.hosts.length).fill(-1);
    let top = 0;
    rows.forEach((row, i) => {
      row.top = top;
      row.height = row.kind === "head" ? HEAD : height;
      row.middle = top + row.height / 2;
      top += row.height;
      if (row.kind === "host") rowOf[row.host] = i;
      if (row.kind === "fold") for (const host of row.hosts) rowOf[host] = i;
    });
    return { rows, height, total: top };
  }

  /** The row in which a host is, or null. */
  const row = (host) => (rowOf[host] >= 0 ? rows[rowOf[host]] : null);
  /** Whether the host has a lane of its own. */
  const shown = (host) => rowOf[host] >= 0 && rows[rowOf[host]].kind === "host";
  /** The hosts with a lane of their own, from top to bottom. */
  const order = () => rows.filter((r) => r.kind === "host").map((r) => r.host);
  /** The row at a height of the plot, or null. */
  const at = (y) => rows.find((r) => y >= r.top && y < r.top + r.height) || null;

  return { lay, row, shown, order, at };
})();
