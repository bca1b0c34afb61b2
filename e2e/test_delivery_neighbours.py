"""Deliveries beside Odoo's apps for batches, kits and dropshipping, installed after the addon.

And what needs another of its apps: the QR code by which customers transfer the money.
"""

import pytest
from orders import CRONS

from devtools.inside import Inside
from devtools.mailcatcher import MailCatcher


@pytest.fixture(scope="module")
def run(neighbours: Inside) -> Inside:
    """Run code in a shop that has these apps."""
    neighbours(furnish)
    return neighbours


def furnish(env) -> None:
    """Switch the mails on, and let transfers join batches by their destination."""
    company = env.ref("website.default_website").company_id
    company.stock_move_email_validation = True
    warehouse = env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
    warehouse.out_type_id.write({"auto_batch": True, "batch_group_by_dest_loc": True})


def order(env, prefix: str, lines: list, confirm: bool = True) -> int:
    """Make a web order of new products: name and quantity of each, or a kit's parts."""
    website = env.ref("website.default_website")
    warehouse = env["stock.warehouse"].search([("company_id", "=", website.company_id.id)])[0]

    def product(name: str, stock: int = 100, **values):
        made = env["product.product"].create(
            {"name": name, "type": "consu", "is_storable": True, "taxes_id": False, **values}
        )
        if stock:
            env["stock.quant"]._update_available_quantity(made, warehouse.lot_stock_id, stock)
        return made

    commands = []
    for name, quantity, kind in lines:
        if kind == "kit":
            ordered = product(name, stock=0)
            parts = [product(f"{name} part {number}") for number in (1, 2)]
            env["mrp.bom"].create(
                {
                    "product_tmpl_id": ordered.product_tmpl_id.id,
                    "type": "phantom",
                    "bom_line_ids": [(0, 0, {"product_id": p.id, "product_qty": 1}) for p in parts],
                }
            )
        elif kind == "dropship":
            vendor = env["res.partner"].create({"name": "Vendor", "email": "vendor@example.com"})
            route = env.ref("stock_dropshipping.route_drop_shipping")
            seller = {"partner_id": vendor.id, "price": 1.0}
            ordered = product(
                name, stock=0, route_ids=[(6, 0, route.ids)], seller_ids=[(0, 0, seller)]
            )
        else:
            ordered = product(name)
        commands.append((0, 0, {"product_id": ordered.id, "product_uom_qty": quantity}))
    partner = env["res.partner"].create({"name": prefix, "email": f"{prefix}@example.com"})
    made = env["sale.order"].create(
        {
            "partner_id": partner.id,
            "website_id": website.id,
            "company_id": website.company_id.id,
            "order_line": commands,
        }
    )
    if confirm:
        made.action_confirm()
        made.order_line.purchase_line_ids.order_id.button_confirm()
    return made.id


def batches(env, first: int, second: int) -> dict[str, object]:
    """Hold the first order's transfer, and try to get it out with a batch."""
    from odoo.exceptions import UserError

    held = env["sale.order"].browse(first).picking_ids
    free = env["sale.order"].browse(second).picking_ids
    together = bool(held.batch_id) and held.batch_id == free.batch_id
    held._shop_hold("address", "Which street?")
    left = not held.batch_id
    refused = ""
    try:
        with env.cr.savepoint():
            held.batch_id = free.batch_id
    except UserError as error:
        refused = str(error)
    held.do_unreserve()
    held.action_assign()  # Core looks for a batch here.
    stayed_out = not held.batch_id
    batch = free.batch_id
    batch.picking_ids.move_ids.picked = True
    batch.with_context(skip_backorder=True).action_done()
    held._shop_release("address")
    return {
        "together": together,
        "left": left,
        "refused": refused,
        "stayed_out": stayed_out,
        "states": [free.state, held.state],
        "back": bool(held.batch_id),
    }


def waves(env, order_id: int) -> dict[str, object]:
    """Hold an order's transfer, and try to get a part of its goods out with a wave."""
    from odoo.exceptions import UserError

    first = env["sale.order"].browse(order_id)
    held = first.picking_ids
    held.batch_id = False
    lines = held.move_line_ids
    held._shop_hold("address", "Which street?")
    refused = ""
    try:
        with env.cr.savepoint():
            lines[:1]._add_to_wave()
    except UserError as error:
        refused = str(error)
    # Another order of the same goods makes a wave by itself.
    held.picking_type_id.write({"wave_group_by_product": True, "batch_group_by_dest_loc": False})
    second = first.copy({"website_id": first.website_id.id})
    second.action_confirm()
    made = second.picking_ids.move_line_ids.batch_id
    held.picking_type_id.write({"wave_group_by_product": False, "batch_group_by_dest_loc": True})
    return {
        "refused": refused,
        "waves": made.mapped("is_wave"),  # One for each product.
        "stays": lines.picking_id == held and len(held.move_ids) == 2 and not held.batch_id,
        "of_the_order": len(first.picking_ids),
    }


def qr_codes(env, order_id: int) -> dict[str, list[bool]]:
    """Return on which pages (the order's, the confirmation) a code to pay by is, step by step."""
    first = env["sale.order"].browse(order_id)
    company = first.company_id
    env["res.partner.bank"].create(
        {
            "acc_number": "BE71096123456769",
            "partner_id": company.partner_id.id,
            "sequence": -1,
            "allow_out_payment": True,
        }
    )
    euro = env.ref("base.EUR")
    euro.active = True
    provider = env.ref("payment.payment_provider_transfer")
    provider.write({"qr_code": True, "unpaid_order_policy": "reserve", "unpaid_expiry_days": 7})
    method = env.ref("payment_custom.payment_method_wire_transfer")

    def promise(order):
        tx = env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": order.name,
                "amount": order.amount_total,
                "currency_id": euro.id,
                "partner_id": order.partner_id.id,
                "operation": "offline",
                "sale_order_ids": [(6, 0, order.ids)],
            }
        )
        tx._set_pending()
        tx._post_process()
        return tx

    def shown(order):
        views = env["ir.ui.view"]
        pages = (
            views._render_template("payment.state_header", {"tx": order.transaction_ids}),
            views._render_template(
                "website_sale.payment_confirmation_status",
                {"order": order, "order_tracking_info": {}},
            ),
        )
        return ["data:image/png;base64," in str(page) for page in pages]

    paid, expired, cancelled = (
        first.copy({"website_id": first.website_id.id}) for _each in range(3)
    )
    found = {}
    for order in (paid, expired, cancelled):
        promise(order)
    found["waits"] = shown(paid)
    paid.transaction_ids._set_done()
    paid.transaction_ids._post_process()
    found["paid"] = shown(paid)
    expired._expire_unpaid()
    found["expired"] = shown(expired)
    cancelled._action_cancel()
    found["cancelled"] = shown(cancelled)
    return found


def reserve(env, order_id: int) -> dict[str, object]:
    """Let the customer promise a transfer, where goods are reserved until the money is there."""
    made = env["sale.order"].browse(order_id)
    provider = env.ref("payment.payment_provider_transfer")
    provider.write({"unpaid_order_policy": "reserve", "unpaid_expiry_days": 7})
    tx = env["payment.transaction"].create(
        {
            "provider_id": provider.id,
            "payment_method_id": env.ref("payment_custom.payment_method_wire_transfer").id,
            "reference": made.name,
            "amount": made.amount_total,
            "currency_id": made.currency_id.id,
            "partner_id": made.partner_id.id,
            "operation": "offline",
            "sale_order_ids": [(6, 0, made.ids)],
        }
    )
    tx._set_pending()
    tx._post_process()
    waits = {
        "state": made.state,
        "kept": "keep the goods" in made._get_unpaid_sentence(),
        "ordered": len(made.order_line.purchase_line_ids),
        "why": any("a supplier would send" in body for body in made.message_ids.mapped("body")),
    }
    env.flush_all()
    env.invalidate_all()  # Another day.
    tx._set_done()
    tx._post_process()
    return waits | {"paid": made.state}


def kits(env) -> dict[str, object]:
    """Sell kits and their parts while an order with kits waits for its money."""
    website = env.ref("website.default_website")
    website.shop_waiting_takes_stock = True
    env = env(context={**env.context, "allowed_company_ids": website.company_id.ids})
    stock = env["stock.warehouse"].search([("company_id", "=", website.company_id.id)])[0]
    goods = {"type": "consu", "is_storable": True, "allow_out_of_stock_order": False}
    kit, pole, canvas = env["product.product"].create(
        [{"name": name, "taxes_id": False, **goods} for name in ("Yurt", "Pole", "Canvas")]
    )
    for part in pole + canvas:
        env["stock.quant"]._update_available_quantity(part, stock.lot_stock_id, 5)
    parts = [(0, 0, {"product_id": pole.id, "product_qty": 4})]
    parts.append((0, 0, {"product_id": canvas.id, "product_qty": 2}))
    # Two yurts are made of it at a time.
    env["mrp.bom"].create(
        {
            "product_tmpl_id": kit.product_tmpl_id.id,
            "type": "phantom",
            "product_qty": 2,
            "bom_line_ids": parts,
        }
    )
    partner = env["res.partner"].create({"name": "Nomad", "email": "nomad@example.com"})

    def new_order(product, quantity: float):
        line = {"product_id": product.id, "product_uom_qty": quantity}
        values = {"website_id": website.id, "company_id": website.company_id.id}
        return env["sale.order"].create(
            {"partner_id": partner.id, "order_line": [(0, 0, line)], **values}
        )

    three = new_order(kit, 3)
    short = {product.name: quantity for product, quantity in three._get_shortages().items()}
    new_order(kit, 1).action_quotation_sent()
    env.flush_all()
    env.invalidate_all()
    taken = (kit + pole + canvas).mapped("shop_taken_qty")
    poles, yurt, yurts = new_order(pole, 4), new_order(kit, 1), new_order(kit, 2)
    refused = [len(o._get_scarce_shortages(o)) for o in (poles, yurt, yurts)]
    yurt._take_scarce_products()
    env.cr.execute(
        "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    )
    locks = {objid for (objid,) in env.cr.fetchall()}
    yurts.action_confirm()
    return {
        "short": short,
        "taken": taken,
        "refused": refused,
        "locked": set((kit + pole + canvas).ids) <= locks,
        "shortage": yurts.shop_shortage or "",
    }


def ship(env, order_id: int, parts: list[str] | None = None) -> list[int]:
    """Validate an order's transfers, or only what of them is named."""
    pickings = (
        env["sale.order"]
        .browse(order_id)
        .picking_ids.filtered(lambda pick: pick.state not in ("done", "cancel"))
    )
    for move in pickings.move_ids:
        wanted = parts is None or move.product_id.name in parts
        move.quantity = move.product_uom_qty if wanted else 0
        move.picked = wanted
    pickings.with_context(skip_backorder=True).button_validate()
    return pickings.filtered(lambda pick: pick.state == "done").ids


def send_mails(run: Inside) -> None:
    """Let the crons run that make the mails of the deliveries, and send them."""
    for cron in ("deliveries", "mails"):
        run("env.ref(xmlid).method_direct_trigger(); None", xmlid=CRONS[cron])


def test_batches_leave_without_what_is_on_hold(run: Inside) -> None:
    first = run(order, prefix="batch1", lines=[("Bench", 1, "")])
    second = run(order, prefix="batch2", lines=[("Stool", 1, "")])
    told = run(batches, first=first, second=second)
    assert "Which street?" in told.pop("refused")
    assert told == {
        "together": True,
        "left": True,
        "stayed_out": True,
        "states": ["done", "assigned"],
        "back": True,
    }


def test_waves_take_nothing_of_what_is_on_hold(run: Inside) -> None:
    order_id = run(order, prefix="wave", lines=[("Shelf", 1, ""), ("Hook", 1, "")])
    told = run(waves, order_id=order_id)
    assert "Which street?" in told.pop("refused")
    assert told == {"waves": [True, True], "stays": True, "of_the_order": 1}


def test_a_code_to_pay_by_is_shown_as_long_as_the_money_is_awaited(run: Inside) -> None:
    order_id = run(order, prefix="code", lines=[("Vase", 1, "")])
    assert run(qr_codes, order_id=order_id) == {
        "waits": [True, True],
        "paid": [False, False],
        "expired": [False, False],
        "cancelled": [False, False],
    }


def test_what_a_supplier_sends_is_not_ordered_before_the_money_is_there(run: Inside) -> None:
    for kind, waits in (
        ("", {"state": "sale", "kept": True, "ordered": 0, "why": False}),
        ("dropship", {"state": "sent", "kept": False, "ordered": 0, "why": True}),
    ):
        lines = [("Buoy", 1, kind), ("Rope", 1, "")]
        order_id = run(order, prefix=f"buoy{kind}", lines=lines, confirm=False)
        assert run(reserve, order_id=order_id) == waits | {"paid": "sale"}


def test_a_kit_in_two_parcels(run: Inside, mails: MailCatcher) -> None:
    order_id = run(order, prefix="kit", lines=[("Tent", 1, "kit")])
    run(ship, order_id=order_id, parts=["Tent part 1"])
    send_mails(run)
    [first] = mails.wait(to="kit@example.com", subject="A part of your order")
    in_parcel, _, follows = first.html.partition("This follows")
    assert "Tent: Tent part 1" in in_parcel
    assert "1 × Tent" in follows
    run(ship, order_id=order_id)
    send_mails(run)
    _first, second = mails.wait(to="kit@example.com", subject="has been shipped", count=2)
    assert second.subject.startswith("Your order")
    assert "Tent: Tent part 2" in second.html


def test_kits_that_wait_take_their_parts(run: Inside) -> None:
    told = run(kits)
    # Three yurts are made of six poles and three canvases, five are there of each.
    assert told["short"] == {"Pole": 1}
    # One yurt waits: two poles and one canvas; of the two that five poles make, one is left.
    assert told["taken"] == [1, 2, 1]
    assert told["refused"] == [1, 0, 1], "Three poles are left, and one yurt"
    assert told["locked"], "Whoever buys a part waits for whoever buys the kit"
    assert told["shortage"] == ""


def test_a_supplier_ships_the_rest(run: Inside, mails: MailCatcher) -> None:
    order_id = run(order, prefix="drop", lines=[("Lamp", 1, ""), ("Boat", 1, "dropship")])
    run(ship, order_id=order_id, parts=["Lamp"])
    send_mails(run)
    [first] = mails.wait(to="drop@example.com", subject="A part of your order")
    assert "1 × Boat" in first.html.partition("This follows")[2]
    run(ship, order_id=order_id, parts=["Boat"])
    send_mails(run)
    _first, second = mails.wait(to="drop@example.com", subject="has been shipped", count=2)
    assert second.subject.startswith("Your order")
    assert "1 × Boat" in second.html.partition("In this parcel")[2]
    assert not mails.find(to="vendor@example.com", subject="has been shipped")
