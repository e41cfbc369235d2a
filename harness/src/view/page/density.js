// Where there are too many messages for arrows: how many each host sends and receives, as
// the strength of a colour under the marks.
const Density = (() => {
  const BIN = 3;

  function clear(canvas, width, height) {
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const tall = Math.min(height, 16000 / ratio);
    canvas.width = Math.max(1, Math.round(width * ratio));
    canvas.height = Math.max(1, Math.round(tall * ratio));
    canvas.style.width = `${width}px`;
    canvas.style.height = `${tall}px`;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }

  /** Hides the picture. */
  function hide(canvas) {
    canvas.hidden = true;
  }

  /** Draws the messages of the window that pass the filters. */
  function draw(canvas, laid, width) {
    canvas.hidden = false;
    const context = clear(canvas, width, laid.total);
    const { from, to } = State.state;
    const bins = Math.ceil(width / BIN) + 1;
    const binOf = (at) => Math.floor(Marks.x(at) / BIN);
    const index = new Map(laid.rows.map((row, i) => [row, i]));
    const sums = laid.rows.map(() => new Uint32Array(bins));
    const lost = laid.rows.map(() => new Uint8Array(bins));
    const place = Model.hosts.map((_, h) => (Lanes.row(h) ? index.get(Lanes.row(h)) : -1));
    const pass = Visible.passes();
    let most = 1;
    const count = (host, at) => {
      const row = place[host];
      const bin = binOf(at);
      if (row === undefined || row < 0 || bin < 0 || bin >= bins) return;
      const sum = ++sums[row][bin];
      if (sum > most && laid.rows[row].kind === "host") most = sum;
    };
    Model.messagesBetween(from, to, (n, row) => {
      if (!pass(row)) return;
      count(row[2], row[0]);
      if (row[1] >= 0) count(row[3], row[1]);
      else if (Model.isLost(row) && place[row[2]] >= 0) {
        const bin = binOf(row[0]);
        if (bin >= 0 && bin < bins) lost[place[row[2]]][bin] = 1;
      }
    });
    const { color, outlineColor: bad } = getComputedStyle(canvas);
    const scale = Math.log(most + 1);
    laid.rows.forEach((row, i) => {
      if (row.kind === "head") return;
      const tall = Math.max(6, Math.min(row.height * 0.62, 30));
      for (let bin = 0; bin < bins; bin++) {
        const sum = sums[i][bin];
        if (sum > 0) {
          const share = Math.min(1, Math.log(sum + 1) / scale);
          context.globalAlpha = 0.25 + 0.6 * share;
          context.fillStyle = color;
          const height = Math.max(3, tall * share);
          context.fillRect(bin * BIN, row.middle - height / 2, BIN - 0.5, height);
        }
        if (lost[i][bin]) {
          context.globalAlpha = 0.95;
          context.fillStyle = bad;
          context.fillRect(bin * BIN, row.top + 1, BIN, 3);
        }
      }
    });
    context.globalAlpha = 1;
  }

  return { draw, hide };
})();
