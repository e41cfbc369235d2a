// What is shown: cursor, window, selection and filters. Views listen and draw once a frame.
const State = (() => {
  const state = {
    cursor: 0, // the moment that all panels show
    from: 0,
    to: 1, // the window of the diagram
    pick: null, // { kind, n }: host, query, connection, message, fault, check, key or step
    only: null, // { kind, n }: only messages of this connection, query or host
    host: 0, // whose table is shown
    query: -1, // which query is shown
    key: -1, // which key is shown, -1 for all
    tab: "details",
    hosts: "", // the filter of hosts
    hidden: new Set(), // kinds of messages that are not shown
    layers: {
      messages: true,
      connections: true,
      queries: true,
      faults: true,
      steps: true,
      left: true,
    },
    folded: false, // other hosts in one lane
    matter: false, // only hosts that matter to the selection
    graph: "tables", // edges of the ring: tables or connections
    squeeze: Axis.useful, // long times without events are squeezed
    paper: false, // the page is being printed
    log: "all", // log of all hosts, or of the host that is shown
  };
  const listeners = [];
  let changed = new Set();
  let frame = 0;

  function flush() {
    cancelAnimationFrame(frame);
    frame = 0;
    const what = changed;
    changed = new Set();
    for (const listener of listeners) listener(what);
  }

  /** Changes what is shown; the views draw in the next frame. */
  function set(patch) {
    for (const [name, value] of Object.entries(patch)) {
      state[name] = value;
      changed.add(name);
    }
    Axis.use(state.squeeze);
    if (!frame) frame = requestAnimationFrame(flush);
  }

  /** Calls `draw` in each frame in which one of `names` changed. */
  function listen(names, draw) {
    listeners.push((what) => {
      if (names.some((name) => what.has(name)) || what.has("all")) draw(what);
    });
  }

  /** Draws everything now. */
  function redraw() {
    changed.add("all");
    flush();
  }

  const SHORTEST = 100;
  /** Shows this part of the axis, within the run and some margin. */
  function showPlaces(first, last) {
    const length = Axis.length(),
      margin = length * 0.03;
    const span = Dom.clamp(last - first, SHORTEST, length + 2 * margin);
    const start = Dom.clamp(first, -margin, length + margin - span);
    const from = Math.round(Axis.moment(start));
    set({ from, to: Math.max(from + 1, Math.round(Axis.moment(start + span))) });
  }
  /** Shows the window from one moment to another. */
  const show = (from, to) => showPlaces(Axis.place(from), Axis.place(to));
  /** Shows the window with the cursor, or another moment, in its middle. */
  function centre(at = state.cursor) {
    const half = (Axis.place(state.to) - Axis.place(state.from)) / 2;
    showPlaces(Axis.place(at) - half, Axis.place(at) + half);
  }
  /** Zooms by a factor around a moment: below 1 shows less. */
  function zoom(factor, around = inWindow(state.cursor) ? state.cursor : null) {
    const first = Axis.place(state.from),
      last = Axis.place(state.to);
    const about = around === null ? (first + last) / 2 : Axis.place(around);
    const span = Dom.clamp((last - first) * factor, SHORTEST, Axis.length() * 1.06);
    const start = about - (span * (about - first)) / (last - first);
    showPlaces(start, start + span);
  }
  const inWindow = (at) => at >= state.from && at <= state.to;
  /** Moves the window by a part of its width. */
  function pan(share) {
    const first = Axis.place(state.from),
      last = Axis.place(state.to);
    showPlaces(first + (last - first) * share, last + (last - first) * share);
  }
  const whole = () => showPlaces(-Axis.length() * 0.02, Axis.length() * 1.02);

  /** Moves the cursor, and the window if it would leave it. */
  function moveTo(at) {
    const cursor = Math.round(Dom.clamp(at, 0, Model.end));
    set({ cursor });
    if (!inWindow(cursor)) centre(cursor);
  }

  const TAB_OF = { query: "query", key: "stores" };
  /** Selects a thing; null selects nothing. */
  function choose(pick) {
    const patch = { pick };
    if (pick) {
      if (pick.kind === "host") patch.host = pick.n;
      if (pick.kind === "query")
        Object.assign(patch, { query: pick.n, host: Model.queries[pick.n].host });
      if (pick.kind === "key") patch.key = pick.n;
      const stays = pick.kind === "host" && ["table", "heat", "ring"].includes(state.tab);
      if (!stays) patch.tab = TAB_OF[pick.kind] || "details";
    }
    set(patch);
  }
  const isPicked = (kind, n) =>
    state.pick !== null && state.pick.kind === kind && state.pick.n === n;

  return {
    state,
    set,
    listen,
    redraw,
    show,
    showPlaces,
    centre,
    zoom,
    pan,
    whole,
    moveTo,
    choose,
    isPicked,
    inWindow,
  };
})();
