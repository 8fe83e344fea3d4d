// Who looks. Where the service has no accounts (a demo on this machine), everybody is in, and the
// bar says so.

import * as api from "./api";
import { say } from "./prefs.svelte";
import { confirm, login as words } from "./words";

interface Body {
  account: string;
  by: "loopback" | "session" | "token";
  roles?: { site: string; role: string }[];
  csrf?: string | null;
}

/** For whom a page is; any other page is everybody's. */
const PAGES: Record<string, readonly string[]> = {
  sites: ["operator", "engineer", "administrator"],
  homes: ["operator", "caseworker", "administrator"],
  devices: ["operator", "engineer", "administrator"],
  rules: ["engineer", "administrator"],
  people: ["administrator"],
};

class Session {
  /** Whether it is known who looks. */
  known = $state(false);
  entered = $state(false);
  expired = $state(false);
  /** No accounts yet: whoever sits here is administrator. */
  open = $state(false);
  /** The account, where there are accounts. */
  named = $state(false);
  name = $state("");
  administers = $state(true);
  #roles = $state.raw<readonly string[]>([]);

  async begin(): Promise<void> {
    try {
      this.#take(await api.get<Body>("/api/v1/session"));
    } catch (error) {
      // Whoever cannot be asked is said to be lost by the page itself, loudly.
      this.entered = !(error instanceof api.Refused && error.status === 401);
    }
    this.known = true;
  }

  /** Whether a page has anything for whoever looks: a menu names nothing that is refused. */
  sees(page: string): boolean {
    const roles = PAGES[page];
    return this.open || roles === undefined || this.#roles.some((of) => roles.includes(of));
  }

  leave(): void {
    this.expired = this.named;
    this.entered = false;
  }

  /** Says why not, or nothing if somebody is in. */
  async signIn(account: string, password: string, code: string): Promise<string | null> {
    try {
      const body = { account, password, ...(code ? { code } : {}) };
      await api.send<Body>("POST", "/api/v1/session", body);
    } catch (error) {
      if (!(error instanceof api.Refused)) return say(confirm.noAnswer);
      if (error.code === "code-wanted") return say(words.codeWanted);
      return error.status === 429 ? say(words.tooMany) : say(words.wrong);
    }
    // Nothing of what was shown to another account is left over.
    location.reload();
    return null;
  }

  async signOut(): Promise<void> {
    await api.send("DELETE", "/api/v1/session").catch(() => null);
    location.reload();
  }

  #take(body: Body): void {
    this.entered = true;
    this.open = body.by === "loopback";
    this.named = !this.open;
    this.name = body.account;
    this.#roles = (body.roles ?? []).map((of) => of.role);
    this.administers = this.open || this.#roles.includes("administrator");
    api.prove(body.csrf ?? null);
  }
}

export const session = new Session();
api.onSignedOut(() => session.leave());
void session.begin();
