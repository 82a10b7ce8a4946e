"""The test bed: real compositors, daemons, Wayland clients and WebSocket clients, each test with its own."""
