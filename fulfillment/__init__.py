"""The words of Nodewise: network, orders, supply, plans, money, errors and the ledger port.

Standard library only. Everything else imports from here; this imports nothing of ours.
"""
