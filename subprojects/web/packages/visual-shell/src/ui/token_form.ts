/** Asks for a token when the server wants one. It goes to the server in the page's address, which makes a cookie of it. */
import { element } from "./dom.ts";

export class TokenForm {
  readonly #form = element("token-form", HTMLFormElement);
  readonly #token = element("token", HTMLInputElement);

  constructor() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      location.assign(`${location.pathname}?token=${encodeURIComponent(this.#token.value.trim())}`);
    });
  }

  show(wanted: boolean): void {
    if (this.#form.hidden !== wanted) return;
    this.#form.hidden = !wanted;
    if (wanted) this.#token.focus();
  }
}
