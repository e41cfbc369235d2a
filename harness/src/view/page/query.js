// The panel of one query: its walk, its result beside the true closest hosts, its requests.
const QueryPanel = (() => {
  function tables(n, list, key) {
    const q = Model.queries[n];
    const found = new Map(q.found.map((p) => [Model.peer(p).host, p]));
    // What is sure counts more than what may be of another query.
    const bySureness = [...list].sort((a, b) => b.others.length - a.others.length);
    const asked = new Map(bySureness.map((r) => [r.host, r]));
    const dialled = new Map(Walk.failedDials(n).map((r) => [r.host, r]));
    const far = (id) => {
      if (!key || !id) return "–";
      const distance = Ids.distance(id, key.id);
      return distance < 0 ? "is the key" : distance.toFixed(2);
    };
    // A request of which nothing was sent is not seen: that there was none is not known.
    const unsure = (r) => (r.others.length ? `<small>${Dom.escape(Walk.orOf(r.others))}</small>` : "");
    const outcome = (r) =>
      (r.ok ? `✓ ${Dom.escape(r.word)}` : `<span class="bad">✕ ${Dom.escape(r.word)}</span>`) + unsure(r);
    const state = (h) =>
      asked.has(h)
        ? outcome(asked.get(h))
        : dialled.has(h)
          ? `<span class="bad">✕ dialled in vain</span>${unsure(dialled.get(h))}`
          : '<span class="hint">no request seen</span>';
    const truth = q.truth
      .map(
        (h, rank) =>
          `<tr><td>${rank + 1}</td><td>${Describe.hostLink(h)}</td><td>${far(Model.hosts[h] && Model.hosts[h].id)}</td><td>${found.has(h) ? "✓ found" : '<span class="bad">✕ missed</span>'}</td><td>${state(h)}</td></tr>`,
      )
      .join("");
    const more = q.found
      .filter((p) => !q.truth.includes(Model.peer(p).host))
      .map((p) => {
        const peer = Model.peer(p);
        return `<tr><td>–</td><td>${peer.host >= 0 ? Dom.link(peer.name, { pick: `host:${peer.host}` }) : Dom.escape(peer.name)}</td><td>${far(peer.id)}</td><td>✓ found</td><td>${state(peer.host)}</td></tr>`;
      })
      .join("");
    const answer = (r) =>
      r.answered
        ? `after ${Time.words(r.to - r.from)}${r.late ? ", too late" : ""}`
        : r.ok
          ? Dom.escape(r.word)
          : `<span class="bad">✕ ${Dom.escape(r.word)}</span>`;
    const requests = list.map((r) => ({
      ...r,
      pick: `message:${r.n}`,
      what: answer(r),
      className: "asked",
    }));
    // Hosts that it may have waited for without a request that could be sent.
    const dials = Walk.failedDials(n).map((r) => ({
      ...r,
      pick: `connection:${r.n}`,
      what: `<span class="bad">✕ dialled in vain for ${Time.words(r.to - r.from)}</span>`,
      named: 0,
      className: "dialled",
    }));
    const waits = [...requests, ...dials].sort((a, b) => a.from - b.from);
    const rows = waits
      .slice(0, 200)
      .map(
        (r) =>
          `<tr class="${r.className}"><td>${Dom.link(Time.signed(r.from - q.from), { at: r.from, pick: r.pick })}</td><td>${Describe.hostLink(r.host)}</td><td>${far(Model.hosts[r.host].id)}</td><td>${r.what}${unsure(r)}</td><td>${r.named || ""}</td></tr>`,
      )
      .join("");
    const steps = q.steps
      .map(
        (s) =>
          `<li>${Dom.link(Time.signed(s.at - q.from), { at: s.at })} ${s.ok ? "✓" : '<span class="bad">✕</span>'} ${Dom.escape(s.says)}</li>`,
      )
      .join("");
    return (
      (truth || more
        ? `<h3>Where it ended, beside the true closest hosts</h3><table><thead><tr><th>rank</th><th>host</th><th>log2 distance</th><th>result</th><th>asked</th></tr></thead><tbody>${truth}${more}</tbody></table>`
        : "") +
      (rows
        ? `<h3>Requests and dials in vain, in their order</h3><table id="waits"><thead><tr><th>begun</th><th>to</th><th>log2 distance</th><th>answered</th><th>peers named</th></tr></thead><tbody>${rows}</tbody></table>${waits.length > 200 ? `<p class="hint">${waits.length - 200} more.</p>` : ""}`
        : "") +
      (steps ? `<h3>Progress</h3><ul class="plain">${steps}</ul>` : "")
    );
  }

  /** The most queries in the list. */
  const MOST = 2000;

  function draw(width) {
    if (!Model.queries.length) return '<p class="empty">This run has no queries.</p>';
    const n = State.state.query;
    const options = Model.queries
      .slice(0, MOST)
      .map((q, i) => [
        i,
        `${Time.words(q.from)}  ${Describe.host(q.host)}: ${Describe.queryName(q)}${Model.queryOk(q) === false ? " ✕" : ""}`,
      ]);
    const select = Panels.select(
      "query",
      "query",
      n < 0 ? [[-1, "choose a query"], ...options] : options,
      n,
    );
    if (n < 0)
      return `<div class="controls">${select}</div><p class="empty">Choose a query here or in the diagram.</p>`;
    const thing = Describe.thing({ kind: "query", n });
    const key = Model.keys[Model.queries[n].key];
    const list = Walk.requests(n);
    const none = list.length
      ? ""
      : Doc.has_contents
        ? '<p class="empty">No requests of this query are seen: it sent none, the run is not on the mux transport, or they are left out.</p>'
        : Tables.ofTrace("messages", "the requests");
    return (
      `<div class="controls">${select} ${Dom.link("Only its messages", { only: `query:${n}`, className: "button" })}${Describe.more(Model.queries.length, MOST)}</div>` +
      `<p>${Describe.hostLink(Model.queries[n].host)}: the query ${Dom.escape(thing.line.replace(/^query of \S+, /, ""))}</p>${key ? Walk.chart(n, list, key, Dom.clamp(width, 280, 1000)) : ""}${none}${tables(n, list, key)}`
    );
  }

  function start() {
    Panels.add("query", "Query", ["query", "cursor", "squeeze"], draw);
  }

  return { start };
})();
