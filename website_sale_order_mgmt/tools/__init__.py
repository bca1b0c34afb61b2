from . import backfill, mail_recipients, payment_status, work_queue
