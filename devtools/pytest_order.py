"""A pytest plugin for both runs: they begin with what takes longest.

Otherwise one process is still at work at the end while the others wait for it.
"""

import pytest

# names of test files, first those inside Odoo: three that furnish a shop of their own, so that the
# one that all others share is not given up for them
LONGEST = (
    "test_delivery_mail_content",
    "test_invoicing_on_delivery",
    "test_warehouse",
    "test_invoicing_cents",
    "test_refund_invoice",
    "test_cart_performance",
    "test_cart_activity",
    "test_performance",
    "test_refund_sequences",
    "test_assignment_rule_team",
    # around it
    "test_invoices_killed",
    "test_installation",
    "test_journey",
    "test_refund_once",
    "test_robustness",
    "test_reminders_once",
    "test_last_piece",
    "test_guide_carts",
    "test_guide_orders",
    "test_ground",
    "test_assignment_in_turn",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, in their order; the others stay in theirs."""
    places = {stem: place for place, stem in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(LONGEST)))
