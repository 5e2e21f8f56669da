// Keys and buttons that are pressed before the page's script runs are kept, and done when it runs.
{
  const kept = [];
  const keep = {
    keydown: (event) => kept.push(() => event.target.dispatchEvent(new KeyboardEvent("keydown", event))),
    click: (event) => {
      const button = event.target.closest("button");
      if (button && !(button.form && button.type === "submit")) kept.push(() => button.click());
    },
    submit: (event) => {
      event.preventDefault();
      kept.push(() => event.target.requestSubmit(event.submitter));
    },
  };
  for (const kind in keep) document.addEventListener(kind, keep[kind]);
  window.takeOver = () => {
    for (const kind in keep) document.removeEventListener(kind, keep[kind]);
    for (const act of kept) act();
  };
}
