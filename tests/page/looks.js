// What a page must never do, asked inside of it. Each function says what is wrong, in words.

// Text that is cut off, spills out of its box, or stands where nobody can see it.
function cutText() {
  const found = [];
  const over = document.documentElement.scrollWidth - innerWidth;
  if (over > 0) found.push(`the page is ${over} px too wide`);
  for (const element of document.querySelectorAll("#app *")) {
    if (!(element instanceof HTMLElement) || element.closest(".unseen, .skip")) continue;
    const worded = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const box = element.getBoundingClientRect();
    if (!worded || box.width === 0 || getComputedStyle(element).visibility === "hidden") continue;
    const said = element.textContent.trim().slice(0, 40);
    const { scrolled, clipped } = inside(element, box);
    if (clipped) found.push(`cut: ${said}`);
    if (!scrolled && box.right > innerWidth + 1) found.push(`beyond the edge: ${said}`);
    const inline = getComputedStyle(element).display === "inline";
    if (!inline && !scrolled && element.scrollWidth > element.clientWidth + 1) {
      found.push(`spills: ${said}`);
    }
  }
  return found;
}

function inside(element, box) {
  let scrolled = false;
  let clipped = false;
  for (let outer = element; outer; outer = outer.parentElement) {
    const { overflowX } = getComputedStyle(outer);
    if (outer !== document.documentElement && /auto|scroll/.test(overflowX)) scrolled = true;
    if (scrolled || !/hidden|clip/.test(overflowX)) continue;
    const edge = outer.getBoundingClientRect();
    if (box.right > edge.right + 1 || box.left < edge.left - 1) clipped = true;
    if (outer === element && element.scrollWidth > element.clientWidth + 1) clipped = true;
  }
  return { scrolled, clipped };
}

// What axe calls serious or critical.
async function violations() {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 200)).join(" ")}`);
}

// What was fetched from anywhere but the service itself.
function foreign() {
  return performance.getEntriesByType("resource")
    .map(({ name }) => name)
    .filter((name) => !name.startsWith(`${location.origin}/`) && !name.startsWith("data:"));
}
