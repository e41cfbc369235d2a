// The link to a moment: what is shown, as the hash of the address.
const Link = (() => {
  const COUNTS = {
    host: () => Model.hosts.length,
    query: () => Model.queries.length,
    connection: () => Model.connections.length,
    message: () => Model.messageCount,
    fault: () => Model.faults.length,
    check: () => Model.checks.length,
    key: () => Model.keys.length,
    step: () => Model.steps.length,
  };

  /** Reads `kind:n`; null if there is no such thing. */
  function parsePick(text) {
    const [kind, n] = String(text || "").split(":");
    if (!COUNTS[kind] || !/^\d+$/.test(n || "") || Number(n) >= COUNTS[kind]()) return null;
    return { kind, n: Number(n) };
  }
  const writePick = (pick) => (pick ? `${pick.kind}:${pick.n}` : "");

  function write() {
    const s = State.state;
    const parts = new URLSearchParams();
    parts.set("t", s.cursor);
    parts.set("w", `${s.from}..${s.to}`);
    parts.set("tab", s.tab);
    if (s.pick) parts.set("s", writePick(s.pick));
    if (s.only) parts.set("only", writePick(s.only));
    if (s.host) parts.set("host", s.host);
    if (s.query >= 0) parts.set("query", s.query);
    if (s.key >= 0) parts.set("key", s.key);
    if (s.hosts) parts.set("hosts", s.hosts);
    if (s.hidden.size) parts.set("hide", [...s.hidden].sort().join("."));
    const off = Object.keys(s.layers).filter((name) => !s.layers[name]);
    if (off.length) parts.set("off", off.join("."));
    parts.set("fold", s.folded ? 1 : 0);
    if (s.matter) parts.set("matter", 1);
    if (s.squeeze !== Axis.useful) parts.set("squeeze", s.squeeze ? 1 : 0);
    if (s.graph !== "tables") parts.set("graph", s.graph);
    if (s.log !== "all") parts.set("log", s.log);
    return `#${parts.toString().replace(/%3A/g, ":")}`;
  }

  const inside = (text, count) => /^\d+$/.test(text || "") && Number(text) < count;

  /** Shows what the hash of the address says. One that names not both a moment and a window, such
   *  as `#tab=query` or `#t=20000000`, changes only what it names. */
  function read() {
    const parts = new URLSearchParams(location.hash.slice(1));
    const patch = said(parts);
    const isWhole = parts.has("t") && parts.has("w");
    const named = Object.entries(patch).filter(([name]) => isWhole || parts.has(NAMES[name] || name));
    State.set(Object.fromEntries(named));
    if (!parts.has("w")) {
      if (parts.has("t")) State.moveTo(State.state.cursor);
      return;
    }
    const [from, to] = (parts.get("w") || "").split("..").map(Number);
    if (from < to) State.show(from, to);
  }

  // The parts of the state whose names differ in the hash.
  const NAMES = { cursor: "t", pick: "s", hidden: "hide", layers: "off", folded: "fold" };

  /** What the parts of a hash say of the state, without its window. */
  function said(parts) {
    const s = State.state;
    const patch = { pick: parsePick(parts.get("s")), only: parsePick(parts.get("only")) };
    const cursor = Number(parts.get("t"));
    if (parts.has("t") && Number.isFinite(cursor)) patch.cursor = Dom.clamp(cursor, 0, Model.end);
    if (Panels.has(parts.get("tab"))) patch.tab = parts.get("tab");
    patch.host = inside(parts.get("host"), Model.hosts.length) ? Number(parts.get("host")) : 0;
    patch.query = inside(parts.get("query"), Model.queries.length)
      ? Number(parts.get("query"))
      : s.query;
    patch.key = inside(parts.get("key"), Model.keys.length) ? Number(parts.get("key")) : -1;
    patch.hosts = parts.get("hosts") || "";
    const numbers = (parts.get("hide") || "")
      .split(".")
      .filter((n) => inside(n, Model.kinds.length));
    patch.hidden = new Set(numbers.map(Number));
    const off = (parts.get("off") || "").split(".");
    patch.layers = Object.fromEntries(
      Object.keys(s.layers).map((name) => [name, !off.includes(name)]),
    );
    patch.folded = parts.has("fold") ? parts.get("fold") === "1" : s.folded;
    patch.matter = parts.get("matter") === "1";
    patch.squeeze = parts.has("squeeze") ? parts.get("squeeze") === "1" : Axis.useful;
    patch.graph = parts.get("graph") === "connections" ? "connections" : "tables";
    patch.log = parts.get("log") === "host" ? "host" : "all";
    return patch;
  }

  let timer = 0;
  // The hash that was written or read last.
  let known = "";
  /** Writes the hash a little after the last change, and reads it when the user changes it. */
  function start() {
    known = location.hash;
    State.listen(Object.keys(State.state), () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        // A hash that the user has just entered is read first.
        if (location.hash !== known) return;
        history.replaceState(null, "", write());
        known = location.hash;
      }, 150);
    });
    window.addEventListener("hashchange", () => {
      if (location.hash === known) return;
      known = location.hash;
      read();
    });
  }

  return { read, write, start, parsePick };
})();
