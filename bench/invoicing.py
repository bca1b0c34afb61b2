"""Invoices of paid web orders, created and posted: core's way, a neighbour's and ours.

The same orders in one run, a part of them after the other so that whatever else the machine does
slows all three down: each part is rolled back before the next way takes it. Core's way is what the
customer's request does for each payment; OCA's `sale_automatic_workflow` is run by its cron. Also
what two workers do in the time of one, and how much memory the run takes with ever more orders.
"""

import os
import time
from contextlib import ExitStack
from unittest.mock import patch

from odoo.addons.sale.models.payment_transaction import PaymentTransaction
from odoo.addons.website_sale_order_mgmt.models import sale_order_invoicing
from odoo.addons.website_sale_order_mgmt.models.account_move import AccountMove
from odoo.addons.website_sale_order_mgmt.tools import work_queue

from bench._processes import as_cron, in_processes

ORDERS = int(os.environ.get("BENCH_ORDERS", 1000))
PART = min(ORDERS, 200)
SHARED = max(ORDERS, 1000)  # orders of two workers: ten batches, so that both have enough to do
GROWING = (ORDERS // 2, ORDERS * 2)  # orders of which the memory is compared


def main(env):
    """Print the throughput of each, the ratios, memory and two workers."""
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    shop = _Shop(env)
    ways = {"core": shop.invoice_as_core, "OCA": shop.invoice_as_oca, "ours": shop.invoice_as_ours}
    for name, work in ways.items():  # fills the caches
        shop.measure(name, work, shop.new_orders(5))
    results = {name: [0.0, 0.0, 0] for name in ways}
    shop.make_history()
    orders = shop.new_orders(ORDERS)
    for start in range(0, ORDERS, PART):
        for name, work in ways.items():
            measured = shop.measure(name, work, orders[start : start + PART])
            results[name] = [sum(pair) for pair in zip(results[name], measured, strict=True)]
    for name, (seconds, processor, queries) in results.items():
        print(
            f"{name:5} {ORDERS / seconds:6.1f} invoices a second, {1000 * processor / ORDERS:4.0f}"
            f" ms of Python and {queries / ORDERS:5.1f} queries each"
        )
    for name in ("core", "OCA"):
        seconds, processor, _queries = (
            other / ours for other, ours in zip(results[name], results["ours"], strict=True)
        )
        least = " (at least 3)" if name == "core" else ""
        print(f"ours / {name:4} {seconds:5.2f} times{least}, {processor:5.2f} of Python alone")
    shop.measure_memory()
    shop.measure_workers()


class _Shop:
    def __init__(self, env):
        self.env = env
        self.website = env["website"].search([], limit=1)
        parameters = env["ir.config_parameter"].sudo()
        parameters.set_param("sale.automatic_invoice", False)
        self.website.write({"invoicing_b2c": "on_payment", "invoicing_b2b": "on_payment"})
        self.provider = env["payment.provider"].search([("code", "=", "demo")], limit=1)
        self.provider.state = "test"
        self.products = env["product.product"].create(
            [
                {
                    "name": f"Bench {number}",
                    "list_price": 9.99 * number,
                    "type": "consu",
                    "invoice_policy": "order",
                }
                for number in range(1, 11)
            ]
        )
        env["sale.workflow.process"].search([]).unlink()
        self.process = env["sale.workflow.process"].create(
            {"name": "Bench", "create_invoice": True, "validate_invoice": True}
        )
        self.orders = 0

    def new_orders(self, count):
        """Make confirmed orders of as many customers, paid and queued."""
        orders = self.env["sale.order"]
        for start in range(0, count, 200):
            orders += self._new_orders(min(200, count - start))
            self.env.cr.commit()
            self.env.invalidate_all()
        return orders

    def _new_orders(self, count):
        numbers = range(self.orders, self.orders + count)
        self.orders += count
        partners = self.env["res.partner"].create(
            [{"name": f"Bench {n}", "email": f"bench{n}@example.com"} for n in numbers]
        )
        orders = self.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "website_id": self.website.id,
                    "workflow_process_id": self.process.id,
                    "order_line": [
                        (0, 0, {"product_id": self.products[(number + more) % 10].id})
                        for more in range(3)
                    ],
                }
                for number, partner in zip(numbers, partners, strict=True)
            ]
        )
        self.env["payment.transaction"].create(
            [
                {
                    "provider_id": self.provider.id,
                    "payment_method_id": self.provider.payment_method_ids[0].id,
                    "reference": order.name,
                    "amount": order.amount_total,
                    "currency_id": order.currency_id.id,
                    "partner_id": order.partner_id.id,
                    "operation": "online_direct",
                    "sale_order_ids": [(6, 0, order.ids)],
                    "state": "done",
                }
                for order in orders
            ]
        )
        orders.write({"state": "sale", "shop_invoicing_policy": "on_payment"})
        return orders

    def make_history(self):
        """Have the database plan its queries for books that have something in them."""
        self._queue(PART)
        make(self.env)
        self.env.cr.commit()
        self.env.cr.execute("ANALYZE")
        self.env.cr.commit()

    def measure(self, name, work, orders):
        """Return the seconds, those of Python alone, and the queries of a way.

        Nothing of what it has made is left afterwards.
        """
        orders.shop_invoicing_state = "queued" if name == "ours" else "none"
        self.env.flush_all()
        self.env.invalidate_all()
        queries, start = self.env.cr.sql_log_count, (time.perf_counter(), time.process_time())
        work(orders)
        self.env.flush_all()
        seconds, processor = time.perf_counter() - start[0], time.process_time() - start[1]
        result = seconds, processor, self.env.cr.sql_log_count - queries
        assert [len(order.invoice_ids) for order in orders] == [1] * len(orders), name
        assert set(orders.invoice_ids.mapped("state")) == {"posted"}, name
        assert orders.invoice_ids.mapped("amount_total") == orders.mapped("amount_total"), name
        self.env.cr.rollback()
        return result

    def invoice_as_core(self, orders):
        """Each payment in a request of its own, without our hooks."""
        with ExitStack() as stack:
            core = super(AccountMove, self.env["account.move"])._post.__func__
            stack.enter_context(patch.object(AccountMove, "_post", core))
            for transaction in orders.transaction_ids:
                PaymentTransaction._invoice_sale_orders(transaction)
                transaction.invoice_ids.action_post()
                self.env.flush_all()
                self.env.invalidate_all()

    def invoice_as_oca(self, orders):
        """By its cron, of these orders only."""
        (self.env["sale.order"].search([("workflow_process_id", "!=", False)]) - orders).write(
            {"workflow_process_id": False}
        )
        self.env["automatic.workflow.job"].run()

    @staticmethod
    def invoice_as_ours(orders):
        """As the cron does it, without sending them."""
        make(orders.env)

    def measure_memory(self):
        """Print how much more memory the cron's process takes, with more orders."""
        for count in GROWING:
            self._queue(count)
            [(_seconds, memory)] = in_processes(self.env, 1, make_as_cron)
            print(f"{count:6} orders {memory:5.0f} MiB more at the most (flat)")

    def measure_workers(self):
        """Print what two workers do in the time of one."""
        seconds = []
        for workers in (1, 2):
            orders = self._queue(SHARED)
            seconds.append(max(s for s, _memory in in_processes(self.env, workers, make_as_cron)))
            self.env.cr.rollback()
            self.env.invalidate_all()
            left = orders.filtered(lambda order: not order.invoice_ids)
            print(f"{workers} workers: {seconds[-1]:5.1f} s, {len(left)} orders left for later")
            assert len(orders.invoice_ids) == SHARED - len(left)
        print(f"two workers {seconds[0] / seconds[1]:4.2f} times one (at least 1.7)")

    def _queue(self, count):
        orders = self.new_orders(count)
        queued = self.env["sale.order"].search([("shop_invoicing_state", "=", "queued")])
        queued.shop_invoicing_state = "done"
        orders.shop_invoicing_state = "queued"
        self.env.cr.commit()
        self.env.invalidate_all()
        return orders


def make(env):
    """Make the invoices of the queue."""
    work_queue.process(
        env["sale.order"],
        work_queue.due_domain("shop_invoicing"),
        list(sale_order_invoicing.MAKING),
        "_shop_invoicing_failed",
        sale_order_invoicing.BATCH_SIZE,
    )


def make_as_cron(env):
    """Make them as the scheduler does, each batch committed."""
    make(as_cron(env, sale_order_invoicing.INVOICING_CRON).env)
