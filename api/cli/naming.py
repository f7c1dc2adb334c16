"""Names of nodes as people call them, from the service."""

from api.cli.calls import Call
from api.cli.client import Service


def node_names(service: Service) -> dict[str, str]:
    """Node id to name: the first thousand, which is enough to read a decision by."""
    items = service.send(Call("/v1/nodes", query={"limit": "1000"})).body["items"]
    return {node["id"]: node["name"] for node in items}
