-- A copy of the database tells and bills nobody: what waits is taken out of the queues.
UPDATE website
   SET send_abandoned_cart_email = false;
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
