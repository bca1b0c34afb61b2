-- A copy of the database tells and bills nobody: what waits is taken out of the queues.
UPDATE website
   SET send_abandoned_cart_email = false;
UPDATE mail_mail
   SET state = 'cancel'
  FROM website_cart_recovery_mail AS reminder
 WHERE reminder.mail_mail_id = mail_mail.id
   AND mail_mail.state IN ('outgoing', 'exception');
UPDATE stock_picking
   SET delivery_mail_state = NULL
 WHERE delivery_mail_state = 'queued';
UPDATE sale_order
   SET shop_invoicing_state = 'none'
 WHERE shop_invoicing_state = 'queued';
UPDATE sale_order
   SET shop_mail_state = NULL
 WHERE shop_mail_state = 'queued';
DELETE FROM website_order_status_request
 WHERE mail_state = 'queued';
UPDATE account_bank_statement_line
   SET shop_match_state = NULL
 WHERE shop_match_state = 'queued';
UPDATE sale_order
   SET unpaid_reminder_date = NULL,
       unpaid_expiry_date = NULL
 WHERE unpaid_reminder_date IS NOT NULL
    OR unpaid_expiry_date IS NOT NULL;
UPDATE sale_order_withdrawal
   SET mail_state = NULL
 WHERE mail_state = 'queued';
UPDATE sale_order_refund_payment
   SET state = 'failed',
       error = 'This is a copy of the database: nothing is sent from here.'
 WHERE state IN ('to_do', 'sending');
UPDATE sale_order_return
   SET notice_state = NULL
 WHERE notice_state = 'queued';
UPDATE sale_order_refund_statement
   SET notice_state = NULL
 WHERE notice_state = 'queued';
