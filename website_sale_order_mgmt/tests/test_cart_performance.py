"""What a run costs, and what a shopper's click costs."""

import re
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.website_sale.tests.common import MockRequest

from .cart_common import CartCommon


@tagged("post_install", "-at_install")
class TestCartPerformance(CartCommon):
    def _new_carts(self, prefix, count):
        partners = self.env["res.partner"].create(
            [
                {"name": f"{prefix} {number}", "email": f"{prefix}{number}@example.com"}
                for number in range(count)
            ]
        )
        carts = self.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "website_id": self.website.id,
                    "order_line": [
                        (0, 0, {"product_id": product.id}) for product in self.desk + self.lamp
                    ],
                }
                for partner in partners
            ]
        )
        self._abandon(carts[:1], hours=12)
        self.env.cr.execute(
            "UPDATE sale_order SET cart_last_activity = now() - interval '12 hours'"
            " WHERE id = ANY(%s)",
            (carts.ids,),
        )
        self.env.invalidate_all()
        return carts

    def _count_queries(self, carts):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._remind()
        self.env.flush_all()
        count = self.env.cr.sql_log_count - before
        self.assertEqual(carts.mapped("cart_recovery_state"), ["reminded"] * len(carts))
        return count

    def test_a_mail_more_costs_at_most_one_and_a_half_queries(self):
        self._count_queries(self._new_carts("warm", 5))
        small = self._count_queries(self._new_carts("small", 200))
        large = self._count_queries(self._new_carts("large", 400))
        self.assertLessEqual((large - small) / 200, 1.5)
        self.assertLessEqual(large / 400, 1.5)

    def test_a_change_of_a_cart_reads_and_writes_no_book(self):
        """What is computed from orders must not cost each click of each shopper a query."""
        cart = self._new_order()
        self.env.flush_all()
        self.env.invalidate_all()
        statements = []
        execute = type(self.env.cr).execute

        def recording(cursor, query, *args, **kwargs):
            statements.append(getattr(query, "code", query))
            return execute(cursor, query, *args, **kwargs)

        with (
            patch.object(type(self.env.cr), "execute", recording),
            MockRequest(self.env, website=self.website, sale_order_id=cart.id),
        ):
            cart._cart_add(self.lamp.id, 2)
            self.env.flush_all()
        self.assertTrue(statements)
        self.assertFalse([text for text in statements if "website_cart_recovery" in str(text)])
        writing = [text for text in statements if re.match(r'\s*UPDATE "sale_order"\s', str(text))]
        self.assertEqual(len(writing), 1, "The activity is written together with the amounts")

    def test_skipping_costs_no_more_than_reminding(self):
        carts = self._new_carts("skip", 200)
        self.website.cart_recovery_consent = "consent"
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._remind()
        self.assertLessEqual(self.env.cr.sql_log_count - before, 300)
        self.assertEqual(set(carts.mapped("cart_recovery_skip_reason")), {"no_consent"})
