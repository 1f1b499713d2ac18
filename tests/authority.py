"""A certificate authority for the time of a test, and HTTPS for names below .test."""

import base64
import datetime as dt
import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from browser import Blank


@dataclass(frozen=True)
class Authority:
    """The files of an authority and of a certificate that it has signed."""

    root: Path
    chain: Path
    key: Path
    fingerprint: str  # of the authority's key, as Chromium wants it

    @property
    def chromium(self) -> str:
        """The option by which Chromium trusts the authority."""
        return f"--ignore-certificate-errors-spki-list={self.fingerprint}"


def authority(folder: Path, *names: str) -> Authority:
    """Create an authority, and a certificate for these names and for 127.0.0.1."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("Test authority", root_key, root_key, None)
    alternatives = [*map(x509.DNSName, names), x509.IPAddress(IPv4Address("127.0.0.1"))]
    leaf = _certificate(names[0], key, root_key, x509.SubjectAlternativeName(alternatives))
    files = Authority(
        folder / "root.pem",
        folder / "chain.pem",
        folder / "key.pem",
        base64.b64encode(
            hashlib.sha256(
                root_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            ).digest()
        ).decode(),
    )
    files.root.write_bytes(root.public_bytes(Encoding.PEM))
    files.chain.write_bytes(leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM))
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    alternatives: x509.SubjectAlternativeName | None,
) -> x509.Certificate:
    """Sign a certificate; without alternative names it is the authority's own."""
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.BasicConstraints(alternatives is None, None), critical=True)
    )
    if alternatives:
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(signer, hashes.SHA256())


@contextmanager
def secure_pages(files: Authority) -> Iterator[int]:
    """Serve empty pages over HTTPS and yield their port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.chain, files.key)
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        # The handshake is left to the thread of each connection: an idle one must not block others.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
