// Who looks. Where the service has no accounts (a demo on this machine), everybody is in.

import * as api from "./api";
import { say } from "./prefs.svelte";
import { confirm, login as words } from "./words";

class Session {
  /** Whether somebody may look. */
  entered = $state(true);
  expired = $state(false);
  /** The account, where there are accounts. */
  named = $state(false);
  name = $state("");
  administers = $state(true);

  leave(): void {
    this.expired = this.named;
    this.entered = false;
  }

  /** Says why not, or nothing if somebody is in. */
  async signIn(account: string, password: string, code: string): Promise<string | null> {
    try {
      await api.send("POST", "/api/v1/session", { account, password, code: code || undefined });
    } catch (error) {
      return say(error instanceof api.Refused ? words.wrong : confirm.noAnswer);
    }
    location.reload();
    return null;
  }

  async signOut(): Promise<void> {
    await api.send("DELETE", "/api/v1/session").catch(() => null);
    location.reload();
  }
}

export const session = new Session();
api.onSignedOut(() => session.leave());
