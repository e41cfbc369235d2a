// Which messages, connections and queries are in the window and pass the filters.
const Visible = (() => {
  /** How many marks of one sort are drawn one by one. */
  const LIMIT = 3000;

  /** Whether messages of the row of the document pass the filters of kind and of one thing. */
  function passes() {
    const { hidden, only } = State.state;
    if (!only) return (row) => !hidden.has(row[6]);
    const number = only.kind === "connection" ? Model.connections[only.n].n : -1;
    const of = {
      connection: (row) => row[4] === number,
      query: (row) => row[12] === only.n || (Array.isArray(row[12]) && row[12].includes(only.n)),
      host: (row) => row[2] === only.n || row[3] === only.n,
    }[only.kind];
    return (row) => !hidden.has(row[6]) && of(row);
  }

  /** The messages of the window: `each` one, up to the limit, how many there are, how many of
   *  them are streams on which none was sent, and how many stay inside the folded lane and are
   *  not drawn. */
  function messages() {
    const { from, to, layers } = State.state;
    const found = { count: 0, streams: 0, inside: 0, list: [] };
    if (!layers.messages) return found;
    const pass = passes();
    Model.messagesBetween(from, to, (n, row) => {
      if (!pass(row)) return;
      if (!Lanes.shown(row[2]) && !Lanes.shown(row[3])) {
        found.inside++;
        return;
      }
      found.count++;
      if (Model.isStream(row)) found.streams++;
      if (found.count <= LIMIT) found.list.push(n);
    });
    return found;
  }

  function onlyConnection(n) {
    const { only } = State.state;
    const c = Model.connections[n];
    if (!only) return true;
    if (only.kind === "connection") return only.n === n;
    if (only.kind === "host") return c.from === only.n || c.to === only.n;
    return true;
  }

  /** The connections of the window. Without tracks only those that begin or end in it. */
  function connections(tracks) {
    const { from, to, layers } = State.state;
    const found = { count: 0, list: [] };
    if (!layers.connections) return found;
    const inside = (at) => at !== null && at >= from && at <= to;
    Model.connections.forEach((c, n) => {
      if (c.dialled > to || Model.lastOf(c) < from || !onlyConnection(n)) return;
      const there = [c.from, c.to].some((h) => h !== null && Lanes.shown(h));
      const now =
        inside(c.dialled) ||
        inside(c.accepted) ||
        inside(c.up) ||
        inside(Model.downAt(c, 0)) ||
        inside(Model.downAt(c, 1));
      if (!there || !(tracks || now || State.isPicked("connection", n))) return;
      found.count++;
      if (found.count <= LIMIT) found.list.push(n);
    });
    return found;
  }

  /** The queries of the window. */
  function queries() {
    const { from, to, layers, only } = State.state;
    const found = { count: 0, list: [] };
    if (!layers.queries) return found;
    Model.queries.forEach((q, n) => {
      const last = Model.endOf(q);
      if (q.from > to || last < from || !Lanes.shown(q.host)) return;
      if (only && only.kind === "query" && only.n !== n) return;
      if (only && only.kind === "host" && only.n !== q.host) return;
      found.count++;
      if (found.count <= LIMIT) found.list.push(n);
    });
    return found;
  }

  return { LIMIT, messages, passes, connections, queries };
})();
