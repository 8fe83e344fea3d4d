// The only file that opens a stream. It tells of every change, and of losing the service.
//
// A cursor brings what was missed meanwhile; without one the first message is the whole truth, so
// a gap can never hide an incident.

import { readiness, Refused } from "./api.js";

const AGAIN_MS = 1000;
const PULSE_MS = 2000;

// `listen` takes { truth, incident, link }; `link` is told what is known of the connection, and
// whether the service has just answered. Returns a function that asks for the whole truth anew.
export function watch(listen) {
  let cursor = "";
  let stream = null;
  let again = 0;
  const link = { stream: false, ready: null };
  const tell = (part) => listen.link(Object.assign(link, part), "ready" in part && part.ready);

  const open = () => {
    clearTimeout(again);
    stream?.close();
    const from = cursor && `?cursor=${encodeURIComponent(cursor)}`;
    stream = new EventSource(`/api/v1/incidents/live${from}`);
    stream.addEventListener("open", () => tell({ stream: true }));
    stream.addEventListener("snapshot", (message) => hear(message, listen.truth));
    stream.addEventListener("incident", (message) => hear(message, listen.incident));
    // A browser gives up for good on an answer that is no stream, so it is done here.
    stream.addEventListener("error", () => {
      stream.close();
      tell({ stream: false });
      clearTimeout(again);
      again = setTimeout(open, AGAIN_MS);
    });
  };
  const hear = (message, take) => {
    cursor = message.lastEventId;
    take(JSON.parse(message.data));
  };

  // A stream says nothing while nothing happens, and a cut cable is silent as well: so it is asked.
  const pulse = async () => {
    const ready = await readiness()
      .catch((error) => (error instanceof Refused ? { code: error.code } : null));
    tell({ ready });
    setTimeout(pulse, PULSE_MS);
  };

  open();
  pulse();
  return () => { cursor = ""; open(); };
}
