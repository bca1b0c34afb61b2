from datetime import datetime, timedelta

from odoo.tests import BaseCase, tagged

from ..tools import mail_recipients, work_queue


@tagged("post_install", "-at_install")
class TestTools(BaseCase):
    def test_recipients_are_not_repeated(self):
        for email_to, recipients, expected in (
            ("Anna <anna@example.com>", ["anna@example.com"], ""),
            ('"Anna" <ANNA@example.com>, bo@example.com', ["anna@example.com"], "bo@example.com"),
            ("bo@example.com, bo@example.com", [], "bo@example.com"),
            ("", ["anna@example.com"], ""),
            (False, [], ""),
        ):
            with self.subTest(email_to=email_to):
                self.assertEqual(mail_recipients.without_duplicates(email_to, recipients), expected)

    def test_failed_work_is_tried_again_three_times(self):
        now = datetime(2026, 1, 1, 12)
        for attempts, minutes in enumerate((5, 30, 120)):
            values = work_queue.failed_vals("job", attempts, "why", now)
            self.assertEqual(values["job_state"], "queued")
            self.assertEqual(values["job_next_try"], now + timedelta(minutes=minutes))
            self.assertEqual(values["job_attempts"], attempts + 1)
        values = work_queue.failed_vals("job", 3, "why", now)
        self.assertEqual(values["job_state"], "failed")
        self.assertEqual(values["job_error"], "why")
        self.assertFalse(values["job_next_try"])
