# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %%
from IPython.display import HTML, SVG

from api.demo import demo_world
from api.explanations.three_orders import decided
from api.figures.cost_ladder import cost_ladder_svg, cost_ladder_table
from api.figures.node_map import node_map_svg
from api.figures.readme_picture import question_of
from scenarios.alternatives import alternatives, in_one_sentence, main_node
from scenarios.explanation import NodeState, explain

question = question_of(demo_world())
outcome, ways = question.answer(), alternatives(question)
print(in_one_sentence(question, ways, outcome, currency="£"))
SVG(cost_ladder_svg(ways, currency="£", names=question.names))

# %% [markdown]
# # One order, five ways to ship it
#
# A real order of the demo world, five lines into the south-east, in the opening stock of its fortnight.
# Every bar above is one plan for it; the parts of a bar add up to its total. *Packages*, *weight*
# and *labor* are cash; *lost margin* is margin not earned. *Penalties* steer: nobody bills them, the
# retailer just dislikes sending two parcels where one would do.
#
# ## What does it ask for, and who could ship it?

# %%
instance = question.instance
print(f"{'line':<6}{'units':>6}{'grams each':>12}  nodes that hold all of it")
for j, line in enumerate(question.order.lines):
    holders = int((instance.stock[:, j] >= line.quantity).sum())
    print(
        f"{line.id:<6}{line.quantity:>6}{instance.weight[j]:>12,}  {holders} of {len(question.network.nodes)}"
    )
kilograms = float(instance.weight @ instance.demand) / 1000
print(f"{kilograms:.1f} kg together")

# %% [markdown]
# A parcel holds 30 kg, so this order travels in two packages even from a single node. That is why a split
# into two parcels costs it little, and why a rule that counts shipments misjudges it.
#
# ## Which plan is best, and how do we know?

# %%
assert outcome.status == "optimal"  # no plan is half a penny cheaper
assert outcome.unfilled_gap == 0
assert outcome.bound <= min(
    way.plan.objective for way in ways if way.plan.unfilled_units == outcome.unfilled_bound
)
print(
    f"cost £{outcome.plan.objective / 1e6:.2f}, lower bound £{outcome.bound / 1e6:.2f}, by {outcome.engine}"
)

# %% [markdown]
# The bound says that no plan with as few unfilled units costs less; it is proven, not sampled.
#
# ## Do the bars add up?

# %%
for way in ways:
    assert sum(line.amount for line in way.plan.cost_lines) == way.plan.objective
    assert (
        way.plan.unfilled_units
        + sum(part.quantity for shipment in way.plan.shipments for part in shipment.units)
        == question.order.units
    )
HTML(cost_ladder_table(ways, currency="£", names=question.names))

# %% [markdown]
# Each row adds up to the penny, and every unit of the order is shipped or named as unfilled.
#
# ## What if it had to leave from one node?

# %%
whole = question.from_one_node().plan
extra = whole.objective - outcome.plan.objective
print(f"{question.names[whole.shipments[0].node]} alone: £{extra / 1e6:.2f} more, {whole.packages} packages")
assert extra > 0

# %% [markdown]
# One shipment, but not one parcel: the single node pays for two packages too, and sends all of the weight
# along the dearer lane.
#
# ## What if the node that ships most were closed?

# %%
main = main_node(outcome.plan)
closed = question.without(main).plan
lost = closed.lost_margin / 1e6
print(f"Without {question.names[main]}: {closed.unfilled_units} units unfilled, £{lost:.2f} of margin lost")
assert main not in {shipment.node for shipment in closed.shipments}

# %% [markdown]
# Its freight alone would be cheaper, yet the margin of what nobody else holds makes it the dearest way.
#
# ## What do the rules of today's platforms do?

# %%
for way in ways:
    if way.rules:
        dearer = (way.plan.objective - outcome.plan.objective) / outcome.plan.objective
        what = f"{way.plan.packages} packages in {len(way.plan.shipments)} shipment(s)"
        print(f"{', '.join(way.rules)}: {dearer:.0%} dearer, {what}")
        assert way.plan.unfilled_units >= outcome.plan.unfilled_units
        assert way.plan.objective >= outcome.plan.objective

# %% [markdown]
# Rules take nodes one after the other and never weigh a package against a lane: two of them pay for a third
# package, and the one that avoids splits sends everything down one lane.
#
# ## Where does it ship from, and why from nowhere else?
#
# The same explanation that the service gives: filled nodes ship, rings could have, crosses could not.
# Point at one to see its reason.

# %%
told = explain(question, decided(question), currency="£")
assert [one.node for one in told.nodes if one.state is NodeState.USED] == sorted(
    (shipment.node for shipment in outcome.plan.shipments),
    key=lambda node: next(one.distance_km for one in told.nodes if one.node == node),
)
SVG(node_map_svg(told))

# %%
for one in told.nodes:
    print(f"{one.name}, {one.distance_km:.0f} km away, {one.words}")
    assert one.difference is None or (one.difference.unfilled, one.difference.cost) >= (0, 0)

# %% [markdown]
# Each of these differences is the price of a plan that was made: the order solved again with a line pinned to
# that node.
#
# ## What would have made it cheaper?

# %%
for one in told.binding:
    print(f"{one.words}: £{-one.difference.cost / 1e6:.2f} less")
    assert one.difference.is_better(question.policy)

# %% [markdown]
# Each one, too, is a second solve: the same order, with that much more stock.
