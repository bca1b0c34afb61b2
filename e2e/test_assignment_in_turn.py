"""Taking turns, with as many processes as a busy shop has."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from devtools.inside import Inside

PROCESSES, CHECKOUTS, MEMBERS = 8, 400, 5


def furnish(env, members: int, checkouts: int) -> dict[str, list[int]]:
    """Make a rule with a team of its own, and carts of a service, which no stock holds up."""
    env["ir.config_parameter"].set_param("sale.async_emails", "True")
    team = env["crm.team"].create({"name": "In turn"})
    team.member_ids = env["res.users"].create(
        [
            {
                "name": f"Turn {number}",
                "login": f"turn{number}-{team.id}",
                "notification_type": "inbox",
                "group_ids": [(6, 0, env.ref("sales_team.group_sale_salesman").ids)],
            }
            for number in range(members)
        ]
    )
    rules = env["sale.order.assignment.rule"]
    rules.search([]).active = False
    rule = rules.create({"name": "In turn", "team_id": team.id})
    website = env["website"].search([], limit=1)
    product = env["product.product"].create({"name": "Advice", "type": "service"})
    partners = env["res.partner"].create(
        [{"name": f"Shopper {number}"} for number in range(checkouts)]
    )
    carts = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "website_id": website.id,
                "company_id": website.company_id.id,
                "order_line": [(0, 0, {"product_id": product.id})],
            }
            for partner in partners
        ]
    )
    return {"rule": rule.ids, "carts": carts.ids}


def check_out(env, cart_ids: list[int], fail_every: int) -> int:
    """Confirm carts as shoppers do, each in a transaction of its own; return the conflicts.

    Waiting longer than a fifth of a second for a lock counts as a conflict. Each `fail_every`-th
    checkout is rolled back once after its turn was drawn, and tried again, as Odoo does.
    """
    from odoo.service.model import retrying

    conflicts = 0
    for number, cart_id in enumerate(cart_ids, 1):
        tries = 0

        def one(cart_id=cart_id, number=number):
            nonlocal tries
            tries += 1
            env.cr.execute("SET LOCAL lock_timeout = '200ms'")
            cart = env["sale.order"].browse(cart_id)
            shopper = cart.website_id.user_id
            cart.with_user(shopper).sudo()._validate_order()
            if fail_every and tries == 1 and number % fail_every == 0:
                env.flush_all()
                env.cr.execute("DO $$ BEGIN RAISE serialization_failure; END $$")

        retrying(one, env)
        conflicts += tries - 1 - bool(fail_every and number % fail_every == 0)
    return conflicts


def taken(env, cart_ids: list[int]) -> list[list]:
    """Return the state, the rule and the salesperson of each cart."""
    carts = env["sale.order"].browse(cart_ids)
    return [[cart.state, cart.assignment_rule_id.id, cart.user_id.login] for cart in carts]


def share_out(run: Inside, checkouts: int, fail_every: int = 0) -> tuple[Counter, int]:
    """Let the processes check out all carts at once; return the shares and the conflicts."""
    made = run(furnish, members=MEMBERS, checkouts=checkouts)
    with ExitStack() as stack:
        processes = [stack.enter_context(run.fork()) for _number in range(PROCESSES)]
        for process in processes:
            process("None")
        with ThreadPoolExecutor(PROCESSES) as threads:
            conflicts = threads.map(
                lambda job: job[1](
                    check_out, cart_ids=made["carts"][job[0] :: PROCESSES], fail_every=fail_every
                ),
                enumerate(processes),
            )
            conflicts = sum(conflicts)
    results = run(taken, cart_ids=made["carts"])
    assert {(state, rule) for state, rule, _login in results} == {("sale", made["rule"][0])}
    return Counter(login for _state, _rule, login in results), conflicts


def test_turns_are_exact_without_conflicts_or_waiting(odoo_run: Inside) -> None:
    """400 checkouts in 8 processes give each of 5 members 80."""
    shares, conflicts = share_out(odoo_run, CHECKOUTS)
    assert conflicts == 0
    assert len(shares) == MEMBERS
    assert max(shares.values()) - min(shares.values()) <= 1, shares


def test_turns_stay_exact_when_checkouts_are_rolled_back(odoo_run: Inside) -> None:
    """Every fourth checkout is rolled back after its turn was drawn, and tried again."""
    shares, conflicts = share_out(odoo_run, CHECKOUTS // 4, fail_every=4)
    assert conflicts == 0
    assert len(shares) == MEMBERS
    assert max(shares.values()) - min(shares.values()) <= 1, shares
