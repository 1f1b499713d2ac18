"""Is the server of this container alive? The exit status says so."""

import http.client
import ipaddress
import os
import sys

port = int(os.environ.get("PORT", "8000"))
listening = ipaddress.ip_address(os.environ.get("HOST", "127.0.0.1"))
loopback = "127.0.0.1" if listening.version == 4 else "::1"
address = loopback if listening.is_unspecified else str(listening)
# By a name that the API answers to: others get 400.
host = os.environ.get("TRUSTED_HOSTS", "localhost").split(",")[0].strip(" \t.")

connection = http.client.HTTPConnection(address, port, timeout=4)
try:
    connection.request("GET", "/healthz", headers={"Host": host})
    status = connection.getresponse().status
except (OSError, http.client.HTTPException) as error:
    sys.exit(f"/healthz: no answer on port {port}: {error!r}")
if status != http.HTTPStatus.OK:
    sys.exit(f"/healthz: answered {status} to Host {host!r}")
