"""Names of nodes as people call them, from the service."""

from api.cli.client import Service


def node_names(service: Service) -> dict[str, str]:
    """Node id to name: the first thousand, which is enough to read a decision by."""
    items = service.get("/v1/nodes", limit="1000").body["items"]
    return {node["id"]: node["name"] for node in items}
