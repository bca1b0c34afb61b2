"""'Where is my order?': what was asked, until the mail with the link has left.

The visitor's request only writes down what was asked. Whether an order number and an address belong
together is looked up by a cron, so that neither the answer nor its time can tell.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize, hmac

from ..tools import work_queue
from ..tools.order_status import clean_order_number, client_group

BATCH_SIZE = 50
KEPT = timedelta(days=1)
WINDOW = timedelta(hours=1)
MAX_PER_EMAIL = 3  # within the window
MAX_PER_CLIENT = 20  # within the window: people may share an address of their office or operator
CRON = "website_sale_order_mgmt.ir_cron_answer_order_status"
TEMPLATES = {
    "status": "website_sale_order_mgmt.mail_template_order_status",
    "return": "website_sale_order_mgmt.mail_template_order_return",
}


class WebsiteOrderStatusRequest(models.Model):
    _name = "website.order.status.request"
    _description = "Question for an Order's Status"

    website_id = fields.Many2one("website", required=True, readonly=True, ondelete="cascade")
    purpose = fields.Selection(
        selection=[("status", "Where is my order?"), ("return", "Return something")],
        required=True,
        default="status",
        readonly=True,
    )
    lang = fields.Char(string="Language", readonly=True, help="The language of the page.")
    order_number = fields.Char(readonly=True, help="As typed; emptied when answered.")
    email = fields.Char(readonly=True, help="As typed, normalized; emptied when answered.")
    email_key = fields.Char(readonly=True, help="Stands for the address when counting.")
    client_key = fields.Char(
        readonly=True, help="Stands for the visitor's IP address when counting."
    )
    mail_state = fields.Selection(
        selection=[("queued", "Being answered"), ("done", "Answered"), ("failed", "Failed")],
        readonly=True,
    )
    mail_error = fields.Text(readonly=True)
    mail_attempts = fields.Integer(string="Failed Tries", readonly=True)
    mail_next_try = fields.Datetime(string="Next Try", readonly=True)

    _email_key_idx = models.Index("(email_key, create_date)")
    _client_key_idx = models.Index("(client_key, create_date)")
    _mail_queue_idx = models.Index("(id) WHERE mail_state = 'queued'")

    # === BUSINESS METHODS === #

    @api.model
    def _ask(self, website, order_number, email, ip, purpose="status"):
        """Write down a visitor's question, unless there were too many of them.

        Requests that come at the very same time do not see one another: the limits can be exceeded
        by as many questions as the server has workers.

        :param website: the website that was asked
        :param str order_number: as typed, of a checked length
        :param str email: the normalized address
        :param str ip: the visitor's IP address; only a keyed hash of it is stored
        :param str purpose: which link is wanted
        :return: whether the question will be answered
        :rtype: bool
        """
        keys = {
            "email_key": self._get_key("email", email),
            "client_key": self._get_key("client", client_group(ip)),
        }
        recent = Domain("create_date", ">", fields.Datetime.now() - WINDOW)
        for name, limit in (("email_key", MAX_PER_EMAIL), ("client_key", MAX_PER_CLIENT)):
            if self.search_count(recent & Domain(name, "=", keys[name]), limit=limit) >= limit:
                return False
        self.create(
            {
                "website_id": website.id,
                "purpose": purpose,
                "lang": self.env.lang,
                "order_number": order_number,
                "email": email,
                **keys,
                **work_queue.queued_vals("mail"),
            }
        )
        work_queue.trigger(self.env, CRON)
        return True

    @api.model
    def _get_key(self, scope, value):
        """Return a keyed hash, so that neither addresses nor IPs are kept to count them."""
        # sudo: the key is the database's secret.
        return hmac(self.env(su=True), f"website_order_status_{scope}", value)

    @api.model
    def _cron_answer(self):
        """Send the links that were asked for."""
        work_queue.process(
            self.browse(), work_queue.due_domain("mail"), ["_answer"], "_answer_failed", BATCH_SIZE
        )
        work_queue.schedule(self, "mail", CRON)

    def _answer(self):
        """Mail the link of the order to its own address where number and address belong together.

        What was typed is forgotten. The mails leave through the queue, once this is committed.
        """
        orders_by_request = self._find_orders()
        by_page = self.grouped(lambda ask: (ask.website_id, ask.lang, ask.purpose))
        for (website, lang, purpose), requests in by_page.items():
            template = self.env.ref(TEMPLATES[purpose])
            orders = self.env["sale.order"].union(*map(orders_by_request.get, requests))
            if orders:
                template.with_company(website.company_id).with_context(
                    order_status_lang=lang, website_id=website.id
                ).send_mail_batch(orders.ids, email_layout_xmlid="mail.mail_notification_light")
        self.write(work_queue.done_vals("mail") | {"order_number": False, "email": False})
        # Core sends queued mails once an hour: people are waiting for these.
        work_queue.trigger(self.env, work_queue.MAIL_QUEUE_CRON)

    def _find_orders(self):
        """Return the orders that each question is about: none, as a rule one.

        An order is found on its own website only, by its number and its customer's address. Carts
        are not orders yet.

        :rtype: dict[website.order.status.request, sale.order]
        """
        typed = set(self.mapped("order_number"))
        orders = self.env["sale.order"].search(
            Domain("website_id", "in", self.website_id.ids)
            & Domain("name", "in", list(typed | set(map(clean_order_number, typed))))
            & Domain("state", "!=", "draft")
        )
        return {
            ask: orders.filtered(
                lambda order, ask=ask: (
                    order.website_id == ask.website_id
                    and order.company_id == ask.website_id.company_id
                    and clean_order_number(order.name) == clean_order_number(ask.order_number)
                    and email_normalize(order.partner_id.email) == ask.email
                )
            )
            for ask in self
        }

    def _answer_failed(self, error):
        """Note why a question could not be answered, and when it is tried again."""
        self.ensure_one()
        message = work_queue.error_message(error, self.env)
        now = fields.Datetime.now()
        self.write(work_queue.failed_vals("mail", self.mail_attempts, message, now))

    @api.autovacuum
    def _gc_old_requests(self):
        """Delete questions that are too old to count, with what was typed and never answered."""
        self.search([("create_date", "<", fields.Datetime.now() - KEPT)]).unlink()
