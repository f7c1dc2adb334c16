"""`nodewise webhooks`: see the service's events on this machine, while developing a receiver."""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.groups import Verbs

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator

    from api.cli.listening import Heard
    from api.cli.output import Output

app = typer.Typer(cls=Verbs, rich_markup_mode=None, add_completion=False)


@app.callback()
def webhooks() -> None:
    """Events, told to an address as they happen."""


@app.command()
def listen(
    forward_to: Annotated[
        str | None, typer.Option(help="Address that verified events are passed on to, as they came.")
    ] = None,
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Type of event to hear of; all by default.")
    ] = None,
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=options.LARGEST_PORT)
    ] = 0,
    url: options.Url = None,
    api_key: options.ApiKey = None,
    json: options.Json = False,
) -> None:
    """Have the service's events sent here, and print a line for each, until Ctrl-C.

    Registers a webhook at the service and removes it in the end. The service has to run on this machine, in
    demo mode or with webhook_private_targets; where it needs keys, give one with the scope admin."""
    import secrets

    from api.cli.calls import Call
    from api.cli.client import Service, address
    from api.cli.listening import listening
    from api.cli.ports import LOOPBACK, refuse_taken
    from nodewise_client.caller import path

    output = options.output(json)
    if port:
        refuse_taken(LOOPBACK, port)
    service_url = address(url)
    if forward_to is not None:
        _refuse_no_address(forward_to)
    with (
        _asked_to_end() as ended,
        listening(port, tell=lambda heard: _tell(output, heard, json), forward_to=forward_to) as listener,
        Service(service_url, api_key) as service,
    ):
        body: dict[str, object] = {"url": listener.url, "types": types or []}
        made = service.send(Call(path("webhooks"), body=body, key=secrets.token_hex(16))).body
        listener.secret = made["secret"]
        try:
            output.say(f"Webhook {made['id']} at {service_url} sends to {listener.url}. Ctrl-C ends it.")
            while not ended.wait(0.2):  # a wait without end would not let the signal in everywhere
                pass
        finally:
            service.send(Call(path("webhooks", made["id"]), verb="DELETE"))
            output.say(f"Webhook {made['id']} was removed.")


@contextmanager
def _asked_to_end() -> "Iterator[threading.Event]":
    """Set by Ctrl-C, or a request to end, so that what was registered can be removed in peace."""
    import signal
    import threading

    ended = threading.Event()
    before = {one: signal.signal(one, lambda *_: ended.set()) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _tell(output: "Output", heard: "Heard", whole: bool) -> None:
    if whole:
        output.data(heard.body)
        return
    words = [
        str(heard.event.get("timestamp", "-")),
        str(heard.event.get("type", "-")),
        str(heard.event.get("subject", "-")),
        "verified" if heard.verified else "NOT VERIFIED",
    ]
    output.data("\t".join([*words, *([f"forwarded: {heard.forwarded}"] if heard.forwarded else [])]))


def _refuse_no_address(forward_to: str) -> None:
    from api.cli.errors import CommandError
    from api.webhooks.addresses import complaint

    why = complaint(forward_to, private=True)
    if why:
        raise CommandError(
            f'--forward-to "{forward_to}" {why}', fix="Give --forward-to http://host:port/path"
        )
