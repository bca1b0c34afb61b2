from . import mail_recipients, work_queue
