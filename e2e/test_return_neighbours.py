"""Returns beside Odoo's apps for kits and dropshipping, installed after the addon."""

import pytest
from orders import new_payments
from test_delivery_neighbours import order, ship

from devtools.inside import Inside


@pytest.fixture(scope="module")
def run(neighbours: Inside) -> Inside:
    """Run code in a shop that has these apps."""
    return neighbours


def give_back(env, order_id: int, quantity: float, parts: list[str] | None = None) -> dict:
    """Return some of an order's first line and receive it, or only the parts that are named."""
    reason = env.ref("website_sale_order_mgmt.return_reason_faulty")
    line = env["sale.order"].browse(order_id).order_line[0]
    request = env["sale.order.return"].create(
        {
            "order_id": order_id,
            "line_ids": [
                (
                    0,
                    0,
                    {"sale_line_id": line.id, "quantity": quantity, "reason_id": reason.id},
                )
            ],
        }
    )
    request._approve()
    transfers = request.picking_ids
    announced = {move.product_id.name: move.product_uom_qty for move in transfers.move_ids}
    for move in transfers.move_ids:
        wanted = parts is None or move.product_id.name in parts
        move.write({"quantity": move.product_uom_qty if wanted else 0, "picked": wanted})
    transfers.with_context(cancel_backorder=True)._action_done()
    return {
        "announced": announced,
        "state": request.state,
        "received": request.line_ids.received_quantity,
        "difference": request.difference,
        "delivered": line.qty_delivered,
        "returnable": line._get_returnable_quantities()[line],
        "to": transfers.location_dest_id.mapped("usage"),
        "scrapped": env["stock.scrap"]
        .search([("picking_id", "in", transfers.ids)])
        .mapped("product_id.name"),
    }


def test_a_kit_comes_back_in_its_parts(run: Inside) -> None:
    order_id = run(order, prefix="kit-back", lines=[("Tent", 2, "kit")])
    run(ship, order_id=order_id)
    came = run(give_back, order_id=order_id, quantity=1)
    assert came["announced"] == {"Tent part 1": 1, "Tent part 2": 1}
    assert (came["state"], came["received"]) == ("received", 1)
    assert (came["delivered"], came["returnable"]) == (1, 1)
    assert sorted(came["scrapped"]) == ["Tent part 1", "Tent part 2"]


def change_kit(env, order_id: int, replaced: bool) -> None:
    """Archive the bill of materials of an order's kit; replace it by one with another part."""
    found = env["sale.order"].browse(order_id)
    found._create_invoices().action_post()  # Core keeps it as long as the order is open.
    bom = found.order_line[0].product_id.bom_ids
    bom.active = False
    if replaced:
        new = bom.copy({"active": True})
        part = env["product.product"].create({"name": "New part", "type": "consu"})
        new.bom_line_ids[1].product_id = part


@pytest.mark.parametrize("replaced", [False, True])
def test_a_kit_comes_back_in_the_parts_that_it_left_in(run: Inside, replaced: bool) -> None:
    order_id = run(order, prefix=f"kit-{replaced}", lines=[("Hut", 2, "kit")])
    run(ship, order_id=order_id)
    run(change_kit, order_id=order_id, replaced=replaced)
    came = run(give_back, order_id=order_id, quantity=1)
    assert came["announced"] == {"Hut part 1": 1, "Hut part 2": 1}
    assert (came["state"], came["received"]) == ("received", 1)
    assert (came["delivered"], came["returnable"]) == (1, 1)


def test_half_a_kit_is_none_and_is_written_down(run: Inside) -> None:
    order_id = run(order, prefix="kit-half", lines=[("Tent", 1, "kit")])
    run(ship, order_id=order_id)
    came = run(give_back, order_id=order_id, quantity=1, parts=["Tent part 1"])
    assert (came["state"], came["received"]) == ("received", 0)
    assert "1 announced, 0 received" in came["difference"]


def refund(env, order_id: int) -> dict:
    """Refund the return of an order that was paid online, and invoice what is left."""
    admin = env.ref("base.user_admin")
    found = env["sale.order"].browse(order_id)
    purchases = found.order_line.purchase_line_ids
    transfers = found.picking_ids
    found.return_ids.with_user(admin).action_refund()
    statement = found.return_ids.refund_statement_ids
    env["sale.order.refund.payment"]._cron_send_refunds()
    invoice = found._create_invoices(final=True)
    return {
        "amount": statement.amount,
        "state": statement.state,
        "ordered": found.order_line[0].product_uom_qty,
        "invoiced": invoice.amount_total,
        "new purchases": len(found.order_line.purchase_line_ids - purchases),
        "new transfers": len(found.picking_ids - transfers),
    }


@pytest.mark.parametrize(("name", "kind"), [("Canoe", "dropship"), ("Yurt", "kit")])
def test_its_money_goes_back_and_nothing_is_bought_or_sent_again(
    run: Inside, name: str, kind: str
) -> None:
    order_id = run(order, prefix=f"money-{kind}", lines=[(name, 2, kind)])
    run("env['sale.order'].browse(id).order_line.price_unit = 10; None", id=order_id)
    run(new_payments, order_ids=[order_id])
    run(ship, order_id=order_id)
    run(give_back, order_id=order_id, quantity=1)
    came = run(refund, order_id=order_id)
    assert (came["amount"], came["state"]) == (10, "done")
    assert (came["ordered"], came["invoiced"]) == (1, 10)
    assert (came["new purchases"], came["new transfers"]) == (0, 0)


def test_what_a_supplier_shipped_goes_back_to_the_supplier(run: Inside) -> None:
    order_id = run(order, prefix="drop-back", lines=[("Boat", 2, "dropship")])
    run(ship, order_id=order_id)
    came = run(give_back, order_id=order_id, quantity=1)
    assert (came["state"], came["received"]) == ("received", 1)
    assert (came["delivered"], came["returnable"]) == (1, 1)
    assert came["to"] == ["supplier"]
    assert came["scrapped"] == [], "It never was in our house"
