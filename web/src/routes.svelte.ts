// Which page is shown. The page stands behind `#`, so that no proxy's log and no server's ever
// holds which home somebody looked at.

class Route {
  parts = $state.raw<readonly string[]>(read());

  constructor() {
    addEventListener("hashchange", () => {
      this.parts = read();
    });
  }

  get page(): string {
    return this.parts[0] ?? "overview";
  }
}

function read(): string[] {
  const path = location.hash.replace(/^#\/?/, "");
  return path === "" ? ["overview"] : path.split("/").map(decodeURIComponent);
}

export const route = new Route();

export const go = (path: string): void => {
  location.hash = `#/${path}`;
};
