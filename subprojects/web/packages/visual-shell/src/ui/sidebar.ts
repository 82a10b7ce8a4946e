/** Shows and hides the list of windows; on a narrow page it begins hidden. */
import { element } from "./dom.ts";

export function listenToSidebar(): void {
  const button = element("toggle-list", HTMLButtonElement);
  const sidebar = element("sidebar", HTMLElement);
  const show = (shown: boolean): void => {
    sidebar.hidden = !shown;
    button.setAttribute("aria-expanded", String(shown));
  };
  const narrow = matchMedia("(max-width: 720px)");
  show(!narrow.matches);
  narrow.addEventListener("change", () => show(!narrow.matches));
  button.addEventListener("click", () => show(sidebar.hidden !== false));
}
