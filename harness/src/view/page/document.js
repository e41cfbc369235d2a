// The document of the page as it was written, with what it leaves out set to null or empty.
const Doc = (() => {
  const doc = JSON.parse(Dom.byId("data").textContent);
  if (doc.format !== 1) {
    throw new Error(`this page reads documents of format 1, and this one has format ${doc.format}`);
  }
  const LIVES = { closing: null, to: null, end: null };
  const DEFAULTS = {
    hosts: { address: "", routers: [], lives: [], was: [], modes: [] },
    connections: { to: null, address: "", accepted: null, up: null, down: [null, null], end: null, why: "" },
    relayed: { dialled: null, up: [null, null], down: [null, null], why: "", direct: null, punches: [] },
    dials: { peer: null, relay: null, address: "", why: "" },
    queries: { name: "", number: 0, first_report: false, key: -1, to: null, steps: [], found: [], truth: [] },
    faults: { id: "", to: null, first_effect: null, hits: null, hosts: [] },
    steps: { failed: "" },
    checks: { since: null, step: null, kind: "", hosts: [], expected: "", seen: "" },
    stores: { value: "", provider: null, first_seen: false, to: null },
    tables: { looks: [] },
  };

  function complete(item, defaults) {
    for (const [name, value] of Object.entries(defaults)) {
      if (item[name] === undefined || item[name] === null) item[name] = value;
    }
  }
  for (const [name, defaults] of Object.entries(DEFAULTS)) {
    doc[name] = doc[name] || [];
    for (const item of doc[name]) complete(item, defaults);
  }
  for (const name of ["kinds", "keys", "messages", "left_out", "log", "reads"]) doc[name] = doc[name] || [];
  for (const host of doc.hosts) for (const life of host.lives) complete(life, LIVES);
  for (const table of doc.tables)
    for (const look of table.looks) complete(look, { put: [], gone: [], pending: [] });
  for (const row of doc.messages) {
    for (const column of [8, 12, 13])
      if (row[column] === null || row[column] === undefined) row[column] = -1;
  }
  // A trace has neither tables nor stores.
  if (doc.has_contents === undefined) doc.has_contents = true;
  doc.end = Math.max(doc.end || 0, 1);
  doc.outcome = doc.outcome || { passed: true, says: "" };
  doc.focus = { at: doc.end, hosts: [], ...doc.focus };
  return doc;
})();
