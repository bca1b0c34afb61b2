"""PDFs that hang: where somebody waits for the shop, wkhtmltopdf is ended after a while."""

from uuid import uuid4

from odoo import api, models
from odoo.exceptions import UserError

from ..tools.process_limit import ended_after
from ..tools.work_queue import TooSlow


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _run_wkhtmltopdf(self, bodies, *args, **kwargs):
        """Override of `base`: core waits for the program without end.

        The context's `shop_pdf_seconds` is the limit, in seconds; without it core is left alone.

        :raise TooSlow: the limit was reached
        """
        seconds = self.env.context.get("shop_pdf_seconds")
        if not seconds:
            return super()._run_wkhtmltopdf(bodies, *args, **kwargs)
        mark = f"shop-{uuid4().hex}"
        marked = self.with_context(shop_pdf_mark=mark)
        with ended_after(seconds, mark) as ended:
            try:
                return super(IrActionsReport, marked)._run_wkhtmltopdf(bodies, *args, **kwargs)
            except UserError as error:
                if not ended.is_set():
                    raise
                raise TooSlow(
                    self.env._(
                        "The PDF was not ready after %(seconds)d seconds, and was given up. Check"
                        " that the server reaches its own address (web.base.url).",
                        seconds=seconds,
                    )
                ) from error

    @api.model
    def _build_wkhtmltopdf_args(self, *args, **kwargs):
        """Override of `base`: the process is found by a header that no page looks at."""
        command = super()._build_wkhtmltopdf_args(*args, **kwargs)
        if mark := self.env.context.get("shop_pdf_mark"):
            command += ["--custom-header", "X-Shop-Document", mark]
        return command
