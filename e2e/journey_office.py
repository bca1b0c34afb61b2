"""What the shop's people do in Odoo, as the steps of a story."""

import re

from playwright.sync_api import Locator, Page, expect


def open_list(page: Page, path: str) -> None:
    """Open one of Odoo's lists, such as "orders" of the Sales app, as from its menu."""
    page.goto(f"/odoo/{path}")
    page.locator(".o_list_view").wait_for()


def row(page: Page, text: str) -> Locator:
    """Return the row of a list that contains the text."""
    return page.locator("tr.o_data_row", has_text=text)


def cell(page: Page, text: str, field: str) -> Locator:
    """Return a field's cell in the row that contains the text."""
    return row(page, text).locator(f"td[name={field}]")


def open_order(page: Page, path: str, name: str) -> None:
    """Open an order from a list."""
    open_list(page, path)
    cell(page, name, "name").click()
    expect(page.locator(".o_form_view h1")).to_contain_text(name)


def status(page: Page) -> Locator:
    """Return where a form's document stands, in the bar of its states."""
    return page.locator(".o_statusbar_status .o_arrow_button_current")


def button(page: Page, method: str) -> Locator:
    """Return the button of a form that calls the method, also one that leads to other documents."""
    return page.locator(f".o_form_view button[name={method}]:visible")


def open_transfer(page: Page, warehouse: str, operation: str, order: str) -> None:
    """Open a transfer of an order from the operation's card in the Inventory app."""
    page.goto("/odoo/inventory")
    card = page.locator(".o_kanban_record", has_text=warehouse)
    card = card.filter(has=page.get_by_text(operation, exact=True))
    card.locator("button[name=get_action_picking_tree_ready]").click()
    cell(page, order, "origin").click()
    expect(page.locator(".o_form_view [name=origin] input")).to_have_value(order)


def validate(page: Page) -> None:
    """Say that the open transfer is done."""
    page.get_by_role("button", name="Validate").click()
    expect(status(page)).to_have_text("Done")


def open_invoice(page: Page, order: str) -> str:
    """Go from the list of orders to the order, and to its invoice; return the invoice's number."""
    open_order(page, "orders", order)
    button(page, "action_view_invoice").click()
    title = page.locator(".o_form_view h1", has_text=re.compile(r"INV/"))
    return re.search(r"INV/\S+", title.inner_text())[0]
