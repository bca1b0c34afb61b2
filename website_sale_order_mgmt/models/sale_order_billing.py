"""Billing details that a customer confirms or completes for an order, on its page.

Contacts that exist are never changed by it: others may be using them, and invoices name them.
"""

from odoo import models
from odoo.exceptions import UserError, ValidationError

MAX_LENGTH = 128
DETAILS = ("name", "company_name", "vat", "street", "street2", "zip", "city", "state_id")
ADDRESS = ("street", "street2", "zip", "city", "state_id")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # === BUSINESS METHODS === #

    def _get_shop_billing_details(self):
        """Return the billing details of the order, as its customer may confirm them.

        :return: values of `DETAILS`; the state by its id, others as text, empty where unknown
        :rtype: dict[str, str | int]
        """
        self.ensure_one()
        partner = self.partner_invoice_id
        company = partner.commercial_partner_id
        is_company = company.is_company
        details = {name: partner[name] or "" for name in ADDRESS if name != "state_id"}
        return details | {
            "state_id": partner.state_id.id or "",
            "name": "" if partner == company and is_company else partner.name or "",
            "company_name": company.name if is_company else partner.company_name or "",
            "vat": company.vat or "",
        }

    def _get_shop_billing_country(self):
        """Return the country of the order's invoice: the one that its taxes are for.

        :rtype: res.country
        """
        self.ensure_one()
        return self.partner_invoice_id.country_id or self.partner_shipping_id.country_id

    def _clean_shop_billing_details(self, typed, need_company=False):
        """Return typed details, and what is wrong with them.

        The VAT number is checked, and written as usual, by core (`base_vat`, where installed).

        :param dict typed: what came with a request; unknown names are ignored
        :param bool need_company: whether the name of a company is wanted
        :return: the details, and for each wrong one what to do, in the reader's language
        :rtype: tuple[dict, dict[str, str]]
        """
        self.ensure_one()
        details = {name: " ".join(str(typed.get(name) or "").split()) for name in DETAILS}
        errors = {}
        country = self._get_shop_billing_country()
        state = details["state_id"]
        state = int(state) if state.isdecimal() and len(state) < 10 else 0
        details["state_id"] = state if state in country.state_ids.ids else ""
        for name, value in details.items():
            if len(str(value)) > MAX_LENGTH:
                errors[name] = self.env._("Please shorten this.")
        wanted = {"street", "city"}
        wanted |= {"zip"} if country.zip_required else set()
        wanted |= {"state_id"} if country.state_required else set()
        is_company = need_company or details["vat"] or details["company_name"]
        wanted.add("company_name" if is_company else "name")
        for name in wanted:
            if not details[name]:
                errors[name] = self.env._("Please fill this in.")
        if details["vat"] and "vat" not in errors:
            try:
                details["vat"], _code = self.env["res.partner"]._run_vat_checks(
                    country, details["vat"], partner_name=details["company_name"]
                )
            except ValidationError as error:
                errors["vat"] = str(error)
        return details, errors

    def _get_shop_billing_partner(self, details):
        """Return the contact with these details: the order's own, or a new one.

        A company becomes a contact of its own, with the person below it: the customer's contact,
        which others may be using, does not move. Nobody gets hold of a company that exists by
        typing its number.

        :param dict details: checked by `_clean_shop_billing_details`
        :rtype: res.partner
        :raise UserError: other taxes would apply to this address than those that were paid
        """
        self.ensure_one()
        current = self._get_shop_billing_details()
        if all(current[name] == details[name] for name in DETAILS):
            return self.partner_invoice_id
        customer = self.partner_invoice_id
        values = self._prepare_shop_billing_vals(details)
        # Checked with the details; what the register of the EU says does not hold anybody up.
        partners = customer.with_context(no_vat_validation=True, tracking_disable=True).browse()
        if not details["company_name"]:
            owner = customer.commercial_partner_id
            if owner.is_company:
                owner = partners
            partner = partners.create(values | {"parent_id": owner.id, "name": details["name"]})
        elif self._is_shop_billing_company(current, details):
            # The same company, another address or person.
            company = customer.commercial_partner_id
            name = details["name"] or company.name
            partner = partners.create(values | {"parent_id": company.id, "name": name})
        else:
            company = partners.create(
                values
                | {
                    "name": details["company_name"],
                    "vat": details["vat"],
                    "is_company": True,
                    "type": "contact",
                }
            )
            partner = company
            if details["name"]:
                partner = partners.create(
                    values | {"parent_id": company.id, "name": details["name"]}
                )
        self._check_shop_billing_taxes(partner)
        return partner.with_env(self.env)

    def _prepare_shop_billing_vals(self, details):
        """Return the values that all contacts with these details have.

        :rtype: dict
        """
        customer = self.partner_invoice_id
        values = {name: details[name] for name in ADDRESS}
        return values | {
            "type": "invoice",
            "email": customer.email or self.partner_id.email,
            "phone": customer.phone or self.partner_id.phone,
            "lang": customer.lang or self.partner_id.lang,
            "country_id": self._get_shop_billing_country().id,
            "company_id": customer.company_id.id,
        }

    def _is_shop_billing_company(self, current, details):
        """Return whether the details name the company that the order is invoiced to now."""
        return (
            self.partner_invoice_id.commercial_partner_id.is_company
            and current["company_name"] == details["company_name"]
            and current["vat"] == details["vat"]
        )

    def _check_shop_billing_taxes(self, partner):
        """Refuse details with which other taxes apply: what was paid would be wrong.

        :param res.partner partner: the contact to invoice
        :raise UserError: see above
        """
        positions = self.env["account.fiscal.position"].with_company(self.company_id)
        before, after = (
            positions._get_fiscal_position(address, self.partner_shipping_id)
            for address in (self.partner_invoice_id, partner)
        )
        if before != after:
            raise UserError(
                self.env._(
                    "With these details other taxes apply to your order. Please contact us, and we"
                    " look after it."
                )
            )
