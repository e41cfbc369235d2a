// The panel of all tables: a row for each host's table, a column for each host.
const Heat = (() => {
  const { f } = Marks;
  let cell = 1;
  let left = 0;
  let top = 0;

  function draw(width, height) {
    if (!Doc.has_contents) return Tables.none();
    const n = Model.hosts.length;
    const { cursor, host } = State.state;
    const names = n <= 48;
    const longest = names
      ? Math.min(14, Math.max(...Model.hosts.map((h) => h.name.length), 1)) * 6.8 + 12
      : 14;
    left = longest;
    top = longest;
    const room = Math.min(width - left - 2, Math.max(height - top - 120, 280));
    cell = Dom.clamp(Math.floor((room / Math.max(n, 1)) * 2) / 2, 2.5, 30);
    const side = cell * n;
    const paths = { connected: "", known: "", dead: "" };
    const sums = { connected: 0, known: 0, dead: 0, stranger: 0 };
    let looked = 0;
    const place = (a, b, status) => {
      const x = left + b * cell,
        y = top + a * cell;
      const inset =
        status === "connected" ? Math.min(1, cell * 0.1) : status === "known" ? cell * 0.24 : 0;
      if (status === "dead" && cell >= 6)
        return Marks.cross(x + cell / 2, y + cell / 2, cell * 0.28);
      const size = f(cell - 2 * inset);
      return `M${f(x + inset)} ${f(y + inset)}h${size}v${size}h${-size}z`;
    };
    Tables.all(cursor).forEach((table, a) => {
      if (!table) return;
      looked++;
      for (const entry of table.entries.values()) {
        const status = Tables.status(entry, cursor);
        sums[status]++;
        if (status !== "stranger") paths[status] += place(a, Model.peer(entry.peer).host, status);
      }
    });
    const down = Model.hosts
      .map((_, h) =>
        Model.alive(h, cursor)
          ? ""
          : `M${left} ${f(top + h * cell)}h${f(side)}v${f(cell)}h${f(-side)}zM${f(left + h * cell)} ${top}h${f(cell)}v${f(side)}h${f(-cell)}z`,
      )
      .join("");
    const self = Model.hosts
      .map(
        (_, h) => `M${f(left + h * cell)} ${f(top + h * cell)}h${f(cell)}v${f(cell)}h${f(-cell)}z`,
      )
      .join("");
    const lines =
      cell >= 8
        ? `<path class="grid" d="${Model.hosts.map((_, h) => `M${left} ${f(top + h * cell)}h${f(side)}M${f(left + h * cell)} ${top}v${f(side)}`).join("")}"/>`
        : "";
    const labels = names
      ? Model.hosts
          .map((h, i) => {
            const dead = Model.alive(i, cursor) ? "" : " dead";
            const short = Dom.escape(h.name.length > 14 ? `${h.name.slice(0, 13)}…` : h.name);
            const x = left + i * cell + cell / 2,
              y = top + i * cell + cell / 2;
            return (
              `<text class="name${dead}" x="${left - 5}" y="${f(y + 3.5)}" text-anchor="end">${short}</text>` +
              `<text class="name${dead}" transform="translate(${f(x + 3.5)} ${top - 5}) rotate(-90)">${short}</text>`
            );
          })
          .join("")
      : `<text class="name" x="${left}" y="10">is known →</text><text class="name" transform="translate(10 ${top}) rotate(90)">knows →</text>`;
    const row = `<rect class="chosen" x="${left}" y="${f(top + host * cell)}" width="${f(side)}" height="${f(cell)}"/>`;
    const key = (className, inner, text) =>
      `<span>${Marks.icon(`<g class="heat-key ${className}">${inner}</g>`)}${text}</span>`;
    const known = sums.connected + sums.known + sums.dead;
    return (
      `<div class="controls legend">${key("connected", '<path d="M3 1h12v12h-12z"/>', `connected ${Dom.number(sums.connected)}`)}${key("known", '<path d="M6 4h6v6h-6z"/>', `not connected ${Dom.number(sums.known)}`)}` +
      `${key("dead", `<path d="${Marks.cross(9, 7, 4)}"/>`, `known but dead ${Dom.number(sums.dead)}`)}${key("down", '<path d="M3 1h12v12h-12z"/>', "host is down")}${key("self", '<path d="M3 1h12v12h-12z"/>', "itself")}</div>` +
      `<p>At ${Time.words(cursor, 6)} the tables of ${looked === n ? "all" : `${Dom.number(looked)} of`} ${Dom.plural(n, "host")} hold ${Dom.plural(known, "host entry", "host entries")}${sums.stranger ? ` and ${Dom.plural(sums.stranger, "peer")} that ${sums.stranger === 1 ? "is no host" : "are no hosts"}` : ""}. ${absent(n - looked)}A row is a table, a column a known host. ${Tables.allAgo(cursor)}</p>` +
      `<svg id="heat" role="img" aria-label="all tables: ${known} entries, ${sums.dead} of them dead" width="${f(left + side + 2)}" height="${f(top + side + 2)}">` +
      `<path class="down" d="${down}"/><path class="self" d="${self}"/>${lines}<path class="known" d="${paths.known}"/><path class="connected" d="${paths.connected}"/><path class="dead${cell >= 6 ? " crossed" : ""}" d="${paths.dead}"/>${labels}${row}</svg>`
    );
  }

  /** Why some hosts have no table at the cursor. */
  function absent(count) {
    if (!count) return "";
    const down = Model.hosts.filter((_, h) => !Model.alive(h, State.state.cursor)).length;
    const parts = [
      [down, down === 1 ? "is not up" : "are not up"],
      [count - down, "had no entry when last read, or no table"],
    ];
    const words = parts.filter(([n]) => n > 0).map(([n, word]) => `${Dom.number(n)} ${word}`);
    return `Of the others ${words.join(", ")}. `;
  }

  /** The row and column under the pointer, or null. */
  function pair(event) {
    const svg = event.target.closest("#heat");
    if (!svg) return null;
    const box = svg.getBoundingClientRect();
    const b = Math.floor((event.clientX - box.left - left) / cell),
      a = Math.floor((event.clientY - box.top - top) / cell);
    return Model.hosts[a] && Model.hosts[b] ? { a, b } : null;
  }

  function tell(event) {
    const there = pair(event);
    if (!there) return Tooltip.hide();
    const { a, b } = there;
    const table = Tables.all(State.state.cursor)[a];
    const entry = table && [...table.entries.values()].find((e) => Model.peer(e.peer).host === b);
    const words =
      a === b
        ? "itself"
        : !table
          ? "is down, or its table is not recorded"
          : !entry
            ? "is not in this table"
            : `bucket ${entry.bucket}, ${{ connected: "connected", known: "not connected", dead: "dead" }[Tables.status(entry, State.state.cursor)]}, for ${Tables.age(entry, State.state.cursor)}; read ${Tables.ago(a, State.state.cursor)}`;
    return Tooltip.lines(`${Describe.host(a)} → ${Describe.host(b)}`, words, event);
  }

  function start() {
    Panels.add("heat", "All tables", ["cursor", "host"], draw);
    const body = Dom.byId("panel");
    body.addEventListener("pointermove", (event) => {
      if (State.state.tab === "heat") tell(event);
    });
    body.addEventListener("pointerleave", Tooltip.hide);
    body.addEventListener("click", (event) => {
      const there = State.state.tab === "heat" && pair(event);
      if (there) State.choose({ kind: "host", n: there.a });
    });
  }

  return { start };
})();
