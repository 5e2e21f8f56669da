// Each button names what it sends; afterwards the panel is read anew.
"use strict";
const said = document.getElementById("said");

async function send(button) {
  for (const each of document.querySelectorAll("button")) each.disabled = true;
  const { method, path, body } = button.dataset;
  try {
    const response = await fetch(path, {
      method,
      headers: body ? { "Content-Type": "application/json" } : {},
      body: body || undefined,
    });
    if (response.ok) {
      location.reload();
      return;
    }
    const problem = await response.json();
    said.textContent = problem.japanese || problem.title;
  } catch (error) {
    said.textContent = String(error);
  }
  for (const each of document.querySelectorAll("button")) each.disabled = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-path]");
  if (button) send(button);
});
