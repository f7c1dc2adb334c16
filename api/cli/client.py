"""The service as the commands see it: an answer's text, or an error with an exit code.

The requests themselves are those of `nodewise_client`, each tried once: whoever is at a terminal decides.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from api.cli.calls import Call
from api.cli.errors import CommandError, ExitCode
from api.cli.options import LARGEST_PORT
from nodewise_client.errors import ProblemError, Unreachable, read_problem
from nodewise_client.retries import NEVER
from nodewise_client.transport import Request, Transport

MOST_FIELDS = 50
_CODES = {
    401: ExitCode.REFUSED,
    403: ExitCode.REFUSED,
    409: ExitCode.REFUSED,
    429: ExitCode.REFUSED,
    503: ExitCode.UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered: its body byte for byte, and the same as text and read as JSON."""

    status: int
    content: bytes
    seconds: float
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def body(self) -> Any:
        return json.loads(self.text)


class ProblemAnswered(CommandError):
    """The service answered with a problem document; `body` is it byte for byte."""

    def __init__(self, status: int, text: str) -> None:
        problem = read_problem(text)
        errors = problem.get("errors", [])
        if len(errors) == 1 and errors[0]["detail"] in problem["detail"]:
            errors = []  # said already
        super().__init__(
            problem.get("detail", f"the service answered {status}: {text[:200]}"),
            fix=problem.get("fix", "Check that --url is the address of a Nodewise service"),
            code=_CODES.get(status, ExitCode.INPUT if status < 500 else ExitCode.FAULT),
            lines=field_lines(errors),
            body=text,
        )


class Service:
    """One connection to a service, kept open. Close it, or use it in a `with`."""

    def __init__(self, url: str, api_key: str | None = None) -> None:
        try:
            self._transport = Transport(url, api_key, retries=NEVER)
        except ValueError as error:
            raise CommandError(
                str(error), fix="Give --api-key or NODEWISE_API_KEY as nodewise key create showed it"
            ) from error

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    def send(self, call: Call) -> Answer:
        """Send a call and wait for the answer.

        Raises
        ------
        ProblemAnswered
            The service refused.
        CommandError
            No service answers.
        """
        try:
            answer = self._transport.send(
                Request(call.method, call.target, call.headers, call.content, call.timeout)
            )
        except Unreachable as error:
            raise CommandError(
                str(error),
                fix="Start one with nodewise serve, or name its address with --url",
                code=ExitCode.UNREACHABLE,
            ) from error
        except ProblemError as error:
            raise ProblemAnswered(error.status, error.text) from error
        return Answer(answer.status_code, answer.content, answer.elapsed.total_seconds(), answer.headers)


def address(url: str | None) -> str:
    """The address named, or that of the settings.

    Raises
    ------
    CommandError
        What was named is no address.
    """
    if url is None:
        from api.settings import load_settings

        settings = load_settings()
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        return f"http://{host}:{settings.port}"
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise _no_address(url, str(error)) from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise _no_address(url, "it does not begin with http:// and a host")
    if parsed.port is not None and not 0 < parsed.port <= LARGEST_PORT:
        raise _no_address(url, f"ports go from 1 to {LARGEST_PORT:,}")
    return url.rstrip("/")


def field_lines(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    """Bad fields as the service names them, one on a line; of very many the first."""
    more = [f"and {len(errors) - MOST_FIELDS:,} more"] if len(errors) > MOST_FIELDS else []
    return [*map(_field, errors[:MOST_FIELDS]), *more]


def _no_address(url: str, why: str) -> CommandError:
    return CommandError(f'--url "{url}" is no address: {why}', fix="Give --url http://host:port")


def _field(error: Mapping[str, Any]) -> str:
    """One bad field on one line; in a file by line and column, else by pointer."""
    if error.get("line") is not None:
        where = f"line {error['line']}"
        where += f"  column {error['column']}" if error.get("column") else ""
    else:
        where = str(error.get("pointer", ""))
    value = (
        f'"{error["value"]}": ' if error.get("value") and str(error["value"]) not in error["detail"] else ""
    )
    return f"{where}  {value}{error['detail']}".strip()
