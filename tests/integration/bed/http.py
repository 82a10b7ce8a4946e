"""Plain HTTP, one request per connection, with every header as the test wants it."""

import socket

from .waiting import DEADLINE


class Reply:
    def __init__(self, data):
        head, _, self.body = data.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if data else None
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}


def fetch(port, path, method="GET", *, unix=None, tls=None, until_end=True, **headers):
    """The reply; status None if the connection ended without one."""
    connection = socket.socket(socket.AF_UNIX) if unix else socket.socket()
    connection.settimeout(DEADLINE)
    with connection:
        connection.connect(unix or ("127.0.0.1", port))
        if tls:
            connection = tls.wrap_socket(connection, server_hostname="localhost")
        fields = {"Host": f"127.0.0.1:{port}", "Connection": "close", **{name.replace("_", "-"): value for name, value in headers.items()}}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        connection.sendall(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))
        data = b""
        try:
            while chunk := connection.recv(65536):
                data += chunk
                if not until_end and b"\r\n\r\n" in data:
                    break
        except ConnectionResetError:
            pass
        connection.close()
        return Reply(data)


def metric(port, name, **options):
    """The value of a sample of /metrics, 0 if it is not there."""
    for line in fetch(port, "/metrics", **options).body.decode().splitlines():
        if line.startswith(f"compositord_{name} "):
            return float(line.rpartition(" ")[2])
    return 0
