"""HTTP as everybody here speaks it: one request, one answer, JSON where it is JSON."""
import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass

# Whatever a connection that fails may raise.
TROUBLE = (OSError, http.client.HTTPException)


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    content_type: str = ""

    @property
    def json(self):
        """The body read as JSON; None if it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


def request(method, url, body=None, timeout=30.0):
    """Sends a request, and returns the answer of whatever status.

    body: text as it is, anything else as JSON. timeout: in seconds. Raises one of TROUBLE when there is no answer.
    """
    data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    call = urllib.request.Request(url, method=method, data=data)
    if data is not None:
        call.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(call, timeout=timeout) as answer:
            return _read(answer, answer.status)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _read(refusal, refusal.code)


def _read(answer, status):
    return Answer(status, answer.read().decode("utf-8", "replace"), answer.headers.get("Content-Type", ""))
