/**
 * Loads anew what a ReloadUpdate says has changed. A style sheet is exchanged in place. A script that runs cannot be: the
 * page has to be loaded again, and since somebody may be in the middle of something, it asks. What this page does not
 * show is none of its business.
 */
import type { ReloadUpdate } from "@compositord/client";

/** Whether a path of a repository is what is at an address: the one ends with the other, in whole names. */
export function isAt(path: string, address: string): boolean {
  const [file, at] = [path.split("/"), decodeURIComponent(new URL(address).pathname).split("/").filter((name) => name !== "")];
  const common = Math.min(file.length, at.length);
  return common > 0 && file.slice(-common).every((name, index) => name === at.slice(-common)[index]);
}

export interface ReloadParts {
  /** The addresses of what this page has loaded. */
  readonly loaded: () => readonly string[];
  readonly sheets: () => readonly HTMLLinkElement[];
  /** Asks whether to load the page again; `what` names the files. */
  readonly ask: (what: string) => void;
}

export const pageParts: Omit<ReloadParts, "ask"> = {
  loaded: () => [location.href.endsWith("/") ? `${location.href}index.html` : location.href, ...performance.getEntriesByType("resource").map(({ name }) => name)].map((address) => address.replace(/[?#].*$/, "")),
  sheets: () => [...document.querySelectorAll<HTMLLinkElement>("link[rel=stylesheet]")],
};

export function reload({ branch, paths }: ReloadUpdate, { loaded, sheets, ask }: ReloadParts): void {
  if (branch !== "") return; // nothing that is served has changed
  const here = loaded();
  const scripts = paths.filter((path) => {
    const sheet = sheets().find(({ href }) => isAt(path, href));
    if (sheet === undefined) return here.some((address) => isAt(path, address));
    const next = sheet.cloneNode() as HTMLLinkElement;
    next.href = `${sheet.href.replace(/\?.*$/, "")}?changed=${Date.now()}`;
    // The old one goes when the new one is there, so that the page is never without.
    next.addEventListener("load", () => sheet.remove());
    sheet.after(next);
    return false;
  });
  if (scripts.length > 0) ask(scripts.join(", "));
}
