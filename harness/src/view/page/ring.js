// The panel of the network as a ring of ids: table entries or connections between the hosts.
const Ring = (() => {
  const { f } = Marks;

  function edges() {
    const { cursor, graph } = State.state;
    const list = [];
    if (graph === "connections") {
      for (const c of Model.connections) {
        if (Model.hosts[c.to] === undefined) continue;
        const up = [0, 1].map((side) => Model.isUpAt(c, side, cursor));
        if (!up[0] && !up[1]) continue;
        const whole = Model.isRelayed(c) ? "known" : "connected";
        list.push({ a: c.from, b: c.to, status: up[0] && up[1] ? whole : "dead" });
      }
      return list;
    }
    Tables.all(cursor).forEach((table, a) => {
      if (!table) return;
      for (const entry of table.entries.values()) {
        const status = Tables.status(entry, cursor);
        if (status !== "stranger") list.push({ a, b: Model.peer(entry.peer).host, status });
      }
    });
    return list;
  }

  function draw(width, height) {
    const { cursor, host, graph, pick, key } = State.state;
    const size = Dom.clamp(Math.min(width, height - 130), 320, 900);
    const middle = size / 2,
      radius = middle - 54;
    const angle = (id) => Ids.turn(id) * 2 * Math.PI - Math.PI / 2;
    const at = Model.hosts.map((h) => ({
      x: middle + radius * Math.cos(angle(h.id)),
      y: middle + radius * Math.sin(angle(h.id)),
    }));
    const all = edges();
    const paths = { connected: "", known: "", dead: "" };
    const own = { connected: "", known: "", dead: "" };
    const chosen = pick && pick.kind === "host" ? pick.n : host;
    for (const { a, b, status } of all) {
      const p = at[a],
        q = at[b];
      const bend = 0.35;
      const cx = (p.x + q.x) / 2 + (middle - (p.x + q.x) / 2) * bend,
        cy = (p.y + q.y) / 2 + (middle - (p.y + q.y) / 2) * bend;
      (a === chosen || (graph === "connections" && b === chosen) ? own : paths)[status] +=
        `M${f(p.x)} ${f(p.y)}Q${f(cx)} ${f(cy)} ${f(q.x)} ${f(q.y)}`;
    }
    const free = Marks.places();
    const wanted = [chosen, ...Model.focus.hosts, ...Model.hosts.keys()];
    const labels = [...new Set(wanted)]
      .filter((h) => Model.hosts[h])
      .map((h) => {
        const { x, y } = at[h];
        const out = {
          x: middle + ((x - middle) * (radius + 11)) / radius,
          y: middle + ((y - middle) * (radius + 11)) / radius,
        };
        const name = Model.hosts[h].name;
        const wide = name.length * 6.2 + 4;
        const right = out.x >= middle;
        if (!free(right ? out.x : out.x - wide, out.y - 7, wide, 13)) return "";
        return `<text class="name${h === chosen ? " chosen" : ""}" x="${f(out.x)}" y="${f(out.y + 4)}" text-anchor="${right ? "start" : "end"}">${Dom.escape(name)}</text>`;
      })
      .join("");
    const small = Model.hosts.length > 60 ? 3 : 5;
    const nodes = Model.hosts
      .map((h, n) => {
        const { x, y } = at[n];
        const alive = Model.alive(n, cursor);
        const mark = alive
          ? `<circle cx="${f(x)}" cy="${f(y)}" r="${n === chosen ? small + 2 : small}"/>`
          : `<path d="${Marks.cross(x, y, small)}"/>`;
        return `<g class="node ${alive ? "alive" : "dead"}${n === chosen ? " chosen" : ""}" data-pick="host:${n}"><title>${Dom.escape(h.name)}${alive ? "" : ", down"}</title>${mark}</g>`;
      })
      .join("");
    const keyMark = Model.keys
      .map((k, n) => {
        if (key >= 0 ? key !== n : Model.keys.length > 12) return "";
        const x = middle + (radius - 12) * Math.cos(angle(k.id)),
          y = middle + (radius - 12) * Math.sin(angle(k.id));
        return `<g class="key" data-pick="key:${n}"><title>key ${Dom.escape(k.text)}</title><path d="${Marks.diamond(x, y, 4)}"/></g>`;
      })
      .join("");
    const line = (name) => `<path class="edge ${name}" d="${paths[name]}"/>`;
    const mine = (name) => `<path class="edge own ${name}" d="${own[name]}"/>`;
    const order = ["known", "connected", "dead"];
    const thin = all.length > 3000 ? " dense" : "";
    const options = Panels.select(
      "graph",
      "edges",
      [
        ["tables", "table entries"],
        ["connections", "connections"],
      ],
      graph,
    );
    const words =
      graph === "connections"
        ? ["both sides up", "through a relay", "one side up only"]
        : ["connected", "not connected", "dead"];
    const sums = order.map((status) => all.filter((e) => e.status === status).length);
    const legend = [
      ["connected", words[0], 1],
      ["known", words[1], 0],
      ["dead", words[2], 2],
    ]
      .filter(([, text]) => text)
      .map(
        ([name, text, i]) =>
          `<span>${Marks.icon(`<path class="edge own ${name}" d="M1 7H17"/>`)}${text} ${Dom.number(sums[i])}</span>`,
      )
      .join("");
    const keys = keyMark
      ? `<span>${Marks.icon(`<g class="key"><path d="${Marks.diamond(9, 7, 4)}"/></g>`)}key</span>`
      : "";
    return (
      `<div class="controls">${Panels.hostSelect()} ${options}</div><div class="legend">${legend}<span>${Marks.icon('<g class="node dead"><path d="M5 3l8 8m0-8l-8 8"/></g>')}host is down</span>${keys}</div>` +
      `<svg id="ring" class="${thin}" role="img" aria-label="ring of ids at ${Time.words(cursor)}: ${all.length} edges" viewBox="0 0 ${size} ${size}" width="${size}" height="${size}">` +
      `<circle class="orbit" cx="${middle}" cy="${middle}" r="${radius}"/><text class="name" x="${middle}" y="${middle - radius - 22}" text-anchor="middle">0</text>` +
      `${order.map(line).join("")}${order.map(mine).join("")}${keyMark}${nodes}${labels}</svg>` +
      `<p class="hint">Hosts stand on the ring by their Kademlia id, clockwise from 0 at the top. The strong edges are those of ${Dom.escape(Describe.host(chosen))}. ${graph === "tables" ? Tables.allAgo(cursor) : ""}</p>${graph === "tables" ? Tables.none() : ""}`
    );
  }

  function start() {
    Panels.add("ring", "Ring", ["cursor", "host", "graph", "pick", "key"], draw);
  }

  return { start };
})();
