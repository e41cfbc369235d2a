// The words beside the pointer.
const Tooltip = (() => {
  const box = Dom.byId("tooltip");

  /** Shows text lines beside the pointer. */
  function lines(title, text, event) {
    Dom.set(box, `<b>${Dom.escape(title)}</b>${text ? `<br>${Dom.escape(text)}` : ""}`);
    box.hidden = false;
    const { offsetWidth: w, offsetHeight: h } = box;
    const left = event.clientX + 14 + w > innerWidth ? event.clientX - w - 10 : event.clientX + 14;
    const top = event.clientY + 16 + h > innerHeight ? event.clientY - h - 10 : event.clientY + 16;
    box.style.left = `${Math.max(2, left)}px`;
    box.style.top = `${Math.max(2, top)}px`;
  }

  function hide() {
    box.hidden = true;
  }

  /** Shows a thing, or nothing. */
  function show(thing, event) {
    if (!thing) {
      hide();
      return;
    }
    const { title, line } = Describe.thing(thing);
    lines(title, line, event);
  }

  return { show, lines, hide };
})();
