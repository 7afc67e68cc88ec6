"""The proxy as the docs have it: nginx with the configuration of `docs/nginx.conf`, on loopback, with a certificate of
its own."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

NGINX_CONF = Path(__file__).parents[2] / "docs" / "nginx.conf"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
OPENSSL = shutil.which("openssl")
needs_nginx = pytest.mark.skipif(
    NGINX is None, reason="nginx was not found: install it (Debian: apt install nginx-light)"
)


def certificate_in(folder: Path) -> Path:
    """A certificate for 127.0.0.1, its key beside it."""
    if OPENSSL is None:
        pytest.skip("openssl was not found: install it (Debian: apt install openssl) to run this")
    key, made = folder / "tls.key", folder / "tls.pem"
    asked = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    named = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    subprocess.run([OPENSSL, *asked, *named, "-keyout", key, "-out", made], check=True, capture_output=True)
    return made


@contextmanager
def nginx(
    folder: Path, certificate: Path, upstreams: list[str], port: int, changes: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """An nginx with the configuration of the docs, its names and places replaced by the test's, and what else is to be
    changed."""
    text = NGINX_CONF.read_text("utf-8")
    for old, new in {
        "    server 127.0.0.1:8741;": "\n".join(f"    server {one.removeprefix('http://')};" for one in upstreams),
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/ssl/certs/caseload.pem": str(certificate),
        "/etc/ssl/private/caseload.key": str(certificate.with_suffix(".key")),
        "/var/log/nginx/caseload.log": str(folder / "access.log"),
        "/var/log/nginx/caseload-errors.log": str(folder / "error.log"),
        **(changes or {}),
    }.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"{kind}_temp_path {folder / kind}; " for kind in kinds)
    whole = f"daemon off; master_process off; pid {folder / 'pid'}; error_log {folder / 'error.log'} warn;\n"
    whole += f"events {{}}\nhttp {{\n{places}\n{text}\n}}\n"
    (folder / "nginx.conf").write_text(whole, "utf-8")
    with subprocess.Popen(
        [str(NGINX), "-e", folder / "error.log", "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def is_open(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
