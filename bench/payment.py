"""The customer's payment request: core as it comes, core with mails in the background, and ours.

Each way post-processes the same number of equal payments in one run; the median counts. Core's own
methods are measured with the addon's hooks out of the way.
"""

import statistics
import time
from contextlib import ExitStack, nullcontext
from unittest.mock import patch

PAYMENTS = 20


def main(env):
    """Print the time and the queries of a payment, and the ratios that matter."""
    shop = _Shop(env)
    ways = (
        ("core, mail in the request", True, False, False),
        ("core, mail and invoice in the request", True, False, True),
        ("core, mail in the background", True, True, False),
        ("ours, mail in the background", False, True, False),
        ("ours, mail and invoice in the background", False, True, True),
    )
    results = {name: shop.measure(*switches) for name, *switches in ways}
    for name, (seconds, queries) in results.items():
        print(f"{name:45} {seconds * 1000:7.0f} ms {queries:6.0f} queries")
    default, background, ours = (results[ways[index][0]][0] for index in (0, 2, 3))
    print(f"ours / core's default         {ours / default:5.2f}  (at most 0.20)")
    print(f"ours / core in the background {ours / background:5.2f}  (at most 1.05)")


class _Shop:
    def __init__(self, env):
        self.env = env
        self.website = env["website"].search([], limit=1)
        self.product = env["product.product"].create(
            {"name": "Bench", "list_price": 100.0, "type": "consu", "website_published": True}
        )
        self.partner = env["res.partner"].create(
            {"name": "Bench customer", "email": "bench@example.com"}
        )
        self.provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
        self.provider.state = "test"
        self.method = self.provider.payment_method_ids[:1]

    def measure(self, core, mail_later, invoice):
        """Return the median seconds and queries of post-processing a payment."""
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("sale.async_emails", mail_later)
        parameters.set_param("sale.automatic_invoice", invoice)
        seconds, queries = [], []
        with self._core_alone() if core else nullcontext():
            for number in range(PAYMENTS + 2):
                transaction = self._new_payment(f"{core}-{mail_later}-{invoice}-{number}")
                self.env.flush_all()
                self.env.invalidate_all()
                before, start = self.env.cr.sql_log_count, time.perf_counter()
                transaction._post_process()
                self.env.flush_all()
                if number >= 2:  # The first ones fill the caches.
                    seconds.append(time.perf_counter() - start)
                    queries.append(self.env.cr.sql_log_count - before)
        return statistics.median(seconds), statistics.median(queries)

    def _new_payment(self, reference):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "website_id": self.website.id,
                "order_line": [(0, 0, {"product_id": self.product.id})],
            }
        )
        return self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "reference": reference,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": self.partner.id,
                "operation": "online_direct",
                "sale_order_ids": [(6, 0, order.ids)],
                "state": "done",
            }
        )

    def _core_alone(self):
        from odoo.addons.website_sale_order_mgmt.tests.test_performance import OUR_HOOKS

        def passing(definition, name):
            return lambda records, *args: getattr(super(definition, records), name)(*args)

        stack = ExitStack()
        for definition, name in OUR_HOOKS:
            stack.enter_context(patch.object(definition, name, passing(definition, name)))
        return stack
