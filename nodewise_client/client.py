"""The client: every group of calls on one connection."""

from nodewise_client.demand import Demand
from nodewise_client.forecasts import Forecasts
from nodewise_client.jobs import Jobs
from nodewise_client.network import Network
from nodewise_client.orders import Orders
from nodewise_client.policies import Policies
from nodewise_client.price_books import PriceBooks
from nodewise_client.records import Records
from nodewise_client.stock import Stock
from nodewise_client.webhooks import Webhooks


class Nodewise(Orders, Stock, Network, Policies, PriceBooks, Demand, Forecasts, Jobs, Webhooks, Records):
    """A service, as an order-management system calls it. Close it, or use it in a `with`.

    Threads may share one. It keeps its connections, and no state of the service.
    """
