// Nothing here is needed: every page works without. It copies commands and keeps live pages live.

for (const code of document.querySelectorAll("code.command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy ${code.textContent}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  });
  if (navigator.clipboard) code.after(" ", button);
}

// <main data-live="SECONDS">: the page is asked for again, and what changed takes its place, unless
// somebody is filling in a form.
const live = document.querySelector("[data-live]");
if (live) {
  const again = async () => {
    if (!live.contains(document.activeElement) && document.visibilityState === "visible") {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const fresh = page.querySelector("[data-live]");
        if (fresh && fresh.innerHTML !== live.innerHTML) live.innerHTML = fresh.innerHTML;
      }
    }
    setTimeout(again, Number(live.dataset.live) * 1000);
  };
  setTimeout(again, Number(live.dataset.live) * 1000);
}
