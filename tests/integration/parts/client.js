/** Follows the camera over a WebSocket, and comes back when the connection is lost. */
export class CameraClient {
  #attempt = 0;
  #socket = null;

  constructor(url, onCamera, { longest = 30_000, open = (address) => new WebSocket(address) } = {}) {
    this.url = url;
    this.onCamera = onCamera;
    this.longest = longest;
    this.open = open;
    this.connect();
  }

  connect() {
    this.#socket = this.open(this.url);
    this.#socket.onopen = () => {
      this.#attempt = 0;
    };
    this.#socket.onmessage = ({ data }) => this.receive(data);
    this.#socket.onclose = () => {
      setTimeout(() => this.connect(), Math.min(this.longest, 1000 * 2 ** this.#attempt++));
    };
  }

  receive(data) {
    const { type, x, y, zoom } = JSON.parse(data);
    if (type === 'camera_update' && [x, y, zoom].every(Number.isFinite)) {
      this.onCamera({ x, y, zoom });
    }
  }

  move(camera) {
    this.#socket.send(JSON.stringify({ type: 'camera_update', ...camera }));
  }
}
