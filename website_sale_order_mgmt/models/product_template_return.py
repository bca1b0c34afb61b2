"""Products: which of them come back, and from which contracts consumers cannot withdraw."""

from odoo import api, fields, models

PRODUCT_POLICIES = [
    ("website", "As the website says"),
    ("window", "Within days of its own"),
    ("final_sale", "Final sale, no returns"),
]
# Directive 2011/83/EU, Art. 16, letter by letter.
WITHDRAWAL_EXCEPTIONS = [
    ("a", "Service, fully performed with the customer's consent (a)"),
    ("b", "Price depends on the financial market (b)"),
    ("c", "Made to the customer's specification, or personalised (c)"),
    ("d", "Perishes or expires quickly (d)"),
    ("e", "Sealed for health or hygiene, unsealed after delivery (e)"),
    ("f", "Inseparably mixed with other items after delivery (f)"),
    ("g", "Alcohol delivered after 30 days, price depends on the market (g)"),
    ("h", "Urgent repair or maintenance that the customer asked for (h)"),
    ("i", "Sealed audio, video or software, unsealed after delivery (i)"),
    ("j", "Newspaper, periodical or magazine (j)"),
    ("k", "Public auction (k)"),
    ("l", "Accommodation, transport, car rental, catering or leisure on a date (l)"),
    ("m", "Digital content, begun with express consent (m)"),
]


class ProductTemplate(models.Model):
    _inherit = "product.template"

    # === FIELDS === #

    return_policy = fields.Selection(
        string="Returns",
        help="What customers of the web shop may return. Faulty and wrong goods always come back.",
        selection=PRODUCT_POLICIES,
        required=True,
        default="website",
    )
    return_window_days = fields.Integer(
        string="Return Within (Days)",
        help="How many days after the delivery this product may come back. 0: not at all.",
    )
    withdrawal_exception = fields.Selection(
        string="No Right of Withdrawal",
        help="Why consumers in the EU cannot withdraw from a contract on this product: Art. 16 of"
        " the Consumer Rights Directive. Empty: they can.",
        selection=WITHDRAWAL_EXCEPTIONS,
    )

    _check_return_window_days = models.Constraint(
        "CHECK(return_window_days >= 0)",
        "The number of days for returns cannot be negative.",
    )

    # === BUSINESS METHODS === #

    def _get_return_terms(self, website):
        """Return under which terms a product is sold on a website now.

        :param website: the website
        :return: values of the fields of `sale.order.line` that freeze them
        :rtype: dict
        """
        self.ensure_one()
        days = self.return_window_days if self.return_policy == "window" else 0
        if self.return_policy == "website":
            days = website.return_window_days
        return {
            "return_policy": "window" if days else "final_sale",
            "return_window_days": days,
            "return_shipping_paid_by": website.return_shipping_paid_by,
            "return_fee_percent": website.return_fee_percent,
            "withdrawal_exception": self.withdrawal_exception,
        }

    def _get_return_sentences(self, website):
        """Return what a shopper has to know before buying: what can come back, and what cannot.

        :param website: the website
        :rtype: list[str]
        """
        self.ensure_one()
        if self.type == "combo":
            return []
        # sudo: shoppers do not read the settings of websites and products; these are shown to all.
        product, website = self.sudo(), website.sudo()
        return product._describe_return_terms(product._get_return_terms(website))

    @api.model
    def _describe_return_terms(self, terms):
        """Return terms of sale in words.

        :param dict terms: see `_get_return_terms`
        :rtype: list[str]
        """
        sentences = []
        if terms["return_policy"] == "final_sale":
            sentences.append(self.env._("Cannot be returned, unless it is faulty or wrong."))
        else:
            sentences.append(
                self.env._("Returns within %(days)s days.", days=terms["return_window_days"])
            )
            if terms["return_shipping_paid_by"] == "merchant":
                sentences.append(self.env._("We pay for the return parcel."))
            else:
                sentences.append(self.env._("You pay for the return parcel."))
            if terms["return_fee_percent"]:
                sentences.append(
                    self.env._(
                        "We keep %(percent)s%% of the price.",
                        percent=f"{terms['return_fee_percent']:g}",
                    )
                )
        if terms["withdrawal_exception"]:
            field = self._fields["withdrawal_exception"]
            labels = dict(field._description_selection(self.env))
            sentences.append(
                self.env._(
                    "No right of withdrawal: %(why)s.",
                    why=labels[terms["withdrawal_exception"]],
                )
            )
        return sentences
