// The panel of the selected thing, or of the run where nothing is selected.
const Details = (() => {
  const rowsOf = (rows) =>
    `<dl>${rows.map(([name, markup]) => `<dt>${Dom.escape(name)}</dt><dd>${markup}</dd>`).join("")}</dl>`;

  /** The most of one sort of failure that are listed. */
  const LISTED = 12;

  /** What went wrong, in plain words: first which connections outlive a host, then each failed
   *  check with what was expected and what was seen. */
  function failure() {
    const parts = [];
    const outliving = Model.connections.flatMap((c, n) =>
      [0, 1].flatMap((side) => {
        const since = Model.outlives(c, side);
        return since === null ? [] : [{ n, side }];
      }),
    );
    const hostOf = ({ n, side }) => [Model.connections[n].from, Model.connections[n].to][side];
    const item = (end) => {
      const c = Model.connections[end.n];
      const down = Model.downAt(c, end.side);
      const name = c.n === null ? "relayed connection" : `connection #${c.n}`;
      const until = down === null ? ", and at the end still" : ` until ${Time.words(down)}`;
      const up = Time.words(Model.upAt(c, end.side));
      return `<li>${Dom.link(`${name}, ${Describe.host(c.from)} → ${Describe.host(c.to)}`, { pick: `connection:${end.n}` })}: up at ${Dom.escape(Describe.host(hostOf(end)))} from ${up}${until}</li>`;
    };
    if (outliving.length) {
      const hosts = [...new Set(outliving.map(hostOf))];
      const ended = hosts.slice(0, 5).map((host) => {
        const life = Model.hosts[host].lives.filter((l) => l.to !== null).at(-1);
        return `${Describe.hostLink(host)} ${life.end === "closed" ? "was closed" : Dom.escape(life.end)} at ${Describe.atLink(life.to)}.`;
      });
      parts.push(
        `<p>${ended.join(" ")} ${outliving.length === 1 ? "A connection is" : `${Dom.number(outliving.length)} connections are`} up after that:</p><ul class="failures">${outliving.slice(0, LISTED).map(item).join("")}</ul>${Describe.more(outliving.length, LISTED)}`,
      );
    }
    if (Model.checks.length) {
      const check = (c, n) =>
        `<li>${Dom.link(`${c.invariant}${c.kind ? `: ${c.kind}` : ""}`, { pick: `check:${n}`, at: c.at })} at ${Describe.hostLinks([...new Set(c.hosts)])}, ${Time.words(c.at)}${c.since === null || c.since === c.at ? "" : `, ${Describe.since(c)}`}` +
        `${c.expected ? `<br>expected: ${Dom.escape(c.expected)}` : ""}${c.seen ? `<br>seen: <span class="bad">${Dom.escape(c.seen)}</span>` : ""}</li>`;
      parts.push(
        `<p>${Dom.plural(Model.checks.length, "failed check")}:</p><ul class="failures">${Model.checks.slice(0, LISTED).map(check).join("")}</ul>${Describe.more(Model.checks.length, LISTED)}`,
      );
    }
    // The failed step that ends a scenario is one of the failed checks.
    const told = new Set(Model.checks.map((c) => c.step));
    const steps = Model.steps.flatMap((step, n) => (step.failed && !told.has(n) ? [{ step, n }] : []));
    if (steps.length) {
      const says = ({ step, n }) =>
        `<li>${Dom.link(step.says, { pick: `step:${n}`, at: step.at })}, ${Time.words(step.at)}<br><span class="bad">${Dom.escape(step.failed)}</span></li>`;
      parts.push(
        `<p>${Dom.plural(steps.length, "failed step")}:</p><ul class="failures">${steps.slice(0, LISTED).map(says).join("")}</ul>${Describe.more(steps.length, LISTED)}`,
      );
    }
    return parts.length ? `<section id="failure"><h2>What failed</h2>${parts.join("")}</section>` : "";
  }

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
    /** How many of a sort of thing the page leaves out, in words. */
    const leftOut = (what) => {
      const sum = Doc.left_out.reduce((all, l) => all + (l.what === what ? l.count : 0), 0);
      return sum ? `and ${Dom.number(sum)} left out` : "";
    };
    const absent = (what) => {
      const words = leftOut(what);
      return words ? `, <span class="hint">${words}</span>` : "";
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
      const words = leftOut(name.toLowerCase());
      if (count || words)
        rows.push([`${name} (${count})`, markup + (words ? `<div class="hint">${words}</div>` : "")]);
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
      "Failed dials",
      failed.length,
      failed.slice(0, 20).map((link) => `<div>${link}</div>`).join("") +
        Describe.more(failed.length, 20),
    );
    group(
      "Relayed connections",
      relayed.length,
      relayed.slice(0, 40).map((link) => `<div>${link}</div>`).join("") +
        Describe.more(relayed.length, 40),
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
    return `${failure()}<h2>The run</h2>${rowsOf(rows)}<p class="hint">Click a thing in the diagram to see it here. <kbd>?</kbd> lists the keys.</p>`;
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
