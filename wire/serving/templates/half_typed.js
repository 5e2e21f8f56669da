// Who changes the language of a page, or how its years are written, finds the forms as they left them.
// For this one step what stands there is kept in the browser's tab, and nowhere else; never a PIN.
"use strict";
{
  const KEPT = "half-typed";
  const ANEW = "a.language, a.years";
  const UNKEPT = "[type=password], [type=hidden], [type=file], [type=submit], [type=button]";
  // What a refused form is shown with was typed as well.
  const refused = performance.getEntriesByType("navigation")[0]?.responseStatus >= 400;
  const isTicked = (one) => one.type === "checkbox" || one.type === "radio";
  // Of the desk: whose turn it is. What was typed for one patient is not for the next.
  const turn = () => document.querySelector("[data-turn]")?.dataset.turn ?? "";

  /** Every field with what it is called, those that are called alike by their order. */
  function fields() {
    const count = {};
    return [...document.querySelectorAll("input, select, textarea")].filter((one) => !one.matches(UNKEPT)).map((one) => {
      const name = [one.name || one.id, isTicked(one) ? one.value : ""].join("=");
      count[name] = (count[name] ?? 0) + 1;
      return [`${name} ${count[name]}`, one];
    });
  }

  function isTyped(one) {
    if (isTicked(one)) return one.checked !== one.defaultChecked;
    if (one.tagName !== "SELECT") return one.value !== one.defaultValue;
    return one.selectedIndex !== Math.max([...one.options].findIndex((option) => option.defaultSelected), 0);
  }

  function keep(path) {
    const typed = fields().map(([name, one]) => [name, { value: isTicked(one) ? one.checked : one.value, typed: refused || isTyped(one) }]);
    sessionStorage.setItem(KEPT, JSON.stringify({ path, turn: turn(), typed: Object.fromEntries(typed) }));
  }

  function giveBack(typed) {
    // What only stood there is there in the other language by itself.
    const back = fields()
      .map(([name, one]) => ({ one, property: isTicked(one) ? "checked" : "value", before: typed[name] }))
      .filter(({ one, property, before }) => before && one[property] !== before.value && (before.typed || !one[property]));
    const set = ({ one, property, before }) => { one[property] = before.value; };
    back.forEach(set);
    for (const { one } of back) {
      for (let around = one.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
      one.dispatchEvent(new Event("input", { bubbles: true }));
    }
    back.forEach(set); // also where the page made something of another field
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest(ANEW);
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) keep(link.pathname);
  });
  const kept = JSON.parse(sessionStorage.getItem(KEPT));
  sessionStorage.removeItem(KEPT);
  if (kept?.path === location.pathname && kept.turn === turn()) giveBack(kept.typed);
}
