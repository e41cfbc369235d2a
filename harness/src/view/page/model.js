// The simulation of the document, indexed. Nothing here depends on what is shown.
const Model = (() => {
  const { hosts, kinds, keys, queries, faults, steps, checks, stores, end, focus } =
    Doc;
  // Those of the network, then those that lead through a relay, then the failed dials of which
  // the network knows nothing. A relayed one is for the network a stream on the connections to
  // the relay. Only those of the network have a number.
  const connections = Doc.connections.concat(Doc.relayed.map(byRelay), Doc.dials.map(inVain));
  function inVain({ from, peer, relay, address, dialled, failed, why }) {
    return {
      n: null,
      from,
      to: typeof peer === "number" ? peer : null,
      peer,
      by: relay,
      address,
      dialled,
      accepted: null,
      up: null,
      down: [failed, null],
      end: "failed",
      why,
    };
  }
  function byRelay(c) {
    const [up, accepted] = c.up;
    const first = Math.min(...c.up.filter((at) => at !== null));
    const isOver = c.up.every((at, side) => at === null || c.down[side] !== null);
    return {
      ...c,
      n: null,
      address: "",
      dialled: c.dialled === null ? first : c.dialled,
      up,
      accepted,
      end: isOver ? "closed" : null,
      ups: c.up,
    };
  }
  /** Whether a connection leads through a relay. */
  const isRelayed = (c) => c.relay !== undefined;

  const log = Doc.log.slice().sort((a, b) => a[0] - b[0]);

  // What stands for the arrival of a message that has not arrived.
  const LOST = -1,
    UNDER_WAY = -2,
    HELD = -3;
  // What stands for the cause of a delay that is no fault.
  const BEFORE_SENDING = -1,
    AFTER_ARRIVAL = -2;
  const ONE_WAY = kinds.indexOf("add-provider");
  // No messages, but streams on which none was sent: never agreed on, or refused.
  const UNOPENED = kinds.indexOf("unopened stream"),
    REFUSED = kinds.indexOf("refused stream");
  // Of encrypted streams and in a trace only the arrivals of bytes are known.
  const BYTES = kinds.indexOf("bytes");
  /** How many rows there are, in words: of messages, or of what is known in place of them. */
  const inWords = (count) =>
    rows.length && rows[0][6] === BYTES
      ? Dom.plural(count, "arrival of bytes", "arrivals of bytes")
      : Dom.plural(count, "message");
  const isStream = (row) => row[6] === UNOPENED || row[6] === REFUSED;
  /** Whether the row of the document is a message that the network has lost. */
  const isLost = (row) => row[1] === LOST && !isStream(row) && row[13] < 0;

  // A row of the document, and a column of what the page asks most often.
  const rows = Doc.messages;
  const sent = Float64Array.from(rows, (row) => row[0]);
  const isOver = (at) => at !== UNDER_WAY && at !== HELD;
  const arrived = Float64Array.from(rows, (row) => (isOver(row[1]) ? row[1] : end));
  const bySent = Uint32Array.from(rows, (_, n) => n);
  if (rows.some((row, n) => n > 0 && row[0] < sent[n - 1]))
    bySent.sort((a, b) => sent[a] - sent[b]);
  let longest = 0;
  for (let n = 0; n < rows.length; n++) longest = Math.max(longest, arrived[n] - sent[n]);

  function message(n) {
    const row = rows[n];
    const [at, to, from, target, connection, stream, kind, role, key, bytes, named, record, query] =
      row;
    const [lateBy, lateBecause] = row.slice(14);
    return {
      sent: at,
      arrived: isOver(to) ? to : end,
      from,
      to: target,
      connection,
      stream,
      kind,
      role,
      key,
      bytes,
      named,
      query: typeof query === "number" ? query : -1,
      // The queries of which one has sent it, where it is not known which.
      candidates: typeof query === "number" ? [] : query,
      lost: isLost(row),
      open: to === UNDER_WAY,
      // Its host held it back at the end of the run, and had not sent it.
      held: to === HELD,
      // The host that has dropped it by itself, or -1.
      dropped: row[13],
      // Whether it has come to its receiver.
      came: to >= 0,
      // It has no answer.
      oneWay: kind === ONE_WAY,
      // No message, but a stream on which none was sent.
      opening: isStream(row),
      refused: kind === REFUSED,
      record: record === 1,
      // That it is late: by how many nanoseconds, if that is known, and because of what.
      delay: lateBy ? { by: lateBy < 0 ? null : lateBy, because: lateBecause } : null,
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
  let unsure = null;
  function assign() {
    if (requests) return;
    requests = queries.map(() => []);
    unsure = queries.map(() => []);
    for (const n of bySent) {
      if (rows[n][7] !== 0) continue;
      const query = rows[n][12];
      if (typeof query !== "number") for (const q of query) unsure[q].push(n);
      else if (query >= 0 && requests[query]) requests[query].push(n);
    }
  }
  /** The requests of query `q`, in the order of sending. */
  function requestsOf(q) {
    assign();
    return requests[q] || [];
  }
  /** The requests of which it is not known whether `q` or another query has sent them. */
  function unsureOf(q) {
    assign();
    return unsure[q] || [];
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

  /** When a side of a connection came up: 0 is the dialler, 1 the listener; null if it did not. */
  const upAt = (connection, side) =>
    isRelayed(connection)
      ? connection.ups[side]
      : side === 1 && connection.accepted !== null ? connection.accepted : connection.up;
  /** When a side of a connection ended; null if it did not. */
  const downAt = (connection, side) => connection.down[side];
  /** Since when a side of a connection is up although its host is down; null if it is not. */
  function outlives(c, side) {
    const host = hosts[[c.from, c.to][side]];
    const up = upAt(c, side),
      down = downAt(c, side);
    if (!host || up === null) return null;
    const over = host.lives.filter(
      (l, i) =>
        l.to !== null &&
        l.from <= up &&
        (down === null || down > l.to) &&
        !(host.lives[i + 1] && host.lives[i + 1].from <= up),
    );
    return over.length ? Math.max(up, over.at(-1).to) : null;
  }
  /** Whether a side of a connection is up at a moment. */
  function isUpAt(connection, side, at) {
    const up = upAt(connection, side),
      down = downAt(connection, side);
    return up !== null && up <= at && (down === null || at < down);
  }
  /** The last moment of a connection or of its dial; the end of the run if it has none. */
  function lastOf(c) {
    const isOpen = [0, 1].some((side) => upAt(c, side) !== null && downAt(c, side) === null);
    if (isOpen) return end;
    const ends = c.down.filter((at) => at !== null);
    return ends.length ? Math.max(...ends) : c.end ? c.dialled : end;
  }
  /** Whether it is a failed dial of which the network knows nothing. */
  const isInVain = (c) => c.n === null && !isRelayed(c);
  /** The kind of an address in short words; empty if it is one of TCP over IPv4. */
  function addressKind(address) {
    const parts = address.split("/");
    const has = (name) => parts.includes(name);
    const words = [
      [has("p2p-circuit"), "relayed"],
      [has("ip6") || has("dns6"), "ip6"],
      [parts.some((part) => part.startsWith("dns")), "name"],
      [has("quic-v1"), "quic"],
      [has("wss") || (has("ws") && has("tls")), "wss"],
      [has("ws") && !has("tls"), "ws"],
    ];
    return words.filter(([is]) => is).map(([, word]) => word).join(" ");
  }
  /** A dial that has become the connection of the other side's dial has not failed. */
  const dialFailed = (c) => !isRelayed(c) && c.up === null && Boolean(c.end) && c.end !== "merged";

  /** When a thing that has `to` ended, or the end of the run. */
  const endOf = (thing) => (thing.to === null ? end : thing.to);

  /** Whether a query ended well: true, false, or null while it is open. */
  function queryOk(q) {
    const last = q.steps.at(-1);
    return q.to === null ? null : last ? last.ok : true;
  }

  return {
    BEFORE_SENDING,
    AFTER_ARRIVAL,
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
    unsureOf,
    isLost,
    isStream,
    inWords,
    mode,
    bySent,
    usedKinds,
    connectionIndex,
    connectionsOfHost,
    queriesOfHost,
    peer,
    alive,
    peerAlive,
    upAt,
    downAt,
    isUpAt,
    outlives,
    isRelayed,
    isInVain,
    addressKind,
    lastOf,
    dialFailed,
    endOf,
    queryOk,
  };
})();
