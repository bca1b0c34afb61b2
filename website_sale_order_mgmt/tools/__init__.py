from . import backfill, mail_recipients, payment_status, turns, work_queue
