"""Withdrawals: the words of the statement and of the moment, as the consumer reads them."""

import babel.dates
import pytz

from odoo import api, models
from odoo.tools.misc import babel_locale_parse

from ..tools.withdrawal import Part
from .website_withdrawal import PAGE


class SaleOrderWithdrawal(models.Model):
    _inherit = "sale.order.withdrawal"

    # === BUSINESS METHODS === #

    @api.model
    def _compose(self, website, declaration):
        """Return the statement in words, after the model form (CRD Annex I(B)).

        :param website: where it is submitted
        :param Declaration declaration: what was filled in
        :rtype: str
        """
        # sudo: the company's name, which is on each page of the shop.
        company = website.company_id.sudo()
        said = [
            self.env._("To: %(company)s", company=company.name),
            self.env._("I hereby give notice that I withdraw from my contract:"),
            self.env._("Order: %(order)s", order=declaration.order_reference),
        ]
        if declaration.parts:
            said.append(self.env._("From this part of it:"))
            said += [f"– {part}" for part in declaration.parts]
        elif declaration.words:
            said.append(self.env._("From this part of it:"))
            said.append(declaration.words)
        else:
            said.append(self.env._("From the whole order."))
        said += [
            self.env._("Name: %(name)s", name=declaration.name),
            self.env._("E-mail: %(email)s", email=declaration.email),
        ]
        return "\n".join(said)

    @api.model
    def _prepare_part(self, line, quantity):
        """Return a line of an order as a part of a declaration.

        :param sale.order.line line: the line
        :param float quantity: in the line's unit
        :rtype: Part
        """
        unit = line.product_uom_id
        piece = self.env.ref("uom.product_uom_unit", raise_if_not_found=False)
        name = line.product_id.with_context(lang=self.env.lang).display_name
        return Part(line.id, name, quantity, "" if unit == piece else unit.name)

    def _format_submitted_at(self):
        """Return the date and the time of the submission, in the shop's time zone and in UTC.

        :rtype: str
        """
        self.ensure_one()
        locale = babel_locale_parse(self.env.lang or "en_US")
        moment = pytz.utc.localize(self.submitted_at)
        local = moment.astimezone(self.website_id._get_shop_tz(self.company_id))
        return self.env._(
            "%(date)s, %(time)s (%(zone)s; %(utc)s UTC)",
            date=babel.dates.format_date(local, "long", locale=locale),
            time=babel.dates.format_time(local, "medium", locale=locale),
            zone=local.tzinfo.zone,
            utc=f"{moment:%Y-%m-%d %H:%M:%S}",
        )

    def _get_page_url(self):
        """Return the address of the statement's own page: absolute, with its token.

        :rtype: str
        """
        self.ensure_one()
        return f"{self.get_base_url()}{self._get_page_path()}"

    def _get_page_path(self, action=""):
        """Return the path of the statement's own page, with its token.

        :param str action: what is done there, as a part of the path
        :rtype: str
        """
        self.ensure_one()
        # sudo: the token is shown to nobody but the consumer, in the acknowledgement.
        token = self.sudo().access_token
        return f"{PAGE}/statement/{self.id}{action}?access_token={token}"

    def _get_proof_path(self):
        """Return where the page sends the proof that the goods are on their way.

        :rtype: str
        """
        return self._get_page_path("/proof")
