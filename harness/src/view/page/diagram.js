// The space-time diagram: puts lanes, bands, connections, queries, messages and checks
// together, and says when there are too many to draw each.
const Diagram = (() => {
  const scroller = Dom.byId("scroller");
  const plot = Dom.byId("plot");
  const svg = Dom.byId("marks");
  const canvas = Dom.byId("density");
  let laid = { rows: [], height: 0, total: 0 };
  let lines = [];

  const DEFS =
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
    '<path d="M0 0V6" class="hatch"/></pattern></defs>';

  // What the edges of a heading take of its width.
  const FOLD_MARGIN = 14;

  // The sign in front of the name of a router.
  const ROUTER = "⌂ ";

  /** The heading of so many folded hosts, as much of it as fits. */
  function fitting(sign, count) {
    const number = Dom.number(count);
    const words = `${number} ${count === 1 ? "other" : "others"}`;
    const room = Dom.byId("lane-names").clientWidth - FOLD_MARGIN;
    return [`${sign} ${words}`, words].find((text) => Marks.wide(text, 12) <= room) ?? `${sign} ${number}`;
  }

  function names() {
    Dom.set(
      Dom.byId("lane-names"),
      laid.rows
        .map((row) => {
          const style = `style="top:${row.top}px;height:${row.height}px"`;
          if (row.kind !== "host") {
            const folded = row.kind === "fold";
            const count = row.hosts.length;
            const text = fitting(folded ? "▸" : "▾", count);
            const does = folded ? "give each of the other hosts a lane" : "fold the other hosts into one lane";
            return `<button type="button" class="fold-name" data-fold="1" aria-expanded="${!folded}" title="${does} (o)" ${style}>${text}</button>`;
          }
          const host = Model.hosts[row.host];
          const focus = Model.focus.hosts.includes(row.host) ? " focus" : "";
          const picked = State.isPicked("host", row.host) ? " selected" : "";
          const dead = Model.alive(row.host, State.state.cursor) ? "" : " dead";
          return `<button type="button" class="lane-name${focus}${picked}${dead}" data-pick="host:${row.host}" title="${Dom.escape([host.name, host.address, Describe.behind(row.host)].filter(Boolean).join("  "))}" ${style}>${Dom.escape(host.name)}${router(host, row)}</button>`;
        })
        .join(""),
    );
  }

  /** The router in front of a host, below its name if the lane is high enough. */
  const router = (host, row) =>
    host.routers.length && row.height >= 30
      ? `<small class="behind">${ROUTER}${Dom.escape(host.routers[0].name)}</small>`
      : "";

  /** What the marks do not show, in words. */
  function note(messages, connections, queries) {
    const many = [];
    const streams = messages.streams
      ? ` and ${Dom.plural(messages.streams, "stream")} without a request`
      : "";
    const told = `${Model.inWords(messages.count - messages.streams)}${streams}`;
    if (messages.count > Visible.LIMIT) many.push(told);
    if (connections.count > Visible.LIMIT) many.push(Dom.plural(connections.count, "connection"));
    if (queries.count > Visible.LIMIT) many.push(Dom.plural(queries.count, "query", "queries"));
    const parts = [];
    if (many.length) parts.push(`<strong>${many.join(", ")}: zoom in to see each.</strong>`);
    else if (State.state.layers.messages && Model.messageCount)
      parts.push(`${told} shown.`);
    if (!Doc.has_contents)
      parts.push(
        "This page is made of a trace, which has no messages, tables and stores. To see them, make a page of the scenario (<code>dht-harness view SCENARIO</code>) or of its recording (<code>dht-harness view RECORDING.json</code>).",
      );
    else if (!Model.messageCount && !Doc.left_out.some((l) => l.what === "messages"))
      parts.push(
        Doc.transport === "mux"
          ? "This run has no messages."
          : "This run has no messages: only the mux transport records them.",
      );
    if (messages.inside)
      parts.push(
        `${Dom.plural(messages.inside, "message")} between folded hosts ${messages.inside === 1 ? "is" : "are"} not drawn.`,
      );
    const left = Doc.left_out.filter((l) => l.from <= State.state.to && l.to >= State.state.from);
    for (const l of left)
      parts.push(
        `${Dom.number(l.count)} ${Dom.escape(l.what)} from ${Time.words(l.from)} to ${Time.words(l.to)} are left out: ${Dom.escape(l.why)}.`,
      );
    Dom.set(Dom.byId("note"), parts.join(" "));
  }

  /** Draws everything in the window. */
  function draw() {
    const bar = scroller.offsetWidth - scroller.clientWidth;
    const width = Math.max(60, plot.clientWidth);
    Dom.byId("ruler-row").style.paddingRight = `${bar}px`;
    Marks.resize(width);
    const { paper } = State.state;
    laid = Lanes.lay(paper ? 400 : scroller.clientHeight);
    scroller.style.height = paper ? `${laid.total}px` : "";
    plot.style.height = `${laid.total}px`;
    Dom.byId("lane-names").style.height = `${laid.total}px`;
    const { from, to } = State.state;
    const ticks = Axis.ticks(from, to, width);
    const messages = Visible.messages();
    const tracks = laid.height >= 26;
    let connections = Visible.connections(tracks);
    if (tracks && connections.count > Visible.LIMIT / 2) connections = Visible.connections(false);
    const queries = Visible.queries();
    lines = [];
    const free = Marks.places();
    Lives.takePlaces(laid, free);
    if (connections.count <= Visible.LIMIT) Links.takePlaces(connections.list, laid.height, free);
    if (queries.count <= Visible.LIMIT) Spans.takePlaces(queries.list, laid.height, free);
    Arrows.takePlaces(messages.list, free);
    const checks = Lives.checks(free);
    const dense = messages.count > Visible.LIMIT;
    if (dense) Density.draw(canvas, laid, width);
    else Density.hide(canvas);
    svg.setAttribute("width", width);
    svg.setAttribute("height", laid.total);
    svg.classList.toggle("dense", dense);
    const links =
      connections.count <= Visible.LIMIT
        ? Links.draw(connections.list, laid.height, lines, free)
        : "";
    const spans =
      queries.count <= Visible.LIMIT
        ? Spans.draw(queries.list, laid.height, free)
        : { marks: "", names: "" };
    const arrows = dense ? null : Arrows.draw(messages.list, laid.height, lines, free);
    const idle = Bands.idleWords(laid, lines, free);
    const drawn = [
      DEFS,
      Bands.grid(ticks.ticks, laid.total),
      Bands.idle(laid),
      Lives.draw(laid),
      Bands.faults(laid),
      Bands.leftOut(laid),
      idle,
      links,
      spans.marks,
      arrows ? arrows.marks : "",
      spans.names,
      arrows ? arrows.names() : "",
      checks,
      '<g id="cursor"></g><g id="band"></g>',
    ];
    Dom.set(svg, drawn.join(""));
    Ruler.draw(ticks);
    note(messages, connections, queries);
    cursor();
  }

  /** Draws the cursor, and which hosts are down at its time. */
  function cursor() {
    const x = Marks.x(State.state.cursor);
    const inside = x >= -1 && x <= Marks.width() + 1;
    const group = Dom.byId("cursor");
    if (group)
      group.innerHTML = inside ? `<path class="cursor" d="M${Marks.f(x)} 0V${laid.total}"/>` : "";
    Ruler.cursor();
    names();
  }

  /** The message or connection whose line is closest to a place of the plot, or null. */
  function near(px, py) {
    let best = null,
      least = 6;
    for (const line of lines) {
      const dx = line.x2 - line.x1,
        dy = line.y2 - line.y1;
      const share = Dom.clamp(
        ((px - line.x1) * dx + (py - line.y1) * dy) / (dx * dx + dy * dy || 1),
        0,
        1,
      );
      const away =
        Math.hypot(px - line.x1 - share * dx, py - line.y1 - share * dy) +
        (line.kind === "message" ? 0 : 1);
      if (away < least) {
        least = away;
        best = line;
      }
    }
    return best && { kind: best.kind, n: best.n };
  }

  /** Scrolls until the lane of a host is in view. */
  function reveal(host) {
    const row = Lanes.row(host);
    if (!row) return;
    if (row.top < scroller.scrollTop) scroller.scrollTop = row.top;
    const low = row.top + row.height - scroller.clientHeight;
    if (low > scroller.scrollTop) scroller.scrollTop = low;
  }

  /** Draws a range that is being marked, or none. */
  function mark(from, to) {
    const left = Math.min(from, to),
      width = Math.abs(to - from);
    Dom.byId("band").innerHTML = width
      ? `<rect class="brush" x="${Marks.f(left)}" y="0" width="${Marks.f(width)}" height="${laid.total}"/>`
      : "";
  }

  /** Draws for paper, and then for the screen again. */
  function print(on) {
    State.set({ paper: on });
    document.body.style.width = on ? "1040px" : "";
    State.redraw();
  }

  function start() {
    const lengths = Model.hosts.flatMap((host) => [
      host.name.length,
      ...host.routers.slice(0, 1).map((router) => router.name.length + 1),
    ]);
    // The heading of the hosts that do not matter to the failure.
    const others = Model.hosts.length - Model.focus.hosts.length;
    if (Model.focus.hosts.length && others) lengths.push(`▸ ${Dom.number(others)} others`.length);
    const longest = Math.max(...lengths, 5);
    document.documentElement.style.setProperty(
      "--longest",
      `${Math.max(84, longest * 7.4 + 22)}px`,
    );
    window.addEventListener("beforeprint", () => print(true));
    window.addEventListener("afterprint", () => print(false));
    State.listen(
      [
        "from",
        "to",
        "pick",
        "only",
        "hosts",
        "hidden",
        "layers",
        "folded",
        "matter",
        "size",
        "squeeze",
      ],
      draw,
    );
    State.listen(["cursor"], (what) => {
      if (!what.has("all")) cursor();
    });
    new ResizeObserver(() => State.set({ size: 1 })).observe(scroller);
  }

  return { start, near, reveal, mark };
})();
