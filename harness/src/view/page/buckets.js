// The panel of one routing table: its buckets from the farthest to the closest.
const Buckets = (() => {
  const SIGNS = { connected: "●", known: "○", dead: "✕", stranger: "?" };
  const WORDS = {
    connected: "connected",
    known: "not connected",
    dead: "dead",
    stranger: "not a host",
  };

  function chip(entry, moment, gone) {
    const peer = Model.peer(entry.peer);
    const status = Tables.status(entry, moment);
    const change = gone ? "gone" : entry.change;
    const sign =
      change === "added" ? "+" : change === "gone" ? "−" : change === "changed" ? "~" : "";
    const age = gone ? "" : Tables.age(entry, moment);
    const title = `${peer.name}: ${WORDS[status]}${peer.former ? ", a former identity" : ""}, ${gone ? "" : `in the table for ${entry.sure ? "" : "at least "}${Time.words(moment - entry.since, 1)}, `}${Dom.plural(entry.addresses || 0, "address", "addresses")}${change ? `, ${change} in the last change` : ""}`;
    const pick = peer.host >= 0 ? ` data-pick="host:${peer.host}"` : "";
    return (
      `<button type="button" class="entry ${status} ${change}"${pick} title="${Dom.escape(title)}">` +
      `<span class="sign">${sign}${SIGNS[status]}</span>${Dom.escape(peer.name)}<small>${age}</small></button>`
    );
  }

  function looksOf(host, table, cursor) {
    const looks = Model.looks[host];
    const next = looks[table ? table.index + 1 : 0];
    const before = table && table.index > 0 ? looks[table.index - 1] : null;
    const button = (look, text, label) =>
      `<button type="button" class="button" ${look ? `data-at="${look.at}"` : "disabled"} aria-label="${label}" title="${label}">${text}</button>`;
    const at = table
      ? `change ${table.index + 1} of ${table.looks}, seen ${Time.words(cursor - table.at)} ago; last read ${Tables.ago(host, cursor)}`
      : Tables.wasRead(host, cursor)
        ? `no entry seen; last read ${Tables.ago(host, cursor)}`
        : "not read yet";
    return `${button(before, "◂", "the change before")}${button(next, "▸", "the next change")} <span class="hint">${at}</span>`;
  }

  function draw() {
    const { host, cursor } = State.state;
    if (!Model.hosts.length) return "<p>This run has no hosts.</p>";
    const table = Tables.at(host, cursor);
    const head = `<div class="controls">${Panels.hostSelect()} ${looksOf(host, table, cursor)}</div>`;
    if (!Model.looks[host].length)
      return `${head}${Tables.none() || `<p class="empty">No entry of a table of ${Dom.escape(Describe.host(host))} is seen in this run.</p>`}`;
    if (!table)
      return `${head}<p class="empty">The first change of this table is seen at ${Describe.atLink(Model.looks[host][0].at)}, after the cursor.</p>`;
    const dead = Model.alive(host, cursor)
      ? ""
      : `<p class="bad">✕ ${Dom.escape(Describe.host(host))} is down at the cursor. This is its last table.</p>`;
    const buckets = new Map();
    const put = (bucket) => {
      if (!buckets.has(bucket)) buckets.set(bucket, { entries: [], gone: [], pending: false });
      return buckets.get(bucket);
    };
    for (const entry of table.entries.values()) put(entry.bucket).entries.push(entry);
    for (const entry of table.gone) put(entry.bucket).gone.push(entry);
    for (const bucket of table.pending) put(bucket).pending = true;
    const rows = [...buckets.entries()]
      .sort((a, b) => b[0] - a[0])
      .map(([n, bucket]) => {
        const entries =
          bucket.entries.map((e) => chip(e, cursor, false)).join("") +
          bucket.gone.map((e) => chip(e, cursor, true)).join("");
        const pending = bucket.pending
          ? '<span class="pending" title="an entry waits for a place">⧗ pending</span>'
          : "";
        return `<tr><th scope="row" title="distance from 2^${n} to 2^${n + 1}">${n}</th><td class="count">${bucket.entries.length}</td><td>${entries}${pending}</td></tr>`;
      })
      .join("");
    const all = [...table.entries.values()];
    const count = (status) => all.filter((e) => Tables.status(e, cursor) === status).length;
    const added = all.filter((e) => e.change === "added").length;
    const legend =
      `<p class="legend"><span class="entry connected"><span class="sign">●</span>connected ${count("connected")}</span><span class="entry known"><span class="sign">○</span>not connected ${count("known")}</span><span class="entry dead"><span class="sign">✕</span>dead ${count("dead")}</span>` +
      `${count("stranger") ? `<span class="entry stranger"><span class="sign">?</span>not a host ${count("stranger")}</span>` : ""}<span class="hint">+ added (${added}) &nbsp; ~ changed &nbsp; − gone (${table.gone.length}) in this change</span></p>`;
    return (
      `${head}${dead}<p>${Dom.plural(all.length, "entry", "entries")} in ${Dom.plural(buckets.size, "bucket")}. Bucket 255 is the farthest half of the ids.</p>${legend}` +
      `<table class="buckets"><thead><tr><th scope="col">bucket</th><th scope="col">size</th><th scope="col">entries, and for how long they are in the table (≥: at least)</th></tr></thead><tbody>${rows}</tbody></table>`
    );
  }

  function start() {
    Panels.add("table", "Table", ["host", "cursor"], draw);
  }

  return { start };
})();
