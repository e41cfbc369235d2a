// The routing table of a host at a moment, replayed from the looks of the document.
const Tables = (() => {
  /** The table as the last look before or at `at` saw it, or null before the first one.
   *  `entries`: peer → { peer, bucket, connected, addresses, since, sure, change }, where `since`
   *  is when it was entered, or if that is not `sure`, the first look that saw it, and `change`
   *  is "added", "changed" or "" since the look before; `gone`: the entries that left then. */
  function at(host, moment) {
    const looks = Model.looks[host];
    const count = Dom.firstIndex(looks.length, (i) => looks[i].at > moment);
    if (count === 0) return null;
    const entries = new Map();
    let gone = [];
    for (let i = 0; i < count; i++) {
      const look = looks[i];
      gone = [];
      for (const entry of entries.values()) entry.change = "";
      if (look.reset) {
        gone.push(...entries.values());
        entries.clear();
      }
      for (const peer of look.gone) {
        if (entries.has(peer)) gone.push(entries.get(peer));
        entries.delete(peer);
      }
      for (const [peer, bucket, connected, addresses, entered] of look.put) {
        const before = entries.get(peer);
        entries.set(peer, {
          peer,
          bucket,
          connected: connected === 1,
          addresses,
          since: entered ?? (before ? before.since : look.at),
          sure: Number.isInteger(entered) || Boolean(before && before.sure),
          change: before ? "changed" : "added",
        });
      }
    }
    gone = gone.filter((entry) => !entries.has(entry.peer));
    const last = looks[count - 1];
    return {
      at: last.at,
      index: count - 1,
      looks: looks.length,
      entries,
      gone,
      pending: last.pending,
    };
  }

  /** What an entry is worth at a moment: "connected", "known", "dead" or "stranger". */
  function status(entry, moment) {
    if (Model.peer(entry.peer).host < 0) return "stranger";
    if (!Model.peerAlive(entry.peer, moment)) return "dead";
    return entry.connected ? "connected" : "known";
  }

  /** How long before a moment a host's table was last read, in words. Between two readings
   *  it is not known. */
  function ago(host, moment) {
    return `${Time.words(moment - readAt(host, moment))} ago`;
  }
  /** Whether a table of a host was read before a moment. */
  const wasRead = (host, moment) => readAt(host, moment) > 0;
  function readAt(host, moment) {
    const looks = Model.looks[host];
    const count = Dom.firstIndex(looks.length, (i) => looks[i].at > moment);
    const reads = Dom.firstIndex(Doc.reads.length, (i) => Doc.reads[i] > moment);
    return Math.max(count ? looks[count - 1].at : 0, reads ? Doc.reads[reads - 1] : 0);
  }
  /** The same of all tables that are known at a moment. */
  function allAgo(moment) {
    const ages = all(moment).flatMap((table, h) => (table ? [moment - readAt(h, moment)] : []));
    if (!ages.length) return "";
    const least = Time.words(Math.min(...ages)),
      most = Time.words(Math.max(...ages));
    return `The tables are as they were last read, ${least === most ? most : `${least} to ${most}`} before.`;
  }

  /** For how long an entry is in the table at a moment: at least, if its begin is not known. */
  const age = (entry, moment) =>
    `${entry.sure ? "" : "≥ "}${Time.words(moment - entry.since, 1)}`;

  /** What is said on the page of a trace in place of what a trace does not have. */
  const ofTrace = (what, them) =>
    `<p class="empty">This page is made of a trace, which has no ${what}. To see ${them}, make a page of the scenario or of its recording.</p>`;
  /** What is said where there is no table. */
  const none = () => (Doc.has_contents ? "" : ofTrace("tables and no stores", "them"));

  let cached = { at: -1, tables: null };
  /** The tables of all hosts at a moment. A host that is down has none. */
  function all(moment) {
    if (cached.at !== moment) {
      const tables = Model.hosts.map((_, h) => (Model.alive(h, moment) ? at(h, moment) : null));
      cached = { at: moment, tables };
    }
    return cached.tables;
  }

  return { at, status, all, ago, wasRead, allAgo, age, ofTrace, none };
})();
