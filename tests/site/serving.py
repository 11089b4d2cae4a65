"""The built site on localhost, as a host of static files serves it: under a path, compressed."""

import gzip
import mimetypes
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Not left to the machine's own table of types.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".ipynb": "application/x-ipynb+json",
    ".xml": "application/xml",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
COMPRESSED = {".html", ".css", ".js", ".json", ".ipynb", ".xml", ".svg", ".txt"}


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing either of a browser that has left before the end."""
        if not isinstance(sys.exception(), ConnectionError):
            raise


@contextmanager
def serving(root: Path, prefix: str) -> Iterator[str]:
    """Serve `root` under `prefix`, which begins and ends in a slash; the address of that."""
    root = root.resolve()

    @cache
    def body(path: Path) -> bytes:
        data = path.read_bytes()
        return gzip.compress(data, mtime=0) if path.suffix in COMPRESSED else data

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept, as everywhere

        def do_GET(self) -> None:
            status, path = find(unquote(urlsplit(self.path).path))
            data = body(path) if path else b""
            self.send_response(status)
            if path:
                kind = TYPES.get(path.suffix) or mimetypes.guess_type(path)[0]
                self.send_header("Content-Type", kind or "application/octet-stream")
                if path.suffix in COMPRESSED:
                    self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Cache-Control", "public, max-age=3600")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    def find(address: str) -> tuple[HTTPStatus, Path | None]:
        if address.startswith(prefix):
            path = (root / address.removeprefix(prefix)).resolve()
            path = path / "index.html" if path.is_dir() else path
            if path.is_relative_to(root) and path.is_file():
                return HTTPStatus.OK, path
        missing = root / "404.html"
        return HTTPStatus.NOT_FOUND, missing if missing.exists() else None

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
