"""What follows from a withdrawal: the return, the refund's day, the proof of sending."""

import base64
import io
from datetime import timedelta

from PIL import Image

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from ..tools import proof
from ..tools.withdrawal import Part
from .withdrawal_common import CRON, PDF, WithdrawalCommon


@tagged("post_install", "-at_install")
class TestWithdrawalReturn(WithdrawalCommon):
    def _withdraw(self, ship=True, **values):
        """Submit a statement of the order, and have it processed."""
        if ship:
            self._ship(self.order)
        statement = self._submit(**values)
        self._run_cron(CRON)
        self.assertEqual(statement.handling_state, "done", statement.handling_error)
        return statement

    def _part(self, quantity):
        return Part(self.order.order_line.id, "Desk", quantity, "")

    def test_the_whole_order_comes_back(self):
        request = self._withdraw().return_id
        self.assertEqual(request.kind, "withdrawal")
        self.assertEqual(request.state, "approved", "nobody may refuse it")
        self.assertEqual(request.line_ids.sale_line_id, self.order.order_line)
        self.assertEqual(request.line_ids.quantity, 3.0)

    def test_parts_of_it(self):
        first = self._withdraw(parts=(self._part(1.0),))
        self.assertEqual(first.return_id.line_ids.quantity, 1.0)
        # more than is left is not taken
        second = self._withdraw(parts=(self._part(3.0),))
        self.assertEqual(second.return_id.line_ids.quantity, 2.0)
        third = self._withdraw()
        self.assertFalse(third.return_id)
        self.assertEqual(third.attention, "nothing")

    def test_processed_twice_it_is_one_return(self):
        statement = self._withdraw()
        request = statement.return_id
        statement.action_look_again()
        self._run_cron(CRON)
        self.assertEqual(statement.return_id, request)
        self.assertEqual(self.order.return_ids, request)

    def test_crd_16_exceptions_as_they_were_sold(self):
        self.lamp.product_tmpl_id.withdrawal_exception = "c"
        order = self._new_order(product=self.lamp)
        order.action_confirm()
        self.lamp.product_tmpl_id.withdrawal_exception = False
        self._ship(order)
        statement = self._withdraw(order_reference=order.name)
        self.assertFalse(statement.return_id)
        self.assertEqual(statement.attention, "excepted")
        self.assertTrue(statement.mail_mail_id, "acknowledged all the same")

    def test_late_ones_wait_for_somebody(self):
        self._ship(self.order)
        self.env.flush_all()
        self.order.withdrawal_until = "2020-01-01"
        statement = self._withdraw(ship=False)
        self.assertFalse(statement.return_id)
        self.order.user_id = self.salesperson
        statement.sudo(False).with_user(self.salesperson).action_make_return()
        self.assertEqual(statement.return_id.state, "approved")
        self.assertFalse(statement.attention)
        with self.assertRaises(UserError):
            statement.action_make_return()

    def test_another_customers_order_is_left_alone(self):
        statement = self._withdraw(email="mallory@example.com")
        self.assertFalse(statement.return_id or self.order.return_ids)

    def test_the_order_that_somebody_chose(self):
        statement = self._withdraw(email="anna.other@example.com")
        statement.order_id = self.order
        statement.action_look_again()
        self._run_cron(CRON)
        self.assertFalse(statement.attention)
        self.assertEqual(statement.return_id.state, "approved")

    def test_an_acknowledgement_that_failed_holds_up_nothing(self):
        self._ship(self.order)
        statement = self._submit()
        statement.attention = "mail_failed"
        self._run_cron(CRON)
        self.assertTrue(statement.return_id)

    def test_what_has_not_left_is_put_on_hold(self):
        statement = self._withdraw(ship=False)
        self.assertEqual(statement.attention, "not_shipped")
        self.assertEqual(self.order.picking_ids.hold_reason, "customer")
        self.assertIn(statement.name, self.order.picking_ids.hold_note)

    def test_what_has_left_comes_back_the_rest_is_put_on_hold(self):
        order = self._new_order(quantity=5.0)
        order.action_confirm()
        order.picking_ids.move_ids.write({"quantity": 2, "picked": True})
        order.picking_ids._action_done()
        rest = order.picking_ids.filtered(lambda pick: pick.state != "done")
        statement = self._withdraw(ship=False, order_reference=order.name)
        self.assertEqual(statement.attention, "not_shipped")
        self.assertEqual(rest.hold_reason, "customer")
        with self.assertRaisesRegex(UserError, "on hold"):
            rest.button_validate()
        request = statement.return_id
        self.assertEqual(request.state, "approved", "What has left comes back at once")
        self.assertEqual(request.picking_ids.move_ids.product_uom_qty, 2)
        self.assertEqual(request._get_return_words(), ["2 × Desk"], "Please send us this")
        self.assertEqual(statement.refund_state, "withheld")

    def test_only_what_was_withdrawn_from_is_put_on_hold(self):
        order = self._new_order(quantity=2.0)
        order.order_line = [Command.create({"product_id": self.lamp.id, "product_uom_qty": 1.0})]
        order.action_confirm()
        desk, lamp = order.order_line
        order.picking_ids.move_ids.filtered(lambda move: move.sale_line_id == desk).write(
            {"quantity": 2, "picked": True}
        )
        order.picking_ids._action_done()
        rest = order.picking_ids.filtered(lambda pick: pick.state != "done")
        part = Part(desk.id, "Desk", 1.0, "")
        statement = self._withdraw(ship=False, order_reference=order.name, parts=(part,))
        self.assertFalse(statement.attention or rest.hold_reason)
        self.assertEqual(statement.return_id.state, "approved")
        self.assertEqual(rest.move_ids.sale_line_id, lamp)

    def test_every_step_of_the_way_is_put_on_hold(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        order = self._new_order()
        order.action_confirm()
        self._withdraw(ship=False, order_reference=order.name)
        waiting = order.picking_ids.filtered(lambda pick: pick.state not in ("done", "cancel"))
        self.assertEqual(set(waiting.mapped("hold_reason")), {"customer"})

    def test_not_confirmed_yet_it_is_held_when_it_is(self):
        order = self._new_order()
        order.action_quotation_sent()
        statement = self._withdraw(ship=False, order_reference=order.name)
        self.assertEqual(statement.attention, "not_confirmed")
        self.assertEqual(len(statement.activity_ids), 1, "There is no money to give back")
        self._pay(order)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.picking_ids.hold_reason, "customer")
        self.assertEqual(statement.attention, "not_shipped")
        self.assertEqual(len(statement.activity_ids), 2)
        self.assertEqual(statement.refund_state, "due")

    def test_services_of_an_order_that_is_confirmed_later_are_not_waited_for(self):
        course = self._create_product(
            name="Course", type="service", taxes_id=False, invoice_policy="order"
        )
        order = self._new_order(product=course)
        order.action_quotation_sent()
        statement = self._withdraw(ship=False, order_reference=order.name)
        self.assertEqual(
            (statement.attention, statement.return_id.state), ("not_confirmed", "requested")
        )
        self._pay(order)
        self.assertEqual((statement.attention, statement.return_id.state), (False, "received"))
        self.assertEqual(len(statement.activity_ids), 1, "The refund")

    def test_crd_13_1_refund_due_with_its_activity(self):
        statement = self._withdraw()
        self.assertEqual(statement.refund_due_on, statement.submitted_on + timedelta(days=14))
        [activity] = statement.activity_ids
        self.assertEqual(activity.date_deadline, statement.refund_due_on)
        request = statement.return_id
        request._receive()
        self.assertEqual(statement.refund_state, "due")
        request._mark_done()
        self.assertEqual(statement.refund_state, "done")
        self._run_cron(CRON)
        self.assertFalse(statement.activity_ids)

    def test_crd_13_3_withheld_until_goods_or_proof(self):
        statement = self._withdraw()
        self.assertEqual(statement.refund_state, "withheld")
        self.assertEqual(statement._take_proof(PDF), "")
        self.assertEqual(statement.refund_state, "due")
        self.assertEqual(statement.attention, "proof")

    def test_a_proof_hides_nothing_that_comes_first(self):
        self._ship(self.order)
        for values, reason in (
            ({"email": "mallory@example.com"}, "other_email"),
            ({"order_reference": "S99999"}, "no_order"),
        ):
            with self.subTest(reason=reason):
                statement = self._withdraw(ship=False, **values)
                statement._take_proof(PDF)
                self.assertEqual(statement.attention, reason)
                self.assertTrue(statement.proof_at)
        statement.order_id = self.order
        statement.action_look_again()
        self._run_cron(CRON)
        self.assertEqual(statement.attention, "proof", "Now there is a return")
        self.assertEqual(statement.refund_state, "due")

    def test_who_accepts_a_late_one_hears_of_its_proof(self):
        self._ship(self.order)
        self.env.flush_all()
        self.order.withdrawal_until = "2020-01-01"
        statement = self._withdraw(ship=False)
        statement._take_proof(PDF)
        self.assertEqual(statement.attention, "late")
        statement.action_make_return()
        self.assertEqual(statement.attention, "proof")
        self.assertEqual(len(statement.activity_ids), 2, "To look at it, and the refund")


def _picture(kind):
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, kind)
    return file.getvalue()


@tagged("post_install", "-at_install")
class TestWithdrawalProof(WithdrawalCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.website.domain = self.base_url()
        self.authenticate(None, None)
        self.statement = self._submit()
        self.env.flush_all()

    def _send(self, content, name="proof.pdf", path=None):
        return self.url_open(
            path or self.statement._get_proof_path(),
            data={"csrf_token": http.Request.csrf_token(self)},
            files={"proof": (name, content)},
        )

    def _proofs(self):
        return self.env["ir.attachment"].search(
            [("res_model", "=", "sale.order.withdrawal"), ("res_id", "=", self.statement.id)]
        )

    def test_pictures_and_pdfs_by_what_is_in_them(self):
        for content, mimetype in (
            (PDF, "application/pdf"),
            (_picture("JPEG"), "image/jpeg"),
            (_picture("PNG"), "image/png"),
        ):
            response = self._send(content, "anything.exe")
            self.assertEqual(response.status_code, 200)
            self.assertEqual(self._proofs()[:1].mimetype, mimetype)
        self.assertTrue(self.statement.proof_at)

    def test_what_could_run_in_a_browser_is_not_taken(self):
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for content in (
            svg,
            b"<html><script>alert(1)</script></html>",
            b"GIF89a<script>",
            b"MZ\x90",
            b"",
            PDF.replace(b"%%EOF", b""),
            base64.b64encode(PDF),
            b"%PDF-" + b"x" * proof.MAX_FILE + b"%%EOF",
        ):
            response = self._send(content, "picture.png")
            self.assertIn(response.status_code, (400, 413), content[:40])
        self.assertFalse(self._proofs())

    def test_not_more_than_enough(self):
        for _number in range(proof.MAX_FILES):
            self._send(PDF)
        self.assertEqual(self._send(PDF).status_code, 400)
        self.assertEqual(len(self._proofs()), proof.MAX_FILES)

    def test_not_for_anothers_statement(self):
        other = self._submit(email="bo@example.com")
        self.env.flush_all()
        path = self.statement._get_proof_path().replace(
            self.statement.access_token, other.access_token
        )
        self.assertEqual(self._send(PDF, path=path).status_code, 404)
        self.assertFalse(self._proofs())

    def test_customers_do_not_reach_the_file_by_its_id(self):
        self._send(PDF)
        response = self.url_open(f"/web/content/{self._proofs().id}")
        self.assertEqual(response.status_code, 404)
