// Starts the page: what is shown first, then every view.
const Start = (() => {
  /** How many messages the first window may have. */
  const MANY = 2500;

  /** Shows the moment of the failure, or the end, with as much around it as can be drawn. */
  function focus() {
    const { at } = Model.focus;
    const place = Axis.place(at);
    let half = Axis.length() / 2;
    const count = () => {
      let sum = 0;
      Model.messagesBetween(Axis.moment(place - half), Axis.moment(place + half * 0.3), () => {
        sum++;
      });
      return sum;
    };
    while (half > 1000 && count() > MANY) half /= 2;
    if (half >= Axis.length() / 2) State.whole();
    else State.showPlaces(place - half, place + half * 0.3);
    State.set({ cursor: at });
  }

  /** The last query before the focus that has a name, or else any; -1 if there is none. */
  function latestQuery() {
    const { at, hosts } = Model.focus;
    let best = -1;
    const rank = (n) => {
      const q = Model.queries[n];
      const before = q.from <= at ? 4 : 0;
      return before + (hosts.includes(q.host) ? 2 : 0) + (q.name ? 1 : 0);
    };
    Model.queries.forEach((q, n) => {
      const better = best < 0 || rank(n) > rank(best);
      if (better || (rank(n) === rank(best) && q.from >= Model.queries[best].from)) best = n;
    });
    return best;
  }

  function first() {
    const many = Model.hosts.length > 40;
    const { hosts } = Model.focus;
    State.set({ squeeze: Axis.useful });
    State.set({ folded: many && hosts.length > 0, host: hosts[0] || 0 });
    State.set({ query: latestQuery() });
    if (Model.messageCount > MANY) focus();
    else {
      State.whole();
      State.set({ cursor: Model.focus.at });
    }
    Link.read();
  }

  function buttons() {
    const press = {
      "zoom-in": () => State.zoom(0.6),
      "zoom-out": () => State.zoom(1 / 0.6),
      "zoom-all": State.whole,
      "zoom-focus": focus,
    };
    for (const [id, action] of Object.entries(press))
      Dom.byId(id).addEventListener("click", action);
    const failed = Doc.outcome && Doc.outcome.passed === false;
    Dom.byId("zoom-focus").textContent = failed ? "Failure" : "End";
  }

  function run() {
    Outcome.start();
    for (const panel of [Details, Buckets, Heat, Ring, QueryPanel, Stores]) panel.start();
    Diagram.start();
    Overview.start();
    Panels.start();
    Log.start();
    Search.start();
    Filters.start();
    Pointer.start();
    Keyboard.start();
    buttons();
    first();
    State.redraw();
    Link.start();
    // The moment of the first complete picture, for the test of the page.
    requestAnimationFrame(() =>
      setTimeout(() => {
        document.documentElement.dataset.ready = Math.round(performance.now());
      }, 0),
    );
  }

  return { run, focus };
})();

Start.run();
