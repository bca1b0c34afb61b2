"""Automatic invoices: the policies, and how much of an order is to be invoiced. No database."""

POLICIES = [
    ("core", "As Automatic Invoice says"),
    ("never", "Never by itself"),
    ("on_demand", "When the customer asks for it"),
    ("on_payment", "When it is paid"),
    ("on_delivery", "When it is delivered"),
]
PREPAID = [
    ("delivered", "Wait for the delivery"),
    ("down_payment", "Invoice a down payment"),
    ("order", "Invoice the whole order"),
]


def get_policy(exception: str | None, is_business: bool, b2c: str, b2b: str) -> tuple[str, str]:
    """Return which policy counts for an order, and where it comes from.

    :param exception: the customer's own policy, if there is one
    :param is_business: whether the invoice goes to a company or to somebody with a VAT number
    :param b2c: the website's policy for consumers
    :param b2b: the website's policy for businesses
    :return: the policy, and ``partner``, ``b2b`` or ``b2c``
    """
    if exception:
        return exception, "partner"
    return (b2b, "b2b") if is_business else (b2c, "b2c")


def get_quantity(
    core: float, ordered: float, delivered: float, invoiced: float, *, by_delivery: bool
) -> float:
    """Return how much of an order line an automatic invoice takes.

    What came back, or was invoiced too much, is credited by people who know why.

    :param core: what Odoo would invoice, by the product's invoicing policy
    :param ordered: what was ordered
    :param delivered: what has left
    :param invoiced: what is on invoices already, drafts included
    :param by_delivery: whether only what has left counts, whatever the product's policy says
    :return: a quantity in the line's unit of measure, of the sign of what was ordered, or 0
    """
    quantity = min(core, delivered - invoiced) if by_delivery and ordered >= 0 else core
    return 0.0 if ordered and (quantity > 0) != (ordered > 0) else quantity


def get_down_payment(paid: float, limit: float, invoiced: float) -> float:
    """Return the amount of the next down payment invoice.

    :param paid: what the customer has paid, and was not given back
    :param limit: how much of the order may be invoiced now
    :param invoiced: what is on invoices already, drafts included
    :return: an amount, taxes included, 0 if there is nothing to invoice
    """
    return max(min(paid, limit) - invoiced, 0.0)
