"""Budgets of the customer's requests, against core's own methods in the same run."""

from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.website_sale.tests.common import MockRequest

from ..models.payment_transaction import PaymentTransaction
from ..models.sale_order import SaleOrder
from ..models.sale_order_assignment import SaleOrder as Assignment
from ..models.sale_order_cart_activity import SaleOrder as CartActivity
from ..models.sale_order_mail import SaleOrder as OrderMail
from ..tools.invoicing import POLICIES
from .common import ShopCommon

OUR_HOOKS = (
    (PaymentTransaction, "_post_process"),
    (PaymentTransaction, "_invoice_sale_orders"),
    (PaymentTransaction, "_send_invoice"),
    (SaleOrder, "action_quotation_sent"),
    (SaleOrder, "_send_payment_succeeded_for_order_mail"),
    (SaleOrder, "action_confirm"),
    (Assignment, "_compute_user_id"),
    (OrderMail, "_send_order_notification_mail"),
    (Assignment, "_compute_team_id"),
    *(
        (CartActivity, name)
        for name in ("_cart_add", "_cart_update_line_quantity", "_update_address")
    ),
)
MORE_OF_A_VALIDATION = 2  # queries


@tagged("post_install", "-at_install")
class TestPerformance(ShopCommon):
    @contextmanager
    def _core_alone(self):
        """Take our hooks out of the way of core's methods."""
        with ExitStack() as stack:
            for definition, name in OUR_HOOKS:
                core = self._passing(definition, name)
                stack.enter_context(patch.object(definition, name, core))
            yield

    def _passing(self, definition, name):
        """Return a method that does nothing but call the one that `definition` overrides."""

        def core(records, *args, **kwargs):
            return getattr(super(definition, records), name)(*args, **kwargs)

        return core

    @contextmanager
    def _without_status(self):
        """Have the stored status follow from nothing, so that finding it out costs no query."""

        def nothing(names):
            def compute(orders):
                for name in names:
                    orders[name] = False

            return compute

        fields = self.env["sale.order"]._fields
        computes = {}
        for name, field in fields.items():
            if name.startswith("shop_") and field.store and field.compute:
                computes.setdefault(field.compute, []).append(name)
        self.assertGreaterEqual(len(computes), 3)
        with ExitStack() as stack:
            for method, names in computes.items():
                order_class = self.env.registry["sale.order"]
                stack.enter_context(patch.object(order_class, method, nothing(names)))
            yield

    def _count_queries(self, prepare, run):
        """Return the queries of `run(prepare())` with cold records and warm caches.

        As in a request of its own: flushing the cursor also runs the precommit hooks, with which
        core forgets the number of the last payment.
        """
        counts = []
        for _warmup in range(3):
            argument = prepare()
            self.env.cr.flush()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            run(argument)
            self.env.cr.flush()
            counts.append(self.env.cr.sql_log_count - before)
        return min(counts)

    def _count_payment(self, state):
        def pay(transaction):
            transaction._post_process()

        return self._count_queries(lambda: self._new_payment(self._new_order(), state=state), pay)

    def _assert_payment_costs(self):
        """No more than core's queries; at most five more queue the invoice."""
        for state in ("done", "pending"):
            with self.subTest(state=state):
                self._switch_automatic_invoice(on=False)
                with self._core_alone():
                    core = self._count_payment(state)
                off = self._count_payment(state)
                self.assertLessEqual(off, core)
                self._switch_automatic_invoice()
                self.assertLessEqual(self._count_payment(state), off + 5)

    def test_paying_with_the_mail_in_the_request(self):
        self._assert_payment_costs()

    def test_paying_with_the_mail_in_the_background(self):
        self.env["ir.config_parameter"].sudo().set_param("sale.async_emails", True)
        self._assert_payment_costs()

    def test_queueing_the_invoice_costs_at_most_five_queries_with_each_policy(self):
        """Core's switch is off; the website's policy alone decides."""
        self._switch_automatic_invoice(on=False)
        off = self._count_payment("done")
        for policy, _label in POLICIES:
            with self.subTest(policy=policy):
                self.website.write({"invoicing_b2c": policy, "invoicing_b2b": policy})
                self.assertLessEqual(self._count_payment("done"), off + 5)

    @contextmanager
    def _core_ships_alone(self):
        """Take the addon out of the way of core's methods by which transfers are validated."""
        names = ("button_validate", "_action_done", "_send_confirmation_email")
        replaced = set()
        with ExitStack() as stack:
            for model in ("stock.picking", "stock.move"):
                for definition in self.env.registry[model].mro():
                    if "website_sale_order_mgmt" in definition.__module__:
                        for name in vars(definition).keys() & set(names):
                            core = self._passing(definition, name)
                            stack.enter_context(patch.object(definition, name, core))
                            replaced.add(name)
            self.assertEqual(replaced, set(names))
            yield

    def test_validating_transfers_costs_little_more_than_core(self):
        """Holds, returns and invoicing are looked up for all transfers at once."""

        def prepare():
            orders = self.env["sale.order"]
            for _each in range(number):
                orders += self._new_order()
            orders.action_confirm()
            orders.picking_ids.move_ids.picked = True
            return orders.picking_ids

        def validate(pickings):
            pickings.button_validate()
            self.assertEqual(set(pickings.mapped("state")), {"done"})

        more = {}
        for number in (1, 6):
            with self._core_ships_alone():
                core = self._count_queries(prepare, validate)
            more[number] = self._count_queries(prepare, validate) - core
        self.assertLessEqual(max(more.values()), MORE_OF_A_VALIDATION, "However many there are")

    def _assert_no_more_than_core(self, act):
        def request(order):
            with MockRequest(self.env, website=self.website, sale_order_id=order.id):
                act(order)

        self.website.send_abandoned_cart_email = True
        ours = self._count_queries(self._new_order, request)
        with self._core_alone(), self._without_status():
            core = self._count_queries(self._new_order, request)
        self.assertLessEqual(ours, core)

    def test_adding_to_the_cart_costs_no_more_than_core(self):
        self._assert_no_more_than_core(lambda order: order._cart_add(self.lamp.id, 2))

    def test_changing_a_quantity_costs_no_more_than_core(self):
        self._assert_no_more_than_core(
            lambda order: order._cart_update_line_quantity(order.order_line.id, 3)
        )

    def test_entering_an_address_costs_no_more_than_core(self):
        self._assert_no_more_than_core(
            lambda order: order._update_address(self.customer.id, {"partner_invoice_id"})
        )
