"""Is the server of this container alive? The exit status says so."""

import http.client
import os
import sys

port = int(os.environ.get("PORT", "8000"))
# By a name that the API answers to: others get 400.
host = os.environ.get("TRUSTED_HOSTS", "localhost").split(",")[0].strip(" \t.")

connection = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
try:
    connection.request("GET", "/healthz", headers={"Host": host})
    status = connection.getresponse().status
except OSError as error:
    sys.exit(f"/healthz: no answer on port {port}: {error}")
if status != http.HTTPStatus.OK:
    sys.exit(f"/healthz: answered {status} to Host {host!r}")
