"""Web orders with money that can go back."""

from .common import ShopCommon

REFUND_CRON = "website_sale_order_mgmt.ir_cron_send_refunds"


class RefundCommon(ShopCommon):
    """A demo provider that refunds in part, and somebody who may refund."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.refunder = cls._new_refunder("refunder")

    def setUp(self):
        super().setUp()
        self._support_refunds("partial")

    def _support_refunds(self, how):
        """Let providers and the method refund: `none`, `full_only` or `partial`."""
        self._support(refund=how)
        self.payment_method.support_refund = how

    @classmethod
    def _new_refunder(cls, login, group="group_refund_user", **values):
        user = cls._new_user(login, "sales_team.group_sale_salesman_all_leads", **values)
        user.group_ids += cls.env.ref(f"website_sale_order_mgmt.{group}")
        return user

    def _paid_order(self, amount=None, **values):
        order = self._new_order(**values)
        self._pay(order, amount)
        return order

    def _wizard(self, order, user=None, **values):
        """Open the wizard; quantities are given as product -> quantity."""
        quantities = values.pop("quantities", {})
        user = user or self.refunder
        action = order.with_user(user).action_shop_refund()
        wizard = self.env["sale.order.refund"].with_user(user).with_context(**action["context"])
        wizard = wizard.create({"kind": "lines" if quantities else "full"} | values)
        for line in wizard.line_ids:
            line.quantity = quantities.get(line.sale_line_id.product_id, 0)
        return wizard

    def _refund(self, order, user=None, **values):
        """Refund by the wizard; return the refund."""
        before = order.refund_statement_ids
        self._wizard(order, user, **values).action_refund()
        return order.refund_statement_ids - before

    def _send(self):
        """Have the providers asked."""
        self._run_cron(REFUND_CRON)

    def _answer(self, payment, state, message=None):
        """Let the provider answer a request."""
        request = payment._get_last_attempt()
        arguments = {"state_message": message} if message else {}
        getattr(request, f"_set_{state}")(**arguments)

    def _invoice(self, order):
        """Invoice what is to be invoiced of an order, and post it."""
        invoice = order._create_invoices(final=True)
        invoice.action_post()
        return invoice

    def _finish(self, refund):
        """Let the provider refund, and have it booked."""
        self._send()
        for part in refund.payment_ids.filtered(lambda part: part.state == "pending"):
            self._answer(part, "done")
        refund.payment_ids.attempt_ids._post_process()
