"""Taking the addon away from a shop that has refunded: its records go, orders and money stay."""

from collections.abc import Callable

from orders import ADDON, deliver, new_orders, new_payments, pay
from processes import RUN_CRON
from test_installation import LEFT_BEHIND, UNINSTALL

from devtools.database import Database
from devtools.inside import Inside
from devtools.mailcatcher import MailCatcher

INVOICE = """
order = env["sale.order"].browse(ids)
order._create_invoices(final=True).action_post()
None
"""
RETURN = """
order = env["sale.order"].browse(ids)
reason = env.ref("website_sale_order_mgmt.return_reason_changed_mind")
line = {"sale_line_id": order.order_line.id, "quantity": 1, "reason_id": reason.id}
request = env["sale.order.return"].create({"order_id": order.id, "line_ids": [(0, 0, line)]})
request._approve()
request.picking_ids.move_ids.picked = True
request.picking_ids._action_done()
request.with_user(env.ref("base.user_admin")).action_refund()
None
"""
REFUND = """
admin = env.ref("base.user_admin")
admin.refund_limit = limit
order = env["sale.order"].with_user(admin).browse(ids)
wizard = env["sale.order.refund"].with_user(admin)
wizard.with_context(**order.action_shop_refund()["context"]).create({}).action_refund()
None
"""
STATES = "env['sale.order'].browse(ids).refund_statement_ids.sorted('id').mapped('state')"
SEND = f"{ADDON}.ir_cron_send_refunds"
TELL = f"{ADDON}.ir_cron_tell_refunds"
# What a shop without the addon knows of the money.
MONEY = """
order = env["sale.order"].browse(ids)
[
    [one.state for one in order],
    sorted(order.invoice_ids.mapped(lambda move: [move.move_type, move.state, move.amount_total])),
    sorted(order.transaction_ids.child_transaction_ids.mapped(lambda tx: [tx.state, tx.amount])),
    order.mapped("amount_total"),
]
"""
TRACES = """
SELECT 'message ' || id FROM mail_message WHERE model LIKE 'sale.order.re%'
 UNION SELECT 'activity ' || id FROM mail_activity WHERE res_model LIKE 'sale.order.re%'
 UNION SELECT 'follower ' || id FROM mail_followers WHERE res_model LIKE 'sale.order.re%'
 UNION SELECT 'file ' || id FROM ir_attachment WHERE res_model LIKE 'sale.order.re%'
 UNION SELECT 'table ' || tablename FROM pg_tables WHERE tablename LIKE 'sale_order_re%'
 UNION SELECT 'sequence ' || id FROM ir_sequence WHERE code = 'sale.order.refund'
 UNION SELECT 'activity type ' || id FROM mail_activity_type
        WHERE res_model LIKE 'sale.order.re%'
"""


def test_a_shop_that_has_refunded_goes_on_without_the_addon(
    make_db: Callable[..., Database], mails: MailCatcher
) -> None:
    database = make_db("addon")
    options = {"smtp_server": "127.0.0.1", "smtp_port": mails.smtp_port}
    with Inside(database.config("-inside", **options), database.env()) as run:
        done, failed, waiting = (run(new_orders, prefix=f"gone{number}-")[0] for number in range(3))
        for order in (done, failed, waiting):
            pay(run, [order])
        run(deliver, order_ids=[done])
        run(INVOICE, ids=[done])
        run(REFUND, ids=[waiting], limit=1)
        run(REFUND, ids=[failed], limit=0)
        run(RETURN, ids=[done])
        payments = "env['sale.order'].browse(ids).refund_payment_ids"
        run(f"{payments}._set_failed('No', unknown=True)", ids=[failed])
        run(RUN_CRON, xmlid=SEND)
        run(RUN_CRON, xmlid="payment.cron_post_process_payment_tx")
        run(RUN_CRON, xmlid=TELL)
        assert run(STATES, ids=[done]) == ["done"]
        assert run(STATES, ids=[failed]) == ["failed"]
        assert run(STATES, ids=[waiting]) == ["to_confirm"]
        before = run(MONEY, ids=[done, failed, waiting])
        assert [move for move in before[1] if move[:2] == ["out_refund", "posted"]]
        assert [request for request in before[2] if request[0] == "done" and request[1] < 0]
        run(UNINSTALL, addon=ADDON)
    with Inside(database.config("-after", **options), database.env()) as run:
        assert run(MONEY, ids=[done, failed, waiting]) == before
        [order] = run(new_orders, prefix="later")
        paid = run(new_payments, order_ids=[order])
        run("env['payment.transaction'].browse(ids)._post_process()", ids=paid)
        run("env['sale.order'].browse(ids).transaction_ids._refund(4.0); None", ids=[order])
    assert database.sql(LEFT_BEHIND) == ""
    assert database.sql(TRACES) == ""
