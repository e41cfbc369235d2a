// Things in words: for tooltips, details, search and labels.
const Describe = (() => {
  const host = (n) => (n !== null && n >= 0 && Model.hosts[n] ? Model.hosts[n].name : "?");
  const hostLink = (n) =>
    Model.hosts[n] ? Dom.link(host(n), { pick: `host:${n}` }) : "an address that no host has";
  const hostLinks = (list) => (list.length ? list.map(hostLink).join(" ") : "all hosts");
  const atLink = (at) =>
    at === null ? "–" : Dom.link(Time.exact(at), { at, title: "move the cursor there" });
  /** A key as a label: a long one, such as a random peer id, by its ends. */
  const keyText = (n) => {
    const text = Model.keys[n] ? Model.keys[n].text : "";
    return text.length > 26 ? `${text.slice(0, 12)}…${text.slice(-6)}` : text;
  };
  const keyLink = (n) => Dom.link(keyText(n), { pick: `key:${n}` });
  /** The routers in front of a host, as text. */
  const behind = (n) =>
    Model.hosts[n].routers.map((r) => `behind ${r.name} (${r.kind})`).join(", ");
  const kind = (n) => Model.kinds[n] || "message";
  /** A query: its name and kind, or its kind and its number among those of its host. */
  const queryName = (q) =>
    [q.name, q.kind, q.name ? "" : `#${q.number}`, keyText(q.key)].filter(Boolean).join(" ");
  /** A fault: its name, or what it does. A pause and the like do not say at which hosts. */
  const faultName = (f) => {
    const atHosts = ["pause", "slow", "skew"].includes(f.kind) && f.hosts.length;
    return f.id || (atHosts ? `${names(f.hosts)}: ${f.says}` : f.says);
  };
  const names = (list) =>
    list.slice(0, 3).map(host).join(", ") + (list.length > 3 ? ` and ${list.length - 3} more` : "");
  const queryLink = (n) => Dom.link(queryName(Model.queries[n]), { pick: `query:${n}` });
  /** Which queries can have sent a message, as links, where it is not known which has. */
  const oneOf = (list) => `one of ${list.map(queryLink).join(", ")}; which is not known`;
  const connectionLink = (number) => {
    const n = Model.connectionIndex(number);
    return n < 0 ? `#${number}` : Dom.link(`#${number}`, { pick: `connection:${n}` });
  };
  /** How many of a list are not shown. */
  const more = (count, shown) =>
    count > shown ? `<div class="hint">and ${Dom.number(count - shown)} more</div>` : "";
  const given = (value) => value !== null && value !== "";

  /** The label of a message at its arrow. */
  function short(m) {
    if (m.refused) return "stream refused";
    if (m.opening) return "stream not open";
    if (m.dropped >= 0) return `${kind(m.kind)} dropped`;
    if (m.held) return `${kind(m.kind)} held back`;
    const late = m.delay ? ", late" : "";
    if (m.role === 1)
      return (m.named ? `${kind(m.kind)}: ${Dom.plural(m.named, "peer")}` : `${kind(m.kind)} answer`) + late;
    return [kind(m.kind), keyText(m.key)].filter(Boolean).join(" ") + late;
  }

  /** For how long a host has held a message back, as the end of a text. */
  const held = ({ delay: { by, because } }) =>
    because === Model.BEFORE_SENDING
      ? `, held back for ${Time.words(by)} before`
      : because === Model.AFTER_ARRIVAL
        ? `, held back for ${Time.words(by)} then`
        : ", delayed by a fault";

  /** By how much a message is late, and why, as markup. */
  function lateness(m) {
    const { by, because } = m.delay;
    if (m.held)
      return `${Time.words(by)} by ${hostLink(m.from)} itself, before it was sent, to the end of the run`;
    if (because === Model.AFTER_ARRIVAL && m.arrived + by > Model.end)
      return `by ${hostLink(m.to)} itself, after it had arrived, to the end of the run`;
    if (because === Model.BEFORE_SENDING)
      return `${Time.words(by)} by ${hostLink(m.from)} itself, before it was sent`;
    if (because === Model.AFTER_ARRIVAL)
      return `${Time.words(by)} by ${hostLink(m.to)} itself, after it had arrived`;
    const more = by === null
      ? "in force all the time, so that there is nothing to compare it with"
      : `${Time.words(by)} more than the slowest message without a fault`;
    return `by the fault ${Dom.link(faultName(Model.faults[because]), { pick: `fault:${because}` })}: ${more}`;
  }

  /** What came of a stream on which no request was sent. */
  function stream(m) {
    if (m.refused) return `refused: ${host(m.to)} does not speak the protocol`;
    if (m.open) return "not agreed on yet";
    const paused = Model.faults.some(
      (f) =>
        f.kind === "pause" && f.hosts.includes(m.to) && f.from <= m.sent && m.sent < Model.endOf(f),
    );
    const why = !Model.alive(m.to, m.sent)
      ? `, ${host(m.to)} was down`
      : paused
        ? `, ${host(m.to)} was paused`
        : "";
    return `no reply to its opening${why}`;
  }

  function message(n) {
    const m = Model.message(n);
    const rows = [
      ["From", hostLink(m.from)],
      ["To", hostLink(m.to)],
      m.held ? ["Held back", `from ${atLink(m.sent)} to the end`] : ["Sent", atLink(m.sent)],
      [
        "Arrived",
        m.held
          ? "not sent at the end"
          : m.open
          ? "under way at the end"
          : m.came
            ? `${atLink(m.arrived)} after ${Time.words(m.arrived - m.sent)}`
            : '<span class="bad">✕ never</span>',
      ],
      ["Connection", `${connectionLink(m.connection)}, stream ${m.stream}`],
      ["Size", Dom.plural(m.bytes, "byte")],
    ];
    if (m.key >= 0) rows.push(["Key", keyLink(m.key)]);
    if (m.named) rows.push(["Peers named", Dom.number(m.named)]);
    if (m.record) rows.push(["Record", "carries one"]);
    if (m.query >= 0) rows.push(["Query", queryLink(m.query)]);
    if (m.candidates.length) rows.push(["Query", oneOf(m.candidates)]);
    if (m.dropped >= 0)
      rows.push(["Dropped", `<span class="bad">by ${hostLink(m.dropped)} itself</span>`]);
    if (m.delay) rows.push(["Delayed", lateness(m)]);
    const others = Model.exchange(n).filter((i) => i !== n);
    const links = others.slice(0, 20).map((i) => {
      const o = Model.message(i);
      return Dom.link(
        `${o.role ? "answer" : "request"} at ${Time.words(o.sent)}${o.lost ? " ✕" : o.open ? " (under way)" : ""}`,
        { pick: `message:${i}`, at: o.sent },
      );
    });
    if (m.role === 0 && !m.opening && !others.some((i) => Model.message(i).role === 1))
      links.push(m.oneWay ? "needs no answer" : '<span class="bad">no answer</span>');
    if (others.length > 20) links.push(`and ${others.length - 20} more`);
    if (links.length) rows.push(["Same stream", links.join("<br>")]);
    if (m.opening) {
      if (m.refused) rows.push(["Refused", atLink(m.arrived)]);
      return {
        title: "Stream on which no request was sent",
        line: `${host(m.from)} → ${host(m.to)}, from ${Time.words(m.sent, 6)}: ${stream(m)}`,
        rows: rows.filter(([name]) => !["Arrived", "Size"].includes(name)),
        at: m.sent,
      };
    }
    if (m.held)
      return {
        title: `${kind(m.kind)} ${m.role ? "answer" : "request"}, held back`,
        line: `${host(m.from)} → ${host(m.to)}, held back by ${host(m.from)} from ${Time.words(m.sent, 6)} to the end of the run`,
        rows,
        at: m.sent,
      };
    const fate = m.dropped >= 0 ? ["dropped", `dropped by ${host(m.dropped)}`] : m.lost ? ["lost", "never arrived"] : m.open ? ["under way", "under way at the end"] : null;
    return {
      title: [`${kind(m.kind)} ${m.role ? "answer" : "request"}`, fate ? fate[0] : m.delay && "delayed"].filter(Boolean).join(", "),
      line: `${host(m.from)} → ${host(m.to)}, sent ${Time.words(m.sent, 6)}, ${fate ? fate[1] : `${Time.words(m.arrived - m.sent)} on the way`}${m.delay ? held(m) : ""}`,
      rows,
      at: m.sent,
    };
  }

  /** What has become of a relayed connection: a direct one may have come up beside it. */
  function relayed(n) {
    const c = Model.connections[n];
    const relay = Model.peer(c.relay);
    const by = relay.host >= 0 ? hostLink(relay.host) : `<code>${Dom.escape(c.relay)}</code>`;
    const rows = [
      ["Dialled by", hostLink(c.from)],
      ["To", hostLink(c.to)],
      ["Relay", by],
    ];
    const sides = [0, 1].sort((one, other) => c.ups[one] - c.ups[other]);
    for (const i of sides) {
      const name = host([c.from, c.to][i]);
      rows.push([`Up at ${name}`, given(c.ups[i]) ? atLink(c.ups[i]) : "not seen"]);
      if (given(c.ups[i]))
        rows.push([`Down at ${name}`, given(c.down[i]) ? atLink(c.down[i]) : "still up"]);
    }
    if (c.why) rows.push(["End", Dom.escape(c.why)]);
    for (const punch of c.punches)
      rows.push([
        "Hole punch",
        `${punch.ok ? "✓ succeeded" : '<span class="bad">✕ failed</span>'} at ${atLink(punch.at)}, says ${hostLink(punch.host)}${punch.says ? `: ${Dom.escape(punch.says)}` : ""}`,
      ]);
    rows.push([
      "Direct connection",
      given(c.direct) ? `up beside it at ${atLink(c.direct)}` : "none while it was up",
    ]);
    const fate = given(c.direct)
      ? ", beside a direct one"
      : c.punches.some((punch) => !punch.ok)
        ? ", a hole punch has failed"
        : "";
    return {
      title: `Relayed connection of ${host(c.from)} and ${host(c.to)}`,
      line: `${host(c.from)} → ${relay.name} → ${host(c.to)}, ${c.end || "up"}${fate}${c.why ? `: ${c.why}` : ""}`,
      rows,
      at: Math.min(...c.ups.filter(given)),
    };
  }

  /** These connections, as links. */
  const connectionLinks = (list) =>
    list.map((n) => {
      const { line, at } = connection(n);
      return Dom.link(`${Time.words(at)}  ${line}`, { pick: `connection:${n}`, at });
    });
  /** The relayed ones among these connections, as links. */
  const relayedLinks = (list) =>
    connectionLinks(list.filter((n) => Model.isRelayed(Model.connections[n])));
  /** The failed dials among these connections, as links. */
  const failedLinks = (list) =>
    connectionLinks(list.filter((n) => Model.dialFailed(Model.connections[n])));

  /** Which host a side of a connection outlives, in words. */
  const outliving = (c, side) =>
    `${c.n === null ? "it" : `#${c.n}`} outlives ${host([c.from, c.to][side])}`;

  /** How long after its begin a dial failed, as the end of a text; empty if that is not known. */
  function failedAfter(c) {
    if (c.down.every((at) => at === null)) return "";
    const took = Model.lastOf(c) - c.dialled;
    return took ? ` after ${Time.words(took)}` : " at once";
  }

  /** The kind of an address as the end of a text. */
  const over = (address) => {
    const kind = Model.addressKind(address);
    return kind ? ` over ${kind}` : "";
  };

  /** A failed dial of which the network knows nothing. */
  function inVain(c) {
    const named = c.peer === null ? null : Model.peer(c.peer);
    const target = named ? named.name : c.address || "an address";
    const rows = [
      ["Dialled by", hostLink(c.from)],
      [
        "To",
        !named
          ? "the dial names no peer"
          : named.host >= 0
            ? hostLink(named.host)
            : `<code>${Dom.escape(c.peer)}</code>`,
      ],
      ["Address", c.address ? Dom.escape(c.address) : "none was tried"],
      ["Kind", Model.addressKind(c.address) || (c.address ? "TCP over IPv4" : "–")],
      ["Dialled", atLink(c.dialled)],
      [
        "Failed",
        c.down[0] > c.dialled
          ? `${atLink(c.down[0])} after ${Time.words(c.down[0] - c.dialled)}`
          : "at once",
      ],
      ["Why", `<span class="bad">${Dom.escape(c.why)}</span>`],
    ];
    if (c.by !== null) {
      const relay = Model.peer(c.by);
      rows.splice(2, 0, [
        "Relay",
        relay.host >= 0 ? hostLink(relay.host) : `<code>${Dom.escape(c.by)}</code>`,
      ]);
    }
    return {
      title: `Failed dial of ${host(c.from)}`,
      line: `${host(c.from)} → ${target}${over(c.address)}, dial failed${failedAfter(c)}: ${c.why}`,
      rows,
      at: c.dialled,
    };
  }

  function connection(n) {
    if (Model.isRelayed(Model.connections[n])) return relayed(n);
    const c = Model.connections[n];
    if (Model.isInVain(c)) return inVain(c);
    const target = Model.hosts[c.to] ? host(c.to) : c.address || "no host";
    const failed = Model.dialFailed(c);
    const side = (i) => (Model.downAt(c, i) === null ? "still up" : atLink(Model.downAt(c, i)));
    const rows = [
      ["Dialled by", hostLink(c.from)],
      ["To", Model.hosts[c.to] ? hostLink(c.to) : Dom.escape(target)],
      ["Address", Dom.escape(c.address || "–")],
      ["Kind", Model.addressKind(c.address) || "TCP over IPv4"],
      ["Dialled", atLink(c.dialled)],
    ];
    const names = [host(c.from), Model.hosts[c.to] ? host(c.to) : "the listener"];
    for (const i of [1, 0]) {
      const up = Model.upAt(c, i);
      rows.push([
        `Up at ${names[i]}`,
        given(up)
          ? `${atLink(up)} after ${Time.words(up - c.dialled)}`
          : c.end === "merged"
            ? "as part of the other side's dial"
            : c.end
              ? '<span class="bad">✕ never</span>'
              : "not yet",
      ]);
    }
    for (const i of [0, 1]) if (given(Model.upAt(c, i))) rows.push([`Down at ${names[i]}`, side(i)]);
    if (c.end) {
      const after = failedAfter(c);
      const when = failed && after ? ` at ${atLink(Model.lastOf(c))},${after}` : "";
      rows.push(["End", Dom.escape(c.end) + when + (c.why ? `: ${Dom.escape(c.why)}` : "")]);
    }
    const outlived = [0, 1].filter((i) => Model.outlives(c, i) !== null);
    for (const i of outlived) {
      const life = Model.hosts[[c.from, c.to][i]].lives.filter((l) => l.to !== null && l.to <= Model.outlives(c, i)).at(-1);
      rows.push([
        "Outlives",
        `<span class="bad">${hostLink([c.from, c.to][i])}, which ${life.end === "closed" ? "was closed" : Dom.escape(life.end)} at ${atLink(life.to)}</span>`,
      ]);
    }
    const state = failed ? `dial ${c.end}${failedAfter(c)}` : c.end || "up";
    return {
      title: `Connection #${c.n}`,
      line: `${host(c.from)} → ${target}${over(c.address)}, ${state}${c.why ? `: ${c.why}` : ""}${outlived.map((i) => `, outlives ${names[i]}`).join("")}`,
      rows,
      at: c.dialled,
    };
  }

  function query(n) {
    const q = Model.queries[n];
    const ok = Model.queryOk(q);
    const last = q.steps.slice(-1)[0];
    const state =
      ok === null
        ? "has not finished"
        : `${ok ? "ended well" : "failed"} ${Time.words(q.to - q.from)} after its ${q.first_report ? "first report" : "begin"}`;
    const rows = [
      ["Host", hostLink(q.host)],
      ["Kind", Dom.escape(q.kind)],
      ["Key", q.key === null || q.key < 0 ? "–" : keyLink(q.key)],
      q.first_report
        ? ["First report", `${atLink(q.from)}; it began before`]
        : ["Began", atLink(q.from)],
      ["Ended", given(q.to) ? atLink(q.to) : "not yet"],
    ];
    if (last)
      rows.push(
        ["Result", `${last.ok ? "✓" : '<span class="bad">✕</span>'} ${Dom.escape(last.says)}`],
        ["Requests", `${last.requests}, ${last.successes} answered, ${last.failures} failed`],
      );
    return {
      title: queryName(q),
      line: `query of ${host(q.host)}, ${state}${last && last.says ? `: ${last.says}` : ""}`,
      rows,
      at: q.from,
    };
  }

  function fault(n) {
    const f = Model.faults[n];
    const rows = [
      ["Kind", Dom.escape(f.kind)],
      ["Hosts", hostLinks(f.hosts)],
      ["From", atLink(f.from)],
      ["Healed", given(f.to) ? atLink(f.to) : "never"],
    ];
    if (f.id) rows.unshift(["What", Dom.escape(f.says)]);
    // Of pauses and the like it is not counted how often they have an effect.
    if (f.hits !== null)
      rows.push(
        ["First effect", given(f.first_effect) ? atLink(f.first_effect) : "none"],
        ["Effects", Dom.number(f.hits)],
      );
    const effects = f.hits === null ? "" : `, ${Dom.plural(f.hits, "effect")}`;
    return {
      title: faultName(f),
      line: `${Time.words(f.from)} to ${given(f.to) ? Time.words(f.to) : "the end"}${effects}`,
      rows,
      at: f.from,
    };
  }

  /** From when a failed check counts: a step from its begin. */
  const since = (c) => `${c.step === null ? "counted" : "waited for"} from ${atLink(c.since)}`;

  function check(n) {
    const c = Model.checks[n];
    const rows = [
      ["Hosts", hostLinks([...new Set(c.hosts)])],
      ["At", atLink(c.at)],
    ];
    if (c.since !== null) rows.push([c.step === null ? "Counted from" : "Step began", atLink(c.since)]);
    if (c.kind) rows.unshift(["Kind", Dom.escape(c.kind)]);
    if (c.expected) rows.push(["Expected", Dom.escape(c.expected)]);
    if (c.seen) rows.push(["Seen", `<span class="bad">${Dom.escape(c.seen)}</span>`]);
    const line = c.expected ? `expected: ${c.expected}; seen: ${c.seen}` : c.seen;
    return { title: `✕ ${c.invariant}`, line, rows, at: c.at };
  }

  function step(n) {
    const s = Model.steps[n];
    const rows = [
      ["At", atLink(s.at)],
      ["Text", `<code>${Dom.escape(s.says)}</code>`],
    ];
    if (s.failed) rows.push(["Failed", `<span class="bad">${Dom.escape(s.failed)}</span>`]);
    const others = Model.steps.flatMap((o, i) => (i !== n && o.at === s.at ? [i] : []));
    if (others.length)
      rows.push([
        "At the same time",
        others
          .slice(0, 20)
          .map((i) => Dom.link(Model.steps[i].says, { pick: `step:${i}` }))
          .join("<br>") + more(others.length, 20),
      ]);
    return {
      title: `Step ${n + 1}${others.length ? `, one of ${others.length + 1} at ${Time.words(s.at)}` : ""}`,
      line: s.failed ? `${s.says}: ${s.failed}` : s.says,
      rows,
      at: s.at,
    };
  }

  function key(n) {
    const holders = [...new Set(Model.stores.filter((s) => s.key === n).map((s) => s.host))];
    const rows = [
      ["Text", `<code>${Dom.escape(Model.keys[n].text)}</code>`],
      ["Id", `<code>${Dom.escape(Model.keys[n].id)}</code>`],
      ["Held by", holders.length ? hostLinks(holders) : "no host"],
    ];
    return {
      title: `Key ${keyText(n)}`,
      line: `held by ${Dom.plural(holders.length, "host")}`,
      rows,
      at: null,
    };
  }

  function hostThing(n) {
    const h = Model.hosts[n];
    const lives = h.lives.map(
      (l) =>
        `${atLink(l.from)} to ${given(l.to) ? atLink(l.to) : "the end"}${l.end ? `, ${l.end === "closed" ? l.end : `<span class="bad">✕ ${Dom.escape(l.end)}</span>`}` : ""}`,
    );
    const own = Model.queriesOfHost[n];
    const cursor = State.state.cursor;
    const up = Model.connectionsOfHost[n].filter((i) => {
      const c = Model.connections[i];
      return [0, 1].some((side) => [c.from, c.to][side] === n && Model.isUpAt(c, side, cursor));
    });
    const table = Model.alive(n, cursor) ? Tables.at(n, cursor) : null;
    const rows = [
      ["Address", Dom.escape(h.address || "–")],
      ...h.routers.map((r, i) => [
        i ? "And behind" : "Behind",
        `${Dom.escape(r.name)}, a router: ${Dom.escape(r.kind)}`,
      ]),
      ["Peer", `<code>${Dom.escape(h.peer)}</code>`],
      ["Kademlia id", `<code>${Dom.escape(h.id)}</code>`],
      ["Lives", lives.join("<br>")],
      [
        "At the cursor",
        `${Model.alive(n, cursor) ? ["alive", Model.mode(n, cursor)].filter(Boolean).join(", ") : '<span class="bad">down</span>'}, ${Dom.plural(up.length, "connection")}${table ? `, ${Dom.plural(table.entries.size, "table entry", "table entries")}, read ${Tables.ago(n, cursor)}` : ""}`,
      ],
    ];
    if (h.modes.length)
      rows.push([
        "Mode",
        h.modes.map(([at, mode]) => `${Dom.escape(mode)} from ${atLink(at)}`).join("<br>"),
      ]);
    for (const was of h.was)
      rows.push(["Was", `<code>${Dom.escape(was.peer)}</code> until ${atLink(was.until)}`]);
    const byRelay = relayedLinks(Model.connectionsOfHost[n]);
    if (byRelay.length)
      rows.push([
        `Relayed connections (${byRelay.length})`,
        byRelay.slice(0, 20).join("<br>") + more(byRelay.length, 20),
      ]);
    const inVainLinks = failedLinks(
      Model.connectionsOfHost[n].filter((c) => Model.connections[c].from === n),
    );
    if (inVainLinks.length)
      rows.push([
        `Failed dials (${inVainLinks.length})`,
        inVainLinks.slice(0, 20).join("<br>") + more(inVainLinks.length, 20),
      ]);
    if (own.length)
      rows.push([
        `Queries (${own.length})`,
        own.slice(0, 30).map(queryLink).join("<br>") + more(own.length, 30),
      ]);
    return {
      title: h.name,
      line: `${[h.address, behind(n)].filter(Boolean).join(", ")}, ${Model.alive(n, cursor) ? "alive" : "down"} at the cursor`,
      rows,
      at: null,
    };
  }

  const THINGS = { host: hostThing, message, connection, query, fault, check, step, key };
  /** A thing: `title`, `line`, `at`, and `rows` of names and markup. */
  const thing = (pick) => THINGS[pick.kind](pick.n);

  return { thing, short, stream, behind, outliving, relayedLinks, failedLinks, since, host, hostLink, hostLinks, atLink, keyText, queryName, queryLink, faultName, more };
})();
