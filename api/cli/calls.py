"""A call of the service as a value: what the client sends, and what `--as-curl` and `--as-python` print.

A command makes one and either sends or prints it, so that what is printed is what would be sent.
"""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pprint import pformat
from urllib.parse import urlencode

from api.cli.errors import CommandError
from nodewise_client.caller import JSON_TYPE

ORDERS = "/v1/orders"
KEY_VARIABLE = "NODEWISE_API_KEY"
FROM_SHELL = f"${KEY_VARIABLE}"
"""The key in a command that is printed: whoever runs it has it in the environment."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is sent as it is. `name` is where it was read from; `-` is standard input."""

    name: str
    content_type: str
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Call:
    """A POST if it has a body, be it a file or an object to send as JSON; else a GET, or what `verb` says.

    The answer is saved in the file `saved_as`, if that is not empty.
    """

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: File | Mapping[str, object] | None = None
    key: str = ""
    timeout: float = 120.0
    verb: str = ""
    saved_as: str = ""

    @property
    def method(self) -> str:
        if self.verb:
            return self.verb
        return "GET" if self.body is None else "POST"

    @property
    def target(self) -> str:
        """Path and query."""
        return self.path + (f"?{urlencode(self.query)}" if self.query else "")

    @property
    def headers(self) -> dict[str, str]:
        key = {"Idempotency-Key": self.key} if self.key else {}
        if self.body is None:
            return key
        return {"Content-Type": self.body.content_type if isinstance(self.body, File) else JSON_TYPE} | key

    @property
    def content(self) -> bytes:
        """The body as bytes; none of a GET."""
        if isinstance(self.body, File):
            return self.body.content
        return b"" if self.body is None else json.dumps(self.body).encode()


def printed(call: Call, url: str, *, as_curl: bool, as_python: bool, with_key: bool = False) -> str:
    """The call in the form asked for. With a key it is taken from the environment, not printed.

    Raises
    ------
    CommandError
        Both forms were asked for.
    """
    if as_curl and as_python:
        raise CommandError("--as-curl and --as-python were given", fix="Ask for one of them")
    return (
        curl(call, url, key=FROM_SHELL if with_key else "")
        if as_curl
        else python(call, url, with_key=with_key)
    )


def curl(call: Call, url: str, *, key: str = "") -> str:
    """One line for a shell; `key` may be a variable of it."""
    authorized = f' -H "Authorization: Bearer {key}"' if key else ""
    verb = ["-X", call.verb] if call.verb else []
    return shlex.join(["curl", "-sS", *verb, url + call.target]) + authorized + _rest(call)


def _rest(call: Call) -> str:
    words: list[str] = []
    for name, value in call.headers.items():
        words += ["-H", f"{name}: {value}"]
    if isinstance(call.body, File):
        words += ["--data-binary", f"@{call.body.name}"]
    elif call.body is not None:
        words += ["-d", call.content.decode()]
    if call.saved_as:
        words += ["-o", call.saved_as]
    return "".join(f" {shlex.quote(word)}" for word in words)


def python(call: Call, url: str, *, with_key: bool = False) -> str:
    """A script; it needs httpx, which comes with Nodewise."""
    arguments = [repr(call.method), repr(url + call.target)]
    headers = repr(call.headers)
    if with_key:
        bearer = f"'Authorization': f\"Bearer {{os.environ['{KEY_VARIABLE}']}}\""
        headers = f"{headers[:-1]}, {bearer}}}" if call.headers else f"{{{bearer}}}"
    if isinstance(call.body, File):
        opened = 0 if call.body.name == "-" else call.body.name  # 0 is standard input
        arguments += [f"headers={headers}", f"content=open({opened!r}, 'rb').read()"]
    elif call.body is not None:
        arguments += [f"headers={headers}", "json=body"]
    elif with_key:
        arguments.append(f"headers={headers}")
    arguments.append(f"timeout={call.timeout:g}")
    joined = ",\n    ".join(arguments)
    lines = [*(["import os", ""] if with_key else []), "import httpx", ""]
    if "json=body" in arguments:
        lines.append(f"body = {pformat(call.body, sort_dicts=False)}")
    used = f"open({call.saved_as!r}, 'wb').write(answer.content)" if call.saved_as else "print(answer.text)"
    return "\n".join([*lines, f"answer = httpx.request(\n    {joined},\n)", used])
