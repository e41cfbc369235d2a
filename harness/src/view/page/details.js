// The panel of the selected thing, or of the run where nothing is selected.
const Details = (() => {
  const rowsOf = (rows) =>
    `<dl>${rows.map(([name, markup]) => `<dt>${Dom.escape(name)}</dt><dd>${markup}</dd>`).join("")}</dl>`;

  function run() {
    const live = Model.hosts.filter((_, n) => Model.alive(n, State.state.cursor)).length;
    const count = { sent: 0, held: 0, lost: 0, dropped: 0, silent: 0, refused: 0, open: 0, late: 0 };
    for (const n of Model.bySent) {
      const m = Model.message(n);
      const what = m.held ? "held" : m.dropped >= 0 ? "dropped" : m.refused ? "refused" : m.opening && !m.open ? "silent" : m.opening ? "open" : "sent";
      count[what]++;
      if (m.lost) count.lost++;
      if (m.delay && !m.held) count.late++;
    }
    const bad = (n, word) => (n ? `, <span class="bad">${Dom.number(n)} ${word}</span>` : "");
    /** What the page leaves out of a sort of thing. */
    const absent = (what) => {
      const sum = Doc.left_out.reduce((all, l) => all + (l.what === what ? l.count : 0), 0);
      return sum ? `, <span class="hint">and ${Dom.number(sum)} left out</span>` : "";
    };
    const streams = [
      [count.silent, "without a reply"],
      [count.refused, "refused"],
      [count.open, "not agreed on yet"],
    ]
      .filter(([n]) => n)
      .map(([n, word]) => `${Dom.number(n)} ${word}`)
      .join(", ");
    const every = [...Model.connections.keys()];
    const cameUp = Doc.connections.filter((c) => Model.upAt(c, 1) !== null).length;
    const failed = Describe.failedLinks(every);
    const rows = [
      ["Hosts", `${Dom.number(Model.hosts.length)}, ${Dom.number(live)} alive at the cursor`],
      ["Duration", Time.words(Model.end)],
      [
        "Messages",
        `${Model.inWords(count.sent + count.dropped + count.held)}${bad(count.lost, "lost")}${bad(count.dropped, "dropped by hosts")}${count.late ? `, ${Dom.number(count.late)} delayed` : ""}${count.held ? `, ${Dom.number(count.held)} held back at the end` : ""}${absent("messages")}`,
      ],
      ...(streams ? [["Streams without a request", streams]] : []),
      [
        "Connections",
        `${cameUp ? Dom.number(cameUp) : "none"} came up${failed.length ? `, <span class="bad">${Dom.plural(failed.length, "dial")} failed</span>` : ""}${absent("connections")}${absent("failed dials")}`,
      ],
    ];
    const relayed = Describe.relayedLinks(every);
    const group = (name, count, markup) => {
      if (count) rows.push([`${name} (${count})`, markup]);
    };
    const links = (list, kind, text) =>
      list
        .slice(0, 40)
        .map(
          (thing, n) =>
            `<div>${Dom.link(text(thing), { pick: `${kind}:${n}`, at: thing.at === undefined ? thing.from : thing.at })}</div>`,
        )
        .join("") + Describe.more(list.length, 40);
    group(
      "Failed checks",
      Model.checks.length,
      links(Model.checks, "check", (c) => `${Time.words(c.at)}  ${c.invariant}`),
    );
    group(
      "Failed dials",
      failed.length,
      failed.slice(0, 20).map((link) => `<div>${link}</div>`).join("") +
        Describe.more(failed.length, 20),
    );
    group(
      "Relayed connections",
      relayed.length,
      relayed.slice(0, 40).map((link) => `<div>${link}</div>`).join("") +
        Describe.more(relayed.length, 40) +
        absent("relayed connections"),
    );
    group(
      "Faults",
      Model.faults.length,
      links(Model.faults, "fault", (f) => `${Time.words(f.from)}  ${Describe.faultName(f)}`),
    );
    group(
      "Queries",
      Model.queries.length,
      links(
        Model.queries,
        "query",
        (q) => `${Time.words(q.from)}  ${Describe.host(q.host)}: ${Describe.queryName(q)}`,
      ),
    );
    group(
      "Steps",
      Model.steps.length,
      links(Model.steps, "step", (s) => `${Time.words(s.at)}  ${s.says}${s.failed ? " ✕" : ""}`),
    );
    return `<h2>The run</h2>${rowsOf(rows)}<p class="hint">Click a thing in the diagram to see it here. <kbd>?</kbd> lists the keys.</p>`;
  }

  // From when to when a selected thing lasts.
  const SPANS = {
    query: (n) => [Model.queries[n].from, Model.endOf(Model.queries[n])],
    connection: (n) => [Model.connections[n].dialled, Model.lastOf(Model.connections[n])],
    fault: (n) => [Model.faults[n].from, Model.endOf(Model.faults[n])],
    message: (n) => {
      const all = Model.exchange(n).map(Model.message);
      return [all[0].sent, Math.max(...all.map((m) => Math.max(m.sent, m.arrived)))];
    },
  };

  /** Shows the window in which the selected thing happens. */
  function zoom() {
    const { pick } = State.state;
    if (!pick || !SPANS[pick.kind]) return;
    const [from, to] = SPANS[pick.kind](pick.n).map(Axis.place);
    const margin = Math.max((to - from) * 0.1, 50);
    State.showPlaces(from - margin, to + margin);
  }

  function draw() {
    const { pick } = State.state;
    if (!pick) return run();
    const thing = Describe.thing(pick);
    const actions = [];
    const text = `${pick.kind}:${pick.n}`;
    if (Filters.canBeOnly(pick))
      actions.push(
        Dom.link(`Only messages of this ${pick.kind}`, { only: text, className: "button" }),
      );
    if (SPANS[pick.kind]) {
      actions.push(
        '<button type="button" class="button" data-zoom="1" title="z">Zoom to it</button>',
      );
    }
    if (thing.at !== null)
      actions.push(Dom.link("Move the cursor there", { at: thing.at, className: "button" }));
    if (pick.kind === "host")
      actions.push(
        Dom.link("Table", { tab: "table", className: "button" }),
        Dom.link("Ring", { tab: "ring", className: "button" }),
      );
    if (pick.kind === "query")
      actions.push(Dom.link("Walk", { tab: "query", className: "button" }));
    if (pick.kind === "key")
      actions.push(Dom.link("Stores", { tab: "stores", className: "button" }));
    actions.push(Dom.link("Clear the selection", { pick: "", className: "button", title: "Esc" }));
    return `<h2>${Dom.escape(thing.title)}</h2><p>${Dom.escape(thing.line)}</p><p class="actions">${actions.join(" ")}</p>${rowsOf(thing.rows)}`;
  }

  function start() {
    Dom.byId("panel").addEventListener("click", (event) => {
      if (event.target.closest("[data-zoom]")) zoom();
    });
    Panels.add("details", "Details", ["pick", "cursor"], draw);
  }

  return { start, zoom };
})();
