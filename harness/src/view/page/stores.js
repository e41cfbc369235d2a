// The panel of keys: which hosts hold one, and from when to when.
const Stores = (() => {
  const { f } = Marks;
  const ROW = 20,
    TOP = 20;

  function chart(key, width) {
    const { cursor, from, to } = State.state;
    const held = Model.stores.map((s, n) => ({ s, n })).filter(({ s }) => s.key === key);
    const id = Model.keys[key].id;
    const hosts = [...new Set(held.map(({ s }) => s.host))].sort((a, b) =>
      Ids.compare(id, Model.hosts[a].id, Model.hosts[b].id),
    );
    const left = Math.min(
      150,
      Math.max(...hosts.map((h) => Model.hosts[h].name.length)) * 6.3 + 50,
    );
    const inner = width - left - 6;
    const x = (at) => left + Dom.clamp(Axis.share(at, from, to), 0, 1) * inner;
    const ticks = Axis.ticks(from, to, inner).ticks;
    // Records above, each provider below in a line of its own.
    let top = TOP;
    const rows = hosts
      .map((h, i) => {
        const own = held.filter(({ s }) => s.host === h);
        const ends = [];
        const placed = own
          .sort((a, b) => a.s.from - b.s.from)
          .map(({ s }) => {
            const last = Model.endOf(s);
            let line = ends.findIndex((end) => end <= s.from);
            if (line < 0) line = ends.length;
            ends[line] = last;
            return { s, last, line };
          });
        const height = Math.max(1, ends.length) * ROW;
        const y = top;
        top += height;
        const bars = placed
          .map(({ s, last, line }) => {
            if (last < from || s.from > to) return "";
            const a = x(s.from),
              b = x(last);
            const words =
              s.what === "provider"
                ? `provider ${s.provider === null ? "" : Model.peer(s.provider).name}`
                : s.value || "record";
            const letters = Math.floor((b - a - 8) / 6);
            const text =
              letters > 2
                ? `<text x="${f(a + 5)}" y="${f(y + line * ROW + 14)}">${Dom.escape(words.length > letters ? `${words.slice(0, letters - 1)}…` : words)}</text>`
                : "";
            // Its begin is not known: it was there when the store was read.
            const begin = s.first_seen
              ? `<path class="seen" d="M${f(a)} ${y + line * ROW + 1}v${ROW - 2}"/>`
              : "";
            const end =
              s.to === null
                ? ""
                : `<path class="over" d="M${f(b)} ${y + line * ROW + 1}v${ROW - 2}"/>`;
            return `<g class="store ${s.what}"><title>${Dom.escape(`${words}, ${s.first_seen ? "first seen at " : "from "}${Time.words(s.from)}${s.to === null ? " to the end" : `, gone at ${Time.words(s.to)} at the latest`}`)}</title><rect x="${f(a)}" y="${f(y + line * ROW + 3)}" width="${f(Math.max(2, b - a))}" height="${ROW - 6}" rx="2"/>${begin}${end}${text}</g>`;
          })
          .join("");
        const alive = Model.alive(h, cursor) ? "" : " dead";
        return (
          `${i % 2 ? `<rect class="stripe" x="0" y="${y}" width="${width}" height="${height}"/>` : ""}<g data-pick="host:${h}"><text class="name${alive}" x="2" y="${y + 14}">${Dom.escape(Model.hosts[h].name)}</text>` +
          `<text class="hint" x="${left - 6}" y="${y + 14}" text-anchor="end">${Ids.distance(Model.hosts[h].id, id).toFixed(1)}</text></g>${bars}`
        );
      })
      .join("");
    const grid = ticks
      .map(
        (tick) =>
          `<path class="grid" d="M${f(x(tick.at))} ${TOP - 4}V${top}"/><text x="${f(Math.min(x(tick.at), width - tick.label.length * 3))}" y="12" text-anchor="middle">${Dom.escape(tick.label)}</text>`,
      )
      .join("");
    const now =
      cursor >= from && cursor <= to ? `<path class="cursor" d="M${f(x(cursor))} 2V${top}"/>` : "";
    return (
      `<h3>${Dom.link(Describe.keyText(key), { pick: `key:${key}` })} <small>${Dom.plural(hosts.length, "host")}</small></h3>` +
      `<svg class="stores" role="img" aria-label="hosts that hold ${Dom.escape(Describe.keyText(key))}" viewBox="0 0 ${width} ${top + 2}" width="${width}" height="${top + 2}">${rows}${grid}${now}</svg>`
    );
  }

  function draw(width) {
    const held = [...new Set(Model.stores.map((s) => s.key))]
      .filter((k) => Model.keys[k])
      .sort((a, b) => a - b);
    if (!held.length && !Doc.has_contents) return Tables.none();
    if (!held.length)
      return '<p class="empty">No host of this run stores a record or a provider.</p>';
    const { key } = State.state;
    const select = Panels.select(
      "key",
      "key",
      [[-1, held.length > 1 ? `all ${held.length} keys` : "the only key"], ...held.map((k) => [k, Describe.keyText(k)])],
      key,
    );
    const shown = key >= 0 ? held.filter((k) => k === key) : held.slice(0, 12);
    const note =
      key < 0 && held.length > 12
        ? '<p class="hint">The first 12 keys. Choose one to see another.</p>'
        : "";
    const none = shown.length
      ? ""
      : `<p class="empty">No host stores ${Dom.escape(Describe.keyText(key))}.</p>`;
    return (
      `<div class="controls">${select}<span class="legend"><span>${Marks.icon('<g class="store record"><rect x="1" y="2" width="16" height="10" rx="2"/></g>')}record</span><span>${Marks.icon('<g class="store provider"><rect x="1" y="2" width="16" height="10" rx="2"/></g>')}provider</span><span>${Marks.icon('<g class="store"><path class="seen" d="M9 1v12"/></g>')}first seen, may be older</span></span></div>` +
      `<p class="hint">Hosts by their distance to the key (log2), the closest first. The times are those of the diagram's window.</p>${shown.map((k) => chart(k, Dom.clamp(width, 280, 1400))).join("")}${none}${note}`
    );
  }

  function start() {
    Panels.add("stores", "Stores", ["key", "cursor", "from", "to", "squeeze"], draw);
  }

  return { start };
})();
