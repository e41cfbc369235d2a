// The simulation of the document, indexed. Nothing here depends on what is shown.
const Model = (() => {
  const { hosts, connections, kinds, keys, queries, faults, steps, checks, stores, end, focus } =
    Doc;
  const log = Doc.log.slice().sort((a, b) => a[0] - b[0]);

  // What stands for the arrival of a message that has not arrived.
  const LOST = -1,
    UNDER_WAY = -2;
  const ONE_WAY = kinds.indexOf("add-provider");
  const OPENING = kinds.indexOf("unopened stream");

  // A row of the document, and a column of what the page asks most often.
  const rows = Doc.messages;
  const sent = Float64Array.from(rows, (row) => row[0]);
  const arrived = Float64Array.from(rows, (row) => (row[1] === UNDER_WAY ? end : row[1]));
  const bySent = Uint32Array.from(rows, (_, n) => n);
  if (rows.some((row, n) => n > 0 && row[0] < sent[n - 1]))
    bySent.sort((a, b) => sent[a] - sent[b]);
  let longest = 0;
  for (let n = 0; n < rows.length; n++) longest = Math.max(longest, arrived[n] - sent[n]);

  function message(n) {
    const [at, to, from, target, connection, stream, kind, role, key, bytes, named, record, query] =
      rows[n];
    return {
      sent: at,
      arrived: to === UNDER_WAY ? end : to,
      from,
      to: target,
      connection,
      stream,
      kind,
      role,
      key,
      bytes,
      named,
      query,
      lost: to === LOST,
      open: to === UNDER_WAY,
      // It has no answer.
      oneWay: kind === ONE_WAY,
      // No message, but a stream on which none was sent.
      opening: kind === OPENING,
      record: record === 1,
    };
  }

  /** Calls `each` for the messages under way between two moments, in the order of sending. */
  function messagesBetween(from, to, each) {
    const first = Dom.firstIndex(bySent.length, (i) => sent[bySent[i]] >= from - longest);
    for (let i = first; i < bySent.length; i++) {
      const n = bySent[i];
      if (sent[n] > to) return;
      if (Math.max(sent[n], arrived[n]) >= from) each(n, rows[n]);
    }
  }

  let openings = null;
  /** The streams of a host, opened between two moments, that no query is known to have opened
   *  and on which no request was sent. */
  function openingsOf(host, from, to) {
    if (!openings) openings = [...bySent].filter((n) => rows[n][6] === OPENING && rows[n][12] < 0);
    return openings.filter((n) => rows[n][2] === host && sent[n] >= from && sent[n] <= to);
  }

  /** The kinds of which there are messages. */
  const usedKinds = new Set(rows.map((row) => row[6]));

  let streams = null;
  /** The messages on the connection and stream of message `n`, in the order of sending. */
  function exchange(n) {
    if (!streams) {
      streams = new Map();
      for (const i of bySent) {
        const name = `${rows[i][4]}/${rows[i][5]}`;
        const there = streams.get(name);
        if (there) there.push(i);
        else streams.set(name, [i]);
      }
    }
    return streams.get(`${rows[n][4]}/${rows[n][5]}`);
  }

  /** The answer to request `n`, or -1. */
  function answer(n) {
    const found = exchange(n).find(
      (i) => rows[i][7] === 1 && sent[i] >= sent[n] && rows[i][2] === rows[n][3],
    );
    return found === undefined ? -1 : found;
  }

  let requests = null;
  /** The requests of query `q`, in the order of sending. */
  function requestsOf(q) {
    if (!requests) {
      requests = queries.map(() => []);
      for (const n of bySent) {
        const query = rows[n][12];
        if (query >= 0 && rows[n][7] === 0 && requests[query]) requests[query].push(n);
      }
    }
    return requests[q] || [];
  }

  const byNumber = new Map(connections.map((c, n) => [c.n, n]));
  /** The index of the connection with this number, or -1. */
  const connectionIndex = (number) => (byNumber.has(number) ? byNumber.get(number) : -1);

  const connectionsOfHost = hosts.map(() => []);
  connections.forEach((c, n) => {
    for (const h of new Set([c.from, c.to])) if (connectionsOfHost[h]) connectionsOfHost[h].push(n);
  });
  const queriesOfHost = hosts.map(() => []);
  queries.forEach((q, n) => queriesOfHost[q.host] && queriesOfHost[q.host].push(n));
  const looks = hosts.map(() => []);
  for (const table of Doc.tables) {
    if (looks[table.host]) looks[table.host] = table.looks.slice().sort((a, b) => a.at - b.at);
  }

  const peers = new Map();
  hosts.forEach((host, n) => {
    peers.set(host.peer, { host: n, name: host.name, id: host.id, former: false });
    for (const was of host.was) {
      peers.set(was.peer, { host: n, name: `${host.name} (former)`, id: was.id, former: true });
    }
  });
  /** What is known of a peer, which is the index of a host or the id of a peer. */
  function peer(p) {
    if (typeof p === "number" && hosts[p])
      return { host: p, name: hosts[p].name, id: hosts[p].id, former: false };
    const text = String(p);
    const short = text.length > 14 ? `${text.slice(0, 6)}…${text.slice(-6)}` : text;
    return peers.get(text) || { host: -1, name: short, id: null, former: false };
  }

  /** Whether a host lives at a moment. */
  const alive = (host, at) =>
    hosts[host].lives.some((l) => l.from <= at && (l.to === null || at < l.to));
  /** The mode of a host's DHT at a moment, or an empty text if it is not known. */
  const mode = (host, at) => {
    const seen = hosts[host].modes.filter(([from]) => from <= at).at(-1);
    return seen ? seen[1] : "";
  };
  /** Whether a peer is a host that lives at this moment under this identity. */
  function peerAlive(p, at) {
    const known = peer(p);
    return known.host >= 0 && !known.former && alive(known.host, at);
  }

  /** When a side of a connection ended: 0 is the dialler, 1 the listener; null if it did not. */
  const downAt = (connection, side) => connection.down[side];
  /** The last moment of a connection or of its dial; the end of the run if it has none. */
  function lastOf(c) {
    const a = downAt(c, 0),
      b = downAt(c, 1);
    if (a === null && b === null) return c.up === null && c.end ? c.dialled : end;
    if (c.up !== null && (a === null || b === null)) return end;
    return Math.max(a, b);
  }
  const dialFailed = (c) => c.up === null && Boolean(c.end);

  /** When a thing that has `to` ended, or the end of the run. */
  const endOf = (thing) => (thing.to === null ? end : thing.to);

  /** Whether a query ended well: true, false, or null while it is open. */
  function queryOk(q) {
    const last = q.steps.at(-1);
    return q.to === null ? null : last ? last.ok : true;
  }

  return {
    hosts,
    connections,
    kinds,
    keys,
    queries,
    faults,
    steps,
    checks,
    stores,
    log,
    looks,
    end,
    focus,
    messageCount: rows.length,
    message,
    messagesBetween,
    exchange,
    answer,
    requestsOf,
    LOST,
    openingsOf,
    mode,
    bySent,
    usedKinds,
    connectionIndex,
    connectionsOfHost,
    queriesOfHost,
    peer,
    alive,
    peerAlive,
    downAt,
    lastOf,
    dialFailed,
    endOf,
    queryOk,
  };
})();
