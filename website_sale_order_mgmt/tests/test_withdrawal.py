"""The statement: kept as it was submitted, acknowledged, flagged where somebody must look."""

from datetime import timedelta

from freezegun import freeze_time
from psycopg2.errors import RaiseException, UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.sale_order_withdrawal import STATEMENT
from ..tools.withdrawal import Part
from .withdrawal_common import CRON, WithdrawalCommon


@tagged("post_install", "-at_install")
class TestWithdrawal(WithdrawalCommon):
    # === KEPT AS IT WAS SUBMITTED === #

    def test_nobody_changes_a_statement(self):
        statement = self._submit()
        for name in STATEMENT:
            value = statement[name]
            for user in (self.env.ref("base.user_root"), self.env.user, self.salesperson):
                with self.assertRaises(UserError, msg=name):
                    statement.sudo(False).with_user(user).write({name: value})
            with self.assertRaises(UserError, msg=name):
                statement.write({name: value})

    def test_nobody_deletes_or_copies_a_statement(self):
        statement = self._submit()
        for record in (statement, statement.with_user(self.env.ref("base.user_root"))):
            with self.assertRaises(UserError):
                record.unlink()
            with self.assertRaises(UserError):
                record.copy()

    def test_the_database_refuses_as_well(self):
        statement = self._submit()
        self.env.flush_all()
        for query in (
            "UPDATE sale_order_withdrawal SET text = 'other' WHERE id = %s",
            "UPDATE sale_order_withdrawal SET lines = '[]' WHERE id = %s",
            "UPDATE sale_order_withdrawal SET submitted_at = now() WHERE id = %s",
            "DELETE FROM sale_order_withdrawal WHERE id = %s",
        ):
            refused = self.assertRaises(RaiseException)
            with refused, mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.env.cr.execute(query, [statement.id])

    def test_staff_notes_only_what_is_theirs(self):
        self.order.user_id = self.salesperson
        statement = self._submit(email="other@example.com")
        self._run_cron(CRON)
        mine = statement.sudo(False).with_user(self.salesperson)
        self.assertEqual(mine.attention, "other_email")
        mine.order_id = self.order
        mine.action_attended()
        self.assertFalse(mine.attention)
        for vals in ({"acknowledged_at": fields.Datetime.now()}, {"is_late": False}):
            with self.assertRaises(AccessError):
                mine.write(vals)
        with self.assertRaises(AccessError):
            mine.create({"name": "W1"})

    def test_it_survives_order_partner_and_website(self):
        website = self.website.create({"name": "Other", "company_id": self.env.company.id})
        order = self._new_order(website=website)
        order.action_quotation_sent()
        statement = self._submit(
            order=order, identified_by="link", website=website, order_reference=order.name
        )
        said = statement.read(STATEMENT)
        order._action_cancel()
        order.unlink()
        website.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(statement.order_id or statement.website_id)
        self.assertEqual(statement.read(STATEMENT), said)
        self.assertEqual(statement.shop_name, "Other")

    # === TWICE IS ONE === #

    def test_the_same_twice_within_the_day_is_one(self):
        first = self._submit()
        same = self._submit(name="  anna   LIND ", email="Anna@Example.com", ip="192.0.2.9")
        self.assertEqual(first, same)
        other = self._submit(parts=(Part(self.order.order_line.id, "Desk", 1.0, ""),))
        self.assertNotEqual(first, other)
        # The database sees to it, whoever comes at the same moment.
        [vals] = first.read([*STATEMENT, "website_id"], load=None)
        vals.pop("id")
        refused = self.assertRaises(UniqueViolation)
        with refused, mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.statements.create(vals)

    def test_the_same_on_another_day_is_another(self):
        first = self._submit()
        with self.mock_datetime_and_now(fields.Datetime.now() + timedelta(days=1)):
            self.assertNotEqual(self._submit(), first)

    # === WHAT IS SAID === #

    def test_the_statement_says_who_withdraws_from_what(self):
        part = Part(self.order.order_line.id, "Desk", 2.0, "")
        statement = self._submit(parts=(part,))
        for words in ("Anna Lind", "anna@example.com", self.order.name, "2 × Desk"):
            self.assertIn(words, statement.text)
        self.assertEqual(statement.lines[0]["quantity"], 2.0)
        whole = self._submit()
        self.assertIn("From the whole order.", whole.text)
        self.assertFalse(whole.lines)

    # === THE ACKNOWLEDGEMENT === #

    def test_crd_11a_4_acknowledged_with_content_date_and_time(self):
        statement = self._submit()
        self.assertFalse(self._mails_to("anna@example.com").filtered("model"))
        self._run_cron(CRON)
        mail = statement.mail_mail_id
        self.assertEqual(mail.email_to, "anna@example.com")
        for words in (*statement.text.splitlines(), statement._format_submitted_at()):
            self.assertIn(words, mail.body_html)
        self.assertIn(f"{statement.submitted_at:%Y-%m-%d %H:%M:%S} UTC", mail.body_html)
        self.assertFalse(mail.auto_delete)
        with self.mock_mail_gateway():
            mail.send()
        self.assertEqual(len(self._mails), 1)
        self.assertTrue(statement.acknowledged_at)

    def test_acknowledged_once(self):
        statement = self._submit()
        self._run_cron(CRON)
        self._run_cron(CRON)
        mails = self.env["mail.mail"].sudo().search([("res_id", "=", statement.id)])
        own = mails.filtered(lambda mail: mail.model == statement._name and mail.email_to)
        self.assertEqual(len(own), 1)

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_a_mail_server_that_refuses_is_asked_again(self):
        statement = self._submit()
        self._run_cron(CRON)
        with self.mock_mail_gateway():
            self.send_email_mocked.side_effect = OSError("down")
            statement.mail_mail_id.send()
        self.assertEqual(statement.mail_state, "queued")
        self.assertIn("down", statement.mail_error)
        statement.mail_next_try = fields.Datetime.now()
        self._run_cron(CRON)
        self.assertEqual(statement.mail_mail_id.state, "outgoing")
        with self.mock_mail_gateway():
            statement.mail_mail_id.send()
        self.assertTrue(statement.acknowledged_at)

    # === MATCHED, OR FLAGGED === #

    def test_number_and_address_find_the_order(self):
        self._ship(self.order)
        for email, number in (
            ("ANNA@example.com", f"# {self.order.name.lower()}"),
            ("anna@example.com", self.order.name),
        ):
            statement = self._submit(email=email, order_reference=number)
            self._run_cron(CRON)
            self.assertEqual(statement.order_id, self.order)
            self.assertEqual(statement.partner_id, self.customer)
            self.assertFalse(statement.attention)

    def test_what_matches_nothing_is_accepted_and_flagged(self):
        for vals, reason in (
            ({"order_reference": "S99999"}, "no_order"),
            ({"email": "mallory@example.com"}, "other_email"),
        ):
            statement = self._submit(**vals)
            self._run_cron(CRON)
            self.assertFalse(statement.order_id)
            self.assertEqual(statement.attention, reason)
            activity = statement.activity_ids
            self.assertEqual(activity.user_id, self.salesperson)
            self.assertEqual(activity.date_deadline, statement.refund_due_on)
            self.assertTrue(statement.mail_mail_id)

    def test_late_statements_are_accepted_and_flagged(self):
        self.order.withdrawal_until = fields.Datetime.now() - timedelta(seconds=1)
        statement = self._submit()
        self._run_cron(CRON)
        self.assertTrue(statement.is_late)
        self.assertEqual(statement.attention, "late")

    def test_crd_11a_5_in_time_to_the_last_second(self):
        with freeze_time("2026-11-16 22:59:59"):
            self.order.withdrawal_until = fields.Datetime.now()
            statement = self._submit()
        self._run_cron(CRON)
        self.assertFalse(statement.is_late)

    def test_businesses_are_accepted_and_flagged(self):
        self.customer.is_company = True
        statement = self._submit()
        self._run_cron(CRON)
        self.assertEqual(statement.attention, "business")

    def test_salespeople_see_their_own_orders_withdrawals_only(self):
        other = self._new_user("other.sales", "sales_team.group_sale_salesman")
        self.order.user_id = self.salesperson
        statement = self._submit()
        self._run_cron(CRON)
        record = statement.sudo(False)
        self.assertTrue(record.with_user(self.salesperson).has_access("read"))
        self.assertFalse(record.with_user(other).has_access("read"))
        self.assertFalse(record.with_user(self.env.ref("base.public_user")).has_access("read"))
