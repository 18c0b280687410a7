const lively = [...document.querySelectorAll("[data-live]")];
const button = document.querySelector("#live button");
let on = true;
async function update() {
  const answer = await fetch("/inspector");
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of lively) {
    const fresh = page.getElementById(old.id);
    // A button that is about to be pressed stays where it is.
    if (fresh && fresh.innerHTML !== old.innerHTML && !old.contains(document.activeElement)) old.innerHTML = fresh.innerHTML;
  }
}
async function go() {
  if (on && !document.hidden) await update().catch(() => {});
  setTimeout(go, 1000);
}
button.addEventListener("click", () => {
  on = !on;
  button.textContent = on ? "Stop updating" : "Update every second";
});
button.parentElement.hidden = false;
go();
